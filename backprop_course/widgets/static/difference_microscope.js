// The finite-difference microscope: looks up differences, errors and verdicts in the trace and draws them.
import { button, h, rendering, s, sentence, update } from "./common.js";
import { copyButton, fill, keepKeys, onWidth, picker, segmented, slider } from "./controls.js";
import { axes, path, powersOfTen } from "./axes.js";

const STATE = ["method", "precision", "step", "tolerance", "tested"];
const LOW = -17;
const HIGH = 1;

const render = rendering({ what: "The differences", make: microscope, hears: { show: STATE } });

/** What one position of all controls shows; the same as `look_up` in Python. */
function lookUp(trace, { method, precision, step, tolerance, tested }) {
  const curve = trace.curves[`${method} ${precision}`];
  const gradient = trace.tested[tested];
  const gaps = gradient.gaps[`${method} ${precision}`];
  const limit = trace.tolerances[tolerance];
  const kinds = gaps.log.map((gap) => {
    const passes = gap <= limit.log;
    return `${passes === gradient.right ? "rightly" : "wrongly"} ${passes ? "passes" : "fails"}`;
  });
  const values = {
    method,
    precision,
    step: trace.steps[step].text,
    estimate: curve.estimates[step],
    exact: trace.exact,
    error: curve.errors[step],
    relative: curve.relatives[step],
    side: curve.sides[step],
    tolerance: limit.text,
    tested: gradient.name,
    gap: gaps.texts[step],
  };
  const inCode = { ...values, step: trace.steps[step].code, tolerance: limit.code };
  return {
    curve,
    gaps,
    kinds,
    sentence: fill(trace.sentences.step, values),
    verdict: fill(trace.sentences[kinds[step]], values),
    code: fill(trace.code[method], inCode),
  };
}

function microscope(model) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error) };
  const state = () => Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
  const start = state();
  const set = (change) => update(model, change);

  const method = segmented("Difference", [["forward", "forward"], ["central", "central"]], (to) => set({ method: to }));
  const precisions = [["float64", "float64"], ["float32", "float32"]];
  const precision = segmented("Precision", precisions, (to) => set({ precision: to }));
  const step = slider("Step h", trace.steps.length, (place) => set({ step: place }));
  const tolerance = slider("Tolerance", trace.tolerances.length, (place) => set({ tolerance: place }));
  const names = trace.tested.map(({ name }) => name);
  const tested = picker("Under test", names, (place) => set({ tested: place }));
  const best = button("Best step", () => set({ step: lookUp(trace, state()).curve.best }));
  const reset = button("Reset", () => set(start));
  const copy = copyButton(() => lookUp(trace, state()).code);

  const stage = h("div", { class: "bc-microscope-stage" });
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const root = h(
    "div",
    { class: "bc-widget bc-microscope", role: "group", "aria-label": trace.title },
    h("p", { class: "bc-heading" }, trace.title),
    h("div", { class: "bc-bar" }, method.root, precision.root, best),
    stage,
    legend(),
    step.root,
    tolerance.root,
    tested.root,
    say,
    trace.note ? h("p", { class: "bc-note" }, trace.note) : null,
    h("div", { class: "bc-bar bc-foot" }, reset, copy.root),
    copy.shown,
  );
  keepKeys(root);

  let width = 640;
  let picture = null;
  const show = () => {
    const now = state();
    const found = lookUp(trace, now);
    method.show(now.method);
    precision.show(now.precision);
    step.show(now.step, trace.steps[now.step].text);
    tolerance.show(now.tolerance, trace.tolerances[now.tolerance].text);
    tested.show(now.tested);
    const right = found.kinds[now.step].startsWith("rightly");
    say.replaceChildren(
      found.sentence,
      "\n",
      h("span", { class: "bc-verdict-mark", "data-kind": right ? "good" : "bad" }, right ? "✓ " : "✗ "),
      found.verdict,
    );
    picture = drawing(trace, now, found, width);
    stage.replaceChildren(picture.root);
  };
  const choose = (event) => {
    const box = stage.getBoundingClientRect();
    const place = picture.placeAt(event.clientX - box.left);
    if (place !== model.get("step")) set({ step: place });
  };
  stage.addEventListener("pointerdown", choose);
  stage.addEventListener("pointermove", (event) => event.buttons === 1 && choose(event));

  const forgetWidth = onWidth(stage, (now) => {
    width = now;
    show();
  });
  return { root, show, dispose: forgetWidth };
}

function drawing(trace, now, { curve, gaps, kinds }, width) {
  const logs = trace.steps.map(({ log }) => log);
  const narrow = width < 480;
  const plot = axes({
    width,
    height: narrow ? 290 : 340,
    bottom: 58,
    tickGap: 32,
    x: { low: -15.3, high: -0.7, ticks: powersOfTen(-15, -1, narrow ? 4 : 2), label: "step h" },
    y: { low: LOW - 0.4, high: HIGH + 0.4, ticks: powersOfTen(-16, 0, 4), label: "relative error" },
  });
  const { px, py, inside } = plot;
  const line = (errors) => path(errors.map((error, i) => [px(logs[i]), py(error)]));
  const within = (errors) =>
    path(errors.map((error, i) => (error > LOW && error < HIGH ? [px(logs[i]), py(error)] : null)));
  const others = Object.entries(trace.curves).filter(([, other]) => other !== curve);
  const limit = py(trace.tolerances[now.tolerance].log);
  const at = px(logs[now.step]);
  const strip = inside.bottom + 11;
  plot.root.append(
    ...others.map(([name, other]) => s("path", { class: "bc-other", d: line(other.log) }, s("title", {}, name))),
    s("path", { class: "bc-truncation", d: within(curve.truncation) }),
    s("path", { class: "bc-rounding", d: within(curve.rounding) }),
    s("path", { class: "bc-limit", d: `M${inside.left},${limit}H${inside.right}` }),
    ...(now.tested ? [s("path", { class: "bc-gap", d: line(gaps.log) })] : []),
    s("path", { class: "bc-curve", d: line(curve.log) }),
    ...kinds.map((kind, i) => verdictMark(kind, px(logs[i]), strip)),
    s("path", { class: "bc-cursor", d: `M${at},${inside.top}V${strip + 7}` }),
    s("circle", { class: "bc-spot", cx: at, cy: py(curve.log[now.step]), r: 5 }),
  );
  return { root: plot.root, placeAt: (pixel) => nearest(logs, plot.valueAt(pixel)) };
}

/** Under each step: a dot for a right verdict, a cross for a wrong one. */
function verdictMark(kind, x, y) {
  if (kind.startsWith("rightly")) return s("circle", { class: "bc-right-mark", cx: x, cy: y, r: 1.6 });
  return s("path", { class: "bc-wrong-mark", d: `M${x - 3},${y - 3}l6,6m0,-6l-6,6` });
}

function nearest(places, value) {
  let near = 0;
  places.forEach((place, i) => {
    if (Math.abs(place - value) < Math.abs(places[near] - value)) near = i;
  });
  return near;
}

const LEGEND = [
  ["bc-curve", "error of this difference"],
  ["bc-other", "the other three"],
  ["bc-truncation", "truncation, in theory"],
  ["bc-rounding", "rounding, at most"],
  ["bc-limit", "tolerance"],
  ["bc-gap", "gradient under test against it"],
];

function legend() {
  const swatch = (name) =>
    s("svg", { width: 28, height: 10, "aria-hidden": "true" }, s("path", { class: name, d: "M1,5H27" }));
  const dot = s("svg", { width: 10, height: 10, "aria-hidden": "true" }, verdictMark("rightly", 5, 5));
  const cross = s("svg", { width: 10, height: 10, "aria-hidden": "true" }, verdictMark("wrongly", 5, 5));
  return h(
    "p",
    { class: "bc-legend" },
    LEGEND.map(([name, text]) => h("span", {}, swatch(name), text)),
    h("span", {}, dot, "right verdict with this step"),
    h("span", {}, cross, "wrong verdict"),
  );
}

export default { render };
