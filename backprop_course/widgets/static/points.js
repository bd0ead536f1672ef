// Points of two classes: a circle and a triangle, so that they are told apart without colour. Legends.
import { h, s } from "./common.js";

/** The mark of a point of class 0 or 1, its middle at a place in pixels. */
export function pointMark(kind, x, y, r = 5) {
  const about = { class: "bc-class-point", "data-class": kind };
  if (kind === 0) return s("circle", { ...about, cx: x, cy: y, r });
  const [w, up, down] = [1.15 * r, 1.25 * r, 0.85 * r];
  return s("path", { ...about, d: `M${x},${y - up}L${x + w},${y + down}L${x - w},${y + down}Z` });
}

/** A row of swatches with their texts; each item is a list of shapes in a box of 28 by 18, and a text. */
export function legendRow(items) {
  const swatch = (shapes) => s("svg", { width: 28, height: 18, "aria-hidden": "true" }, shapes);
  return h("p", { class: "bc-legend" }, items.map(([shapes, text]) => h("span", {}, swatch(shapes), text)));
}
