// The decision boundary: draws recorded surfaces of a training, and lets one choose, draw and paste what is learned.
import { FOCUSABLE, button, drawer, h, onKeys, rendering, s, sentence, update } from "./common.js";
import { copyButton, keepKeys, onWidth, picker, segmented, slider } from "./controls.js";
import { asker } from "./asking.js";
import { legendRow, pointMark } from "./points.js";
import { stepping } from "./stepping.js";
import { curveOf, mapOf, readAt } from "./plane_map.js";
import { onTheme, shades, surfaceAt } from "./surface.js";

const SETTINGS = ["dataset", "points", "model", "hidden", "rate", "seed", "moment"];
const ERASER = 2; // beside the classes 0 and 1
const MOVER = 3;
const HELD_STEPS = 48; // steps of a held point from one side of the map to the other
const NEAR = 12; // pixels from a point within which it is taken
const STILL = 6; // pixels by which a press may move

const render = rendering({
  what: "The boundary",
  make: boundary,
  hears: { answered: ["run", "surface"], show: [...SETTINGS, "pasted_answer"], taken: ["pasted"] },
});

function boundary(model) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error) };
  const first = Object.fromEntries(SETTINGS.map((name) => [name, model.get(name)]));
  const run = () => model.get("run");
  const last = () => Math.max(run().moments.length - 1, 0);
  const at = () => Math.min(model.get("moment"), last());
  const asking = asker(model);
  const ask = (traits) => {
    steps.stop();
    if (!("points" in traits)) held = null; // other points come
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
    held = null;
    ask(first);
  });
  const copy = copyButton(() => run().code);

  // Drawing. The list of points is the state, so that a position that is skipped loses nothing.
  let pen = 1;
  let held = null; // the point that is moved: its place in the list, and where it came from
  const pens = segmented("Draw", [[0, "Class 0"], [1, "Class 1"], [ERASER, "Erase"], [MOVER, "Move"]], (chosen) => {
    pen = chosen;
    held = null;
    pens.show(pen);
    map.dataset.moves = String(pen === MOVER);
    show();
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
  /** The place of the nearest point in the list; -1 where none can be edited. */
  const nearest = ([x, y]) => {
    const list = run().editable ? points() : [];
    const [[left, right], [low, high]] = run().view;
    const far = ([a, b]) => ((a - x) / (right - left)) ** 2 + ((b - y) / (high - low)) ** 2;
    return list.reduce((best, point, i) => (best < 0 || far(point) < far(list[best]) ? i : best), -1);
  };
  const erase = (place) => {
    const index = nearest(place);
    held = null;
    if (index >= 0) draw(points().toSpliced(index, 1));
  };
  const clear = button("Clear", () => {
    held = null;
    if (points().length) draw([]);
  });
  const pasting = paste((text) => ask({ pasted: text }));

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

  // A point that is held goes where the hand goes, and Python trains anew for where it is.
  const take = (place) => {
    const index = nearest(place);
    held = index < 0 ? null : { index, from: points()[index] };
    show();
  };
  const putDown = () => {
    held = null;
    show();
  };
  const moveHeld = (to) => {
    const [x, y] = to.map((value, side) => {
      const [low, high] = run().view[side];
      return Math.min(Math.max(Number(value.toPrecision(3)), low), high); // the frame moves for points outside
    });
    draw(points().with(held.index, [x, y, held.from[2]]));
  };
  const putBack = () => {
    if (held === null) return;
    draw(points().with(held.index, held.from));
    held = null;
  };
  const step = (right, up) => () => {
    if (held === null) return moveCross(right, up);
    const [x, y] = points()[held.index];
    const by = run().view.map(([low, high]) => (high - low) / HELD_STEPS);
    return moveHeld([x + right * by[0], y + up * by[1]]);
  };
  const enter = () => {
    if (held !== null) putDown();
    else atCross(pen === MOVER ? take : edit)();
  };

  const shade = shades(trace.grid);
  const map = h(
    "div",
    {
      ...FOCUSABLE,
      class: "bc-boundary-map",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "map of points",
      "aria-label":
        "Map. Arrow keys move a cross, Enter draws a point of the chosen class or erases, Delete erases. " +
        "M takes the nearest point: arrow keys move it, Enter puts it down, Escape puts it back.",
    },
    shade.probes,
    shade.canvas,
  );
  onKeys(map, {
    ArrowLeft: step(-1, 0),
    ArrowRight: step(1, 0),
    ArrowDown: step(0, -1),
    ArrowUp: step(0, 1),
    Enter: enter,
    " ": enter,
    m: atCross(take),
    M: atCross(take),
    Escape: putBack,
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
  // What only a new training changes is not drawn anew while a point is dragged.
  const frame = h("div");
  map.append(frame);
  const surfaced = (bytes, moment) => surfaceAt(bytes, moment, trace.grid, trace.scale);
  const mapped = drawer(frame, (run, bytes, moment, width) => mapOf(trace, run, surfaced(bytes, moment), width));
  const curved = drawer(curve, curveOf);
  let shaded = [];
  const showCross = () => {
    plot.setCross(held ? null : cross);
    if (held) read.textContent = heldText(points()[held.index]);
    else read.textContent = cross ? readAt(trace, surface, cross, placeOf(cross)) : "";
  };
  const show = () => {
    const now = run();
    const bytes = model.get("surface");
    surface = surfaced(bytes, at());
    if (held && held.index >= points().length) held = null;
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
    const words = now.error || `${now.sentences[at()]}\n${now.setting}`;
    if (say.textContent !== words) say.textContent = words;
    say.classList.toggle("bc-alert", Boolean(now.error));
    pasting.answer(model.get("pasted_answer"));
    plot = mapped(now, bytes, at(), width);
    plot.setPoints(points(), held && held.index);
    const what = [now, bytes, at(), width, shade.canvas.isConnected];
    if (what.some((value, i) => value !== shaded[i])) {
      shaded = what;
      const { left, top, right, bottom } = plot.inside;
      shade.canvas.style.cssText = `left:${left}px;top:${top}px;width:${right - left}px;height:${bottom - top}px`;
      shade.show(surface);
    }
    showCross();
    curved(now, at(), curve.clientWidth || 320);
  };
  const answered = () => {
    asking.answered();
    show();
  };
  const taken = () => model.get("pasted") === "" && answered(); // what was pasted is taken or refused

  const pixelOf = (event) => {
    const box = map.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const placeUnder = (event) => plot.valueAt(...pixelOf(event));
  map.addEventListener("pointermove", (event) => {
    if (held && pressed) return;
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
  // A press that does not move is a point. One on a point that moves takes it along; a finger may mean to scroll, and
  // takes points only where they are to be moved.
  let pressed = null;
  const grab = (event) => {
    const place = placeUnder(event);
    const index = place && pen !== ERASER && (pen === MOVER || event.pointerType !== "touch") ? nearest(place) : -1;
    if (index < 0) return -1;
    const [[x, y], [left, top]] = [plot.pixelsOf(points()[index]), pixelOf(event)];
    return Math.hypot(x - left, y - top) <= (pen === MOVER ? 2 * NEAR : NEAR) ? index : -1;
  };
  const far = (event) => Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) >= STILL;
  map.addEventListener("pointerdown", (event) => {
    if (held) putDown();
    pressed = { x: event.clientX, y: event.clientY, index: grab(event) };
    if (pressed.index >= 0) map.setPointerCapture(event.pointerId);
  });
  map.addEventListener("pointermove", (event) => {
    if (!pressed || pressed.index < 0 || !(event.buttons & 1) || !(held || far(event))) return;
    held ??= { index: pressed.index, from: points()[pressed.index] };
    moveHeld(plot.placeAt(...pixelOf(event)));
  });
  map.addEventListener("pointerup", (event) => {
    const place = placeUnder(event);
    const still = pressed && !held && !far(event);
    pressed = null;
    if (held) putDown();
    else if (still && place && pen !== MOVER) edit(place.map((value) => Number(value.toPrecision(3))));
  });
  map.addEventListener("pointercancel", () => {
    pressed = null;
    if (held) putDown();
  });

  const forgetWidth = onWidth(map, (is) => {
    width = is;
    show();
  });
  const forgetTheme = onTheme(() => {
    shaded = [];
    show();
  });
  const dispose = () => {
    forgetWidth();
    forgetTheme();
    asking.dispose();
    steps.stop();
  };
  return { root, show, answered, taken, dispose };
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

/** What is said of a point that is held. */
function heldText([x, y, kind]) {
  const [a, b] = [x, y].map((value) => value.toFixed(2).replace("-", "−"));
  return `A point of class ${kind} is held at (${a}, ${b}): arrow keys move it, Enter puts it down, Escape puts it back.`;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

export default { render };
