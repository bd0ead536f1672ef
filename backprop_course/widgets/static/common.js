// What the widgets share: elements, keys, buttons, the play clock, listening to a model. No mathematics, no network.

const SVG = "http://www.w3.org/2000/svg"; // a name, never fetched

/** An HTML element. Attributes whose value is null or false are left out; `on` maps event names to listeners. */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** An SVG element, same manner. */
export function s(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, { on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false && value !== undefined) element.setAttribute(name, value);
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Attributes of everything that takes focus: the notebook's single-letter shortcuts stay out of it. */
export const FOCUSABLE = { "data-lm-suppress-shortcuts": "true" };

/** A button with a drawn icon (a path in a 16 x 16 box) or, without one, its label as text. */
export function button(label, action, { icon = null, keys = null, text = null } = {}) {
  const face = icon ? s("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, s("path", { d: icon })) : (text ?? label);
  const title = keys ? `${label} (${keys})` : label;
  return h(
    "button",
    { ...FOCUSABLE, type: "button", class: "bc-button", title, "aria-label": label, on: { click: action } },
    face,
  );
}

/** A button that stays shut without losing the focus, which `disabled` would drop onto the page. */
export function setShut(element, shut) {
  element.setAttribute("aria-disabled", String(shut));
}

/** Call `keys[event.key]`; a key with a modifier, or without an entry, goes on its way. */
export function onKeys(element, keys) {
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const action = keys[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action(event);
  });
}

/** Give the focus back to what the element stands in: a notebook's cell, or the page. */
export function leave(element) {
  const outside = element.parentElement?.closest("[tabindex]");
  if (outside) outside.focus({ preventScroll: true });
  if (element.contains(document.activeElement)) document.activeElement.blur();
}

/** Listen to traits of a model; returns the clean-up. */
export function listen(model, names, callback) {
  for (const name of names) model.on(`change:${name}`, callback);
  return () => {
    for (const name of names) model.off(`change:${name}`, callback);
  };
}

/**
 * The `render` of a widget:
 * what   for the sentence where it cannot be drawn ("The descent");
 * make   (model) => its view, { root } with what else there is of show(), dispose() and the methods that are called;
 * hears  for each method of the view, in the order of their calls, the traits that ask for it: { show: ["step"] };
 * trace  the traits that ask for a new view.
 * Traits that come together are drawn once, when the last of them is there and what a hand has set is sent.
 */
export function rendering({ what, make, hears = {}, trace = ["trace"] }) {
  return ({ model, el }) => {
    let view = null;
    const guarded = (act) => {
      try {
        act();
      } catch (error) {
        view?.dispose?.();
        view = {};
        el.replaceChildren(sentence(`${what} could not be drawn: ${error.message}`));
      }
    };
    const build = () =>
      guarded(() => {
        view?.dispose?.();
        view = null;
        view = make(model);
        el.replaceChildren(view.root);
        view.show?.();
      });
    const due = new Set();
    const call = () => {
      const asked = new Set(due);
      due.clear();
      if (asked.has("")) build(); // it shows all there is
      else for (const method of Object.keys(hears)) if (asked.has(method)) guarded(() => view[method]?.());
    };
    const soon = (method) => () => {
      if (!due.size) queueMicrotask(call);
      due.add(method);
    };
    const forget = Object.entries({ ...hears, "": trace }).map(([method, traits]) => listen(model, traits, soon(method)));
    build();
    return () => {
      for (const off of forget) off();
      due.clear();
      view.dispose?.();
      el.replaceChildren();
    };
  };
}

/** Draw into an element, and only then anew when what it is drawn from is not the same; returns the picture. */
export function drawer(element, draw, put = (nodes) => element.replaceChildren(...nodes)) {
  let [from, picture] = [[], null];
  return (...what) => {
    if (picture === null || what.some((value, i) => !Object.is(value, from[i]))) {
      [from, picture] = [what, draw(...what)];
      put([picture.root ?? picture].flat());
    }
    return picture;
  };
}

/** The same for pictures of whose elements nobody keeps hold: what is drawn as before stays, and keeps its layout. */
export function redrawer(element, draw) {
  return drawer(element, draw, (nodes) => become(element, nodes));
}

/** Make the children of an element like those in `nodes`. */
function become(element, nodes) {
  const children = [...element.childNodes];
  nodes.forEach((node, i) => {
    const child = children[i];
    if (!child) element.append(node);
    else if (child.nodeName !== node.nodeName) child.replaceWith(node);
    else if (node.nodeType === Node.TEXT_NODE) {
      if (child.data !== node.data) child.data = node.data;
    } else {
      for (const { name } of [...child.attributes]) if (!node.hasAttribute(name)) child.removeAttribute(name);
      for (const { name, value } of node.attributes) if (child.getAttribute(name) !== value) child.setAttribute(name, value);
      become(child, [...node.childNodes]);
    }
  });
  for (const child of children.slice(nodes.length)) child.remove();
}

/** Set traits together and send them once. */
export function update(model, traits) {
  for (const [name, value] of Object.entries(traits)) model.set(name, value);
  model.save_changes();
}

export function prefersReducedMotion() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** A clock that calls `tick` until it returns false; `changed(playing)` hears of every start and stop. */
export function player(tick, changed, milliseconds = 1400) {
  let timer = null;
  const stop = () => {
    if (timer === null) return;
    clearInterval(timer);
    timer = null;
    changed(false);
  };
  const start = () => {
    if (timer !== null || !tick()) return;
    timer = setInterval(() => tick() || stop(), milliseconds);
    changed(true);
  };
  return { start, stop, toggle: () => (timer === null ? start() : stop()) };
}

/** Scroll a box sideways, never the page, until the span from `left` to `right` (its own pixels) is in sight. */
export function revealSpan(box, left, right) {
  const margin = 24;
  let target = box.scrollLeft;
  if (right + margin > target + box.clientWidth) target = right + margin - box.clientWidth;
  if (left - margin < target) target = left - margin;
  if (target !== box.scrollLeft) box.scrollTo({ left: target, behavior: prefersReducedMotion() ? "auto" : "smooth" });
}

/** One sentence in place of a picture that cannot be drawn. */
export function sentence(text) {
  return h("div", { class: "bc-widget" }, h("p", { class: "bc-say bc-alert", role: "alert" }, text));
}
