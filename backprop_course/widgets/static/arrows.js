// Gradients of points drawn tip to tail: the first ones plain, the others dotted, and the sum of the first.
import { h, s } from "./common.js";
import { axes, path, plainTicks } from "./axes.js";

const HEAD = 9; // pixels
const GAPS = [1, 2, 4, 5, 10];

/** A picture of the sums of the first 0, 1, 2 ... gradients, of which `k` are added; `kinds` marks each of them. */
export function tipToTail({ width, height, sums, k, labels, kinds = [] }) {
  const [x, y] = [0, 1].map((side) => {
    const [low, high] = roundSpan(sums.map((sum) => sum[side]));
    return { low, high, ticks: plainTicks(low, high, 4), label: labels[side] };
  });
  const { root, px, py, inside } = axes({ width, height, x, y });
  const seen = sums.map(([a, b]) => [px(a), py(b)]);
  const [ox, oy] = [px(0), py(0)];
  root.append(
    s("path", { class: "bc-zero", d: `M${inside.left},${oy}H${inside.right}M${ox},${inside.top}V${inside.bottom}` }),
    s("path", { class: "bc-pull-ahead", d: path(seen.slice(k)) }),
    ...seen.slice(1, k + 1).map((to, i) => arrow(i + 1 === k ? "bc-pull bc-pull-last" : "bc-pull", seen[i], to, kinds[i])),
    arrow("bc-pull-sum", seen[0], seen[k]),
    s("circle", { class: "bc-pull-start", cx: ox, cy: oy, r: 3.5 }),
  );
  return root;
}

/** An arrow in pixels; its head is no longer than half of it. */
export function arrow(kind, [ax, ay], [bx, by], label = null) {
  const length = Math.hypot(bx - ax, by - ay);
  if (length < 0.5) return s("circle", { class: `${kind} bc-pull-none`, "data-label": label, cx: bx, cy: by, r: 2.5 });
  const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
  const head = Math.min(HEAD, length / 2);
  const [cx, cy] = [bx - ux * head, by - uy * head];
  const wing = head * 0.42;
  const corners = [[bx, by], [cx - uy * wing, cy + ux * wing], [cx + uy * wing, cy - ux * wing]];
  return s(
    "g",
    { class: kind, "data-label": label },
    s("path", { d: `M${ax.toFixed(1)},${ay.toFixed(1)}L${cx.toFixed(1)},${cy.toFixed(1)}` }),
    s("polygon", { points: corners.map(([u, v]) => `${u.toFixed(1)},${v.toFixed(1)}`).join(" ") }),
  );
}

/** From where to where an axis goes: round numbers, so that it stands still while values change a little. */
export function roundSpan(values) {
  const reach = (most) => {
    const power = 10 ** Math.floor(Math.log10(most));
    return GAPS.map((gap) => gap * power).find((gap) => gap >= most) ?? most;
  };
  const [low, high] = [-Math.min(...values, 0) * 1.04, Math.max(...values, 0) * 1.04];
  const least = Math.max(low, high, 1e-3) / 8;
  return [-reach(Math.max(low, least)), reach(Math.max(high, least))];
}

export function pullLegend() {
  const swatch = (shape) => s("svg", { width: 28, height: 12, "aria-hidden": "true" }, shape);
  return [
    h("span", {}, swatch(arrow("bc-pull", [1, 6], [27, 6])), "gradient of one point"),
    h("span", {}, swatch(s("path", { class: "bc-pull-ahead", d: "M1,6H27" })), "not yet added"),
    h("span", {}, swatch(arrow("bc-pull-sum", [1, 6], [27, 6])), "their sum"),
  ];
}
