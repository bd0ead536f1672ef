// The activation explorer: the curve of one unit above, its slope below, hatched where the slope is next to nothing.
import { s } from "./common.js";
import { axes, path } from "./axes.js";
import { fill } from "./controls.js";
import { live, named, roundTicks, valuesAt } from "./live.js";
import { clipped, dot, hatched, sample, swatch } from "./marks.js";

function draw(trace, run, state, width) {
  const [low, high] = trace.view;
  const places = named(trace, "probe").texts.length - 1;
  const at = low + ((high - low) * state.probe) / places;
  const x = { low, high, ticks: roundTicks(low, high, 8) };
  const narrow = width < 480;
  const top = run.steepest;
  const sides = run.texts.w.startsWith("−") ? [-top, 0.12 * top] : [-0.12 * top, top];
  const output = panel(x, run.heights, "output y", run.y, "bc-live-main", width, narrow ? 170 : 210, "", 22);
  const slope = panel(x, sides, "slope dy/dx", run.slope, "bc-live-second", width, narrow ? 130 : 150, "x", 40);
  const index = Math.round((state.probe / places) * (run.y.length - 1));
  for (const { plot, zones } of [output, slope]) {
    const { px, inside } = plot;
    zones.append(...run.zones.map(([a, b]) => hatched({ left: px(a), right: px(b), top: inside.top, bottom: inside.bottom })));
    zones.append(s("path", { class: "bc-live-cursor", d: `M${px(at)},${inside.top}V${inside.bottom}` }));
  }
  const [y, m] = [run.y[index], run.slope[index]];
  if (y !== null && m !== null) {
    const { px, py, inside } = output.plot;
    const ends = [-1.6, 1.6].map((step) => [px(at + step), py(y + m * step)]);
    output.plot.root.append(clipped(inside, s("path", { class: "bc-live-tangent", d: path(ends) }), dot("bc-live-spot", px(at), py(y), 5)));
    slope.plot.root.append(clipped(slope.plot.inside, dot("bc-live-spot2", slope.plot.px(at), slope.plot.py(m), 5)));
  }
  const root = s("svg", { width, height: output.height + slope.height, "aria-hidden": "true", class: "bc-plot" });
  slope.plot.root.setAttribute("y", String(output.height));
  root.append(output.plot.root, slope.plot.root);
  return { root, valueAt: output.plot.valueAt };
}

function panel(x, [low, high], label, values, name, width, height, xLabel, bottom) {
  const plot = axes({ width, height, bottom, x: { ...x, label: xLabel }, y: { low, high, ticks: roundTicks(low, high, 4), label } });
  const gap = (x.high - x.low) / (values.length - 1);
  const points = values.map((v, i) => (v === null ? null : [plot.px(x.low + i * gap), plot.py(v)]));
  const zones = s("g");
  plot.root.append(
    zones,
    clipped(
      plot.inside,
      s("path", { class: "bc-live-zero", d: `M${plot.inside.left},${plot.py(0)}H${plot.inside.right}` }),
      s("path", { class: name, d: path(points) }),
    ),
  );
  return { plot, zones, height };
}

const LEGEND = [
  [swatch("bc-live-main"), "output"],
  [swatch("bc-live-second"), "slope"],
  [swatch("bc-live-tangent"), "slope at x"],
  [sample(hatched({ left: 1, right: 27, top: 1, bottom: 13 })), "slope less than 0.01"],
];

const render = live({
  what: "The activation",
  css: "bc-activation",
  settings: ["activation", "weight", "bias", "probe"],
  legend: LEGEND,
  draw,
  says: (trace, run, state) => `${fill(run.sentence, valuesAt(run.texts, state.probe))}\n${run.said}`,
  drag(picture, x, _, trace) {
    const [low, high] = trace.view;
    const places = named(trace, "probe").texts.length - 1;
    const place = Math.round(((picture.valueAt(x) - low) / (high - low)) * places);
    return { probe: Math.min(Math.max(place, 0), places) };
  },
});

export default { render };
