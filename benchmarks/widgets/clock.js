// What is timed in the page. All times are milliseconds of performance.now(), taken in the page itself.
window.clock = (() => {
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  /** Resolve when the next frame has been drawn. */
  const drawn = () =>
    new Promise((resolve) =>
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(null);
      }),
    );

  const slider = (root, name) => root.querySelector(`input[type=range][aria-label="${name}"]`);
  const said = (root) => [...root.querySelectorAll(".bc-say")].map((element) => element.textContent).join("\n");

  /** Move a slider by one place, as a key would; at its end, back to its beginning. */
  const move = (input, by = 1) => {
    const next = Number(input.value) + by;
    input.value = String(next > Number(input.max) ? Number(input.min) : next);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const press = (element, key) =>
    element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

  /** Time steps that need no kernel: until all is changed and laid out, and until the next frame is drawn. */
  async function steps(root, { name, role, count }) {
    const target = role ? root.querySelector(`[role="${role}"]`) : slider(root, name);
    const act = () => (role ? press(target, "ArrowRight") : move(target));
    const [handled, shown] = [[], []];
    let before = "";
    for (let i = 0; i < count; i++) {
      if (role && said(root) === before) press(target, "Home"); // at the end
      before = said(root);
      await drawn();
      await sleep(16 * Math.random()); // a key comes at any time between two frames
      const begun = performance.now();
      act();
      await null; // a widget draws when all that was set is set, still before anything else happens
      root.getBoundingClientRect(); // lays out what was changed
      handled.push(performance.now() - begun);
      shown.push((await drawn()) - begun);
    }
    return { handled, shown };
  }

  /** Time settings that the kernel answers: until what is said belongs to the new setting, and is drawn. */
  async function trips(root, { name, by, count, patience }) {
    const input = slider(root, name);
    const times = [];
    for (let i = 0; i < count; i++) {
      const before = said(root);
      await sleep(30 + 30 * Math.random()); // a person's pace; the answer before has come and is drawn
      const begun = performance.now();
      const answered = new Promise((resolve, reject) => {
        const observer = new MutationObserver(() => {
          if (said(root) === before) return;
          observer.disconnect();
          resolve(drawn());
        });
        observer.observe(root, { childList: true, subtree: true, characterData: true });
        setTimeout(() => reject(new Error(`${name}: no answer`)), patience);
      });
      move(input, by);
      times.push((await answered) - begun);
    }
    return times;
  }

  /** Note when the pointer moved last, and when what is said changed last. */
  function watchDrag(root) {
    const watch = { pointer: 0, picture: 0, pictures: 0 };
    let text = said(root);
    const moved = () => (watch.pointer = performance.now());
    root.addEventListener("pointermove", moved, true);
    const observer = new MutationObserver(() => {
      if (said(root) === text) return;
      text = said(root);
      watch.pictures += 1;
      drawn().then((at) => (watch.picture = at));
    });
    observer.observe(root, { childList: true, subtree: true, characterData: true });
    watch.end = () => {
      root.removeEventListener("pointermove", moved, true);
      observer.disconnect();
      return { late: Math.max(0, watch.picture - watch.pointer), pictures: watch.pictures };
    };
    return watch;
  }

  /** Run a cell of the notebook; time until its widget is in the page and drawn. */
  async function first(run, output, patience) {
    const begun = performance.now();
    const there = () => output()?.querySelector(".bc-widget");
    const shown = new Promise((resolve, reject) => {
      const observer = new MutationObserver(() => {
        if (!there()) return;
        observer.disconnect();
        resolve(drawn());
      });
      observer.observe(document.body, { childList: true, subtree: true });
      setTimeout(() => reject(new Error("the cell showed no widget")), patience);
    });
    run();
    return (await shown) - begun;
  }

  return { steps, trips, watchDrag, first };
})();
