// The logit fitter: two weights dragged on the map of the loss, points dragged under the curve; bars of -log p, gradients
// tip to tail.
import { FOCUSABLE, button, drawer, h, onKeys, redrawer, rendering, s, sentence, update } from "./common.js";
import { copyButton, fill, keepKeys, onWidth, slider } from "./controls.js";
import { axes, path, plainTicks } from "./axes.js";
import { asker, byHand, sameNumbers } from "./asking.js";
import { pullLegend, roundSpan, tipToTail } from "./arrows.js";

const PLACES = 200; // of the sliders of the weights
const NEAR = 24; // pixels from a point within which it is taken

const render = rendering({
  what: "The model",
  make: fitter,
  hears: { answered: ["map", "run"], show: ["x", "w", "point"] },
});

/** What is said of one point; the same as `look_up` in Python. */
function said(trace, run, k) {
  return fill(trace.sentences[k === 0 ? "none" : k < trace.size ? "some" : "all"], {
    k,
    n: trace.size,
    x: run.x_texts[k - 1],
    y: trace.y[k - 1],
    yhat: run.yhat_texts[k - 1],
    p: run.p_texts[k - 1],
    bar: run.bar_texts[k - 1],
    pull: run.pull_texts[k - 1],
    sum: run.sum_texts[k],
    whole: run.whole,
    loss: fill(trace.loss, run),
  });
}

function fitter(model) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error) };
  const first = { x: model.get("x"), w: model.get("w"), point: model.get("point") };
  const firstAnswer = [model.get("run"), model.get("map")];
  let [run, heights] = firstAnswer; // the last answer of Python
  const asking = asker(model);
  const look = (change) => update(model, change);
  const n = trace.size;
  const within = (value, side) => byHand(Math.min(Math.max(value, trace.view[side][0]), trace.view[side][1]));
  const choose = (k) => look({ point: Math.min(Math.max(k, 0), n) });

  const weights = ["w₀", "w₁"].map((name, side) => {
    const [low, high] = trace.view[side];
    const row = slider(name, PLACES + 1, (place) => {
      const w = [...model.get("w")];
      w[side] = byHand(low + ((high - low) * place) / PLACES);
      asking.ask({ w });
    });
    return { ...row, place: (value) => Math.round(((value - low) / (high - low)) * PLACES) };
  });
  const point = slider("Points added", n + 1, choose);
  const reset = button("Reset", () => {
    [run, heights] = firstAnswer;
    look(first);
  });
  const list = (values) => `[${values.join(", ")}]`;
  const copy = copyButton(() => fill(trace.code, { x: list(run.x), y: list(trace.y), w: list(run.w) }));

  const curve = h("div", {
    ...FOCUSABLE,
    class: "bc-logit-curve",
    tabindex: "0",
    role: "application",
    "aria-label": "Points and curve. Left and right choose a point, comma and full stop move it sideways.",
  });
  const map = h("div", {
    ...FOCUSABLE,
    class: "bc-logit-map",
    tabindex: "0",
    role: "application",
    "aria-label": "Weights on the map of the loss. Left and right move w0, up and down w1; with page up and page down w1 moves farther.",
  });
  const bars = h("div", {
    ...FOCUSABLE,
    class: "bc-logit-bars",
    tabindex: "0",
    role: "application",
    "aria-label": "Bars of minus log p. Left and right choose a point and add its gradient.",
  });
  const arrows = h("div", { class: "bc-fit-arrows" });
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const { root: key, best } = legend();
  const root = h(
    "div",
    { class: "bc-widget bc-logit", role: "group", "aria-label": trace.title },
    h("p", { class: "bc-heading" }, trace.title),
    h("div", { class: "bc-fit-pair" }, curve, map, bars, arrows),
    key,
    say,
    weights.map((row) => row.root),
    point.root,
    asking.note,
    h("div", { class: "bc-bar bc-foot" }, reset, copy.root),
    copy.shown,
  );
  keepKeys(root);

  let width = 0;
  const size = () => ({ width, height: width < 330 ? 210 : 240 });
  const mapped = drawer(map, (heights) => mapOf(trace, heights, size()));
  const barred = redrawer(bars, (run, k) => barsOf(trace, run, k, size()));
  const curved = redrawer(curve, (run, k, _, x) => curveOf(trace, run, x, k, size()));
  const pulled = redrawer(arrows, ({ sums }, k) =>
    tipToTail({ ...size(), sums, k, kinds: trace.y, labels: ["∂L/∂w₀", "∂L/∂w₁"] }),
  );
  const spoken = drawer(say, (run, k) => said(trace, run, k));
  const show = () => {
    if (!width) return;
    const x = model.get("x");
    const w = model.get("w");
    const k = model.get("point");
    if (sameNumbers([...x, ...w], [...run.x, ...run.w])) asking.answered();
    weights.forEach((row, side) => row.show(row.place(w[side]), signed(w[side])));
    point.show(k, `${k} of ${n}`);
    mapped(heights, width).move(w);
    best.hidden = heights.best === null;
    curved(run, k, width, x);
    for (const each of [spoken, barred, pulled]) each(run, k, width);
  };

  const move = (event) => {
    const box = map.getBoundingClientRect();
    asking.ask({ w: mapped(heights, width).pointAt(event.clientX - box.left, event.clientY - box.top).map(within) });
  };
  map.addEventListener("pointerdown", (event) => {
    map.setPointerCapture(event.pointerId);
    move(event);
  });
  map.addEventListener("pointermove", (event) => event.buttons === 1 && move(event));

  let held = null; // the place of the point that is dragged
  const onCurve = () => curved(run, model.get("point"), width, model.get("x"));
  const place = (event) => {
    const box = curve.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const movePoint = (i, to) => {
    const [low, high] = trace.across;
    const x = [...model.get("x")];
    x[i] = byHand(Math.min(Math.max(to, low), high));
    asking.ask({ x });
  };
  curve.addEventListener("pointerdown", (event) => {
    held = onCurve().nearest(...place(event));
    if (held === null) return;
    curve.setPointerCapture(event.pointerId);
    choose(held + 1);
  });
  curve.addEventListener("pointermove", (event) => held !== null && event.buttons === 1 && movePoint(held, onCurve().valueAt(place(event)[0])));
  for (const end of ["pointerup", "pointercancel"]) curve.addEventListener(end, () => (held = null));
  const push = (share) => () => {
    const i = model.get("point") - 1;
    if (i >= 0) movePoint(i, model.get("x")[i] + (trace.across[1] - trace.across[0]) * share);
  };

  bars.addEventListener("pointerdown", (event) => choose(barred(run, model.get("point"), width).placeAt(event.clientX - bars.getBoundingClientRect().left)));
  const nudge = (side, share) => () => {
    const w = [...model.get("w")];
    w[side] = within(w[side] + (trace.view[side][1] - trace.view[side][0]) * share, side);
    asking.ask({ w });
  };
  onKeys(map, {
    ArrowLeft: nudge(0, -0.02),
    ArrowRight: nudge(0, 0.02),
    ArrowDown: nudge(1, -0.02),
    ArrowUp: nudge(1, 0.02),
    PageDown: nudge(1, -0.1),
    PageUp: nudge(1, 0.1),
  });
  const choices = {
    ArrowLeft: () => choose(model.get("point") - 1),
    ArrowRight: () => choose(model.get("point") + 1),
    Home: () => choose(0),
    End: () => choose(n),
  };
  onKeys(bars, choices);
  onKeys(curve, { ...choices, ",": push(-0.01), ".": push(0.01) });

  const forgetWidth = onWidth(map, (to) => {
    width = to;
    show();
  });
  const answered = () => {
    [run, heights] = [model.get("run"), model.get("map")];
    show();
  };
  const dispose = () => {
    forgetWidth();
    asking.dispose();
  };
  return { root, show, answered, dispose };
}

const signed = (value) => String(byHand(value)).replace("-", "−");
const ticked = ([low, high], label, count = 4) => ({ low, high, ticks: plainTicks(low, high, count), label });

/** Points, the curve, and for each point a bar as long as the probability of what happened. */
function curveOf(trace, run, xs, k, size) {
  const [low, high] = trace.across;
  const { root, px, py, valueAt } = axes({
    ...size,
    x: ticked(trace.across, "x", 5),
    y: { low: -0.08, high: 1.08, ticks: [[0, "0"], [0.5, "0.5"], [1, "1"]], label: "ŷ" },
  });
  const fine = run.curve.map((value, i) => [px(low + ((high - low) * i) / (run.curve.length - 1)), py(value)]);
  root.append(
    ...xs.map((x, i) => {
      const kind = i < k ? "bc-chance" : "bc-chance bc-chance-ahead";
      return s("path", { class: kind, "data-label": trace.y[i], d: `M${px(x)},${py(1 - trace.y[i])}V${py(run.yhat[i])}` });
    }),
    s("path", { class: "bc-logit-line", d: path(fine) }),
    ...xs.map((x, i) => sample(trace.y[i], px(x), py(trace.y[i]), i + 1 === k)),
  );
  const nearest = (left, top) => {
    const far = xs.map((x, i) => Math.hypot(px(x) - left, py(trace.y[i]) - top));
    const least = Math.min(...far);
    return least <= NEAR ? far.indexOf(least) : null;
  };
  return { root, nearest, valueAt };
}

/** A point: a circle for the label 1, a square for 0. */
function sample(label, x, y, chosen) {
  const r = chosen ? 6.5 : 4.5;
  const look = { class: chosen ? "bc-sample bc-sample-chosen" : "bc-sample", "data-label": label };
  if (label === 1) return s("circle", { ...look, cx: x, cy: y, r });
  return s("rect", { ...look, x: x - r * 0.9, y: y - r * 0.9, width: r * 1.8, height: r * 1.8 });
}

/** The map, which stays, and `move`, which puts the handle where the weights are. */
function mapOf(trace, { rings, best }, size) {
  const { root, px, py, inside, valueAt } = axes({ ...size, x: ticked(trace.view[0], "w₀"), y: ticked(trace.view[1], "w₁") });
  const box = { x: inside.left, y: inside.top, width: inside.right - inside.left, height: inside.bottom - inside.top };
  const at = ([a, b]) => [px(a), py(b)];
  const handle = s("rect", { class: "bc-fit-handle", width: 12, height: 12 });
  const cross = (x, y) => s("path", { class: "bc-logit-best", d: `M${x - 5},${y}h10M${x},${y - 5}v10` });
  root.append(
    s(
      "svg",
      { ...box, viewBox: `${box.x} ${box.y} ${box.width} ${box.height}`, overflow: "hidden" },
      rings.map((ring) => s("path", { class: "bc-logit-ring", d: path(ring.map(at)) })),
      best ? cross(...at(best)) : null,
    ),
    handle,
  );
  const move = (w) => {
    const [left, top] = at(w);
    handle.setAttribute("x", left - 6);
    handle.setAttribute("y", top - 6);
  };
  const [low, high] = trace.view[1];
  const up = (pixel) => low + ((inside.bottom - pixel) / box.height) * (high - low);
  return { root, move, pointAt: (x, y) => [valueAt(x), up(y)] };
}

/** A bar of -log p for each point, in the order of the data. */
function barsOf(trace, run, k, size) {
  const n = trace.size;
  const by = Math.ceil(n / (size.width < 330 ? 6 : 11));
  const numbers = [...Array(n).keys()].filter((i) => i % by === 0).map((i) => [i + 1, String(i + 1)]);
  const [, high] = roundSpan([...run.bars, 1]);
  const { root, px, py, inside, valueAt } = axes({
    ...size,
    x: { low: 0.4, high: n + 0.6, ticks: numbers, label: "point" },
    y: ticked([0, high], "−log p"),
  });
  const wide = Math.min(26, ((inside.right - inside.left) / (n + 0.2)) * 0.72);
  root.append(
    ...run.bars.map((bar, i) => {
      const kind = i < k ? "bc-loss-bar" : "bc-loss-bar bc-loss-bar-ahead";
      const look = { class: i + 1 === k ? `${kind} bc-loss-bar-chosen` : kind, "data-label": trace.y[i] };
      return s("rect", { ...look, x: px(i + 1) - wide / 2, y: py(bar), width: wide, height: Math.max(inside.bottom - py(bar), 0) });
    }),
    s("path", { class: "bc-mean-bar", d: `M${inside.left},${py(run.mean_bar)}H${inside.right}` }),
  );
  return { root, placeAt: (pixel) => Math.min(Math.max(Math.round(valueAt(pixel)), 1), n) };
}

function legend() {
  const swatch = (...shapes) => s("svg", { width: 28, height: 14, "aria-hidden": "true" }, shapes);
  const items = [
    [swatch(sample(1, 14, 7, false)), "y = 1: drag a point"],
    [swatch(sample(0, 14, 7, false)), "y = 0"],
    [swatch(s("rect", { class: "bc-fit-handle", x: 8, y: 1.5, width: 11, height: 11 })), "weights: drag them"],
    [swatch(s("path", { class: "bc-mean-bar", d: "M1,7H27" })), "mean loss"],
  ];
  const best = h("span", {}, swatch(s("path", { class: "bc-logit-best", d: "M9,7h10M14,2v10" })), "least loss");
  const root = h("p", { class: "bc-legend" }, items.map(([picture, text]) => h("span", {}, picture, text)), best, pullLegend());
  return { root, best };
}

export default { render };
