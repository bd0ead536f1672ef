// Output and loss of the network lab: a map with its points, and two curves with the step looked at.
import { FOCUSABLE, h, s } from "./common.js";
import { axes, path } from "./axes.js";

/** The output over the plane. `clicked` hears of a place in the plane. */
export function outputMap({ trace, paint, colourOf, clicked }) {
  const canvas = h("canvas", { class: "bc-lab-output", "aria-hidden": "true" });
  const points = s("svg", { class: "bc-lab-points", viewBox: "0 0 100 100", "aria-hidden": "true" });
  const heading = h("p", { class: "bc-lab-title" });
  const ends = [h("span"), h("span")];
  const ticks = [h("span"), h("span"), h("span")];
  const rises = [h("span"), h("span"), h("span")];
  const scale = h("div", { class: "bc-lab-scale" }, ends[0], h("span", { class: "bc-lab-ramp", "aria-hidden": "true" }), ends[1]);
  const box = h("div", { class: "bc-lab-plane" }, canvas, points);
  const along = h("div", { class: "bc-lab-along", "aria-hidden": "true" }, ticks);
  const up = h("div", { class: "bc-lab-up", "aria-hidden": "true" }, rises);
  const root = h("div", { class: "bc-lab-out" }, heading, h("div", { class: "bc-lab-frame" }, up, box), along, scale);
  let cloud = null;
  let key = "";
  box.addEventListener("click", (event) => {
    const at = box.getBoundingClientRect();
    const [x, y] = cloud.view;
    const share = [(event.clientX - at.left) / at.width, 1 - (event.clientY - at.top) / at.height];
    clicked([x, y].map(([low, high], i) => Number((low + (high - low) * share[i]).toPrecision(3))));
  });
  const show = ({ cloud: given, now, parts, hovered, discrete, test, numbers }) => {
    cloud = given;
    const unit = hovered?.[0] === "unit" ? hovered[1] : null;
    if (unit === null) paint(canvas, parts.output, trace.wide, discrete);
    else paint(canvas, parts.map(unit), trace.grid, discrete);
    const [[left, right], [bottom, top]] = cloud.view;
    const place = ([x, y]) => [(100 * (x - left)) / (right - left), (100 * (top - y)) / (top - bottom)];
    const wanted = `${JSON.stringify(cloud)}${test}${colourOf(1)}`;
    if (wanted !== key) {
      key = wanted;
      const size = cloud.train.length < 30 ? 2.4 : 1.5;
      const shapes = (all, kind) =>
        all.map((point) => dot(...place(point), point[2], kind, cloud.problem, colourOf, size));
      points.replaceChildren(
        s("g", {}, shapes(cloud.train, "train")),
        s("g", {}, test ? shapes(cloud.test, "test") : []),
        s("g", { class: "bc-lab-mine" }),
      );
      cloud.ends.forEach((text, i) => (ends[i].textContent = text));
      const plain = (at) => String(Number(at.toPrecision(3))).replace("-", "−");
      [plain(left), "x₁", plain(right)].forEach((text, i) => (ticks[i].textContent = text));
      [plain(top), "x₂", plain(bottom)].forEach((text, i) => (rises[i].textContent = text));
    }
    const mine = points.lastChild;
    const [x, y] = numbers && now.flow.point.length ? place(now.flow.point) : [null, null];
    mine.replaceChildren(...(x === null ? [] : [s("path", { d: `M${x - 4},${y}H${x + 4}M${x},${y - 4}V${y + 4}` })]));
    return (title) => (heading.textContent = title);
  };
  return { root, show };
}

/** Class 1 is a circle, class 0 a triangle; points for testing are hollow. */
function dot(x, y, shade, kind, problem, colourOf, size) {
  const round = problem === "regression" || shade > 0;
  const attributes = { class: `bc-lab-dot bc-lab-${kind}`, "data-sign": shade > 0 ? "plus" : "minus" };
  if (problem === "regression" && kind === "train") {
    attributes.style = `fill: ${colourOf(shade)}`;
    attributes.class += " bc-lab-shaded";
  }
  if (round) return s("circle", { ...attributes, cx: x.toFixed(2), cy: y.toFixed(2), r: size });
  const half = (1.15 * size).toFixed(2);
  const d = `M${(x - 1.15 * size).toFixed(2)},${(y + 0.87 * size).toFixed(2)}h${(2.3 * size).toFixed(2)}l-${half},-${(2.05 * size).toFixed(2)}z`;
  return s("path", { ...attributes, d });
}

/** Both losses over the steps, and a mark at the step looked at. */
export function lossPlot() {
  const stage = h("div", { class: "bc-lab-losses" });
  let width = 300;
  const show = (now) => {
    const [steps, train, test] = now.history;
    const known = [...train, ...test].filter((value) => value !== null);
    const high = niceTop(Math.max(...known, 1e-9));
    const last = Math.max(now.last, 10);
    const { root, px, py, inside } = axes({
      width,
      height: 150,
      left: 46,
      bottom: 36,
      x: { low: 0, high: last, ticks: [[0, "0"], [last, String(last)]], label: "step" },
      y: { low: 0, high, ticks: [[0, "0"], [high, tidy(high)]], label: "loss" },
    });
    const curve = (values) => path(steps.map((step, i) => (values[i] === null ? null : [px(step), Math.max(py(values[i]), inside.top)])));
    root.append(
      s("path", { class: "bc-lab-train-curve", d: curve(train) }),
      s("path", { class: "bc-lab-test-curve", d: curve(test) }),
      s("path", { class: "bc-lab-now", d: `M${px(now.step)},${inside.top}V${inside.bottom}` }),
    );
    stage.replaceChildren(root);
  };
  return { root: stage, show, resize: (is) => (width = is) };
}

function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((times) => times * power).find((top) => top >= value);
}

function tidy(value) {
  return value >= 1e4 || value < 1e-3 ? value.toExponential(0).replace("-", "−") : String(Number(value.toPrecision(2)));
}

/** A field for a number with its own button; `enter` gets what was written. */
export function numberField(label, enter) {
  const input = h("input", {
    ...FOCUSABLE,
    type: "text",
    inputmode: "decimal",
    class: "bc-lab-field",
    "aria-label": label,
    on: {
      keydown: (event) => {
        if (event.key === "Enter") send();
      },
    },
  });
  const send = () => {
    const value = Number(input.value.replace("−", "-").replace(",", "."));
    const sound = input.value.trim() !== "" && Number.isFinite(value);
    input.setAttribute("aria-invalid", String(!sound));
    if (sound) enter(value);
  };
  return { input, send };
}
