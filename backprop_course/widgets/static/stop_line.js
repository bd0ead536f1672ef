// The stop line: two losses over the epochs, a line to move, and where early stopping would have ended the run.
import { s } from "./common.js";
import { axes, path } from "./axes.js";
import { fill } from "./controls.js";
import { live, roundTicks, valuesAt } from "./live.js";
import { clipped, dot, hatched, sample, swatch } from "./marks.js";

function draw(trace, run, state, width) {
  const { epochs } = run;
  const [first, last] = [epochs[0], epochs[epochs.length - 1]];
  const narrow = width < 480;
  const margin = Math.max((last - first) * 0.02, 0.5);
  const x = { low: first - margin, high: last + margin, label: "epoch" };
  x.ticks = roundTicks(x.low, x.high, narrow ? 5 : 8).filter(([at]) => at >= 1 && Number.isInteger(at));
  const y = { low: 0, high: run.top, ticks: roundTicks(0, run.top, 5), label: "loss" };
  const plot = axes({ width, height: narrow ? 240 : 300, x, y });
  const { px, py, inside } = plot;
  const line = (values) => path(values.map((v, i) => (v === null ? null : [px(epochs[i]), py(v)])));
  const at = px(epochs[state.stop]);
  const { loss, val } = run;
  const shown = state.revealed === 1;
  const found = run.patience[state.patience];
  const place = (epoch) => epochs.findIndex((known) => known >= epoch);
  const early = shown && found.stop ? [s("path", { class: "bc-live-third", d: `M${px(found.stop)},${inside.top}V${inside.bottom}` })] : [];
  const kept = shown && val[place(found.best)] !== null ? [ring(px(found.best), py(val[place(found.best)]))] : [];
  const spots = [
    loss[state.stop] === null ? [] : [dot("bc-live-spot", at, py(loss[state.stop]), 5)],
    !shown || val[state.stop] === null ? [] : [dot("bc-live-spot2", at, py(val[state.stop]), 5)],
  ].flat();
  plot.root.append(
    hatched({ left: Math.min(at, inside.right), right: inside.right, top: inside.top, bottom: inside.bottom }),
    clipped(
      inside,
      ...early,
      ...(shown ? [s("path", { class: "bc-live-second", d: line(val) })] : []),
      s("path", { class: "bc-live-main", d: line(loss) }),
      s("path", { class: "bc-stop-line", d: `M${at},${inside.top}V${inside.bottom}` }),
      ...kept,
      ...spots,
    ),
  );
  return { root: plot.root, valueAt: plot.valueAt };
}

/** The weights that early stopping keeps. */
function ring(x, y) {
  return s("rect", { class: "bc-stop-kept", x: x - 5, y: y - 5, width: 10, height: 10, transform: `rotate(45 ${x} ${y})` });
}

const LEGEND = [
  [swatch("bc-live-main"), "training"],
  [swatch("bc-live-second"), "validation"],
  [swatch("bc-stop-line"), "stop here: drag it"],
  [sample(hatched({ left: 1, right: 27, top: 1, bottom: 13 })), "not trained"],
  [swatch("bc-live-third"), "patience stops here"],
  [sample(ring(14, 7)), "and keeps these weights"],
];

const render = live({
  what: "The curves",
  css: "bc-stopping",
  settings: ["stop", "patience", "revealed"],
  legend: LEGEND,
  draw,
  says(trace, run, state) {
    const texts = valuesAt(run.texts, state.stop);
    if (state.revealed !== 1) return fill(run.hidden, texts);
    return `${fill(run.sentence, texts)}\n${run.patience[state.patience].text}`;
  },
  drag(picture, x, _, trace, run) {
    const epoch = picture.valueAt(x);
    let near = 0;
    run.epochs.forEach((known, i) => {
      if (Math.abs(known - epoch) < Math.abs(run.epochs[near] - epoch)) near = i;
    });
    return { stop: near };
  },
});

export default { render };
