// How the network lab asks Python: one question at a time, and of those that wait only the newest.
import { h, update } from "./common.js";

const PATIENCE = 4000; // milliseconds without an answer until that is said
const ALONE =
  "Python does not answer. What was recorded can still be scrubbed; to train, edit or choose, a running kernel is needed.";

/** `from()` says at which step a question is asked; `stopped()` and `goOn()` hear of no answer and of the last one. */
export function questions(model, { from, stopped, goOn }) {
  const note = h("p", { class: "bc-note", role: "status", hidden: "" });
  let asked = 0; // the number of the question under way, 0 without one
  let next = null;
  let heard = false; // whether Python has ever answered
  let doubt = null;
  const alone = () => {
    clearTimeout(doubt);
    asked = 0;
    next = null;
    stopped();
    note.textContent = ALONE;
    note.hidden = false;
  };
  const ask = (command) => {
    if (asked) {
      next = command;
      return;
    }
    asked = Math.max(model.get("answered"), model.get("command").id ?? 0) + 1;
    const question = { at: from(), ...command, id: asked };
    clearTimeout(doubt);
    doubt = setTimeout(alone, PATIENCE);
    update(model, { command: question });
    if (model.get("command").id !== question.id) alone(); // a page without a kernel sets it back
  };
  const answered = () => {
    if (!asked || model.get("answered") < asked) return;
    clearTimeout(doubt);
    heard = true;
    asked = 0;
    note.hidden = true;
    const command = next;
    next = null;
    if (command) ask(command);
    else goOn();
  };
  return {
    note,
    ask,
    answered,
    dispose: () => clearTimeout(doubt),
    get waits() {
      return next !== null;
    },
    get heard() {
      return heard;
    },
    get alone() {
      return !heard && !note.hidden;
    },
  };
}
