// The descent explorer: draws the map of a loss and the path that the kernel made for the present settings.
import { button, drawer, h, player, redrawer, rendering, s, sentence, update } from "./common.js";
import { copyButton, keepKeys, onWidth, picker, slider } from "./controls.js";
import { axes, path, plainTicks } from "./axes.js";

const SETTINGS = ["start", "method", "rate", "schedule", "momentum", "batch", "seed", "step"];
const PLACES = 200; // of the sliders of the start, over the view

const render = rendering({ what: "The descent", make: explorer, hears: { show: ["run", ...SETTINGS] } });

function explorer(model) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error) };
  const state = () => Object.fromEntries(SETTINGS.map((name) => [name, model.get(name)]));
  const first = state();
  const set = (change) => update(model, change);
  const last = () => Math.max(model.get("run").sentences.length - 1, 0);
  const steps = first.step; // the end of every path, however long it is
  const now = () => Math.min(model.get("step"), last());

  const method = picker("Method", trace.methods, (place) => set({ method: trace.methods[place] }));
  const rate = slider("Step size η", trace.rates.length, (place) => set({ rate: place }));
  const schedule = picker("Schedule", trace.schedules, (place) => set({ schedule: trace.schedules[place] }));
  const momentum = slider("Momentum", trace.momenta.length, (place) => set({ momentum: place }));
  const batch = slider("Batch", Math.max(trace.size, 1), (place) => set({ batch: place + 1 }));
  const valueAt = (side, place) => {
    const [low, high] = trace.view[side];
    return low + ((high - low) * place) / PLACES;
  };
  const placeOf = (side, value) => {
    const [low, high] = trace.view[side];
    return Math.round(((value - low) / (high - low)) * PLACES);
  };
  const starts = ["β₀", "β₁"].map((name, side) =>
    slider(`Start ${name}`, PLACES + 1, (place) => {
      const start = [...model.get("start")];
      start[side] = rounded(valueAt(side, place));
      set({ start });
    }),
  );
  const step = slider("Step", steps + 1, (place) => {
    play.stop();
    set({ step: Math.min(place, last()) });
  });
  const play = player(
    () => {
      if (now() >= last()) return false;
      set({ step: now() + 1 });
      return true;
    },
    (playing) => {
      playButton.textContent = playing ? "Pause" : "Play";
      playButton.setAttribute("aria-label", playing ? "Pause" : "Play");
    },
    300,
  );
  const playButton = button("Play", () => {
    if (now() >= last()) set({ step: 0 });
    play.toggle();
  });
  const seedButton = button("New seed", () => set({ seed: model.get("seed") + 1 }));
  const seedText = h("span", { class: "bc-seed" });
  const reset = button("Reset", () => {
    play.stop();
    set(first);
  });
  const copy = copyButton(() => model.get("run").code ?? "");

  const stage = h("div", { class: "bc-descent-stage" });
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const root = h(
    "div",
    { class: "bc-widget bc-descent", role: "group", "aria-label": trace.title },
    h("p", { class: "bc-heading" }, trace.title),
    stage,
    legend(trace.best !== null),
    method.root,
    rate.root,
    schedule.root,
    momentum.root,
    batch.root,
    starts.map(({ root: row }) => row),
    step.root,
    h("div", { class: "bc-bar" }, playButton, seedButton, seedText),
    say,
    h("div", { class: "bc-bar bc-foot" }, reset, copy.root),
    copy.shown,
  );
  keepKeys(root);

  let width = 640;
  const mapped = drawer(stage, () => mapOf(trace, width));
  const show = () => {
    const { run, ...is } = { ...state(), run: model.get("run") };
    const byRate = is.method === "fixed step" || is.method === "mini-batches";
    const batches = is.method === "mini-batches";
    method.show(trace.methods.indexOf(is.method));
    rate.show(is.rate, trace.rates[is.rate]);
    schedule.show(trace.schedules.indexOf(is.schedule));
    momentum.show(is.momentum, trace.momenta[is.momentum]);
    batch.show(is.batch - 1, `${is.batch} of ${trace.size}`);
    starts.forEach((row, side) => row.show(placeOf(side, is.start[side]), String(is.start[side]).replace("-", "−")));
    rate.root.hidden = schedule.root.hidden = momentum.root.hidden = !byRate;
    batch.root.hidden = seedButton.hidden = seedText.hidden = !batches;
    seedText.textContent = `seed ${is.seed}`;
    const at = now();
    step.input.max = String(last());
    step.show(at, `${at} of ${last()}`);
    const words = run.error || `${run.sentences[at]}\n${run.setting}`;
    if (say.textContent !== words) say.textContent = words;
    say.classList.toggle("bc-alert", Boolean(run.error));
    mapped(width).move(is.start, run.points, at);
  };

  const move = (event) => {
    const box = stage.getBoundingClientRect();
    const start = mapped(width).pointAt(event.clientX - box.left, event.clientY - box.top).map((value, side) => {
      const [low, high] = trace.view[side];
      return rounded(Math.min(Math.max(value, low), high));
    });
    set({ start });
  };
  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    move(event);
  });
  stage.addEventListener("pointermove", (event) => event.buttons === 1 && move(event));

  const forgetWidth = onWidth(stage, (is) => {
    width = is;
    show();
  });
  const dispose = () => {
    forgetWidth();
    play.stop();
  };
  return { root, show, dispose };
}

/** Two decimals or three figures: what a hand can set. */
function rounded(value) {
  return Number(value.toPrecision(3));
}

/** The map, which stays, and `move`, which draws path and start into it. */
function mapOf(trace, width) {
  const narrow = width < 480;
  const [x, y] = trace.view.map(([low, high]) => ({ low, high, ticks: plainTicks(low, high, 5) }));
  const { root, px, py, inside, valueAt } = axes({
    width,
    height: narrow ? 300 : 400,
    x: { ...x, label: "β₀" },
    y: { ...y, label: "β₁" },
  });
  const place = (point) => point && [px(point[0]), py(point[1])];
  const box = { x: inside.left, y: inside.top, width: inside.right - inside.left, height: inside.bottom - inside.top };
  const way = s("g");
  const frame = s(
    "svg",
    { ...box, viewBox: `${box.x} ${box.y} ${box.width} ${box.height}`, overflow: "hidden" },
    trace.rings.map((ring) => s("path", { class: "bc-ring", d: path(ring.map(place)) })),
    way,
  );
  const square = s("rect", { class: "bc-way-start", width: 12, height: 12 });
  root.append(frame, square); // the square is whole also on the edge of the map
  const wayOf = redrawer(way, (points, at) => {
    const seen = points.map(place);
    const spot = seen[at];
    return [
      s("path", { class: "bc-way-ahead", d: path(seen.slice(at)) }),
      s("path", { class: "bc-way", d: path(seen.slice(0, at + 1)) }),
      ...seen.slice(0, at + 1).map((point) => point && s("circle", { class: "bc-way-dot", cx: point[0], cy: point[1], r: 2.5 })),
      trace.best && star(...place(trace.best)),
      spot && s("circle", { class: "bc-way-spot", cx: spot[0], cy: spot[1], r: 5 }),
    ].filter(Boolean);
  });
  const move = (start, points, at) => {
    const [left, top] = place(start);
    square.setAttribute("x", left - 6);
    square.setAttribute("y", top - 6);
    wayOf(points, at);
  };
  const up = (pixel) => y.low + ((inside.bottom - pixel) / box.height) * (y.high - y.low);
  return { root, move, pointAt: (left, top) => [valueAt(left), up(top)] };
}

function star(x, y) {
  const corner = (i) => {
    const [r, a] = [i % 2 ? 3.2 : 8, (i * Math.PI) / 5];
    return `${(x + r * Math.sin(a)).toFixed(1)},${(y - r * Math.cos(a)).toFixed(1)}`;
  };
  return s("polygon", { class: "bc-best", points: [...Array(10).keys()].map(corner).join(" ") });
}

function legend(hasBest) {
  const swatch = (...shapes) => s("svg", { width: 28, height: 18, "aria-hidden": "true" }, shapes);
  const items = [
    [swatch(s("rect", { class: "bc-way-start", x: 8, y: 3, width: 12, height: 12 })), "start: drag it"],
    [swatch(s("path", { class: "bc-way", d: "M1,9H27" }), s("circle", { class: "bc-way-dot", cx: 14, cy: 9, r: 2.5 })), "path so far"],
    [swatch(s("path", { class: "bc-way-ahead", d: "M1,9H27" })), "path to come"],
    [swatch(s("circle", { class: "bc-way-spot", cx: 14, cy: 9, r: 5 })), "this step"],
    ...(hasBest ? [[swatch(star(14, 9)), "minimum"]] : []),
    [swatch(s("path", { class: "bc-ring", d: "M1,9H27" })), "equal loss"],
  ];
  return h("p", { class: "bc-legend" }, items.map(([picture, text]) => h("span", {}, picture, text)));
}

export default { render };
