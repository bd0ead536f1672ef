// What comes as bytes for the network lab: numbers and maps; and the colours that maps are painted in.
import { h } from "./common.js";

const REMEMBERED = 300; // frames

/** Cut one frame into its parts: weights, gradients, gradients of one example, a map for each unit, the output. */
export function frameParts(view, start, net, grid, wide) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + start);
  const numbers = (from) => {
    const data = new DataView(bytes.buffer, bytes.byteOffset + 4 * from, 4 * net.places);
    return Float32Array.from({ length: net.places }, (_, i) => data.getFloat32(4 * i, true));
  };
  const maps = 12 * net.places;
  const end = maps + net.units.length * grid * grid;
  return {
    weights: numbers(0),
    gradients: numbers(net.places),
    own: numbers(2 * net.places),
    map: (unit) => bytes.subarray(maps + unit * grid * grid, maps + (unit + 1) * grid * grid),
    output: bytes.subarray(end, end + wide * wide),
  };
}

/** Bytes as anywidget hands them over, or written as base64, as in the state of a saved page. */
export function asView(value) {
  if (typeof value !== "string") return value;
  return new DataView(Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0)).buffer);
}

/** How many bytes a frame of this network has. */
export function frameSize(net, grid, wide) {
  return 12 * net.places + net.units.length * grid * grid + wide * wide;
}

/** Paints bytes as colours: 1 the lowest, 128 nothing, 255 the highest. `probe` belongs into the page. */
export function painter() {
  const spots = ["low", "zero", "high"].map((name) => h("span", { class: `bc-lab-${name}` }));
  const probe = h("span", { class: "bc-lab-probe", "aria-hidden": "true" }, spots);
  let colours = "";
  let table = null;
  const refresh = () => {
    const now = spots.map((spot) => getComputedStyle(spot).color);
    if (now.join() === colours && table) return;
    colours = now.join();
    // Before the picture is in the page it has no colours; it is painted again when it gets its width there.
    const [low, zero, high] = now.map((colour) => (colour.match(/[\d.]+/g) ?? [0, 0, 0]).slice(0, 3).map(Number));
    table = Array.from({ length: 256 }, (_, byte) => {
      const share = Math.min(Math.abs(byte - 128) / 127, 1);
      const end = byte < 128 ? low : high;
      return zero.map((from, i) => Math.round(from + (end[i] - from) * share));
    });
  };
  const paint = (canvas, bytes, size, discrete = false) => {
    refresh();
    canvas.width = canvas.height = size;
    const context = canvas.getContext("2d");
    const image = context.createImageData(size, size);
    for (let i = 0; i < size * size; i++) {
      const byte = discrete ? (bytes[i] < 128 ? 30 : 226) : bytes[i];
      image.data.set(table[byte], 4 * i);
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  };
  const colourOf = (shade) => {
    refresh();
    return `rgb(${table[128 + Math.round(127 * Math.max(-1, Math.min(1, shade)))].join(", ")})`;
  };
  return { probe, paint, colourOf };
}

/** Frames that were seen or recorded, by their step, of the run that is looked at. */
export function frameStore(model, trace) {
  const kept = new Map();
  let run = null;
  const partsOf = (given, start) => {
    const net = model.get("net");
    const bytes = asView(given);
    return bytes && bytes.byteLength >= start + frameSize(net, trace.grid, trace.wide)
      ? frameParts(bytes, start, net, trace.grid, trace.wide)
      : null;
  };
  /** Take over the newest frame, and what was recorded of its run. */
  const remember = () => {
    const now = model.get("now");
    if (now.run !== run) kept.clear();
    run = now.run;
    if (kept.size > REMEMBERED) kept.delete(kept.keys().next().value);
    const parts = partsOf(model.get("frame"), 0);
    if (parts) kept.set(now.step, { now, parts });
    const size = frameSize(model.get("net"), trace.grid, trace.wide);
    (model.get("recording") ?? []).forEach((one, i) => {
      if (one.run !== run || kept.has(one.step)) return;
      const found = partsOf(model.get("recorded"), i * size);
      if (found) kept.set(one.step, { now: one, parts: found });
    });
  };
  const steps = () => [...kept.keys()];
  const nearest = (step) =>
    steps().reduce((best, one) => (Math.abs(one - step) < Math.abs(best - step) ? one : best), Infinity);
  /** The step that was kept, going from one towards another and not short of it; where there is none, the first. */
  const towards = (from, step) => {
    const onward = steps().filter((one) => (step > from ? one >= step : one <= step));
    if (!onward.length) return from;
    return step > from ? Math.min(...onward) : Math.max(...onward);
  };
  return {
    remember,
    towards,
    at: (step) => kept.get(step) ?? kept.get(nearest(step)),
    has: (step) => kept.has(step),
    get size() {
      return kept.size;
    },
  };
}
