// A widget whose pictures the kernel makes: settings, a stage, what is said, and a word where no kernel answers.
import { button, drawer, h, player, redrawer, rendering, sentence, update } from "./common.js";
import { copyButton, fill, keepKeys, onWidth, picker, segmented, slider } from "./controls.js";

const PATIENCE = 1500; // milliseconds until it is said that no kernel has answered
const UNANSWERED =
  "Python has not answered yet: the picture still belongs to the settings before. Without a running kernel, as in an " +
  "exported page, it stays as it was recorded.";

/**
 * A widget from its part:
 * what      for the sentence when drawing fails ("The activation");
 * css       the class of its root;
 * settings  names of its traits;
 * legend    pairs of picture and text, made by `swatch`; or (trace) => such pairs;
 * draw      (trace, run, state, width) => { root, ... };
 * drag      (picture, x, y, trace, run, state, held) => traits to set, or null; left out where nothing is dragged;
 * take      (picture, x, y, state) => what a drag holds until it is let go, null where nothing is near; where left out
 *           a drag may begin anywhere;
 * play      the name of the slider that a play button moves on, by `stride(place)` places, 1 by default;
 * between   (trace, run, state, set) => an element between stage and sliders, made anew with each picture.
 */
export function live(part) {
  return rendering({
    what: part.what,
    make: (model) => made(model, part),
    hears: { show: ["run", ...part.settings] },
  });
}

function made(model, part) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error) };
  const state = () => Object.fromEntries(part.settings.map((name) => [name, model.get(name)]));
  const first = state();
  const set = (change) => update(model, change);
  const lastOf = (name) => model.get("run").last?.[name] ?? named(trace, name).texts.length - 1;
  /** The settings as they can be shown: places beyond the end of this run are its end. */
  const shown = () => {
    const now = state();
    for (const { name, kind } of trace.controls) if (kind === "slider") now[name] = Math.min(now[name], lastOf(name));
    return now;
  };

  const stopping = (change) => {
    play?.stop();
    set(change);
  };
  const rows = trace.controls.map((control) => ({ ...control, ...rowOf(control, model, stopping) }));
  const rooted = (kinds) => rows.filter(({ kind }) => kinds.includes(kind)).map(({ root }) => root);
  const play = part.play
    ? playing(() => shown()[part.play], () => lastOf(part.play), (place) => set({ [part.play]: place }), part.stride)
    : null;
  const reset = button("Reset", () => stopping(first));
  const copy = copyButton(() => {
    const run = model.get("run");
    return fill(run.code ?? trace.code ?? "", codeValues({ ...trace.inCode, ...run.inCode }, shown()));
  });

  const stage = h("div", { class: "bc-live-stage" });
  const between = h("div", { class: "bc-live-between" });
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const note = h("p", { class: "bc-note bc-live-note", role: "status", hidden: "" }, UNANSWERED);
  const top = rooted(["choice", "switch"]);
  const legend = typeof part.legend === "function" ? part.legend(trace) : part.legend;
  const root = h(
    "div",
    { class: `bc-widget bc-live ${part.css}`, role: "group", "aria-label": trace.title },
    h("p", { class: "bc-heading" }, trace.title),
    top.length ? h("div", { class: "bc-bar" }, top) : null,
    stage,
    legend ? h("p", { class: "bc-legend" }, legend.map(([picture, text]) => h("span", {}, picture, text))) : null,
    between,
    rooted(["picker", "slider"]),
    play || rooted(["seed"]).length ? h("div", { class: "bc-bar" }, play ? play.root : null, rooted(["seed"])) : null,
    say,
    note,
    h("div", { class: "bc-bar bc-foot" }, reset, copy.root),
    copy.shown,
  );
  keepKeys(root);

  let width = 640;
  // What a setting asks of Python is drawn when the answer is there; until then nothing of it is drawn anew.
  const scrubbed = part.settings.filter((name) => named(trace, name)?.scrubs ?? true);
  const drawn = redrawer(stage, (run) => part.draw(trace, run, shown(), width));
  const said = drawer(say, (run) => part.says(trace, run, shown()));
  const around = drawer(between, (run) => part.between(trace, run, shown(), stopping));
  let picture = null;
  let asked = null;
  const wait = () => {
    const { settings } = model.get("run");
    const answered = trace.controls.every(({ name, scrubs }) => scrubs || settings[name] === model.get(name));
    if (answered) {
      clearTimeout(asked);
      asked = null;
      note.hidden = true;
    } else if (asked === null) {
      asked = setTimeout(() => (note.hidden = false), PATIENCE);
    }
  };
  const show = () => {
    const run = model.get("run");
    const now = shown();
    for (const row of rows) {
      if (row.kind === "slider") row.input.max = String(lastOf(row.name));
      row.show(row.kind === "slider" ? now[row.name] : model.get(row.name));
    }
    play?.show();
    wait();
    say.classList.toggle("bc-alert", Boolean(run.error));
    if (run.error) {
      picture = null;
      say.textContent = run.error;
      stage.replaceChildren();
      between.replaceChildren();
      return;
    }
    const what = [run, width, ...scrubbed.map((name) => now[name])];
    said(...what);
    picture = drawn(...what);
    if (part.between) around(...what);
  };

  let held = null;
  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const move = (event) => {
    const change = picture && part.drag(picture, ...place(event), trace, model.get("run"), shown(), held);
    if (change) stopping(change);
  };
  if (part.drag) {
    stage.classList.add("bc-live-drag");
    stage.addEventListener("pointerdown", (event) => {
      held = part.take ? picture && part.take(picture, ...place(event), shown()) : true;
      if (held === null) return;
      stage.setPointerCapture(event.pointerId);
      move(event);
    });
    stage.addEventListener("pointermove", (event) => event.buttons === 1 && held !== null && move(event));
  }
  const forgetWidth = onWidth(stage, (is) => {
    width = is;
    show();
  });
  const dispose = () => {
    forgetWidth();
    play?.stop();
    clearTimeout(asked);
  };
  return { root, show, dispose };
}

export function named(trace, name) {
  return trace.controls.find((control) => control.name === name);
}

/** What a place of a run says: its texts at this place, and the others as they are. */
export function valuesAt(texts, place) {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Array.isArray(text) ? text[place] : text]));
}

/** Places of code to be filled: where a slider stands that asks for no run. */
function codeValues(inCode, now) {
  return Object.fromEntries(Object.entries(inCode).map(([name, texts]) => [name, texts[now[name]]]));
}

function rowOf(control, model, set) {
  const { name, label, kind, texts, resets } = control;
  const pick = (place) => set({ [name]: place, ...Object.fromEntries(resets.map((other) => [other, 0])) });
  if (kind === "picker") return picker(label, texts, pick);
  if (kind === "choice") return segmented(label, texts.map((text, place) => [place, text]), pick);
  if (kind === "switch") {
    const root = button(label, () => pick(1 - model.get(name)));
    root.classList.add("bc-live-switch");
    return { root, show: (on) => root.setAttribute("aria-pressed", String(on === 1)) };
  }
  if (kind === "seed") {
    const text = h("span", { class: "bc-note bc-live-seed" });
    const root = h("span", { class: "bc-bar" }, button("New seed", () => pick(model.get(name) + 1)), text);
    return { root, show: (seed) => (text.textContent = `seed ${seed}`) };
  }
  const row = slider(label, texts.length, pick);
  return { root: row.root, input: row.input, show: (place) => row.show(place, texts[place]) };
}

function playing(now, last, go, stride = () => 1) {
  const clock = player(
    () => {
      if (now() >= last()) return false;
      go(Math.min(now() + stride(now()), last()));
      return true;
    },
    (runs) => show(runs),
    300,
  );
  const root = button("Play", () => {
    if (now() >= last()) go(0);
    clock.toggle();
  });
  root.classList.add("bc-live-play");
  let runs = false;
  const show = (is = runs) => {
    runs = is;
    root.textContent = runs ? "Pause" : "Play";
    root.setAttribute("aria-label", root.textContent);
    root.title = root.textContent;
  };
  return { root, show, stop: clock.stop };
}

/** Round numbers for an axis, about `count` of them. */
export function roundTicks(low, high, count = 5) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const by = [1, 2, 5, 10].map((m) => m * power).find((gap) => gap >= raw * 0.999);
  const found = [];
  for (let at = Math.ceil(low / by - 1e-9); at * by <= high + 1e-9 * by; at++) {
    found.push([at * by, String(Number((at * by).toPrecision(6))).replace("-", "−")]);
  }
  return found;
}
