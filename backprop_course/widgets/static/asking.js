// Settings that Python answers. The notebook's model sends one message at a time, and of those that wait the newest:
// a drag asks no faster than Python answers, and its last position is always sent.
import { h, update } from "./common.js";

const PATIENCE = 2500; // milliseconds without an answer until that is said

/** `ask(traits)` sets and sends them; `answered()` is to be called when what is shown is the answer to them. */
export function asker(model) {
  let doubt = null;
  const note = h("p", { class: "bc-note", role: "status", hidden: "" });
  const ask = (traits) => {
    doubt ??= setTimeout(() => {
      note.textContent =
        "Python has not answered: without a running kernel the numbers stay those of the last answer.";
      note.hidden = false;
    }, PATIENCE);
    update(model, traits);
  };
  const answered = () => {
    clearTimeout(doubt);
    doubt = null;
    note.hidden = true;
  };
  return { ask, answered, note, dispose: () => clearTimeout(doubt) };
}

/** Three figures: what a hand can set. */
export function byHand(value) {
  return Number(value.toPrecision(3));
}

/** Whether two lists hold the same numbers. */
export function sameNumbers(one, other) {
  return one.length === other.length && one.every((value, i) => value === other[i]);
}
