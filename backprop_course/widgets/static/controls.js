// Controls that several widgets share: choices in a row, sliders, a list to pick from, "copy as code".
import { FOCUSABLE, button, h } from "./common.js";

/** A row of buttons of which one is pressed; `options` are pairs of value and text. */
export function segmented(label, options, pick) {
  const buttons = options.map(([value, text]) => button(text, () => pick(value)));
  return {
    root: h("div", { class: "bc-segmented", role: "group", "aria-label": label }, buttons),
    show: (value) =>
      buttons.forEach((element, i) => element.setAttribute("aria-pressed", String(options[i][0] === value))),
  };
}

/** A slider over `count` places; its text is spoken instead of the place. */
export function slider(label, count, pick) {
  const input = h("input", {
    ...FOCUSABLE,
    type: "range",
    class: "bc-range",
    min: "0",
    max: String(count - 1),
    step: "1",
    "aria-label": label,
    on: { input: () => pick(Number(input.value)) },
  });
  const text = h("span", { class: "bc-range-text" });
  return {
    root: h("label", { class: "bc-slider" }, h("span", { class: "bc-range-name" }, label), input, text),
    input,
    show(place, words) {
      input.value = String(place);
      input.setAttribute("aria-valuetext", words);
      text.textContent = words;
    },
  };
}

/** A list of texts of which one is picked by its place. */
export function picker(label, texts, pick) {
  const select = h(
    "select",
    { ...FOCUSABLE, class: "bc-picker", "aria-label": label, on: { change: () => pick(select.selectedIndex) } },
    texts.map((text) => h("option", {}, text)),
  );
  return {
    root: h("label", { class: "bc-slider" }, h("span", { class: "bc-range-name" }, label), select),
    show: (place) => (select.selectedIndex = place),
  };
}

/** A button that copies code; where the page may not copy, the code is shown, selected. */
export function copyButton(codeOf) {
  const said = h("span", { class: "bc-copied", role: "status", "aria-live": "polite" });
  const shown = h("textarea", { ...FOCUSABLE, class: "bc-code", readonly: "", rows: "8", "aria-label": "Code", hidden: "" });
  const copy = async () => {
    const code = codeOf();
    try {
      await navigator.clipboard.writeText(code);
      said.textContent = "Copied.";
    } catch {
      said.textContent = "Copy it from here:";
      shown.hidden = false;
      shown.value = code;
      shown.select();
    }
  };
  return { root: h("span", { class: "bc-copy" }, button("Copy as code", copy), said), shown };
}

/** Keys pressed in a widget are for the widget, unless a modifier says otherwise. */
export function keepKeys(root) {
  root.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.altKey && !event.metaKey) event.stopPropagation();
  });
}

export const LEAST = 100; // pixels: in less, as while a page is folded away, nothing is drawn

/** Call back with the width of an element, now and whenever it changes; returns the clean-up. */
export function onWidth(element, callback) {
  let width = 0;
  const observer = new ResizeObserver(() => {
    const now = Math.round(element.clientWidth);
    if (now === width || now < LEAST) return;
    width = now;
    callback(width);
  });
  observer.observe(element);
  return () => observer.disconnect();
}

/** Put values into the places of a template: "{step}". */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}
