// The graph stepper: indexes a recorded trace and draws it. All numbers and all places come from Python.
import { FOCUSABLE, button, h, listen, onKeys, player, revealSpan, s, sentence, setShut, update } from "./common.js";

const ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  next: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
  play: "M4 2.5v11L13 8z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
};
const PHASES = { start: "start", forward: "forward", backward: "backward", end: "all gradients" };

function render({ model, el }) {
  let view = null;
  const build = () => {
    view?.dispose();
    view = attempt(() => stepper(model));
    el.replaceChildren(view.root);
    view.show();
  };
  const forgetTrace = listen(model, ["trace"], build);
  const forgetState = listen(model, ["step", "known", "predict"], () => view.show());
  build();
  return () => {
    forgetTrace();
    forgetState();
    view.dispose();
    el.replaceChildren();
  };
}

/** A view, or where that fails one sentence that says so. */
function attempt(make) {
  try {
    return make();
  } catch (error) {
    const root = sentence(`The graph could not be drawn: ${error.message}`);
    return { root, show() {}, dispose() {} };
  }
}

function stepper(model) {
  const trace = model.get("trace");
  if (!trace.steps?.length) return { root: sentence(trace.error || "There is no graph."), show() {}, dispose() {} };

  const last = trace.steps.length - 1;
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

  const picture = drawing(trace);
  const stage = h(
    "div",
    {
      ...FOCUSABLE,
      class: "bc-stage",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "computation graph",
      "aria-label": `${trace.title}. Left and right arrows step, Home and End jump.`,
    },
    picture.svg,
  );
  const counter = h("span", { class: "bc-counter" });
  const phase = h("span", { class: "bc-phase" });
  const equation = h("div", { class: "bc-equation" });
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const root = h(
    "div",
    { class: "bc-widget bc-stepper" },
    h("div", { class: "bc-bar", role: "group", "aria-label": "Steps" }, Object.values(buttons), phase, counter),
    stage,
    equation,
    say,
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
  });

  let shown = -1;
  const show = () => {
    const index = at();
    const step = trace.steps[index];
    const hidden = isHidden();
    const hadFocus = equation.contains(document.activeElement);
    picture.show(index, hidden);
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
  return { root, show, dispose: () => clock.stop() };
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

/** The field of predict mode. What counts as right is the interval, or the shape, that came with the trace. */
function question({ close, reveal, say }) {
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

/** The picture: built once, then only classes and texts change. */
function drawing(trace) {
  const computed = trace.nodes.map(() => 0); // the step at which a node's value is there
  const returned = trace.edges.map(() => Infinity); // the step at which an edge has carried its cotangent
  trace.steps.forEach((step, index) => {
    if (step.phase === "forward") computed[step.node] = index;
    if (step.phase === "backward" && step.edge !== null) returned[step.edge] = index;
  });
  const edges = trace.edges.map(edgeShape);
  const nodes = trace.nodes.map(nodeShape);
  const pill = pillShape();
  const svg = s(
    "svg",
    {
      class: "bc-graph",
      viewBox: `0 0 ${trace.width} ${trace.height}`,
      style: `--bc-width: ${trace.width}px`,
      "aria-hidden": "true",
    },
    edges.map((edge) => edge.root),
    nodes.map((node) => node.root),
    edges.map((edge) => edge.term),
    pill.root,
  );

  const show = (index, hidden) => {
    const current = trace.steps[index];
    const bars = trace.nodes.map(() => "");
    trace.steps.slice(1, hidden ? index : index + 1).forEach((step) => {
      if (step.phase === "backward") bars[step.node] = step.bar;
    });
    const backward = current.phase === "backward" || current.phase === "end";
    nodes.forEach((node, i) => {
      const known = computed[i] < index || (computed[i] === index && !hidden);
      node.set({
        value: known ? trace.nodes[i].value : "?",
        bar: backward && trace.nodes[i].bar ? bars[i] || "?" : "",
        state: current.node === i ? "now" : known ? "known" : "unknown",
        phase: current.phase,
      });
    });
    edges.forEach((edge, i) => {
      const { source, target } = trace.edges[i];
      edge.set({
        ahead: current.phase === "forward" && current.node === target,
        known: computed[source] <= index && computed[target] <= index,
        back: returned[i] <= index,
        now: current.edge === i,
        term: returned[i] < index ? trace.edges[i].term : "",
      });
    });
    pill.set(current.edge === null ? null : trace.edges[current.edge], hidden ? current.question : current.pill);
  };

  const reveal = (stage, index) => {
    const { node, edge } = trace.steps[index];
    if (node === null) return;
    const scale = svg.getBoundingClientRect().width / trace.width;
    const boxes = [trace.nodes[node].box, ...(edge === null ? [] : [trace.nodes[trace.edges[edge].target].box])];
    const left = Math.min(...boxes.map(([x]) => x));
    const right = Math.max(...boxes.map(([x, , width]) => x + width));
    revealSpan(stage, left * scale, right * scale);
  };
  return { svg, show, reveal };
}

function nodeShape({ kind, label, title, bar, box: [x, y, width, height] }) {
  const middle = x + width / 2;
  const rows = bar ? [y + 17, y + 37, y + 56] : [y + 19, y + 41];
  const value = s("text", { class: "bc-value", x: middle, y: rows[1] });
  const barName = s("tspan", { class: "bc-bar-name" }, bar ? `${bar} ` : "");
  const barNumber = s("tspan");
  const barRow = s("text", { class: "bc-bar-row", x: middle, y: rows[2] ?? 0 }, barName, barNumber);
  const [name, rest] = label;
  const root = s(
    "g",
    { class: "bc-node", "data-kind": kind },
    s("title", {}, title),
    s("rect", { class: "bc-card", x, y, width, height, rx: kind === "compute" ? 7 : 20 }),
    s(
      "g",
      { class: "bc-rows" },
      s("text", { class: "bc-name", x: middle, y: rows[0] }, s("tspan", { class: "bc-strong" }, name), rest),
      value,
    ),
    bar ? barRow : null,
  );
  return {
    root,
    set(now) {
      root.dataset.state = now.state;
      root.dataset.phase = now.phase;
      root.classList.toggle("bc-two-rows", Boolean(bar) && !now.bar);
      value.textContent = now.value;
      barRow.setAttribute("visibility", now.bar ? "visible" : "hidden");
      barNumber.textContent = now.bar;
    },
  };
}

function edgeShape({ curve, carries, note: [x, y] }) {
  const d = `M${curve[0]}C${curve.slice(1).join(" ")}`;
  const [startX, startY] = curve[0];
  const [endX, endY] = curve[curve.length - 1];
  const root = s(
    "g",
    { class: "bc-edge" },
    s("path", { class: "bc-wire", d }),
    s("path", { class: "bc-head", d: `M${endX},${endY}l-8,-4v8z` }),
    carries ? s("path", { class: "bc-return", d }) : null,
    carries ? s("path", { class: "bc-tail", d: `M${startX},${startY}l10,-5v10z` }) : null,
  );
  const term = s("text", { class: "bc-term", x, y: y + 4 });
  return {
    root,
    term,
    set(now) {
      for (const state of ["ahead", "known", "back", "now"]) root.classList.toggle(`bc-${state}`, now[state]);
      term.textContent = now.term;
    },
  };
}

/** "upstream × local = downstream" beside the edge that carries it now, tied to it by a thin line. */
function pillShape() {
  const tie = s("path", { class: "bc-tie" });
  const box = s("rect", { class: "bc-pill-box", height: 24, rx: 12 });
  const text = s("text", { class: "bc-pill-text" });
  const root = s("g", { class: "bc-pill" }, tie, box, text);
  return {
    root,
    set(edge, parts) {
      root.setAttribute("visibility", edge ? "visible" : "hidden");
      if (!edge) return;
      const [x, y] = edge.label;
      const [startX, startY] = edge.curve[0];
      const [endX, endY] = edge.curve[3];
      tie.setAttribute("d", `M${x},${y}L${(startX + endX) / 2},${(startY + endY) / 2}`);
      text.setAttribute("x", x);
      text.setAttribute("y", y + 4.5);
      text.replaceChildren(...parts.map(({ role, text: words }) => s("tspan", { "data-role": role }, words)));
      box.setAttribute("x", x - edge.room / 2);
      box.setAttribute("y", y - 12);
      box.setAttribute("width", edge.room);
    },
  };
}

export default { render };
