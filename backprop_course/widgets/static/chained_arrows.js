// Chained arrows: a nudge carried through each link of a chain, beside what really happens; and a slope carried back.
import { h, s } from "./common.js";
import { axes, path } from "./axes.js";
import { fill } from "./controls.js";
import { arrow } from "./arrows.js";
import { live, named, roundTicks } from "./live.js";
import { clipped, dot, sample, swatch } from "./marks.js";

const TITLE = 22; // pixels for a panel's title
const LINE = 78; // the height of a number line
const AROUND = { left: 46, right: 8, top: 6, bottom: 34 };
const REACH = 0.32; // of a plot's width: the longest slope
const MOST = 300; // the width of a plane
const NEAR = 24; // pixels from a tip within which it is taken
const FORWARD = 0; // the place of this way among both

function draw(trace, run, state, width) {
  const flat = trace.entries.every((n) => n === 1);
  const count = trace.entries.length;
  const most = flat ? 1 : width >= 620 ? 3 : width >= 430 ? 2 : 1;
  const columns = count === 4 ? Math.min(most, 2) : Math.min(most, count);
  const wide = flat ? width : Math.min(Math.floor(width / columns), MOST);
  const root = s("svg", { class: "bc-plot", width, "aria-hidden": "true" });
  const grips = [];
  let top = 0;
  for (let from = 0; from < count; from += columns) {
    const row = trace.entries.slice(from, from + columns).map((_, i) => panelOf(trace, run, state, from + i, wide));
    const tallest = Math.max(...row.map(({ height }) => height)) + TITLE;
    row.forEach((panel, i) => {
      const grip = { ...panel, left: i * wide, top: top + TITLE + (tallest - TITLE - panel.height) / 2 };
      const { root: plot, inside } = panel.plot;
      plot.setAttribute("x", String(grip.left));
      plot.setAttribute("y", String(grip.top));
      if (from + i === 0) plot.classList.add("bc-arrows-first");
      root.append(s("text", { class: "bc-arrows-name", x: grip.left + inside.left, y: grip.top - 6 }, trace.heads[from + i]), plot);
      grips.push(grip);
    });
    top += tallest;
  }
  root.setAttribute("height", String(top));
  return { root, grips };
}

function panelOf(trace, run, state, k, width) {
  const entries = trace.entries[k];
  const { plot, height } = entries === 2 ? plane(trace, k, width) : line(trace, k, width);
  const at = entries === 2 ? ([a, b]) => [plot.px(a), plot.py(b)] : ([a], lane = 0) => [plot.px(a), plot.py(lane)];
  const spot = run.values[k];
  const end = (by, lane) => at(spot.map((v, i) => v + by[i]), lane);
  const n = trace.entries.length - 1;
  const forward = state.mode === FORWARD;
  const passed = forward ? k <= state.passed : k >= n - state.passed;
  const [middle, tip] = [at(spot), end(run.tips[k][state.way])];
  const marks = [];
  let bar = null;
  if (forward && passed) {
    if (entries === 2 && trace.entries[0] === 2) marks.push(...rings(run, k, end));
    const moved = k ? run.moved[k][state.way] : null;
    const lane = entries === 1 && k ? 0.45 : 0;
    marks.push(arrow("bc-arrow bc-arrow-tip", at(spot, lane), end(run.tips[k][state.way], lane)));
    if (moved) marks.push(arrow("bc-arrow bc-arrow-true", at(spot, -lane), end(moved, -lane)));
  }
  if (!forward) {
    const lane = entries === 1 ? 0.45 : 0;
    marks.push(arrow("bc-arrow bc-arrow-then", at(spot, lane), end(run.tips[k][state.way], lane)));
    if (passed) {
      const from = at(spot, -lane);
      const reach = REACH * (plot.inside.right - plot.inside.left);
      bar = [from[0] + reach * run.bars[k][0], from[1] - reach * (run.bars[k][1] ?? 0)];
    }
  }
  plot.root.append(clipped(plot.inside, ...marks));
  if (bar) plot.root.append(arrow("bc-arrow bc-arrow-bar", at(spot, entries === 1 ? -0.45 : 0), bar));
  plot.root.append(clipped(plot.inside, dot("bc-arrows-spot", ...middle, 4.5)));
  return { plot, height, middle, tip, bar };
}

function plane(trace, k, width) {
  const height = width - AROUND.left - AROUND.right + AROUND.top + AROUND.bottom;
  const [x, y] = trace.views[k].map(([low, high], i) => ({
    low,
    high,
    ticks: roundTicks(low, high, 5),
    label: `${trace.names[k]}${"₁₂"[i]}`,
  }));
  return { plot: axes({ ...AROUND, width, height, x, y }), height };
}

function line(trace, k, width) {
  const [[low, high]] = trace.views[k];
  const x = { low, high, ticks: roundTicks(low, high, width > 400 ? 8 : 4), label: "" };
  const plot = axes({ ...AROUND, left: 14, bottom: 24, width, height: LINE, x, y: { low: -1, high: 1, ticks: [], label: "" } });
  plot.root.append(s("path", { class: "bc-arrows-rule", d: `M${plot.inside.left},${plot.py(0)}H${plot.inside.right}` }));
  return { plot, height: LINE };
}

/** Where all nudges of this length lead, as predicted and really. */
function rings(run, k, end) {
  const ring = (name, tips) => s("path", { class: name, d: path([...tips, tips[0]].map((tip) => tip && end(tip))) });
  return [ring("bc-arrows-ring", run.tips[k]), ...(k ? [ring("bc-arrows-ring bc-arrows-true-ring", run.moved[k])] : [])];
}

/** What the pointer takes: the tip of the nudge, the tip of the last slope, or the input. */
function take({ grips }, x, y, { mode }) {
  const far = ({ left, top }, at) => (at ? Math.hypot(x - left - at[0], y - top - at[1]) : Infinity);
  const [first, last] = [grips[0], grips.at(-1)];
  if (far(last, last.bar) < Math.min(NEAR, far(last, last.middle)) && mode !== FORWARD) return "bar";
  if (far(first, first.tip) < Math.min(NEAR, far(first, first.middle))) return "tip";
  const { left, right, top, bottom } = first.plot.inside;
  const [u, v] = [x - first.left, y - first.top];
  return u >= left && u <= right && v >= top && v <= bottom ? "input" : null;
}

function drag({ grips }, x, y, trace, run, state, held) {
  const { plot, left, top, middle } = held === "bar" ? grips.at(-1) : grips[0];
  const [u, v] = [x - left, y - top];
  if (held === "input") {
    const [low, high] = trace.views[0].at(-1);
    const up = low + ((plot.inside.bottom - v) / (plot.inside.bottom - plot.inside.top)) * (high - low);
    const to = [plot.valueAt(u), up];
    return Object.fromEntries(trace.places.map((places, i) => [`x${i + 1}`, nearest(places, to[i])]));
  }
  const [dx, dy] = [u - middle[0], middle[1] - v];
  const turn = (count) => (count === 2 ? Number(dx < 0) : Math.round((Math.atan2(dy, dx) / (2 * Math.PI)) * count + count) % count);
  if (held === "bar") return named(trace, "bar") ? { bar: turn(named(trace, "bar").texts.length) } : null;
  const long = trace.entries[0] === 1 ? Math.abs(dx) : Math.hypot(dx, dy);
  const unit = plot.px(1) - plot.px(0);
  return { way: turn(named(trace, "way").texts.length), size: nearest(trace.sizes, long / unit) };
}

function nearest(places, value) {
  const off = places.map((place) => Math.abs(place - value));
  return off.indexOf(Math.min(...off));
}

/** The Jacobians in the order of their product, those passed set off, and the product of these. */
function between(trace, run, { mode, passed }) {
  const n = run.jacobians.length;
  const [way, isPassed] = mode === FORWARD ? ["forward", (i) => i < passed] : ["back", (i) => i >= n - passed];
  const factors = run.jacobians.map((J, i) => matrix(trace.symbols.each[i], `at ${trace.names[i]}`, J, isPassed(i))).reverse();
  const whole = matrix(trace.symbols[way][passed] || "none passed", passed ? "passed so far" : "", run[way][passed], true);
  return h("div", { class: "bc-arrows-product" }, factors, n > 1 ? [h("span", { class: "bc-arrows-so" }, "→"), whole] : null);
}

function matrix(name, note, rows, passed) {
  const cells = (row) => row.map((text) => h("td", {}, text));
  return h(
    "table",
    { class: "bc-arrows-matrix", "data-passed": String(passed) },
    h("caption", {}, h("strong", {}, name), note ? ` ${note}` : ""),
    h("tbody", {}, rows.map((row) => h("tr", {}, cells(row)))),
  );
}

function says(trace, run, { mode, passed, way }) {
  const [name, at] = mode === FORWARD ? ["forward", passed] : ["back", trace.entries.length - 1 - passed];
  const { values, tips, moved, bars, meets } = run.texts;
  const texts = { value: values[at], tip: tips[at][way], moved: moved[at][way], bar: bars[at], meets: meets[way] };
  return fill(trace.sentences[name][passed], texts);
}

const shown = (kind) => sample(arrow(`bc-arrow ${kind}`, [1, 7], [27, 7]));
const legend = ({ entries }) => [
  [shown("bc-arrow-tip"), "nudge, by the Jacobians"],
  [shown("bc-arrow-true"), "what really happens"],
  ...(entries[0] === 2 ? [[swatch("bc-arrows-ring"), "all nudges of this length"]] : []),
  [shown("bc-arrow-bar"), "slope on the way back, to a scale of its own"],
];

const render = live({
  what: "The arrows",
  css: "bc-arrows",
  settings: ["x1", "x2", "way", "size", "mode", "passed", "bar"],
  legend,
  draw,
  take,
  drag,
  between,
  says,
});

export default { render };
