// The granularity switch: the stepper under a row of cuts, and a table that compares them.
import { h, listen, sentence, update } from "./common.js";
import { segmented } from "./controls.js";
import { stepper } from "./stepper.js";

function render({ model, el }) {
  let view = null;
  const build = () => {
    view?.dispose();
    try {
      view = cutView(model);
    } catch (error) {
      view = { root: sentence(`The cuts could not be drawn: ${error.message}`), show() {}, dispose() {} };
    }
    el.replaceChildren(view.root);
    view.show();
  };
  const rebuild = () => {
    const hadFocus = el.querySelector(".bc-segmented")?.contains(document.activeElement);
    build();
    if (hadFocus) el.querySelector(".bc-segmented [aria-pressed=true]")?.focus({ preventScroll: true });
  };
  const forgetTrace = listen(model, ["trace"], build);
  const forgetCut = listen(model, ["cut"], rebuild);
  const forgetState = listen(model, ["step", "known", "predict"], () => view.show());
  build();
  return () => {
    forgetTrace();
    forgetCut();
    forgetState();
    view.dispose();
    el.replaceChildren();
  };
}

function cutView(model) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error), show() {}, dispose() {} };
  const at = Math.min(model.get("cut"), trace.cuts.length - 1);
  const isAtEnd = () => model.get("step") >= trace.cuts[at].trace.steps.length - 1;
  const pick = (cut) => {
    if (cut === at) return;
    const step = isAtEnd() ? trace.cuts[cut].trace.steps.length - 1 : 0;
    update(model, { step, known: step, cut });
  };
  const choice = segmented(
    "Cut",
    trace.cuts.map(({ name }, i) => [i, name]),
    pick,
  );
  choice.show(at);
  const view = stepper(model, trace.cuts[at].trace);
  const say = h("p", { class: "bc-say bc-cut-say", role: "status", "aria-live": "polite" }, trace.cuts[at].sentence);
  const row = ({ row: texts }, i) =>
    h(
      "tr",
      i === at ? { class: "bc-current", "aria-current": "true" } : {},
      h("th", { scope: "row" }, `${i === at ? "▶ " : ""}${texts[0]}`),
      texts.slice(1).map((text) => h("td", {}, text)),
    );
  const table = h(
    "table",
    {},
    h("caption", {}, trace.title),
    h("thead", {}, h("tr", {}, trace.columns.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, trace.cuts.map(row)),
  );
  view.root.classList.add("bc-cuts");
  view.root.prepend(choice.root);
  view.root.append(h("div", { class: "bc-ledger" }, table), say);
  return view;
}

export default { render };
