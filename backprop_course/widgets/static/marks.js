// Marks on plots: hatched zones, swatches for legends, lines across, a frame that cuts off what lies outside.
import { s } from "./common.js";

/** A part of a plot that cuts off what is drawn outside of it; in the plot's own pixels. */
export function clipped({ left, right, top, bottom }, ...children) {
  const [width, height] = [Math.max(right - left, 0), Math.max(bottom - top, 0)];
  const box = { x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}` };
  return s("svg", { ...box, overflow: "hidden" }, children);
}

/** A zone with slanted lines, so that it does not rest on colour. */
export function hatched(box, gap = 12) {
  const height = box.bottom - box.top;
  const lines = [];
  // Lines start at whole gaps of the picture, so that zones which grow do not make them run.
  for (let x = Math.floor((box.left - height) / gap) * gap; x < box.right; x += gap) lines.push(`M${x},${box.bottom}l${height},${-height}`);
  return clipped(
    box,
    s("rect", { class: "bc-live-zone", x: box.left, y: box.top, width: box.right - box.left, height }),
    s("path", { class: "bc-live-hatch", d: lines.join("") }),
  );
}

/** A piece of line as it stands in the plot, for the legend. */
export function swatch(name) {
  return s("svg", { width: 28, height: 10, "aria-hidden": "true" }, s("path", { class: name, d: "M1,5H27" }));
}

/** Any marks in a box of 28 x 14, for the legend. */
export function sample(...marks) {
  return s("svg", { width: 28, height: 14, "aria-hidden": "true" }, marks);
}

export function dot(name, x, y, r) {
  return s("circle", { class: name, cx: x, cy: y, r });
}
