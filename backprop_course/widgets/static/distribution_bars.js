// Distribution bars: p and q to be dragged, entropy and divergence beside the cross entropy.
import { FOCUSABLE, button, drawer, h, onKeys, rendering, s, sentence, update } from "./common.js";
import { LEAST, copyButton, fill, keepKeys, onWidth } from "./controls.js";
import { axes, plainTicks } from "./axes.js";
import { asker } from "./asking.js";
import { roundSpan } from "./arrows.js";

const OF = ["p", "q"];

const render = rendering({ what: "The distributions", make: bars, hears: { answered: ["run"], show: ["p", "q", "move", "chosen"] } });

/** What is said of both distributions and one outcome; the same as `look_up` in Python. */
function said(trace, run, place) {
  const chosen = fill(trace.sentences.chosen, {
    name: run.names[place],
    p: run.p_texts[place],
    q: run.q_texts[place],
    share: run.share_texts[place],
  });
  return `${fill(trace.sentences[run.kind], run.texts)}\n${chosen} ${fill(trace.sentences.exchanged, run.texts)}`;
}

function bars(model) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error) };
  const first = { p: model.get("p"), q: model.get("q"), move: model.get("move"), chosen: model.get("chosen") };
  const firstRun = model.get("run");
  let run = firstRun; // the last answer of Python
  const asking = asker(model);
  const n = trace.names.length;
  const choose = (bar) => update(model, { chosen: Math.min(Math.max(bar, 0), 2 * n - 1) });
  const moveTo = (bar, height, from) => {
    const to = Math.min(Math.max(Math.round(height * 1000) / 1000, 0), 1);
    asking.ask({ move: { of: OF[bar % 2], at: Math.floor(bar / 2), to, from } });
  };

  const buttons = [
    button("Make q equal to p", () => asking.ask({ q: [...run.p] })),
    button("Make q even", () => asking.ask({ q: run.q.map(() => 1 / n) })),
    button("Exchange p and q", () => asking.ask({ p: [...run.q], q: [...run.p] })),
  ];
  const reset = button("Reset", () => {
    run = firstRun;
    update(model, first);
    show();
  });
  const list = (values) => `[${values.join(", ")}]`;
  const copy = copyButton(() => fill(trace.code, { p: list(run.p), q: list(run.q) }));
  const stage = h("div", {
    ...FOCUSABLE,
    class: "bc-two-stage",
    tabindex: "0",
    role: "application",
    "aria-label":
      "Bars of p and q. Left and right choose a bar; up and down move it by 0.01, page up and page down by 0.1, home to 0, end to 1.",
  });
  const sums = h("div", { class: "bc-two-sums" });
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const root = h(
    "div",
    { class: "bc-widget bc-two", role: "group", "aria-label": trace.title },
    h("p", { class: "bc-heading" }, trace.title),
    h("div", { class: "bc-two-pair" }, stage, sums),
    legend(),
    say,
    asking.note,
    h("div", { class: "bc-bar bc-foot" }, buttons, reset, copy.root),
    copy.shown,
  );
  keepKeys(root);

  let widths = null;
  let plot = null;
  const summed = drawer(sums, (run, width, height) => sumsOf(run, { width, height }));
  const show = () => {
    if (!widths) return;
    const [chosen, move] = [model.get("chosen"), model.get("move")];
    const pending = JSON.stringify(move) !== JSON.stringify(run.move);
    if (!pending && OF.every((name) => model.get(name).every((v, i) => Math.abs(v - run[name][i]) < 1e-9))) {
      asking.answered();
    }
    const height = widths[0] < 330 ? 230 : 280;
    plot = barsOf(trace, run, chosen, pending && move.from ? move : null, { width: widths[0], height });
    stage.replaceChildren(plot.root);
    summed(run, widths[1], height);
    const words = said(trace, run, Math.floor(chosen / 2));
    if (say.textContent !== words) say.textContent = words;
  };

  let held = null;
  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const drag = (event) => moveTo(held.bar, plot.heightAt(place(event)[1]), held.from);
  stage.addEventListener("pointerdown", (event) => {
    const bar = plot.barAt(place(event)[0]);
    stage.setPointerCapture(event.pointerId);
    held = { bar, from: [...run[OF[bar % 2]]] };
    choose(bar);
    drag(event);
  });
  stage.addEventListener("pointermove", (event) => held && event.buttons === 1 && drag(event));
  stage.addEventListener("pointerup", () => (held = null));
  stage.addEventListener("pointercancel", () => (held = null));
  const nudge = (by, to = null) => () => {
    const bar = model.get("chosen");
    const from = [...run[OF[bar % 2]]];
    moveTo(bar, to ?? from[Math.floor(bar / 2)] + by, from);
  };
  onKeys(stage, {
    ArrowLeft: () => choose(model.get("chosen") - 1),
    ArrowRight: () => choose(model.get("chosen") + 1),
    ArrowUp: nudge(0.01),
    ArrowDown: nudge(-0.01),
    PageUp: nudge(0.1),
    PageDown: nudge(-0.1),
    Home: nudge(0, 0),
    End: nudge(0, 1),
  });

  const forgetWidth = onWidth(root, () => {
    const now = [stage.clientWidth, sums.clientWidth];
    if (Math.min(...now) < LEAST) return;
    widths = now;
    show();
  });
  const answered = () => {
    run = model.get("run");
    show();
  };
  const dispose = () => {
    forgetWidth();
    asking.dispose();
  };
  return { root, show, answered, dispose };
}

/** Two bars for each outcome; the one that is dragged is as high as the hand has it, before Python has answered. */
function barsOf(trace, run, chosen, move, size) {
  const n = trace.names.length;
  const names = trace.names.map((name, i) => [i, trace.given ? name : String(i + 1)]);
  const { root, px, py, inside, valueAt } = axes({
    ...size,
    x: { low: -0.55, high: n - 0.45, ticks: names, label: "outcome" },
    y: { low: 0, high: 1, ticks: plainTicks(0, 1, 5), label: "probability" },
  });
  const wide = (px(1) - px(0)) * 0.36;
  const up = (pixel) => (inside.bottom - pixel) / (inside.bottom - inside.top);
  trace.names.forEach((_, i) =>
    OF.forEach((of, side) => {
      const value = move && move.of === of && move.at === i ? move.to : run[of][i];
      const kind = `bc-two-bar bc-two-${of}`;
      const picked = 2 * i + side === chosen;
      const left = px(i) + (side - 1) * wide * 1.06 + (side ? wide * 0.06 : 0);
      const top = py(value);
      root.append(
        s("rect", { class: kind, x: left, y: top, width: wide, height: inside.bottom - top }),
        s("path", { class: picked ? `bc-two-top bc-two-chosen` : "bc-two-top", d: `M${left},${top}h${wide}` }),
      );
      if (picked) root.append(s("circle", { class: "bc-two-grip", cx: left + wide / 2, cy: top, r: 6 }));
    }),
  );
  const barAt = (pixel) => {
    const at = valueAt(pixel);
    const outcome = Math.min(Math.max(Math.round(at), 0), n - 1);
    return 2 * outcome + (at >= outcome ? 1 : 0);
  };
  return { root, barAt, heightAt: up };
}

/** CE above, H and KL end to end below it; what is infinite goes to the edge. */
function sumsOf(run, size) {
  const [, end] = roundSpan([run.CE ?? Math.max(2 * run.H, 2), 1]);
  const { root, px, py, inside } = axes({
    ...size,
    x: { low: 0, high: end, ticks: plainTicks(0, end, 4), label: "nats" },
    y: { low: -0.75, high: 1.75, ticks: [[1, "CE"], [0, "H+KL"]], label: "" },
  });
  const thick = (py(0) - py(1)) * 0.34;
  const row = (kind, place, from, to) =>
    s("rect", { class: kind, x: from, y: py(place) - thick / 2, width: Math.max(to - from, 0), height: thick });
  const ce = run.CE === null ? inside.right : px(run.CE);
  const text = (place, x, words, anchor) => s("text", { x, y: place, "text-anchor": anchor }, words);
  const above = (place) => py(place) - thick / 2 - 6;
  const below = py(0) + thick / 2 + 15;
  root.append(
    row("bc-two-ce", 1, px(0), ce),
    row("bc-two-h", 0, px(0), px(run.H)),
    row("bc-two-kl", 0, px(run.H), ce),
    s("path", { class: "bc-two-gap", d: `M${px(run.H)},${py(1) + thick / 2}V${py(0) - thick / 2}` }),
    text(above(1), px(0) + 4, `CE(p, q) = ${run.texts.CE}`, "start"),
    text(below, px(0) + 4, `H(p) = ${run.texts.H}`, "start"),
    text(below + 15, inside.right - 4, `KL(p, q) = ${run.texts.KL}`, "end"),
  );
  return root;
}

function legend() {
  const swatch = (...shapes) => s("svg", { width: 18, height: 12, "aria-hidden": "true" }, shapes);
  const box = (kind) => swatch(s("rect", { class: kind, x: 1, y: 1, width: 16, height: 10 }));
  const items = [
    [box("bc-two-bar bc-two-p"), "p, true"],
    [box("bc-two-bar bc-two-q"), "q, believed"],
    [swatch(s("circle", { class: "bc-two-grip", cx: 9, cy: 6, r: 5 })), "bar that the keys move"],
    [box("bc-two-kl"), "the gap: KL"],
  ];
  return h("p", { class: "bc-legend" }, items.map(([picture, text]) => h("span", {}, picture, text)));
}

export default { render };
