// Settings that Python answers: drawn at once, sent no more often than it can answer, the last one always.
import { h } from "./common.js";

const PAUSE = 50; // milliseconds between two positions of a drag that are sent
const PATIENCE = 2500; // milliseconds without an answer until that is said

/** `ask(traits)` sets and sends them; `answered()` is to be called when what is shown is the answer to them. */
export function asker(model) {
  let waiting = false;
  let timer = null;
  let doubt = null;
  const note = h("p", { class: "bc-note", role: "status", hidden: "" });
  const send = () => {
    timer = null;
    if (!waiting) return;
    waiting = false;
    model.save_changes();
    timer = setTimeout(send, PAUSE);
  };
  const ask = (traits) => {
    for (const [name, value] of Object.entries(traits)) model.set(name, value);
    waiting = true;
    doubt ??= setTimeout(() => {
      note.textContent =
        "Python has not answered: without a running kernel the numbers stay those of the last answer.";
      note.hidden = false;
    }, PATIENCE);
    if (timer === null) send();
  };
  const answered = () => {
    clearTimeout(doubt);
    doubt = null;
    note.hidden = true;
  };
  const dispose = () => {
    clearTimeout(timer);
    clearTimeout(doubt);
  };
  return { ask, answered, note, dispose };
}

/** Three figures: what a hand can set. */
export function byHand(value) {
  return Number(value.toPrecision(3));
}

/** Whether two lists hold the same numbers. */
export function sameNumbers(one, other) {
  return one.length === other.length && one.every((value, i) => value === other[i]);
}
