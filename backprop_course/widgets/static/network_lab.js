// The network lab: draws what Python trained and recorded, and asks it for more. Nothing is computed here.
import { FOCUSABLE, button, h, listen, prefersReducedMotion, sentence, setShut, update } from "./common.js";
import { copyButton, keepKeys, onWidth, segmented, slider } from "./controls.js";
import { asView, frameParts, frameSize, painter } from "./lab_frame.js";
import { networkStage } from "./lab_network.js";
import { lossPlot, numberField, outputMap } from "./lab_plots.js";
import { settingsPanel } from "./lab_settings.js";

const TRAITS = ["settings", "net", "cloud", "now", "frame", "problem", "statistics", "view", "numbers", "reached"];
const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 500]; // steps between two pictures
const PATIENCE = 4000; // milliseconds without an answer until that is said
const REMEMBERED = 300; // frames
const ALONE =
  "Python does not answer. What was recorded can still be scrubbed; to train, edit or choose, a running kernel is needed.";

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

  // Frames that were seen or recorded, by step, of the run that is looked at.
  const kept = new Map();
  let run = null;
  let at = model.get("now").step;
  const remember = () => {
    const now = model.get("now");
    if (now.run !== run) {
      kept.clear();
      run = now.run;
    }
    if (kept.size > REMEMBERED) kept.delete(kept.keys().next().value);
    const parts = partsOf(model.get("frame"), 0);
    if (parts) kept.set(now.step, { now, parts });
  };
  const partsOf = (given, start) => {
    const net = model.get("net");
    const bytes = asView(given);
    return bytes && bytes.byteLength >= start + frameSize(net, trace.grid, trace.wide)
      ? frameParts(bytes, start, net, trace.grid, trace.wide)
      : null;
  };
  const recall = () => {
    const size = frameSize(model.get("net"), trace.grid, trace.wide);
    (model.get("recording") ?? []).forEach((now, i) => {
      if (now.run !== run || kept.has(now.step)) return;
      const parts = partsOf(model.get("recorded"), i * size);
      if (parts) kept.set(now.step, { now: { ...now, last: model.get("now").last }, parts });
    });
  };
  const nearest = (step) =>
    [...kept.keys()].reduce((best, one) => (Math.abs(one - step) < Math.abs(best - step) ? one : best));

  // Asking Python: one question at a time, and of those that wait only the newest.
  let asked = 0; // the number of the question under way, 0 without one
  let next = null;
  let heard = false; // whether Python has ever answered
  let doubt = null;
  const ask = (command) => {
    if (asked) {
      next = command;
      return;
    }
    asked = Math.max(model.get("answered"), model.get("command").id ?? 0) + 1;
    const question = { ...command, at, id: asked };
    clearTimeout(doubt);
    doubt = setTimeout(() => alone(), PATIENCE);
    update(model, { command: question });
    if (model.get("command").id !== question.id) alone(); // a page without a kernel sets it back
  };
  const alone = () => {
    clearTimeout(doubt);
    asked = 0;
    next = null;
    playing.stop();
    note.textContent = ALONE;
    note.hidden = false;
  };
  const answered = () => {
    if (!asked || model.get("answered") < asked) return;
    clearTimeout(doubt);
    heard = true;
    asked = 0;
    note.hidden = true;
    if (next) {
      const command = next;
      next = null;
      ask(command);
    } else playing.goOn();
  };
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
      const left = stopAt > at ? stopAt - at : Infinity;
      if (at === now.step && (now.bad || model.get("problem"))) return stop();
      if (!heard && !note.hidden) {
        const later = [...kept.keys()].filter((one) => one > at).sort((a, b) => a - b)[0];
        if (later === undefined) return stop();
        look(later);
        timer = setTimeout(step, 120);
        return;
      }
      if (left <= 0 || stopAt === at) return stop();
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
    const onward = [...kept.keys()].filter((one) => (step > at ? one >= step : one <= step));
    const known = step > at ? Math.min(...onward) : Math.max(...onward);
    const before = at;
    at = step;
    if (!kept.has(step)) {
      if (heard || kept.size < 3) ask({ do: "look", at: step });
      else at = Number.isFinite(known) ? known : before; // what was recorded needs nobody
    }
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
  const counter = h("span", { class: "bc-lab-counter" });
  const bar = h(
    "div",
    { class: "bc-bar bc-lab-bar" },
    playButton,
    fast,
    h("label", { class: "bc-lab-until" }, "stop at", until.input),
    h("span", { class: "bc-segmented" }, stepButtons),
    h("span", { class: "bc-segmented" }, undoButton, redoButton),
    resetButton,
    counter,
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

  // The flow of one example, layer by layer.
  const layers = () => model.get("net").units.at(-1).column + 1;
  const reached = () => Math.min(model.get("reached"), layers() - 1 + Number(model.get("view") === "backward"));
  const least = () => Number(model.get("view") === "backward");
  const reach = (by) => update(model, { reached: Math.max(least(), Math.min(reached() + by, 99)) });
  const backOne = button("Layer before", () => reach(-1), { text: "◂ layer" });
  const onOne = button("Next layer", () => reach(1), { text: "layer ▸" });
  const fromStart = button("From the start of the flow", () => update(model, { reached: least() }), { text: "From the start" });
  const coordinates = ["x₁", "x₂"].map((name, i) =>
    numberField(`${name} of a point of your own`, () => {
      const point = coordinates.map(({ input }) => Number(input.value.replace("−", "-") || "0"));
      if (point.every(Number.isFinite)) ask({ do: "point", point });
    }),
  );
  const example = button("Next example", () => {
    const { flow } = shown().now;
    ask({ do: "example", example: flow.point.length ? flow.example : (flow.example + 1) % flow.size });
  });
  const flowSay = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const flowBar = h(
    "div",
    { class: "bc-lab-flow" },
    h(
      "div",
      { class: "bc-bar" },
      fromStart,
      h("span", { class: "bc-segmented" }, backOne, onOne),
      example,
      h("span", { class: "bc-lab-own" }, "or your point", coordinates.map(({ input }, i) => h("label", {}, ["x₁", "x₂"][i], input))),
    ),
    flowSay,
  );

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

  // Many starts.
  const statisticsButton = button("Try 100 starts", () => {
    statisticsSay.textContent = "Training a hundred networks ...";
    ask({ do: "statistics" });
  });
  const statisticsSay = h("p", { class: "bc-say", role: "status", "aria-live": "polite" });
  const startsGrid = h("div", { class: "bc-lab-starts" });
  const statisticsBox = h("div", { class: "bc-lab-statistics" }, h("div", { class: "bc-bar" }, statisticsButton), statisticsSay, startsGrid);

  const say = h("p", { class: "bc-say bc-lab-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const note = h("p", { class: "bc-note", role: "status", hidden: "" });
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
    flowBar,
  );
  const right = h(
    "div",
    { class: "bc-lab-right" },
    map.root,
    h("div", { class: "bc-bar" }, discreteButton, testButton),
    losses.root,
    h(
      "p",
      { class: "bc-legend bc-lab-legend" },
      h("span", {}, h("span", { class: "bc-lab-key", "aria-hidden": "true" }), "training"),
      testKey,
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
    statisticsBox,
    h("div", { class: "bc-bar bc-foot" }, copy.root, share.root),
    copy.shown,
    share.shown,
    probe,
  );
  keepKeys(root);

  const shown = () => kept.get(at) ?? kept.get(nearest(at));
  const state = () => ({
    ...shown(),
    net: model.get("net"),
    settings: model.get("settings"),
    cloud: model.get("cloud"),
    view: model.get("view"),
    numbers: model.get("numbers"),
    plain: model.get("simple"),
    reached: reached(),
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
      remember();
      recall();
      if (!next || playing.on) at = newest.step;
    }
    if (!kept.size) throw new Error("there is no frame to show");
    const is = state();
    const { now } = is;
    heading.textContent = newest.title;
    playButton.textContent = playing.on ? "Pause" : "Run";
    playButton.setAttribute("aria-label", playing.on ? "Pause" : "Run");
    setShut(undoButton, !newest.undo);
    setShut(redoButton, !newest.redo);
    const { plain } = is;
    panel.root.hidden = plain;
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
    flowBar.hidden = !is.numbers;
    const spoken = is.view === "backward" ? now.flow.backward : now.flow.forward;
    const place = is.view === "backward" ? is.reached - 1 : is.reached;
    flowSay.textContent = spoken[Math.max(0, Math.min(place, spoken.length - 1))];
    coordinates.forEach(({ input }, i) => {
      if (document.activeElement !== input) input.value = now.flow.point.length ? String(now.flow.point[i]).replace("-", "−") : "";
    });
    setShut(backOne, is.reached <= least());
    setShut(onOne, is.reached >= layers() - 1 + Number(is.view === "backward"));
    scrub.input.max = String(newest.last);
    scrub.show(now.step, `${now.step} / ${newest.last}`);
    const tested = is.cloud.test.length > 0;
    testKey.hidden = !tested;
    counter.textContent = `epoch ${now.epoch} · training ${now.losses[0]}${tested ? ` · test ${now.losses[1]}` : ""}`;
    const wrong = model.get("problem");
    say.textContent = [wrong || now.say, now.bad, now.differences, is.cloud.note].filter(Boolean).join("\n");
    say.classList.toggle("bc-alert", Boolean(wrong || now.bad));
    statisticsBox.hidden = is.cloud.problem !== "classification" || plain;
    showStatistics();
    tell();
  };
  let statisticsSeen = null;
  const showStatistics = () => {
    const found = model.get("statistics");
    if (found === statisticsSeen) return;
    statisticsSeen = found;
    statisticsSay.textContent = found.sentence ?? "";
    startsGrid.replaceChildren(
      ...(found.seeds ?? []).map((seed, i) => {
        const won = found.right[i] === found.total;
        const words = `Seed ${seed}: ${found.right[i]} of ${found.total} right, loss ${found.losses[i]}`;
        const cell = button(words, () => set({ seed }), { text: won ? "✓" : "·" });
        cell.dataset.won = String(won);
        cell.tabIndex = i ? -1 : 0;
        return cell;
      }),
    );
  };
  startsGrid.addEventListener("keydown", (event) => {
    const cells = [...startsGrid.children];
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -20, ArrowDown: 20 }[event.key];
    if (!by) return;
    event.preventDefault();
    cells[Math.max(0, Math.min(cells.indexOf(document.activeElement) + by, cells.length - 1))].focus();
  });

  const forgetWidths = [
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
    forgetWidths.forEach((forget) => forget());
    playing.stop();
    clearTimeout(doubt);
  };
  return { root, show, answered, dispose };
}

export default { render };
