// The network lab: draws what Python trained and recorded, and asks it for more. Nothing is computed here.
import { FOCUSABLE, button, h, listen, prefersReducedMotion, sentence, setShut, update } from "./common.js";
import { copyButton, keepKeys, onWidth, segmented, slider } from "./controls.js";
import { questions } from "./lab_asking.js";
import { frameStore, painter } from "./lab_frame.js";
import { networkStage } from "./lab_network.js";
import { lossPlot, numberField, outputMap } from "./lab_plots.js";
import { flowPanel } from "./lab_flow.js";
import { settingsPanel } from "./lab_settings.js";
import { startsPanel } from "./lab_starts.js";
import { onTheme } from "./surface.js";

const TRAITS = ["settings", "net", "cloud", "now", "frame", "problem", "statistics", "view", "numbers", "reached"];
const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 500]; // steps between two pictures

function render({ model, el }) {
  let view = null;
  const build = () => {
    view?.dispose();
    try {
      view = lab(model);
      el.replaceChildren(view.root);
      view.show();
    } catch (error) {
      view = { show() {}, answered() {}, dispose() {} };
      el.replaceChildren(sentence(`The lab could not be drawn: ${error.message}`));
    }
  };
  let error = model.get("trace")?.error;
  const forgetTrace = listen(model, ["trace"], () => {
    if (model.get("trace").error !== error) build();
    error = model.get("trace").error;
  });
  // Several traits come together: they are drawn once, when the last of them is there.
  let drawing = false;
  const soon = () => {
    if (drawing) return;
    drawing = true;
    queueMicrotask(() => {
      drawing = false;
      view.show();
    });
  };
  const forgetState = listen(model, TRAITS, soon);
  const forgetAnswers = listen(model, ["answered"], () => {
    soon();
    queueMicrotask(() => view.answered());
  });
  build();
  return () => {
    forgetTrace();
    forgetState();
    forgetAnswers();
    view.dispose();
    el.replaceChildren();
  };
}

function lab(model) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error), show() {}, answered() {}, dispose() {} };
  const { probe, paint, colourOf } = painter();

  const frames = frameStore(model, trace);
  let at = model.get("now").step;
  const python = questions(model, {
    from: () => at,
    stopped: () => playing.stop(),
    goOn: () => playing.goOn(),
  });
  const { ask, note } = python;
  const set = (settings) => {
    playing.stop();
    ask({ do: "set", settings });
  };

  // Playing: Python is asked for some steps, and again as soon as they are drawn. Alone, the record is played.
  let stopAt = 0;
  let speed = 3;
  const playing = (() => {
    let on = false;
    let first = true;
    let timer = null;
    const step = () => {
      timer = null;
      const now = model.get("now");
      if (!on) return;
      if (at === now.step && (now.bad || model.get("problem"))) return stop();
      if (python.alone) {
        const later = frames.towards(at, at + 1);
        if (later === at) return stop();
        look(later);
        timer = setTimeout(step, 120);
        return;
      }
      if (stopAt && stopAt <= at) return stop(); // 0: no step to stop at
      const left = stopAt ? stopAt - at : Infinity;
      ask({ do: "train", steps: Math.min(SPEEDS[speed], left), more: !first });
      first = false;
    };
    const start = () => {
      on = first = true;
      if (stopAt && stopAt <= at) stopAt = 0;
      step();
      show();
    };
    const stop = () => {
      clearTimeout(timer);
      timer = null;
      if (on) {
        on = false;
        show();
      }
    };
    return {
      start,
      stop,
      goOn: () => on && timer === null && (timer = setTimeout(step, prefersReducedMotion() ? 250 : 15)),
      toggle: () => (on ? stop() : start()),
      get on() {
        return on;
      },
    };
  })();
  const take = (unit) => {
    playing.stop();
    ask({ do: "train", unit, steps: 1 });
  };
  const look = (step) => {
    const known = frames.towards(at, step);
    const live = python.heard || frames.size < 3;
    at = live || frames.has(step) ? step : known; // what was recorded needs nobody
    if (live && !frames.has(step)) ask({ do: "look" });
    show();
  };

  // Controls.
  const playButton = button("Run", () => playing.toggle());
  playButton.classList.add("bc-lab-run");
  const resetButton = button("Reset", () => {
    playing.stop();
    at = 0;
    ask({ do: "reset" });
  });
  const stepButtons = ["example", "batch", "epoch"].map((unit) => {
    const made = button(`Step by one ${unit}`, () => take(unit), { text: `+ ${unit}` });
    return made;
  });
  const undoButton = button("Undo", () => ask({ do: "undo" }));
  const redoButton = button("Redo", () => ask({ do: "redo" }));
  const fast = h(
    "select",
    { ...FOCUSABLE, class: "bc-picker", "aria-label": "Steps between two pictures" },
    SPEEDS.map((n) => h("option", { selected: n === SPEEDS[speed] ? "" : null }, `${n} a picture`)),
  );
  fast.addEventListener("change", () => (speed = fast.selectedIndex));
  const until = numberField("Stop at step", (step) => {
    stopAt = Math.max(0, Math.round(step));
  });
  until.input.placeholder = "step";
  until.input.addEventListener("change", () => (until.input.value.trim() ? until.send() : (stopAt = 0)));
  const bar = h(
    "div",
    { class: "bc-bar bc-lab-bar" },
    playButton,
    fast,
    h("label", { class: "bc-lab-until" }, "stop at", until.input),
    h("span", { class: "bc-segmented" }, stepButtons),
    h("span", { class: "bc-segmented" }, undoButton, redoButton),
    resetButton,
  );

  const views = segmented("What edges show", [["forward", "Forward: weights"], ["backward", "Backward: gradients"]], (view) =>
    update(model, { view, reached: 99 }),
  );
  const toggle = (label, action) => button(label, action);
  const numbersButton = toggle("Numbers", () => {
    update(model, { numbers: !model.get("numbers"), reached: 99 });
  });
  let discrete = false;
  let test = false;
  const discreteButton = toggle("Two colours", () => {
    discrete = !discrete;
    show();
  });
  const testButton = toggle("Test points", () => {
    test = !test;
    show();
  });

  const flow = flowPanel(model, ask, () => shown().now);

  // What is said of the part of the network that is chosen or pointed at, and its value to be edited.
  let hovered = null;
  const told = h("span", { class: "bc-lab-told", role: "status", "aria-live": "polite" });
  const value = numberField("Value of the chosen weight or bias", (number) => {
    const place = stage.placeOf(stage.chosen());
    if (place === null) return;
    playing.stop();
    ask({ do: "edit", place, value: number });
  });
  const setValue = button("Set", () => value.send());
  const editor = h("span", { class: "bc-lab-editor" }, value.input, setValue);
  const inspector = h("div", { class: "bc-lab-inspector" }, told, editor);

  const stage = networkStage({
    trace,
    paint,
    asked: {
      hovered: (part) => {
        hovered = part;
        tell();
        map.show(state())(mapTitle());
      },
      selected: () => tell(),
      edit: () => value.input.focus(),
      feature: (unit) => {
        const { features } = model.get("settings");
        const { name } = model.get("net").units[unit];
        const chosen = features.includes(name) ? features.filter((one) => one !== name) : [...features, name];
        if (chosen.length) set({ features: chosen });
      },
      layers: (hidden, activations) => set({ hidden, activations }),
    },
  });
  value.input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") stage.picture.focus();
  });
  const map = outputMap({
    trace,
    paint,
    colourOf,
    clicked: (point) => {
      if (!model.get("numbers")) update(model, { numbers: true, view: "forward", reached: 99 });
      ask({ do: "point", point });
    },
  });
  const losses = lossPlot();
  const scrub = slider("Step", 2, (step) => {
    playing.stop();
    look(step);
  });
  const panel = settingsPanel(trace, set);

  const starts = startsPanel(ask, (seed) => set({ seed }));

  const say = h("p", { class: "bc-say bc-lab-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const heading = h("p", { class: "bc-heading" });
  const copy = copyButton(() => shown().now.code);
  const share = copyButton(() => shown().now.share);
  share.root.firstChild.textContent = "Copy this lab";
  share.root.firstChild.setAttribute("aria-label", "Copy this lab");
  share.root.firstChild.title = "Code that shows this lab as it is now";
  const testKey = h("span", {}, h("span", { class: "bc-lab-key bc-lab-key-test", "aria-hidden": "true" }), "test");
  const middle = h(
    "div",
    { class: "bc-lab-middle" },
    h("div", { class: "bc-bar" }, views.root, numbersButton),
    stage.root,
    inspector,
    flow.root,
  );
  const right = h(
    "div",
    { class: "bc-lab-right" },
    map.root,
    h("div", { class: "bc-bar" }, discreteButton, testButton),
    h(
      "div",
      {},
      losses.root,
      h(
        "p",
        { class: "bc-legend bc-lab-legend" },
        h("span", {}, h("span", { class: "bc-lab-key", "aria-hidden": "true" }), "training"),
        testKey,
      ),
    ),
  );
  const root = h(
    "div",
    { class: "bc-widget bc-lab", role: "group", "aria-label": trace.title },
    heading,
    bar,
    scrub.root,
    say,
    note,
    h("div", { class: "bc-lab-body" }, panel.root, middle, right),
    starts.root,
    h("div", { class: "bc-bar bc-foot" }, copy.root, share.root),
    copy.shown,
    share.shown,
    probe,
  );
  keepKeys(root);

  const shown = () => frames.at(at);
  const state = () => ({
    ...shown(),
    net: model.get("net"),
    settings: model.get("settings"),
    cloud: model.get("cloud"),
    view: model.get("view"),
    numbers: model.get("numbers"),
    plain: model.get("simple"),
    reached: flow.reached(),
    hovered,
    discrete,
    test,
  });
  const mapTitle = () => {
    const { net } = state();
    if (hovered?.[0] !== "unit") return "The output over the plane";
    const { name } = net.units[hovered[1]];
    return `Over the plane: ${name}`;
  };
  const tell = () => {
    const { now } = shown();
    const part = hovered ?? stage.chosen();
    told.textContent = stage.say(now, part);
    const place = stage.placeOf(stage.chosen());
    editor.classList.toggle("bc-lab-idle", place === null);
    value.input.disabled = place === null;
    if (place !== null && document.activeElement !== value.input) value.input.value = now.weights[place];
    if (place === null) value.input.value = "";
  };

  let lastSeen = null;
  const show = () => {
    const newest = model.get("now");
    if (newest !== lastSeen) {
      lastSeen = newest;
      frames.remember();
      if (!python.waits || playing.on) at = newest.step;
    }
    if (!frames.size) throw new Error("there is no frame to show");
    const is = state();
    const { now } = is;
    heading.textContent = newest.title;
    playButton.textContent = playing.on ? "Pause" : "Run";
    playButton.setAttribute("aria-label", playing.on ? "Pause" : "Run");
    setShut(undoButton, !newest.undo);
    setShut(redoButton, !newest.redo);
    const { plain } = is;
    // Where one example is followed and nothing is trained, what is for training is left out.
    for (const part of [panel.root, playButton, fast, until.input.parentElement, stepButtons[0].parentElement]) {
      part.hidden = plain;
    }
    for (const part of [scrub.root, views.root, numbersButton, losses.root.parentElement, discreteButton]) {
      part.hidden = plain;
    }
    root.classList.toggle("bc-lab-simple", plain);
    panel.show(is.settings, newest);
    stage.show(is);
    map.show(is)(mapTitle());
    losses.show({ ...now, history: newest.history, last: newest.last });
    views.show(is.view);
    numbersButton.setAttribute("aria-pressed", String(is.numbers));
    discreteButton.setAttribute("aria-pressed", String(discrete));
    testButton.setAttribute("aria-pressed", String(test));
    testButton.hidden = !is.cloud.test.length;
    flow.root.hidden = !is.numbers;
    flow.show(now.flow, plain);
    scrub.input.max = String(newest.last);
    scrub.show(now.step, `${now.step} / ${newest.last}`);
    const tested = is.cloud.test.length > 0;
    testKey.hidden = !tested;
    const wrong = model.get("problem");
    say.textContent = [wrong || now.say, now.bad, now.differences, is.cloud.note].filter(Boolean).join("\n");
    say.classList.toggle("bc-alert", Boolean(wrong || now.bad));
    say.hidden = plain && !wrong;
    starts.root.hidden = is.cloud.problem !== "classification" || plain;
    starts.show(model.get("statistics"));
    tell();
  };
  const forgetting = [
    onTheme(show), // units and map are painted, and keep the colours they were painted with
    onWidth(stage.root, (is) => {
      stage.resize(is);
      show();
    }),
    onWidth(losses.root, (is) => {
      losses.resize(is);
      show();
    }),
  ];
  const dispose = () => {
    forgetting.forEach((forget) => forget());
    playing.stop();
    python.dispose();
  };
  return { root, show, answered: python.answered, dispose };
}

export default { render };
