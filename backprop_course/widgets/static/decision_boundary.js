// The decision boundary: draws recorded surfaces of a training, and lets one choose, draw and paste what is learned.
import { FOCUSABLE, button, h, listen, onKeys, s, sentence, update } from "./common.js";
import { copyButton, keepKeys, onWidth, picker, segmented, slider } from "./controls.js";
import { asker } from "./asking.js";
import { legendRow, pointMark } from "./points.js";
import { stepping } from "./stepping.js";
import { curveOf, mapOf, readAt } from "./plane_map.js";
import { onTheme, shades, surfaceAt } from "./surface.js";

const SETTINGS = ["dataset", "points", "model", "hidden", "rate", "seed", "moment"];
const ERASER = 2; // beside the classes 0 and 1
const STILL = 6; // pixels by which a press may move

function render({ model, el }) {
  let view = null;
  const guarded = (act) => {
    try {
      act();
    } catch (error) {
      view?.dispose();
      view = { show() {}, answered() {}, dispose() {} };
      el.replaceChildren(sentence(`The boundary could not be drawn: ${error.message}`));
    }
  };
  const build = () =>
    guarded(() => {
      view?.dispose();
      view = boundary(model);
      el.replaceChildren(view.root);
      view.show();
    });
  const forget = [
    listen(model, ["trace"], build),
    listen(model, ["run", "surface"], () => guarded(() => view.answered())),
    listen(model, [...SETTINGS, "pasted_answer"], () => guarded(() => view.show())),
    listen(model, ["pasted"], () => guarded(() => model.get("pasted") === "" && view.answered())), // taken or refused
  ];
  build();
  return () => {
    for (const each of forget) each();
    view.dispose();
    el.replaceChildren();
  };
}

function boundary(model) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error), show() {}, answered() {}, dispose() {} };
  const first = Object.fromEntries(SETTINGS.map((name) => [name, model.get(name)]));
  const run = () => model.get("run");
  const last = () => Math.max(run().moments.length - 1, 0);
  const at = () => Math.min(model.get("moment"), last());
  const asking = asker(model);
  const ask = (traits) => {
    steps.stop();
    asking.ask(traits);
  };

  const steps = stepping("Training", { at, last, go: (moment) => update(model, { moment }), milliseconds: 350 });
  const dataset = picker("Points", trace.sets, (place) => ask({ dataset: trace.sets[place] }));
  const kind = segmented("Model", trace.models.map((name) => [name, capital(name)]), (name) => ask({ model: name }));
  const hidden = slider("Hidden units", trace.hidden, (place) => ask({ hidden: place + 1 }));
  const rate = slider("Step size η", trace.rates.length, (place) => ask({ rate: place }));
  const seedText = h("span", { class: "bc-note bc-boundary-seed" });
  const seed = h("div", { class: "bc-bar" }, button("New seed", () => ask({ seed: model.get("seed") + 1 })), seedText);
  const reset = button("Reset", () => {
    pasting.close();
    ask(first);
  });
  const copy = copyButton(() => run().code);

  // Drawing. The list of points is the state, so that a position that is skipped loses nothing.
  let pen = 1;
  const pens = segmented("Draw", [[0, "Class 0"], [1, "Class 1"], [ERASER, "Erase"]], (chosen) => {
    pen = chosen;
    pens.show(pen);
  });
  pens.show(pen);
  const points = () =>
    model.get("dataset") === trace.drawn ? model.get("points") : run().points.map((point, i) => [...point, run().labels[i]]);
  const draw = (list) => ask({ points: list, dataset: trace.drawn });
  const edit = (place) => {
    if (!run().editable) return;
    if (pen === ERASER) erase(place);
    else if (points().length < trace.editable) draw([...points(), [...place, pen]]);
  };
  const erase = ([x, y]) => {
    const list = run().editable ? points() : [];
    const [[left, right], [low, high]] = run().view;
    const far = ([a, b]) => ((a - x) / (right - left)) ** 2 + ((b - y) / (high - low)) ** 2;
    if (list.length) draw(list.toSpliced(list.reduce((best, point, i) => (far(point) < far(list[best]) ? i : best), 0), 1));
  };
  const clear = button("Clear", () => points().length && draw([]));
  const pasting = paste((text) => asking.ask({ pasted: text }));

  // The cross goes from node to node of the grid, where the recorded numbers are.
  let cross = null;
  const placeOf = ([column, row]) =>
    [column, row].map((node, side) => {
      const [low, high] = run().view[side];
      return low + ((high - low) * node) / (trace.grid - 1);
    });
  const moveCross = (right, up) => {
    const within = (node) => Math.min(Math.max(node, 0), trace.grid - 1);
    const middle = (trace.grid - 1) / 2;
    cross = cross === null ? [middle, middle] : [within(cross[0] + right), within(cross[1] + up)];
    showCross();
  };
  const atCross = (act) => () => (cross === null ? moveCross(0, 0) : act(placeOf(cross)));

  const shade = shades(trace.grid);
  const map = h(
    "div",
    {
      ...FOCUSABLE,
      class: "bc-boundary-map",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "map of points",
      "aria-label": "Map. Arrow keys move a cross, Enter draws a point of the chosen class or erases, Delete erases.",
    },
    shade.probes,
  );
  onKeys(map, {
    ArrowLeft: () => moveCross(-1, 0),
    ArrowRight: () => moveCross(1, 0),
    ArrowDown: () => moveCross(0, -1),
    ArrowUp: () => moveCross(0, 1),
    Enter: atCross(edit),
    " ": atCross(edit),
    Delete: atCross(erase),
    Backspace: atCross(erase),
  });
  const read = h("p", { class: "bc-note bc-boundary-read", role: "status", "aria-live": "polite" });
  const curve = h("div", { class: "bc-boundary-curve" });
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const drawing = h("div", { class: "bc-bar" }, h("span", { class: "bc-range-name" }, "Draw"), pens.root, clear, pasting.open);
  const root = h(
    "div",
    { class: "bc-widget bc-boundary", role: "group", "aria-label": trace.title },
    h("p", { class: "bc-heading" }, trace.title),
    h("div", { class: "bc-bar" }, kind.root),
    h(
      "div",
      { class: "bc-plane-two" },
      h("div", {}, map, read, legend(), steps.root),
      h("div", { class: "bc-boundary-side" }, curve, dataset.root, rate.root, hidden.root, seed, drawing, pasting.root),
    ),
    say,
    asking.note,
    h("div", { class: "bc-bar bc-foot" }, reset, copy.root),
    copy.shown,
  );
  keepKeys(root);

  let width = 420;
  let plot = null;
  let surface = null;
  const showCross = () => {
    plot.setCross(cross);
    read.textContent = cross ? readAt(trace, surface, cross, placeOf(cross)) : "";
  };
  const show = () => {
    const now = run();
    surface = surfaceAt(model.get("surface"), at(), trace.grid, trace.scale);
    const isNet = model.get("model") === trace.models[1];
    kind.show(model.get("model"));
    dataset.show(trace.sets.indexOf(model.get("dataset")));
    hidden.show(model.get("hidden") - 1, String(model.get("hidden")));
    rate.show(model.get("rate"), trace.rates[model.get("rate")]);
    hidden.root.hidden = !isNet;
    seedText.textContent = `seed ${model.get("seed")}`;
    seed.hidden = !now.chance;
    drawing.hidden = !now.editable;
    steps.show(`${now.moments[at()] ?? 0} of ${now.moments.at(-1) ?? 0}`);
    say.textContent = now.error || `${now.sentences[at()]}\n${now.setting}`;
    say.classList.toggle("bc-alert", Boolean(now.error));
    pasting.answer(model.get("pasted_answer"));
    plot = mapOf(trace, now, points(), surface, width);
    const { left, top, right, bottom } = plot.inside;
    shade.canvas.style.cssText = `left:${left}px;top:${top}px;width:${right - left}px;height:${bottom - top}px`;
    map.replaceChildren(...shade.probes, shade.canvas, plot.root);
    shade.show(surface);
    showCross();
    curve.replaceChildren(curveOf(now, at(), curve.clientWidth || 320));
  };
  const answered = () => {
    asking.answered();
    show();
  };

  const placeUnder = (event) => {
    const box = map.getBoundingClientRect();
    return plot.valueAt(event.clientX - box.left, event.clientY - box.top);
  };
  map.addEventListener("pointermove", (event) => {
    const place = placeUnder(event);
    const node = place?.map((value, side) => {
      const [low, high] = run().view[side];
      return Math.round(((value - low) / (high - low)) * (trace.grid - 1));
    });
    if (String(node) === String(cross)) return;
    cross = node ?? null;
    showCross();
  });
  map.addEventListener("pointerleave", () => {
    cross = null;
    showCross();
  });
  // A press that does not move is a point; one that moves may be a finger that scrolls.
  let pressed = null;
  map.addEventListener("pointerdown", (event) => (pressed = [event.clientX, event.clientY]));
  map.addEventListener("pointerup", (event) => {
    const moved = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]);
    const place = placeUnder(event);
    if (pressed && moved < STILL && place) edit(place.map((value) => Number(value.toPrecision(3))));
    pressed = null;
  });

  const forgetWidth = onWidth(map, (is) => {
    width = is;
    show();
  });
  const forgetTheme = onTheme(() => show());
  const dispose = () => {
    forgetWidth();
    forgetTheme();
    asking.dispose();
    steps.stop();
  };
  return { root, show, answered, dispose };
}

/** A field to paste points into; `hand` takes its text. */
function paste(hand) {
  const field = h("textarea", {
    ...FOCUSABLE,
    class: "bc-code",
    rows: "5",
    "aria-label": "Points, one a line: two numbers and a label",
    placeholder: "0.5, -1.2, 0\n1.5, 0.3, 1",
  });
  const said = h("p", { class: "bc-note bc-boundary-pasted", role: "status", "aria-live": "polite" });
  const root = h("div", { class: "bc-boundary-paste", hidden: "" }, field, h("div", { class: "bc-bar" }, button("Take these points", () => hand(field.value))), said);
  const setOpen = (isOpen) => {
    root.hidden = !isOpen;
    open.setAttribute("aria-expanded", String(isOpen));
  };
  const open = button("Paste", () => {
    setOpen(root.hidden);
    if (!root.hidden) field.focus();
  });
  setOpen(false);
  return { root, open, close: () => setOpen(false), answer: (text) => (said.textContent = text) };
}

function legend() {
  const line = (level) => [s("path", { class: "bc-boundary-line", "data-level": level, d: "M1,9H27" })];
  return legendRow([
    [[pointMark(0, 14, 9)], "class 0"],
    [[pointMark(1, 14, 9)], "class 1"],
    [line(0), "p = 0.1"],
    [line(1), "p = 0.5"],
    [line(2), "p = 0.9"],
  ]);
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

export default { render };
