// The dropout sampler: the terms that a mask keeps, the value of each mask so far, and the mean of these values.
import { s } from "./common.js";
import { axes, path } from "./axes.js";
import { fill } from "./controls.js";
import { live, roundTicks, valuesAt } from "./live.js";
import { clipped, dot, sample, swatch } from "./marks.js";

const STRIP = 46; // pixels for the terms, above the plot

function draw(trace, run, state, width) {
  const narrow = width < 480;
  const count = run.values.length;
  const [low, high] = run.view;
  const margin = 0.06 * (high - low) || 1;
  const x = { low: -0.015 * count, high: count * 1.015, label: "masks drawn" };
  x.ticks = roundTicks(0, count, narrow ? 4 : 8);
  const y = { low: low - margin, high: high + margin, label: "value of the unit" };
  y.ticks = roundTicks(y.low, y.high, 6);
  const plot = axes({ width, height: narrow ? 240 : 290, x, y });
  const { px, py, inside } = plot;
  const upTo = state.mask + 1;
  const across = (value) => `M${inside.left},${py(value)}H${inside.right}`;
  const at = [px(upTo), py(run.means[state.mask])];
  plot.root.append(
    clipped(
      inside,
      s("path", { class: "bc-live-third", d: across(run.expected) }),
      s("path", { class: "bc-live-second", d: across(run.full) }),
      ...run.values.slice(0, upTo).map((value, i) => dot("bc-dropout-value", px(i + 1), py(value), 2)),
      s("path", { class: "bc-live-main", d: path(run.means.slice(0, upTo).map((mean, i) => [px(i + 1), py(mean)])) }),
      dot("bc-dropout-now", px(upTo), py(run.values[state.mask]), 4.5),
      dot("bc-live-spot", ...at, 5),
    ),
  );
  plot.root.setAttribute("y", String(STRIP));
  const root = s("svg", { class: "bc-plot", width, height: STRIP + (narrow ? 240 : 290), "aria-hidden": "true" });
  root.append(terms(run, state, inside), plot.root);
  return { root, valueAt: plot.valueAt };
}

/** The terms in a row: what is dropped is crossed out and faint. */
function terms(run, state, inside) {
  const gap = 6;
  const wide = Math.min((inside.right - inside.left + gap) / run.terms.length - gap, 96);
  return s(
    "g",
    {},
    run.terms.map((term, i) => {
      const kept = run.kept[state.mask][i] === "1";
      const left = inside.left + i * (wide + gap);
      return s(
        "g",
        { class: "bc-dropout-term", "data-kept": String(kept) },
        s("rect", { x: left, y: 6, width: wide, height: 30, rx: 6 }),
        s("text", { x: left + wide / 2, y: 26, "text-anchor": "middle" }, term),
        kept ? null : s("path", { d: `M${left + 6},31L${left + wide - 6},11` }),
      );
    }),
  );
}

const LEGEND = [
  [sample(dot("bc-dropout-value", 14, 7, 2.5)), "one mask"],
  [sample(dot("bc-dropout-now", 14, 7, 4.5)), "this mask"],
  [swatch("bc-live-main"), "mean so far"],
  [swatch("bc-live-second"), "without dropout"],
  [swatch("bc-live-third"), "mean over all masks"],
];

const render = live({
  what: "The masks",
  css: "bc-dropout",
  settings: ["p", "scaled", "rectified", "mask", "seed"],
  legend: LEGEND,
  draw,
  play: "mask",
  stride: (place) => Math.max(1, Math.round(place / 8)), // slow at first, where each mask moves the mean
  says: (trace, run, state) => `${fill(run.sentence, valuesAt(run.texts, state.mask))}\n${run.said}`,
  drag(picture, x, _, trace, run) {
    return { mask: Math.min(Math.max(Math.round(picture.valueAt(x)) - 1, 0), run.values.length - 1) };
  },
});

export default { render };
