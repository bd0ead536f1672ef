// The granularity switch: the stepper under a row of cuts, and a table that compares them.
import { h, rendering, sentence, update } from "./common.js";
import { segmented } from "./controls.js";
import { stepper } from "./stepper.js";

const STATE = ["cut", "step", "known", "predict"];

const render = rendering({ what: "The cuts", make: cutView, hears: { turn: ["cut"], show: STATE } });

function cutView(model) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error) };
  const at = () => Math.min(model.get("cut"), trace.cuts.length - 1);
  const lastOf = (cut) => trace.cuts[cut].trace.steps.length - 1;
  const pick = (cut) => {
    if (cut === at()) return;
    const step = model.get("step") >= lastOf(at()) ? lastOf(cut) : 0;
    update(model, { step, known: step, cut });
  };
  const choice = segmented(
    "Cut",
    trace.cuts.map(({ name }, i) => [i, name]),
    pick,
  );
  const view = stepper(model, trace.cuts[at()].trace, STATE);
  const say = h("p", { class: "bc-say bc-cut-say", role: "status", "aria-live": "polite" });
  const names = trace.cuts.map(() => h("th", { scope: "row" }));
  const rows = trace.cuts.map(({ row: [, ...texts] }, i) => h("tr", {}, names[i], texts.map((text) => h("td", {}, text))));
  const table = h(
    "table",
    {},
    h("caption", {}, trace.title),
    h("thead", {}, h("tr", {}, trace.columns.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, rows),
  );
  view.root.classList.add("bc-cuts");
  view.root.prepend(choice.root);
  view.root.append(h("div", { class: "bc-ledger" }, table), say);

  const mark = () => {
    choice.show(at());
    say.textContent = trace.cuts[at()].sentence;
    rows.forEach((row, i) => {
      row.classList.toggle("bc-current", i === at());
      if (i === at()) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
      names[i].textContent = `${i === at() ? "▶ " : ""}${trace.cuts[i].row[0]}`;
    });
  };
  const turn = () => {
    view.stop();
    view.take(trace.cuts[at()].trace);
    mark();
  };
  mark();
  return { ...view, turn };
}

export default { render };
