// Break it: what the check says of a mistake, and the losses of two trainings that Python has run from one seed.
import { button, h, rendering, s, sentence, update } from "./common.js";
import { copyButton, fill, keepKeys, onWidth, picker, slider } from "./controls.js";
import { axes, path } from "./axes.js";

const STATE = ["run", "mistake", "seed", "step"];

const render = rendering({ what: "The trainings", make: bench, hears: { show: STATE } });

function bench(model) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error) };
  const set = (change) => update(model, change);
  const first = Object.fromEntries(["mistake", "seed", "step"].map((name) => [name, model.get(name)]));
  const last = () => model.get("run").texts.length - 1;
  const now = () => Math.min(model.get("step"), last());

  const mistake = picker("Mistake", trace.mistakes, (place) => set({ mistake: place }));
  mistake.root.classList.add("bc-break-mistake");
  const turn = (by) => () => {
    const place = model.get("mistake") + by;
    set({ mistake: (place + trace.mistakes.length) % trace.mistakes.length });
  };
  const mark = h("span", { class: "bc-verdict-mark", "aria-hidden": "true" });
  const verdict = h("span", {});
  const stage = h("div", { class: "bc-break-stage" });
  const step = slider("Step", trace.axes.steps + 1, (place) => set({ step: place }));
  const said = h("p", { class: "bc-break-said" });
  const outcome = h("p", { class: "bc-break-outcome" });
  const setting = h("p", { class: "bc-note" });
  const copy = copyButton(() => model.get("run").code);
  const root = h(
    "div",
    { class: "bc-widget bc-break", role: "group", "aria-label": trace.title },
    h("p", { class: "bc-heading" }, trace.title),
    mistake.root,
    h("div", { class: "bc-bar" }, button("Previous mistake", turn(-1)), button("Next mistake", turn(1))),
    h(
      "div",
      { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" },
      h("p", { class: "bc-break-verdict" }, mark, verdict),
      said,
      outcome,
    ),
    legend(),
    stage,
    step.root,
    setting,
    h(
      "div",
      { class: "bc-bar bc-foot" },
      button("New seed", () => set({ seed: model.get("seed") + 1 })),
      button("Reset", () => set(first)),
      copy.root,
    ),
    copy.shown,
  );
  keepKeys(root);

  let width = 640;
  const show = () => {
    const run = model.get("run");
    const at = now();
    const [sound, broken] = run.texts[at];
    mistake.show(model.get("mistake"));
    root.dataset.ok = mark.dataset.kind = run.ok ? "good" : "bad";
    mark.textContent = run.ok ? "✓ " : "✗ ";
    verdict.textContent = run.verdict;
    said.textContent = fill(trace.sentence, { step: at, last: last(), sound, broken });
    outcome.textContent = run.outcome;
    setting.textContent = fill(trace.setting, { seed: model.get("seed") });
    step.input.max = String(last());
    step.show(at, String(at)); // "of how many" stands in the sentence
    stage.replaceChildren(drawing(trace.axes, run, at, width));
  };
  const forgetWidth = onWidth(stage, (is) => {
    width = is;
    show();
  });
  return { root, show, dispose: forgetWidth };
}

function drawing({ steps, high }, run, at, width) {
  const gap = width < 480 ? 50 : 25;
  const places = (count, by) => [...Array(count).keys()].map((k) => [k * by, String(k * by)]);
  const { root, px, py, inside } = axes({
    width,
    height: width < 480 ? 220 : 270,
    x: { low: 0, high: steps, ticks: places(steps / gap + 1, gap), label: "step" },
    y: { low: 0, high, ticks: places(high / 0.5 + 1, 0.5), label: "loss" },
  });
  const margin = 6; // for marks on the edge; what leaves at the top is cut off
  const box = {
    x: inside.left - margin,
    y: inside.top,
    width: inside.right - inside.left + 2 * margin,
    height: inside.bottom - inside.top + margin,
  };
  const point = (loss, step) => (loss === null ? null : [px(step), Math.max(py(loss), inside.top - 40)]);
  const [sound, broken] = [run.sound.map(point), run.broken.map(point)];
  const end = broken.length - 1;
  const early = end < steps; // it stopped, or its loss has left the plot
  const frame = s(
    "svg",
    { ...box, viewBox: `${box.x} ${box.y} ${box.width} ${box.height}`, overflow: "hidden" },
    s("path", { class: "bc-now-line", d: `M${px(at)},${inside.top}V${inside.bottom}` }),
    s("path", { class: "bc-break-sound", d: path(sound) }),
    s("path", { class: "bc-break-broken", d: path(broken) }),
    sound[at] ? s("circle", { class: "bc-break-sound-spot", cx: sound[at][0], cy: sound[at][1], r: 4.5 }) : null,
    broken[at] ? s("rect", { class: "bc-break-broken-spot", x: broken[at][0] - 4, y: broken[at][1] - 4, width: 8, height: 8 }) : null,
  );
  root.append(frame);
  if (early && broken[end]) root.append(cross(broken[end][0], Math.max(broken[end][1], inside.top + 8)));
  return root;
}

function cross(x, y) {
  return s("path", { class: "bc-break-end", d: `M${x - 5},${y - 5}L${x + 5},${y + 5}M${x - 5},${y + 5}L${x + 5},${y - 5}` });
}

function legend() {
  const swatch = (...shapes) => s("svg", { width: 28, height: 16, "aria-hidden": "true" }, shapes);
  const items = [
    [swatch(s("path", { class: "bc-break-sound", d: "M1,8H27" }), s("circle", { class: "bc-break-sound-spot", cx: 14, cy: 8, r: 4 })), "sound"],
    [swatch(s("path", { class: "bc-break-broken", d: "M1,8H27" }), s("rect", { class: "bc-break-broken-spot", x: 10, y: 4, width: 8, height: 8 })), "broken"],
    [swatch(cross(14, 8)), "the broken one ends"],
  ];
  return h("p", { class: "bc-legend" }, items.map(([picture, text]) => h("span", {}, picture, text)));
}

export default { render };
