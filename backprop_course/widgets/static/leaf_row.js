// A row to change an input of the graph: which one, a slider, a field. Python then traces the function again.
import { FOCUSABLE, h, listen } from "./common.js";
import { asker, byHand } from "./asking.js";
import { keepKeys } from "./controls.js";

const NOTCHES = 100; // of the slider, on each side of zero

/** The row and its `reset`, or null where nothing can be changed; `close` is called on Escape. */
export function leafRow(model, close) {
  const rows = model.get("leaves")?.rows ?? [];
  if (!rows.length) return null;
  const { ask, answered, note, dispose } = asker(model);
  let place = 0;
  const row = () => rows[place];
  const valueOf = ({ name, value }) => model.get("changes")[name] ?? value;
  const change = (value) => {
    const { [row().name]: _, ...others } = model.get("changes");
    ask({ changes: value === row().value ? others : { ...others, [row().name]: value } });
  };

  const pick = h(
    "select",
    { ...FOCUSABLE, class: "bc-leaf-pick", "aria-label": "Input to change", on: { change: () => choose(pick.selectedIndex) } },
    rows.map(({ name }) => h("option", {}, name)),
  );
  const choose = (to) => {
    place = to;
    show();
  };
  const range = h("input", {
    ...FOCUSABLE,
    type: "range",
    class: "bc-range",
    min: String(-NOTCHES),
    max: String(NOTCHES),
    step: "1",
    on: { input: () => change(byHand((Number(range.value) * row().reach) / NOTCHES)) },
  });
  const field = h("input", {
    ...FOCUSABLE,
    class: "bc-field bc-leaf-field",
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    spellcheck: "false",
    on: { change: () => commit() },
  });
  const said = h("p", { class: "bc-note bc-leaf-said", role: "status", "aria-live": "polite", hidden: "" });

  const say = (text) => {
    said.textContent = text;
    said.hidden = !text;
  };
  const commit = () => {
    if (field.value === written(valueOf(row()))) return say(model.get("leaves").said);
    const value = read(field.value);
    if (value === null) {
      say(`${row().name} is one finite number, such as 0.25.`);
      field.select();
    } else {
      change(value);
    }
  };
  const nudge = (by) => {
    const from = read(field.value) ?? valueOf(row()) ?? 0;
    change(byHand(from + (by * row().reach) / NOTCHES));
  };
  field.addEventListener("keydown", (event) => {
    const keys = { Enter: commit, ArrowUp: () => nudge(1), ArrowDown: () => nudge(-1) };
    if (!keys[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key]();
  });

  const show = () => {
    const { changes, said: sentence } = model.get("leaves");
    const asked = model.get("changes");
    const value = valueOf(row());
    pick.selectedIndex = place;
    range.value = String(Math.round(((value ?? 0) / row().reach) * NOTCHES));
    range.setAttribute("aria-label", `Value of ${row().name}`);
    range.setAttribute("aria-valuetext", `${row().name} = ${written(value)}`);
    field.setAttribute("aria-label", `${row().name} as a number`);
    field.value = written(value);
    say(sentence);
    if (same(asked, changes)) answered();
  };
  /** Take all changes back, with other traits in the same message; false where none was made. */
  const reset = (traits) => {
    const changed = Object.keys(model.get("changes")).length > 0;
    if (changed) ask({ ...traits, changes: {} });
    choose(0);
    return changed;
  };
  const forget = listen(model, ["changes", "leaves"], show);
  const root = h(
    "div",
    { class: "bc-leaves", role: "group", "aria-label": "Change an input" },
    h("label", { class: "bc-leaf-name" }, h("span", { class: "bc-range-name" }, "Change"), pick),
    range,
    field,
    said,
    note,
  );
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    show(); // what was typed and not entered is given up
    close();
  });
  keepKeys(root);
  show();
  return { root, reset, dispose: () => (forget(), dispose()) };
}

function written(value) {
  return value === null ? "nan" : String(Number(value.toPrecision(6))).replace("-", "−");
}

function read(text) {
  const number = Number(text.trim().replace(/[−–]/g, "-").replace(",", "."));
  return text.trim() && Number.isFinite(number) ? number : null;
}

function same(one, other) {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
