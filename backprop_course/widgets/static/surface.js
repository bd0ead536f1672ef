// A recorded surface of logits: shades on a canvas, and the lines of equal probability.
import { h } from "./common.js";

const FINE = 4; // pixels of the canvas from one node of the grid to the next
const STRENGTH = 0.5; // of the colour where the model is sure

/** One moment of the recorded bytes, as a function of column and row; null where there is none. */
export function surfaceAt(bytes, moment, grid, scale) {
  const all = ArrayBuffer.isView(bytes)
    ? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new DataView(Uint8Array.from(bytes ?? []).buffer);
  const start = moment * grid * grid;
  if (all.byteLength < 2 * (start + grid * grid)) return null;
  return (column, row) => all.getInt16(2 * (start + row * grid + column), true) / scale;
}

/** A canvas for shades; `show` paints them in the two colours of its probes, on paper in between. */
export function shades(grid) {
  const size = FINE * (grid - 1) + 1;
  const canvas = h("canvas", { class: "bc-shades", width: size, height: size, "aria-hidden": "true" });
  const probes = ["zero", "paper", "one"].map((name) => h("span", { class: `bc-shades-${name}`, "aria-hidden": "true" }));
  const table = () => {
    const [zero, paper, one] = probes.map((probe) => getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number));
    return Array.from({ length: 256 }, (_, i) => {
      const side = i / 127.5 - 1;
      const end = side < 0 ? zero : one;
      return paper.map((channel, k) => channel + Math.abs(side) * STRENGTH * (end[k] - channel));
    });
  };
  const show = (at) => {
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, size, size);
    if (!at || !canvas.isConnected) return; // outside the page nothing has a colour yet
    const colours = table();
    const image = context.createImageData(size, size);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const [column, row] = [Math.min(Math.floor(x / FINE), grid - 2), Math.min(Math.floor(y / FINE), grid - 2)];
        const [u, v] = [x / FINE - column, y / FINE - row];
        const below = (1 - u) * at(column, row) + u * at(column + 1, row);
        const above = (1 - u) * at(column, row + 1) + u * at(column + 1, row + 1);
        const p = 1 / (1 + Math.exp(-((1 - v) * below + v * above)));
        const colour = colours[Math.round(255 * p)];
        image.data.set([...colour, 255], 4 * ((size - 1 - y) * size + x)); // rows of an image go down
      }
    }
    context.putImageData(image, 0, 0);
  };
  return { canvas, probes, show };
}

/** The pieces of the line where a surface has a level, as pairs of places counted in nodes. */
export function levelLines(at, grid, level) {
  const pieces = [];
  for (let row = 0; row < grid - 1; row++) {
    for (let column = 0; column < grid - 1; column++) {
      const corners = [
        [column, row],
        [column + 1, row],
        [column + 1, row + 1],
        [column, row + 1],
      ];
      const crossed = corners.flatMap(([x, y], i) => {
        const [nextX, nextY] = corners[(i + 1) % 4];
        const [here, there] = [at(x, y) - level, at(nextX, nextY) - level];
        if (here > 0 === there > 0) return [];
        const share = here / (here - there);
        return [[x + share * (nextX - x), y + share * (nextY - y)]];
      });
      for (let i = 0; i + 1 < crossed.length; i += 2) pieces.push([crossed[i], crossed[i + 1]]);
    }
  }
  return pieces;
}

/** Call back when the notebook or the system changes between light and dark; returns the clean-up. */
export function onTheme(callback) {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", callback);
  const observer = new MutationObserver(callback);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
  return () => {
    dark.removeEventListener("change", callback);
    observer.disconnect();
  };
}
