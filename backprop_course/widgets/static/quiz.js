// The quizzes: all texts and the bounds of what is right come from Python; here they are compared and shown.
import { FOCUSABLE, button, h, onKeys, rendering } from "./common.js";

const UP = "M8 3l5 6H3z";
const DOWN = "M8 13L3 7h10z";

const render = rendering({ what: "The quiz", make: (model) => ({ root: whole(model.get("quiz")) }), trace: ["quiz"] });

function whole({ id, questions }) {
  return h(
    "section",
    { class: "bc-widget bc-quiz", "aria-label": `Quiz ${id}` },
    h("p", { class: "bc-quiz-name" }, `Quiz ${id}`),
    questions.map((question, index) => asked(question, index, questions.length)),
  );
}

function asked(question, index, count) {
  const verdict = verdictLine();
  const number = count > 1 ? h("span", { class: "bc-quiz-number" }, `${index + 1}. `) : null;
  const answers = { choice, number: numeric, order, shape }[question.kind](question, verdict);
  return h("fieldset", { class: "bc-question" }, h("legend", {}, number, prose(question.ask)), answers, verdict.root);
}

/** What is said to an answer, with a mark and a word beside the colour. */
function verdictLine() {
  const root = h("p", { class: "bc-verdict", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const show = (kind, word, text) => {
    root.dataset.kind = kind;
    root.replaceChildren(...(word ? [h("strong", {}, word), " "] : []), ...prose(text));
  };
  return {
    root,
    right: (text) => show("right", "✓ Right.", text),
    wrong: (text) => show("wrong", "✗ Not yet.", text),
    note: (text) => show("note", "", text),
    clear: () => show("", "", ""),
  };
}

/** Text with its code in backticks as code. */
function prose(text) {
  return text.split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));
}

const plain = (text) => text.replaceAll("`", "");

function choice(question, verdict) {
  return question.several ? severalOf(question, verdict) : oneOf(question, verdict);
}

function oneOf({ options }, verdict) {
  const take = (index) => {
    buttons.forEach((element, i) => element.setAttribute("aria-pressed", String(i === index)));
    buttons[index].dataset.kind = options[index].right ? "right" : "wrong";
    (options[index].right ? verdict.right : verdict.wrong)(options[index].feedback);
  };
  const buttons = options.map(({ text }, index) =>
    h(
      "button",
      { ...FOCUSABLE, type: "button", class: "bc-option", "aria-pressed": "false", on: { click: () => take(index) } },
      h("span", { class: "bc-mark", "aria-hidden": "true" }),
      h("span", {}, prose(text)),
    ),
  );
  const step = (by) => (event) => {
    const index = buttons.indexOf(event.target.closest(".bc-option"));
    buttons[(index + by + buttons.length) % buttons.length].focus();
  };
  const root = h("div", { class: "bc-options" }, buttons);
  onKeys(root, { ArrowDown: step(1), ArrowUp: step(-1) });
  return root;
}

function severalOf({ options }, verdict) {
  const boxes = options.map(() => h("input", { ...FOCUSABLE, type: "checkbox", on: { change: () => verdict.clear() } }));
  const rows = options.map(({ text }, index) =>
    h("label", { class: "bc-option" }, boxes[index], h("span", {}, prose(text))),
  );
  const check = () => {
    const ticked = options.filter((_, index) => boxes[index].checked);
    const said = (chosen) => chosen.map((option) => `${option.text}: ${option.feedback}`).join("\n");
    const slips = ticked.filter((option) => !option.right);
    if (!ticked.length) verdict.note("Tick all that are right, then check.");
    else if (slips.length) verdict.wrong(said(slips));
    else if (options.some((option) => option.right && !ticked.includes(option)))
      verdict.wrong("What is ticked is right, but not all that is right is ticked.");
    else verdict.right(said(ticked));
  };
  return h(
    "div",
    { class: "bc-options" },
    h("p", { class: "bc-hint" }, "Tick all that are right."),
    rows,
    h("div", { class: "bc-bar" }, button("Check", check)),
  );
}

function numeric({ ask, interval, why, slips, otherwise }, verdict) {
  const within = (number, [low, high]) => number >= low && number <= high;
  return entry(ask, "Your number", verdict, (typed) => {
    const number = typedNumber(typed);
    if (number === null) return verdict.note("Type one number, such as 0.25, 1/4, 1e-3 or −3.");
    if (within(number, interval)) return verdict.right(why);
    return verdict.wrong(slips.find((slip) => within(number, slip.interval))?.text ?? otherwise);
  });
}

/** The number that was typed, as 0.5, 0,5, 1/2, 1e-3 or −3; null where it is none. */
function typedNumber(typed) {
  const text = typed.replace(/\s/g, "").replace(/[−–]/g, "-").replace(",", ".");
  const found = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?:\/(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?))?$/i.exec(text);
  if (!found) return null;
  const number = Number(found[1]) / Number(found[2] ?? 1);
  return Number.isFinite(number) ? number : null;
}

function shape({ ask, shape: right, why, slips, otherwise }, verdict) {
  const same = (a, b) => (a === null || b === null ? a === b : a.length === b.length && a.every((n, i) => n === b[i]));
  const judge = (given) => {
    if (same(given, right)) verdict.right(why);
    else verdict.wrong(slips.find((slip) => same(given, slip.shape))?.text ?? otherwise);
  };
  const undefined_ = button("The shape is not defined", () => judge(null), { text: "not defined" });
  return entry(
    ask,
    "Your shape",
    verdict,
    (typed) => {
      const given = typedShape(typed);
      if (given === null) verdict.note("Type a shape, such as 3, 4 or (3, 4) or 3x4; () for a single number.");
      else judge(given);
    },
    undefined_,
  );
}

/** The shape that was typed; null where it is none. */
function typedShape(typed) {
  const text = typed.trim().replace(/^[([]\s*(.*?)\s*[)\]]$/, "$1");
  if (!text) return typed.trim() ? [] : null;
  if (!/^\d+(\s*[,x×*\s]\s*\d+)*\s*,?$/i.test(text)) return null;
  return text.match(/\d+/g).map(Number);
}

/** A field with a button that checks it; Enter does so too. */
function entry(ask, label, verdict, judge, ...more) {
  const field = h("input", {
    ...FOCUSABLE,
    class: "bc-entry",
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    size: "12",
    "aria-label": `${label}: ${plain(ask)}`,
    on: { input: () => verdict.clear() },
  });
  field.addEventListener("keydown", (event) => {
    // Keys typed here are for the field: the notebook's shortcuts do not hear of them.
    event.stopPropagation();
    if (event.key === "Enter") judge(field.value);
  });
  return h("div", { class: "bc-bar" }, field, button("Check", () => judge(field.value), { keys: "Enter" }), more);
}

function order({ items, start, before, why, slips, otherwise }, verdict) {
  let now = [...start];
  const rows = items.map((text, item) => orderRow(text, {
    move: (by) => moveTo(item, now.indexOf(item) + by),
    placeAt: (y) => moveTo(item, placeUnder(y)),
  }));
  const list = h("ol", { class: "bc-order" });

  const placeUnder = (y) => {
    const tops = [...list.children].map((row) => row.getBoundingClientRect());
    const found = tops.findIndex((box) => y < box.bottom);
    return found < 0 ? tops.length - 1 : found;
  };
  const moveTo = (item, place) => {
    place = Math.min(Math.max(place, 0), now.length - 1);
    if (place === now.indexOf(item)) return;
    now = now.filter((other) => other !== item);
    now.splice(place, 0, item);
    show();
    verdict.note(`${plain(items[item])} is now at place ${place + 1} of ${now.length}.`);
  };
  const show = () => {
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    now.forEach((item, place) => rows[item].set(place, now.length));
    // Only rows out of place are moved: one that is being dragged would lose the pointer otherwise.
    now.forEach((item, place) => {
      if (list.children[place] !== rows[item].root) list.insertBefore(rows[item].root, list.children[place] ?? null);
    });
    focused?.focus();
  };
  const check = () => {
    const wrongWay = ([i, j]) => now.indexOf(i) > now.indexOf(j);
    if (!before.some(wrongWay)) return verdict.right(why);
    return verdict.wrong(slips.find(({ pair: [a, b] }) => wrongWay([b, a]))?.text ?? otherwise);
  };
  show();
  return h(
    "div",
    {},
    h("p", { class: "bc-hint" }, "Move an item by its arrows, by dragging it, or with the up and down keys."),
    list,
    h("div", { class: "bc-bar" }, button("Check", check)),
  );
}

function orderRow(text, { move, placeAt }) {
  const grip = h("button", { ...FOCUSABLE, type: "button", class: "bc-grip" }, prose(text));
  const up = button(`Move ${plain(text)} up`, () => move(-1), { icon: UP });
  const down = button(`Move ${plain(text)} down`, () => move(1), { icon: DOWN });
  for (const pointerOnly of [up, down]) pointerOnly.tabIndex = -1; // by keyboard, the grip does both
  const root = h("li", { class: "bc-order-row" }, grip, up, down);
  onKeys(grip, { ArrowUp: () => move(-1), ArrowDown: () => move(1) });
  let dragging = false;
  grip.addEventListener("pointerdown", (event) => {
    dragging = true;
    grip.setPointerCapture(event.pointerId);
  });
  grip.addEventListener("pointermove", (event) => {
    if (!dragging) return;
    placeAt(event.clientY);
    if (!grip.hasPointerCapture(event.pointerId)) grip.setPointerCapture(event.pointerId);
  });
  for (const end of ["pointerup", "pointercancel"]) grip.addEventListener(end, () => (dragging = false));
  return {
    root,
    set: (place, count) =>
      grip.setAttribute("aria-label", `${plain(text)}, place ${place + 1} of ${count}. Up and down keys move it.`),
  };
}

export default { render };
