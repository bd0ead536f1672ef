// Axes with powers of ten or plain numbers, drawn for a given width. Places come in data units.
import { s } from "./common.js";

/** An axis: `low` and `high` in data units, `ticks` as pairs of place and text, and a label. */
export function axes({ width, height, x, y, left = 54, right = 12, top = 12, bottom = 40, tickGap = 15 }) {
  const px = (value) => left + ((value - x.low) / (x.high - x.low)) * (width - left - right);
  const py = (value) => height - bottom - ((value - y.low) / (y.high - y.low)) * (height - top - bottom);
  const middle = (top + height - bottom) / 2;
  const root = s(
    "svg",
    { class: "bc-plot", viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
    s("rect", { class: "bc-plot-area", x: left, y: top, width: width - left - right, height: height - top - bottom }),
    x.ticks.flatMap(([at, text]) => [
      s("path", { class: "bc-grid", d: `M${px(at)},${top}V${height - bottom}` }),
      s("text", { class: "bc-tick", x: px(at), y: height - bottom + tickGap, "text-anchor": "middle" }, text),
    ]),
    y.ticks.flatMap(([at, text]) => [
      s("path", { class: "bc-grid", d: `M${left},${py(at)}H${width - right}` }),
      s("text", { class: "bc-tick", x: left - 6, y: py(at) + 4, "text-anchor": "end" }, text),
    ]),
    s("text", { class: "bc-axis-name", x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle" }, x.label),
    s(
      "text",
      { class: "bc-axis-name", transform: `translate(12 ${middle}) rotate(-90)`, "text-anchor": "middle" },
      y.label,
    ),
  );
  const inside = { left, right: width - right, top, bottom: height - bottom };
  const valueAt = (pixel) => x.low + ((pixel - left) / (width - left - right)) * (x.high - x.low);
  return { root, px, py, inside, valueAt };
}

/** Ticks at whole exponents of ten, every `by`. */
export function powersOfTen(low, high, by) {
  const ticks = [];
  for (let exponent = low; exponent <= high; exponent += by) {
    ticks.push([exponent, exponent === 0 ? "1" : `1e${String(exponent).replace("-", "−")}`]);
  }
  return ticks;
}

/** Ticks at round numbers, about `count` of them. */
export function plainTicks(low, high, count) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const by = [1, 2, 5, 10].map((times) => times * power).find((gap) => gap >= raw);
  const ticks = [];
  for (let at = Math.ceil(low / by); at * by <= high; at++) {
    ticks.push([at * by, String(Number((at * by).toPrecision(6))).replace("-", "−")]);
  }
  return ticks;
}

/** The path through points, in pixels; a gap where a point is null. */
export function path(points) {
  let pen = "M";
  return points
    .map((point) => {
      if (point === null) {
        pen = "M";
        return "";
      }
      const piece = `${pen}${point[0].toFixed(1)},${point[1].toFixed(1)}`;
      pen = "L";
      return piece;
    })
    .join("");
}
