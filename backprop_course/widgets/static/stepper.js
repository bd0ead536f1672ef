// What steps through a recorded graph: buttons, keys, the equation, the sentence. It indexes the trace and draws it.
import { FOCUSABLE, button, h, leave, onKeys, player, sentence, setShut, update } from "./common.js";
import { copyButton } from "./controls.js";
import { drawing } from "./graph_picture.js";
import { leafRow } from "./leaf_row.js";
import { ledger } from "./ledger.js";
import { question } from "./question.js";

const ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  next: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
  play: "M4 2.5v11L13 8z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
};
const PHASES = { start: "start", forward: "forward", backward: "backward", end: "all gradients" };

/**
 * A view of one trace; the place in it is the model's `step`. It can `take` another trace in place of this one.
 * Reset sets the traits in `state` to what they are now, and inputs that were changed to what they were in Python.
 */
export function stepper(model, trace = model.get("trace"), state = ["step", "known", "predict"]) {
  if (!trace.steps?.length) return { root: sentence(trace.error || "There is no graph."), show() {}, dispose() {} };

  let last = trace.steps.length - 1;
  const at = () => Math.min(Math.max(model.get("step"), 0), last);
  const isHidden = () => Boolean(model.get("predict") && trace.steps[at()].ask && at() > model.get("known"));

  const go = (step) => {
    step = Math.min(Math.max(step, 0), last);
    if (step !== at()) update(model, { known: Math.max(model.get("known"), step - 1), step });
  };
  const reveal = () => update(model, { known: at() });
  const first = () => go(0);
  const back = () => go(at() - 1);
  const next = () => (isHidden() ? reveal() : go(at() + 1));
  const end = () => go(last);
  const start = Object.fromEntries(state.map((name) => [name, model.get(name)]));
  const reset = () => {
    if (!leaves?.reset(start)) update(model, start);
    show(); // what was said of a guess goes too, where no trait changes
  };
  const togglePredict = () => update(model, { predict: !model.get("predict"), known: at() });

  const clock = player(
    () => !isHidden() && at() < last && (go(at() + 1), at() < last && !isHidden()),
    (playing) => setPlaying(playing),
  );
  const byHand = (action) => () => (clock.stop(), action());

  const buttons = {
    first: button("First step", byHand(first), { icon: ICONS.first, keys: "Home" }),
    back: button("Step back", byHand(back), { icon: ICONS.back, keys: "Left arrow" }),
    play: button("Play", () => clock.toggle(), { icon: ICONS.play, keys: "P" }),
    next: button("Next step", byHand(next), { icon: ICONS.next, keys: "Right arrow" }),
    last: button("Last step", byHand(end), { icon: ICONS.last, keys: "End" }),
    predict: button("Predict the next number", byHand(togglePredict), { text: "Predict" }),
  };
  const setPlaying = (playing) => {
    const label = playing ? "Pause" : "Play";
    buttons.play.setAttribute("aria-label", label);
    buttons.play.title = `${label} (P)`;
    buttons.play.querySelector("path").setAttribute("d", playing ? ICONS.pause : ICONS.play);
  };

  let picture = drawing(trace);
  const stage = h(
    "div",
    {
      ...FOCUSABLE,
      class: "bc-stage",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "computation graph",
    },
    picture.svg,
  );
  const counter = h("span", { class: "bc-counter" });
  const phase = h("span", { class: "bc-phase" });
  const equation = h("div", { class: "bc-equation" });
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  let table = trace.table ? ledger(trace.table) : null;
  const copy = copyButton(() => trace.code);
  copy.shown.addEventListener("keydown", (event) => event.key !== "Escape" && event.stopPropagation());
  const leaves = leafRow(model, () => leave(root));
  const root = h(
    "div",
    { class: "bc-widget bc-stepper" },
    h("div", { class: "bc-bar", role: "group", "aria-label": "Steps" }, Object.values(buttons), phase, counter),
    leaves?.root,
    stage,
    equation,
    say,
    table?.root,
    h("div", { class: "bc-bar bc-foot" }, button("Reset", byHand(reset)), trace.code ? copy.root : null),
    trace.code ? copy.shown : null,
  );

  const ask = question({
    close: () => stage.focus({ preventScroll: true }),
    reveal: byHand(reveal),
    say: (text) => (say.textContent = text),
  });

  const startTyping = (event) => {
    // A number typed on the graph goes into the field that waits for it.
    if (isHidden() && /^[-−.,(\d]$/.test(event.key)) ask.focus();
  };
  stage.addEventListener("keydown", startTyping);
  onKeys(root, {
    ArrowRight: byHand(next),
    ArrowLeft: byHand(back),
    ArrowDown: byHand(next),
    ArrowUp: byHand(back),
    Home: byHand(first),
    End: byHand(end),
    p: () => clock.toggle(),
    P: () => clock.toggle(),
    Escape: byHand(() => leave(root)),
  });

  let shown = -1;
  const show = () => {
    const index = at();
    const step = trace.steps[index];
    const hidden = isHidden();
    const hadFocus = equation.contains(document.activeElement);
    picture.show(index, hidden);
    table?.show(index, hidden);
    phase.textContent = PHASES[step.phase];
    phase.dataset.phase = step.phase;
    counter.textContent = `step ${index} of ${last}`;
    setShut(buttons.first, index === 0);
    setShut(buttons.back, index === 0);
    setShut(buttons.next, index === last && !hidden);
    setShut(buttons.last, index === last);
    setShut(buttons.play, index === last);
    buttons.predict.setAttribute("aria-pressed", String(Boolean(model.get("predict"))));
    equation.replaceChildren(...step.equation.map((part) => piece(part, hidden, ask)));
    if (hidden) ask.open(step.ask);
    say.textContent = hidden ? step.ask.sentence : step.sentence;
    if (hadFocus) stage.focus({ preventScroll: true });
    if (shown !== index) picture.reveal(stage, index);
    shown = index;
  };
  const name = () => {
    const keys = "Left and right arrows step, Home and End jump, Escape leaves.";
    stage.setAttribute("aria-label", `${trace.title}. ${keys}`);
  };
  const take = (next) => {
    const [newPicture, newTable] = [drawing(next), next.table ? ledger(next.table) : null];
    picture.svg.replaceWith(newPicture.svg);
    if (newTable && table) table.root.replaceWith(newTable.root);
    else if (newTable) say.after(newTable.root);
    else table?.root.remove();
    [trace, picture, table, last] = [next, newPicture, newTable, next.steps.length - 1];
    name();
  };
  const dispose = () => {
    clock.stop();
    leaves?.dispose();
  };
  name();
  return { root, show, take, stop: clock.stop, dispose };
}

/** One part of the equation under the graph; while it is `hidden`, the answer is the field to type it in. */
function piece(part, hidden, ask) {
  if (part.role === "sign") return h("span", { class: "bc-sign" }, part.text);
  return h(
    "span",
    { class: "bc-piece", "data-role": part.role },
    part.label ? h("span", { class: "bc-label" }, part.label) : null,
    hidden && part.answer ? ask.root : h("span", { class: "bc-number" }, hidden && part.secret ? "?" : part.text),
  );
}
