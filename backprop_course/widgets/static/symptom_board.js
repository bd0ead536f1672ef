// The symptom board: the loss of a network that may be ill, its gradients layer by layer, and the same after a treatment.
import { s } from "./common.js";
import { axes, path, powersOfTen } from "./axes.js";
import { live, named, roundTicks } from "./live.js";
import { clipped, dot, sample, swatch } from "./marks.js";

const LEFT = 58;

function draw(trace, run, state, width) {
  const narrow = width < 560;
  const wide = narrow ? width : Math.round(width * 0.6);
  const height = narrow ? 210 : 270;
  const runs = [run.before, run.after].filter((one) => one !== null);
  const losses = lossPlot(trace, runs, wide, height);
  const norms = normPlot(runs, narrow ? width : width - wide, height);
  norms.setAttribute(narrow ? "y" : "x", String(narrow ? height : wide));
  const root = s("svg", { class: "bc-plot", width, height: narrow ? 2 * height : height, "aria-hidden": "true" });
  root.append(losses, norms);
  return { root };
}

const LINES = ["bc-live-main", "bc-live-second"];

function lossPlot(trace, runs, width, height) {
  const known = runs.flatMap(({ loss }) => loss).filter((v) => v !== null);
  const log = Math.max(0, ...known) > 2;
  const of = (v) => (log ? Math.log10(v) : v);
  const [low, high] = log ? [-1, Math.ceil(of(Math.max(...known)) + 0.1)] : [0.2, 0.8];
  const ticks = log ? powersOfTen(low, high, 1) : roundTicks(low, high, 6);
  const x = { low: -1, high: trace.epochs + 1, ticks: roundTicks(0, trace.epochs, 6), label: "epoch" };
  const plot = axes({ width, height, left: LEFT, x, y: { low, high, ticks, label: "training loss" } });
  const { px, py, inside } = plot;
  const marks = runs.flatMap(({ loss }, i) => {
    const end = loss.findIndex((v) => v === null);
    const points = loss.map((v, k) => (v === null ? null : [px(k), py(of(v))]));
    const ends = end < 0 && loss.length > trace.epochs ? [] : [loss.length ? lost(px(end < 0 ? loss.length : end), inside.top + 14) : none(inside, i)];
    return [
      s("path", { class: LINES[i], d: path(points) }),
      ...points.filter((point) => point !== null).map(([cx, cy]) => dot(`bc-symptom-dot${i}`, cx, cy, 2.5)),
      ...ends,
    ];
  });
  const guessing = s("path", { class: "bc-live-rule", d: `M${inside.left},${py(of(trace.guessing))}H${inside.right}` });
  plot.root.append(clipped(inside, guessing, ...marks));
  return plot.root;
}

/** The curve ends here: the next loss is no number. */
function lost(x, y) {
  return s("g", {}, cross(x, y), s("text", { x: x + 9, y: y + 4 }, "not finite"));
}

function none({ left, top }, i) {
  return s("text", { x: left + 12, y: top + 22 + 18 * i }, "no curve: training did not begin");
}

function cross(x, y) {
  return s("path", { class: "bc-symptom-cross", d: `M${x - 4},${y - 4}l8,8m0,-8l-8,8` });
}

function normPlot(runs, width, height) {
  const known = runs.flatMap(({ gradients }) => gradients).filter((v) => v !== null);
  const low = Math.min(-6, 2 * Math.floor(Math.min(0, ...known) / 2));
  const high = Math.max(4, 2 * Math.ceil(Math.max(0, ...known) / 2));
  const layers = Math.max(2, ...runs.map(({ gradients }) => gradients.length));
  const ticks = [...Array(layers).keys()].map((k) => [k + 1, String(k + 1)]);
  const x = { low: 0.5, high: layers + 0.5, ticks, label: "layer" };
  const plot = axes({ width, height, left: LEFT, x, y: { low: low - 0.6, high: high + 0.6, ticks: powersOfTen(low, high, 2), label: "gradient's norm at the start" } });
  const { px, py, inside } = plot;
  runs.forEach(({ gradients }, i) => {
    const points = gradients.map((v, k) => (v === null ? null : [px(k + 1), py(v)]));
    plot.root.append(
      s("path", { class: LINES[i], d: path(points) }),
      ...points.map((point, k) => (point === null ? cross(px(k + 1), inside.bottom - 9) : dot(`bc-symptom-dot${i}`, ...point, 3.5))),
    );
  });
  return plot.root;
}

const LEGEND = [
  [swatch("bc-live-main"), "the patient"],
  [swatch("bc-live-second"), "treated"],
  [swatch("bc-live-rule"), "loss of guessing, ln 2"],
  [sample(cross(14, 7)), "exactly 0, or not finite"],
];

const render = live({
  what: "The board",
  css: "bc-symptoms",
  settings: ["patient", "guess", "treatment"],
  legend: LEGEND,
  draw,
  says(trace, run, state) {
    const verdict = state.guess ? run.verdicts[state.guess - 1] : trace.ask;
    const seen = `Patient ${named(trace, "patient").texts[state.patient]}: ${run.before.seen}\n`;
    return [seen, verdict, run.treated ? `\n${run.treated}` : ""];
  },
});

export default { render };
