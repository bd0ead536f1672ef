// The field of the prediction mode. What counts as right came with the trace.
import { FOCUSABLE, button, h } from "./common.js";

/** What counts as right is an interval, or a shape. */
export function question({ close, reveal, say }) {
  let wanted = null;
  const field = h("input", {
    ...FOCUSABLE,
    class: "bc-field",
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    size: "9",
    "aria-label": "Your prediction",
  });
  const check = () => {
    const verdict = judged(field.value, wanted);
    if (verdict === null) {
      close();
      reveal();
    } else {
      say(verdict);
      field.select();
      field.focus();
    }
  };
  const show = () => {
    close();
    reveal();
  };
  const root = h(
    "span",
    { class: "bc-ask" },
    field,
    button("Check", check, { keys: "Enter" }),
    button("Show", show, { keys: "Escape" }),
  );
  root.addEventListener("keydown", (event) => {
    // Keys typed here are for the field: stepping and the notebook's shortcuts do not hear of them.
    event.stopPropagation();
    if (event.key === "Escape") show();
    if (event.key === "Enter" && event.target === field) check();
  });
  return {
    root,
    focus: () => field.focus(),
    open(ask) {
      if (wanted !== ask) field.value = "";
      wanted = ask;
    },
  };
}

function judged(typed, wanted) {
  if (!typed.trim()) return wanted.sentence;
  if (wanted.kind === "shape") {
    const numbers = (typed.match(/\d+/g) ?? []).map(Number);
    const right = numbers.length === wanted.shape.length && numbers.every((n, i) => n === wanted.shape[i]);
    return right ? null : `Not yet: the shape is not ${typed.trim()}.`;
  }
  const number = Number(typed.trim().replace(/[−–]/g, "-").replace(",", "."));
  if (Number.isNaN(number)) return "Type one number, such as 0.25.";
  if (number >= wanted.low && number <= wanted.high) return null;
  if (-number >= wanted.low && -number <= wanted.high) return `Not yet: ${typed.trim()} has the wrong sign.`;
  return `Not yet: ${typed.trim()} is too ${number < wanted.low ? "small" : "large"}.`;
}
