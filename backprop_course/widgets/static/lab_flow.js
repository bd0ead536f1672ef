// One example on its way through the network of the lab, layer by layer, with what is said of each.
import { button, h, setShut, update } from "./common.js";
import { numberField } from "./lab_plots.js";

/** The row of buttons and the sentence; `now()` gives what is shown. */
export function flowPanel(model, ask, now) {
  const backward = () => Number(model.get("view") === "backward");
  const most = () => model.get("net").units.at(-1).column + backward();
  const reached = () => Math.min(model.get("reached"), most());
  const reach = (by) => update(model, { reached: Math.max(backward(), reached() + by) });
  const back = button("Layer before", () => reach(-1), { text: "◂ layer" });
  const on = button("Next layer", () => reach(1), { text: "layer ▸" });
  const first = button("From the start of the flow", () => update(model, { reached: backward() }), { text: "From the start" });
  const names = ["x₁", "x₂"];
  const fields = names.map((name) =>
    numberField(`${name} of a point of your own`, () => {
      const point = fields.map(({ input }) => Number(input.value.replace("−", "-") || "0"));
      if (point.every(Number.isFinite)) ask({ do: "point", point });
    }),
  );
  const example = button("Next example", () => {
    const { flow } = now();
    ask({ do: "example", example: flow.point.length ? flow.example : (flow.example + 1) % flow.size });
  });
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const own = h("span", { class: "bc-lab-own" }, "or your point", fields.map(({ input }, i) => h("label", {}, names[i], input)));
  const moves = h("span", { class: "bc-segmented" }, back, on);
  const root = h("div", { class: "bc-lab-flow" }, h("div", { class: "bc-bar" }, first, moves, example, own), say);
  const show = (flow, plain) => {
    example.hidden = plain && flow.size === 1;
    const spoken = backward() ? flow.backward : flow.forward;
    const place = reached() - backward();
    say.textContent = spoken[Math.max(0, Math.min(place, spoken.length - 1))];
    fields.forEach(({ input }, i) => {
      if (document.activeElement !== input) input.value = flow.point.length ? String(flow.point[i]).replace("-", "−") : "";
    });
    setShut(back, reached() <= backward());
    setShut(on, reached() >= most());
  };
  return { root, show, reached };
}
