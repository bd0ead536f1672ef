// The plane of two features: points, lines of equal probability, a cross that reads out; and the losses beside it.
import { s } from "./common.js";
import { fill } from "./controls.js";
import { axes, path, plainTicks } from "./axes.js";
import { pointMark } from "./points.js";
import { levelLines } from "./surface.js";

/** What the model says at a node of the grid; the same as `cross_at` in Python. */
export function readAt(trace, surface, [column, row], place) {
  const [x, y] = place.map((value) => value.toFixed(2).replace("-", "−"));
  if (!surface) return fill(trace.no_model, { x, y });
  const p = (1 / (1 + Math.exp(-surface(column, row)))).toFixed(3);
  return fill(trace.cross, { x, y, p });
}

/** The map without its shades: lines of equal probability; points and a cross, which can be set. */
export function mapOf(trace, run, surface, width) {
  const [x, y] = run.view.map(([low, high]) => ({ low, high, ticks: plainTicks(low, high, 5) }));
  const height = Math.max(Math.min(width, 440) - 30, 220);
  const { root, px, py, inside } = axes({ width, height, left: 48, x: { ...x, label: "x₁" }, y: { ...y, label: "x₂" } });
  const across = (inside.right - inside.left) / (trace.grid - 1);
  const upward = (inside.bottom - inside.top) / (trace.grid - 1);
  const node = ([column, row]) => [inside.left + column * across, inside.bottom - row * upward];
  const lines = surface ? trace.levels.map((level) => levelLines(surface, trace.grid, level)) : [];
  const marks = s("g");
  const cross = s("path", { class: "bc-boundary-cross" });
  root.append(
    ...lines.map((pieces, i) => s("path", { class: "bc-boundary-line", "data-level": i, d: joined(pieces).map((line) => path(line.map(node))).join("") })),
    marks,
    cross,
  );
  /** Draw the points, with a ring around the one that is held. */
  const setPoints = (given, held) => {
    const size = given.length > 60 ? 4 : 5.5;
    marks.replaceChildren(...given.map(([a, b, label]) => pointMark(label, px(a), py(b), size)));
    if (held === null) return;
    const [a, b] = given[held];
    marks.append(s("circle", { class: "bc-boundary-held", cx: px(a), cy: py(b), r: size + 5 }));
  };
  const setCross = (at) => {
    const [cx, cy] = node(at ?? [0, 0]);
    cross.setAttribute("d", at ? `M${cx - 9},${cy}H${cx + 9}M${cx},${cy - 9}V${cy + 9}` : "");
  };
  const sharesAt = (left, top) => [
    (left - inside.left) / (inside.right - inside.left),
    (inside.bottom - top) / (inside.bottom - inside.top),
  ];
  const placeAt = (left, top) => {
    const [u, v] = sharesAt(left, top);
    return [x.low + u * (x.high - x.low), y.low + v * (y.high - y.low)];
  };
  const valueAt = (left, top) => (sharesAt(left, top).every((share) => share >= 0 && share <= 1) ? placeAt(left, top) : null);
  const pixelsOf = ([a, b]) => [px(a), py(b)];
  return { root, inside, valueAt, placeAt, pixelsOf, setCross, setPoints };
}

/** Pieces put together end to end, so that dashes go on along the line. */
function joined(pieces) {
  const key = ([x, y]) => `${x.toFixed(6)},${y.toFixed(6)}`;
  const ends = new Map();
  for (const piece of pieces) for (const end of piece) ends.set(key(end), [...(ends.get(key(end)) ?? []), piece]);
  const used = new Set();
  const grown = (line) => {
    for (;;) {
      const end = line.at(-1);
      const piece = (ends.get(key(end)) ?? []).find((one) => !used.has(one));
      if (!piece) return line;
      used.add(piece);
      line.push(key(piece[0]) === key(end) ? piece[1] : piece[0]);
    }
  };
  return pieces.flatMap((piece) => {
    if (used.has(piece)) return [];
    used.add(piece);
    return [grown(grown([...piece]).reverse())];
  });
}

/** The losses of the training, with a ring at the moment looked at. */
export function curveOf(run, at, width) {
  const { losses, moments } = run;
  const top = Math.max(...losses, 0.01) * 1.05;
  const last = Math.max(losses.length - 1, 1);
  const { root, px, py } = axes({
    width,
    height: 170,
    left: 48,
    x: { low: 0, high: last, ticks: plainTicks(0, last, 5), label: "step" },
    y: { low: 0, high: top, ticks: plainTicks(0, top, 3), label: "mean loss" },
  });
  if (losses.length) {
    const step = moments[at];
    root.append(
      s("path", { class: "bc-boundary-losses", d: path(losses.map((loss, i) => [px(i), py(loss)])) }),
      s("circle", { class: "bc-boundary-now", cx: px(step), cy: py(losses[step]), r: 5 }),
    );
  }
  return root;
}
