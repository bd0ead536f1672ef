// The depth explorer: gradient norms on a logarithmic axis; below, each layer's activations or gradients in bins.
import { button, h, s } from "./common.js";
import { axes, path, powersOfTen } from "./axes.js";
import { live, roundTicks } from "./live.js";
import { clipped, dot, sample, swatch } from "./marks.js";

const MOST_KEPT = 4;
const BOTTOM = 22; // pixels under a plot for its ticks
const LEFT = 62;

function draw(trace, run, state, width) {
  const narrow = width < 480;
  const layers = run.norms.length;
  const every = layers <= (narrow ? 11 : 16) ? 1 : 5;
  const ticks = [];
  for (let k = 1; k < layers; k++) if (every === 1 || k % every === 0) ticks.push([k, String(k)]);
  ticks.push([layers, "out"]);
  const x = { low: 0.5, high: layers + 0.5, ticks };
  const above = norms(run, state, { ...x, label: "" }, width, narrow ? 190 : 220);
  const below = spread(trace, run, state, { ...x, label: "layer (1 is next to the input)" }, width, narrow ? 190 : 210);
  below.root.setAttribute("y", String(above.height));
  const root = s("svg", { class: "bc-plot", width, height: above.height + below.height, "aria-hidden": "true" });
  root.append(above.root, below.root);
  return { root, valueAt: above.valueAt };
}

function norms(run, state, x, width, height) {
  const lines = [run.norms, run.products, ...state.kept.map(({ norms: kept }) => kept)];
  const known = lines.flat().filter((v) => v !== null);
  const low = Math.min(-8, 4 * Math.floor(Math.min(...known, 0) / 4));
  const high = Math.max(4, 4 * Math.ceil(Math.max(...known, 0) / 4));
  const y = { low: low - 0.5, high: high + 0.5, ticks: powersOfTen(low, high, high - low > 24 ? 8 : 4), label: "gradient norm" };
  const plot = axes({ width, height, left: LEFT, bottom: BOTTOM, x, y });
  const { px, py, inside } = plot;
  const line = (values) => path(values.map((v, i) => (v === null ? null : [px(i + 1), py(v)])));
  plot.root.append(
    s("path", { class: "bc-live-cursor", d: `M${px(state.layer + 1)},${inside.top}V${inside.bottom}` }),
    clipped(
      inside,
      ...state.kept.map(({ norms: kept }, i) => s("path", { class: `bc-depth-kept bc-depth-kept${i}`, d: line(kept) })),
      s("path", { class: "bc-live-second", d: line(run.products) }),
      s("path", { class: "bc-live-main", d: line(run.norms) }),
      ...run.norms.map((v, i) => (v === null ? missing(px(i + 1), inside.bottom - 8) : dot("bc-live-dot", px(i + 1), py(v), 3))),
      dot("bc-live-spot", px(state.layer + 1), run.norms[state.layer] === null ? -20 : py(run.norms[state.layer]), 5.5),
    ),
  );
  return { ...plot, height };
}

/** A norm that is exactly 0, or not finite, has no place on the axis: a cross at its foot. */
function missing(x, y) {
  return s("path", { class: "bc-depth-missing", d: `M${x - 4},${y - 4}l8,8m0,-8l-8,8` });
}

function spread(trace, run, state, x, width, height) {
  const gradients = state.shown === 1;
  const [low, high] = gradients ? trace.powers : run.spread;
  const strip = gradients ? (high - low) * 0.14 : 0; // below the axis, for what is exactly 0
  const label = gradients ? "gradient |z̄|" : "activation";
  const ticks = gradients ? [[low - strip / 2, "0"], ...powersOfTen(low + 4, high, 4)] : roundTicks(low, high, 4);
  const plot = axes({ width, height, left: LEFT, bottom: 40, x, y: { low: low - strip, high, ticks, label } });
  const { px, py, inside } = plot;
  const columns = gradients ? run.gradients : run.activations;
  const room = (px(2) - px(1)) * 0.86;
  const name = gradients ? "bc-depth-gradient" : "bc-depth-activation";
  const step = (high - low) / trace.bins;
  columns.forEach((shares, i) => {
    const most = Math.max(...shares, 1e-9);
    const left = px(i + 1) - room / 2;
    const bar = (share, from, to, kind, full = most) =>
      share ? [s("rect", { class: kind, x: left, y: py(to), width: Math.max((room * share) / full, 0.8), height: py(from) - py(to) - 0.5 })] : [];
    plot.root.append(
      s("path", { class: "bc-depth-foot", d: `M${left},${inside.top}V${inside.bottom}` }),
      ...shares.flatMap((share, k) => bar(share, low + k * step, low + (k + 1) * step, name)),
      ...(gradients ? bar(run.zeros[i], low - strip * 0.9, low - strip * 0.1, "bc-depth-zeros", 1) : []),
    );
  });
  if (gradients) plot.root.append(s("path", { class: "bc-live-zero", d: `M${inside.left},${py(low)}H${inside.right}` }));
  plot.root.append(s("path", { class: "bc-live-cursor", d: `M${px(state.layer + 1)},${inside.top}V${inside.bottom}` }));
  return { ...plot, height };
}

/** Lines kept for comparison, and the buttons for them. */
function keeping(trace, run, state, set) {
  const line = { label: run.label, norms: run.norms };
  const keep = button("Keep this line", () => set({ kept: [...state.kept, line].slice(-MOST_KEPT) }));
  const forget = button("Forget lines", () => set({ kept: [] }));
  return h(
    "div",
    { class: "bc-bar bc-depth-keeping" },
    keep,
    forget,
    h("p", { class: "bc-legend" }, state.kept.map(({ label }, i) => h("span", {}, swatch(`bc-depth-kept bc-depth-kept${i}`), label))),
  );
}

const LEGEND = [
  [swatch("bc-live-main"), "norm of the weights' gradient"],
  [swatch("bc-live-second"), "product of the mean slopes, from the top down"],
  [sample(missing(14, 7)), "exactly 0"],
  [sample(s("rect", { class: "bc-depth-activation", x: 2, y: 2, width: 20, height: 4 }), s("rect", { class: "bc-depth-activation", x: 2, y: 7, width: 9, height: 4 })), "how values are spread in a layer"],
  [sample(s("rect", { class: "bc-depth-zeros", x: 2, y: 4, width: 20, height: 6 })), "share of gradients that are 0"],
];

const render = live({
  what: "The layers",
  css: "bc-depth",
  settings: ["depth", "activation", "init", "residual", "seed", "layer", "shown", "kept"],
  legend: LEGEND,
  draw,
  says: (trace, run, state) => `${run.sentences[state.layer]}\n${run.summary}`,
  between: keeping,
  drag(picture, x, _, trace, run) {
    return { layer: Math.min(Math.max(Math.round(picture.valueAt(x)) - 1, 0), run.last.layer) };
  },
});

export default { render };
