// The line fitter: points and a line that can be dragged, errors as bars or squares, gradients tip to tail.
import { FOCUSABLE, button, drawer, h, onKeys, redrawer, rendering, s, sentence, update } from "./common.js";
import { copyButton, fill, keepKeys, onWidth, segmented, slider } from "./controls.js";
import { axes, path, plainTicks } from "./axes.js";
import { asker, byHand, sameNumbers } from "./asking.js";
import { pullLegend, tipToTail } from "./arrows.js";

const ASKED = ["x", "y", "beta"];
const LOOKED = ["line", "loss", "residuals", "point"];
const PLACES = 200; // of the sliders of the parameters
const NEAR = 24; // pixels from a point or a handle within which it is taken
const LINES = ["own", "squared", "absolute"];

const render = rendering({ what: "The line", make: fitter, hears: { answered: ["run"], show: [...ASKED, ...LOOKED] } });

/** What is said of one point; the same as `look_up` in Python. */
function said(trace, run, { line, loss, point }) {
  const n = run.x.length;
  const at = run.lines[line];
  const of = at.losses[loss];
  const kind = point === 0 ? "none" : point < n ? "some" : of.closes ? "closed" : "all";
  return fill(trace.sentences[kind], {
    k: point,
    n,
    x: run.x_texts[point - 1],
    y: run.y_texts[point - 1],
    line: trace.names[line],
    prediction: at.prediction_texts[point - 1],
    error: at.error_texts[point - 1],
    loss,
    each: of.texts[point - 1],
    pull: of.pull_texts[point - 1],
    sum: of.sum_texts[point],
    whole: of.whole,
  });
}

function fitter(model) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error) };
  const is = () => Object.fromEntries([...ASKED, ...LOOKED].map((name) => [name, model.get(name)]));
  const first = is();
  const firstRun = model.get("run");
  let run = firstRun; // the last answer of Python
  const asking = asker(model);
  const look = (change) => update(model, change);
  const n = trace.size;

  const line = segmented(
    "Errors and gradients of",
    [["own", "your line"], ["squared", "best squared"], ["absolute", "best absolute"]],
    (to) => look({ line: to }),
  );
  const loss = segmented("Loss", [["squared", "squared loss"], ["absolute", "absolute loss"]], (to) => look({ loss: to }));
  const residuals = segmented("Errors as", [["bars", "bars"], ["squares", "squares"]], (to) => look({ residuals: to }));
  const sides = ["β₀", "β₁"].map((name, side) => {
    const [low, high] = trace.reach[side];
    const row = slider(`Your ${name}`, PLACES + 1, (place) => {
      const beta = [...model.get("beta")];
      beta[side] = byHand(low + ((high - low) * place) / PLACES);
      asking.ask({ beta, line: "own" });
    });
    return { ...row, place: (value) => Math.round(((value - low) / (high - low)) * PLACES) };
  });
  const point = slider("Points added", n + 1, (place) => look({ point: place }));
  const reset = button("Reset", () => {
    run = firstRun;
    look(first);
  });
  const copy = copyButton(() => {
    const { line: which, loss: by } = is();
    const list = (values) => `[${values.join(", ")}]`;
    return fill(trace.code, {
      x: list(run.x),
      y: list(run.y),
      beta: list(run.lines[which].beta),
      name: trace.functions[by],
    });
  });

  const stage = h("div", {
    ...FOCUSABLE,
    class: "bc-fit-stage",
    tabindex: "0",
    role: "application",
    "aria-label":
      "Points and lines. Left and right choose a point, up and down move it, page up and page down farther, comma and full stop move it sideways.",
  });
  const arrows = h("div", { class: "bc-fit-arrows" });
  const table = h("table", { class: "bc-fit-table" });
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const root = h(
    "div",
    { class: "bc-widget bc-fitter", role: "group", "aria-label": trace.title },
    h("p", { class: "bc-heading" }, trace.title),
    h("div", { class: "bc-bar" }, line.root, loss.root, residuals.root),
    h("div", { class: "bc-fit-pair" }, stage, arrows),
    legend(),
    table,
    sides.map((row) => row.root),
    point.root,
    say,
    asking.note,
    h("div", { class: "bc-bar bc-foot" }, reset, copy.root),
    copy.shown,
  );
  keepKeys(root);

  let width = 0;
  let plot = null;
  const pulls = ({ lines }, which, by) => lines[which].losses[by].sums;
  const labels = ["∂L/∂β₀", "∂L/∂β₁"];
  // What only an answer changes is not drawn anew while something is dragged.
  const spoken = drawer(say, (run, line, loss, point) => said(trace, run, { line, loss, point }));
  const tabled = redrawer(table, (run, line) => rows(trace, run, line));
  const pulled = redrawer(arrows, (run, line, loss, k, width) =>
    tipToTail({ width, height: tall(width), sums: pulls(run, line, loss), k, labels }),
  );
  const show = () => {
    if (!width) return;
    const now = is();
    const own = run.lines.own.beta;
    if (sameNumbers([...now.x, ...now.y, ...now.beta], [...run.x, ...run.y, ...own])) asking.answered();
    line.show(now.line);
    loss.show(now.loss);
    residuals.show(now.residuals);
    sides.forEach((row, side) => row.show(row.place(now.beta[side]), signed(now.beta[side])));
    point.show(now.point, `${now.point} of ${n}`);
    plot = drawing(trace, run, now, width);
    stage.replaceChildren(plot.root);
    for (const each of [spoken, tabled, pulled]) each(run, now.line, now.loss, now.point, width);
  };

  // The pointer takes the nearest point or handle, and moves it until it is let go.
  let held = null;
  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const move = (event) => {
    const [left, up] = plot.pointAt(...place(event));
    const [x, y] = [left, up].map((value, side) => byHand(Math.min(Math.max(value, trace.view[side][0]), trace.view[side][1])));
    if (held.handle === undefined) movePoint(held.point, x, y);
    else asking.ask({ beta: through(trace, model.get("beta"), held.handle, y), line: "own" });
  };
  const movePoint = (i, x, y) => {
    const [xs, ys] = [[...model.get("x")], [...model.get("y")]];
    [xs[i], ys[i]] = [x, y];
    asking.ask({ x: xs, y: ys });
  };
  stage.addEventListener("pointerdown", (event) => {
    held = plot.nearest(...place(event));
    if (held === null) return;
    stage.setPointerCapture(event.pointerId);
    if (held.point !== undefined) look({ point: held.point + 1 });
  });
  stage.addEventListener("pointermove", (event) => held && event.buttons === 1 && move(event));
  stage.addEventListener("pointerup", () => (held = null));
  stage.addEventListener("pointercancel", () => (held = null));

  const step = (by) => () => look({ point: Math.min(Math.max(model.get("point") + by, 0), n) });
  const nudge = (side, share) => () => {
    const i = model.get("point") - 1;
    if (i < 0) return;
    const [low, high] = trace.view[side];
    const at = [model.get("x")[i], model.get("y")[i]];
    at[side] = byHand(Math.min(Math.max(at[side] + (high - low) * share, low), high));
    movePoint(i, ...at);
  };
  onKeys(stage, {
    ArrowLeft: step(-1),
    ArrowRight: step(1),
    Home: () => look({ point: 0 }),
    End: () => look({ point: n }),
    ArrowUp: nudge(1, 0.01),
    ArrowDown: nudge(1, -0.01),
    PageUp: nudge(1, 0.1),
    PageDown: nudge(1, -0.1),
    ",": nudge(0, -0.01),
    ".": nudge(0, 0.01),
  });

  const forgetWidth = onWidth(stage, (to) => {
    width = to;
    show();
  });
  const answered = () => {
    run = model.get("run");
    show();
  };
  const dispose = () => {
    forgetWidth();
    asking.dispose();
  };
  return { root, show, answered, dispose };
}

const tall = (width) => (width < 330 ? 250 : 320);
const signed = (value) => String(byHand(value)).replace("-", "−");

/** Places of the two handles of a line, a tenth from the sides of the view. */
function handles(trace) {
  const [low, high] = trace.view[0];
  return [low + (high - low) / 10, high - (high - low) / 10];
}

/** The line that goes through the handle that is dragged and the one that is not. */
function through(trace, [b0, b1], handle, y) {
  const at = handles(trace);
  const other = 1 - handle;
  const slope = (y - (b0 + b1 * at[other])) / (at[handle] - at[other]);
  return [byHand(y - slope * at[handle]), byHand(slope)];
}

function drawing(trace, run, now, width) {
  const [x, y] = trace.view.map(([low, high]) => ({ low, high, ticks: plainTicks(low, high, 5) }));
  const { root, px, py, inside, valueAt } = axes({
    width,
    height: tall(width),
    x: { ...x, label: "x" },
    y: { ...y, label: "y" },
  });
  const box = { x: inside.left, y: inside.top, width: inside.right - inside.left, height: inside.bottom - inside.top };
  const beta = (name) => (name === "own" ? now.beta : run.lines[name].beta);
  const lineAt = (name) => path([x.low, x.high].map((at) => [px(at), py(beta(name)[0] + beta(name)[1] * at)]));
  const seen = now.x.map((at, i) => [px(at), py(now.y[i])]);
  const feet = now.x.map((at) => py(beta(now.line)[0] + beta(now.line)[1] * at));
  const errors = seen.map(([left, up], i) => {
    const long = Math.abs(feet[i] - up);
    const kind = i < now.point ? "bc-error" : "bc-error bc-error-ahead";
    if (now.residuals === "bars") return s("path", { class: kind, d: `M${left},${up}V${feet[i]}` });
    const inwards = left + long > inside.right ? left - long : left;
    return s("rect", { class: `${kind} bc-error-square`, x: inwards, y: Math.min(feet[i], up), width: long, height: long });
  });
  const grips = handles(trace).map((at) => [px(at), py(now.beta[0] + now.beta[1] * at)]);
  root.append(
    s(
      "svg",
      { ...box, viewBox: `${box.x} ${box.y} ${box.width} ${box.height}`, overflow: "hidden" },
      errors,
      LINES.map((name) => s("path", { class: `bc-fit-line bc-fit-${name}`, "data-shown": String(name === now.line), d: lineAt(name) })),
    ),
    ...grips.map(([left, up]) => s("rect", { class: "bc-fit-handle", x: left - 6, y: up - 6, width: 12, height: 12 })),
    ...seen.map(([left, up], i) =>
      s("circle", { class: i + 1 === now.point ? "bc-fit-point bc-fit-chosen" : "bc-fit-point", cx: left, cy: up, r: i + 1 === now.point ? 7 : 5 }),
    ),
  );
  const far = ([left, up], [a, b]) => Math.hypot(left - a, up - b);
  const nearest = (left, up) => {
    const all = [
      ...seen.map((at, point) => ({ far: far([left, up], at), point })),
      ...grips.map((at, handle) => ({ far: far([left, up], at), handle })),
    ];
    const found = all.reduce((best, one) => (one.far < best.far ? one : best));
    return found.far <= NEAR ? found : null;
  };
  const up = (pixel) => y.low + ((inside.bottom - pixel) / box.height) * (y.high - y.low);
  return { root, nearest, pointAt: (left, top) => [valueAt(left), up(top)] };
}

/** Both losses of all three lines, side by side. */
function rows(trace, run, shown) {
  const head = ["", "β₀", "β₁", "Σ e²", "Σ |e|"].map((text) => h("th", { scope: "col" }, text));
  const swatch = (name) =>
    s("svg", { width: 26, height: 10, "aria-hidden": "true" }, s("path", { class: `bc-fit-line bc-fit-${name}`, d: "M1,5H25" }));
  return [
    h("tr", {}, head),
    ...LINES.map((name) => {
      const { beta_texts: beta, losses } = run.lines[name];
      const cells = [...beta, losses.squared.total, losses.absolute.total];
      return h(
        "tr",
        { "data-shown": String(name === shown) },
        h("th", { scope: "row" }, swatch(name), " ", trace.names[name]),
        cells.map((text) => h("td", {}, text)),
      );
    }),
  ];
}

function legend() {
  const swatch = (...shapes) => s("svg", { width: 28, height: 14, "aria-hidden": "true" }, shapes);
  const items = [
    [swatch(s("circle", { class: "bc-fit-point", cx: 14, cy: 7, r: 5 })), "points: drag one"],
    [swatch(s("rect", { class: "bc-fit-handle", x: 8, y: 1.5, width: 11, height: 11 })), "handles of your line"],
  ];
  return h("p", { class: "bc-legend" }, items.map(([picture, text]) => h("span", {}, picture, text)), pullLegend());
}

export default { render };
