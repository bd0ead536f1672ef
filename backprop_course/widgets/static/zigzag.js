// The zig-zag: two paths to one target, from positive inputs and from standardised ones, with the next step as an arrow.
import { s } from "./common.js";
import { axes, path } from "./axes.js";
import { live, roundTicks } from "./live.js";
import { clipped, dot, hatched, sample, swatch } from "./marks.js";

const HEAD = 20; // pixels for a panel's title

function draw(trace, run, state, width) {
  const narrow = width < 520;
  const wide = narrow ? width : Math.floor(width / 2);
  const height = Math.min(wide, 360) + 10;
  const root = s("svg", { class: "bc-plot", width, height: narrow ? 2 * (height + HEAD) : height + HEAD, "aria-hidden": "true" });
  run.paths.forEach((points, i) => {
    const [left, top] = narrow ? [0, i * (height + HEAD)] : [i * wide, 0];
    const panel = panelOf(run, points, state.step, wide, height, i === 0);
    panel.setAttribute("x", String(left));
    panel.setAttribute("y", String(top + HEAD));
    root.append(s("text", { class: "bc-zigzag-name", x: left + 54, y: top + 16 }, `${trace.names[i]} inputs`), panel);
  });
  return { root };
}

function panelOf(run, points, step, width, height, positive) {
  const [x, y] = run.view.map(([low, high]) => ({ low, high, ticks: roundTicks(low, high, 5) }));
  const plot = axes({ width, height, x: { ...x, label: "w₁" }, y: { ...y, label: "w₂" } });
  const { px, py, inside } = plot;
  const place = ([a, b]) => [px(a), py(b)];
  const at = Math.min(step, points.length - 1);
  const seen = points.map(place);
  const [cx, cy] = seen[at];
  const [tx, ty] = place(run.target);
  plot.root.append(
    clipped(
      inside,
      ...(positive ? forbidden(cx, cy, inside) : []),
      s("path", { class: "bc-zigzag-ahead", d: path(seen.slice(at)) }),
      s("path", { class: "bc-zigzag-way", d: path(seen.slice(0, at + 1)) }),
      ...seen.slice(0, at + 1).map(([dx, dy]) => dot("bc-live-dot", dx, dy, 2)),
      star(tx, ty),
      ...(at < seen.length - 1 ? [arrow(seen[at], seen[at + 1])] : []),
      dot("bc-live-spot", cx, cy, 5),
    ),
  );
  return plot.root;
}

/** Where no step with positive inputs can go: left and up, right and down. */
function forbidden(x, y, { left, right, top, bottom }) {
  const within = (v, low, high) => Math.min(Math.max(v, low), high);
  const [mx, my] = [within(x, left, right), within(y, top, bottom)];
  return [hatched({ left, right: mx, top, bottom: my }), hatched({ left: mx, right, top: my, bottom })];
}

function arrow([x0, y0], [x1, y1]) {
  const angle = Math.atan2(y1 - y0, x1 - x0);
  const barb = (turn) => `${x1 - 8 * Math.cos(angle + turn)},${y1 - 8 * Math.sin(angle + turn)}`;
  return s("path", { class: "bc-zigzag-step", d: `M${x0},${y0}L${x1},${y1}M${barb(0.5)}L${x1},${y1}L${barb(-0.5)}` });
}

function star(x, y) {
  const corner = (i) => {
    const [r, a] = [i % 2 ? 3.2 : 8, (i * Math.PI) / 5];
    return `${(x + r * Math.sin(a)).toFixed(1)},${(y - r * Math.cos(a)).toFixed(1)}`;
  };
  return s("polygon", { class: "bc-zigzag-target", points: [...Array(10).keys()].map(corner).join(" ") });
}

const LEGEND = [
  [swatch("bc-zigzag-way"), "path so far"],
  [swatch("bc-zigzag-ahead"), "path to come"],
  [swatch("bc-zigzag-step"), "next step"],
  [sample(star(14, 7)), "target"],
  [sample(hatched({ left: 1, right: 27, top: 1, bottom: 13 })), "no step goes there"],
];

const render = live({
  what: "The paths",
  css: "bc-zigzag",
  settings: ["centre", "spread", "rate", "step", "seed"],
  legend: LEGEND,
  draw,
  play: "step",
  says: (trace, run, state) => `${run.sentences[state.step]}\n${run.said}`,
});

export default { render };
