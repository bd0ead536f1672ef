// The product counter: a cell for each product of Jacobians, and both counts over the depth. All counts come from Python.
import { FOCUSABLE, button, h, leave, onKeys, rendering, s, setShut, update } from "./common.js";
import { copyButton, fill, keepKeys, onWidth, segmented, slider } from "./controls.js";
import { axes, plainTicks } from "./axes.js";

const MODES = [
  [false, "without a cache"],
  [true, "with a cache"],
];

const render = rendering({ what: "The products", make: counterView, hears: { show: ["depth", "cached", "product"] } });

function counterView(model) {
  const trace = model.get("trace");
  const first = { depth: model.get("depth"), cached: model.get("cached") };
  const counted = () => trace.depths[model.get("depth")];
  const order = () => orderOf(counted(), model.get("cached"));
  const done = () => Math.min(model.get("product"), order().length);
  const settle = ({ depth, cached }) =>
    update(model, { depth, cached, product: orderOf(trace.depths[depth], cached).length });
  const go = (product) => update(model, { product: Math.min(Math.max(product, 0), order().length) });

  const depth = slider("Depth", trace.depths.length, (place) => settle({ depth: place, cached: model.get("cached") }));
  const mode = segmented("Cache", MODES, (cached) => settle({ depth: model.get("depth"), cached }));
  const buttons = {
    first: button("No product", () => go(0), { icon: "M3 3h2v10H3zM13 3v10L6 8z", keys: "Home" }),
    back: button("One product back", () => go(done() - 1), { icon: "M11 3v10L4 8z", keys: "Left arrow" }),
    next: button("Next product", () => go(done() + 1), { icon: "M5 3v10l7-5z", keys: "Right arrow" }),
    last: button("All products", () => go(order().length), { icon: "M11 3h2v10h-2zM3 3v10l7-5z", keys: "End" }),
  };
  const counter = h("span", { class: "bc-counter" });
  const stage = h("div", {
    ...FOCUSABLE,
    class: "bc-products-stage",
    tabindex: "0",
    role: "application",
    "aria-roledescription": "staircase of products",
    "aria-label": `${trace.title}. Left and right arrows do one product, Home none, End all, Escape leaves.`,
  });
  const plotBox = h("div", { class: "bc-products-plot" });
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const copy = copyButton(() => trace.code.replace("DEPTH", String(counted().depth)));
  const mark = (name, kind) =>
    h("span", {}, s("svg", { viewBox: "0 0 16 14", width: 16, height: 14 }, ...cell(0.5, 0.5, 15, 13, kind)), name);
  const root = h(
    "div",
    { class: "bc-widget bc-products", role: "group", "aria-label": trace.title },
    h("p", { class: "bc-heading" }, trace.title),
    depth.root,
    h("div", { class: "bc-bar" }, mode.root, Object.values(buttons), counter),
    h(
      "p",
      { class: "bc-legend" },
      mark("done, and new", "new"),
      mark("done again", "again"),
      mark("kept from an earlier row", "kept"),
      mark("to come", "open"),
    ),
    h("div", { class: "bc-products-both" }, stage, plotBox),
    say,
    h("div", { class: "bc-bar bc-foot" }, button("Reset", () => settle(first)), copy.root),
    copy.shown,
  );
  onKeys(stage, {
    ArrowRight: () => go(done() + 1),
    ArrowDown: () => go(done() + 1),
    ArrowLeft: () => go(done() - 1),
    ArrowUp: () => go(done() - 1),
    Home: () => go(0),
    End: () => go(order().length),
    Escape: () => leave(root),
  });
  keepKeys(root);

  let width = 0;
  const show = () => {
    const [now, all, k] = [counted(), order(), done()];
    const cached = model.get("cached");
    depth.show(model.get("depth"), `${now.depth} layer${now.depth > 1 ? "s" : ""}`);
    mode.show(cached);
    setShut(buttons.first, k === 0);
    setShut(buttons.back, k === 0);
    setShut(buttons.next, k === all.length);
    setShut(buttons.last, k === all.length);
    counter.textContent = `${k} of ${all.length}`;
    stage.replaceChildren(staircase(now, all, k, cached));
    reveal(stage, stage.querySelector('[data-now="true"]'));
    plotBox.replaceChildren(counts(trace.depths, now, width || 320));
    say.textContent = said(trace, model.get("depth"), cached, k);
  };
  const forgetWidth = onWidth(plotBox, (now) => {
    width = now;
    plotBox.replaceChildren(counts(trace.depths, counted(), width));
  });
  return { root, show, dispose: forgetWidth };
}

/** Scroll a box, never the page, until one of its parts is in sight. */
function reveal(box, part) {
  if (!part) return;
  const [outside, inside] = [box.getBoundingClientRect(), part.getBoundingClientRect()];
  box.scrollTop += Math.max(0, inside.bottom + 8 - outside.bottom) + Math.min(0, inside.top - 8 - outside.top);
  box.scrollLeft += Math.max(0, inside.right + 8 - outside.right) + Math.min(0, inside.left - 40 - outside.left);
}

/** The products of one depth in the order in which they are done: as `order_of` in Python. */
function orderOf(counted, cached) {
  return counted.rows.flatMap(({ left, repeated }, row) =>
    left.map((_, place) => [row, place]).slice(cached ? repeated : 0),
  );
}

/** The sentence: as `look_up` in Python. */
function said(trace, depth, cached, product) {
  const counted = trace.depths[depth];
  const order = orderOf(counted, cached);
  const [mode, other] = cached ? ["cached", "uncached"] : ["uncached", "cached"];
  const places = { depth: counted.depth, mode: MODES[Number(cached)][1], total: counted[mode], other: counted[other] };
  if (product <= 0) return fill(trace.sentences.none, places);
  if (product >= order.length) return fill(trace.sentences[`all ${mode}`], places);
  const [row, place] = order[product - 1];
  const own = counted.rows[row];
  const before = counted.rows[Math.max(row - 1, 0)].weight;
  const kind = place < own.repeated ? "again" : "new";
  const sides = { left: own.left[place], right: own.right[place] };
  return fill(trace.sentences[kind], { ...places, k: product, weight: own.weight, before, ...sides });
}

function staircase(counted, order, k, cached) {
  const [w, high, left] = [22, 18, 34];
  const columns = counted.rows.at(-1).left.length;
  const width = left + columns * w + 8;
  const height = counted.rows.length * high + 8;
  const doneAt = new Map(order.map(([row, place], i) => [`${row},${place}`, i + 1]));
  const cells = counted.rows.flatMap((own, row) => [
    s("text", { class: "bc-row-name", x: left - 6, y: 4 + row * high + 13, "text-anchor": "end" }, own.weight),
    ...own.left.flatMap((_, place) => {
      const at = doneAt.get(`${row},${place}`);
      const isRepeated = place < own.repeated;
      const kind = cached && isRepeated ? "kept" : at > k ? "open" : isRepeated ? "again" : "new";
      const now = at === k && k < order.length;
      return cell(left + place * w + 1, 4 + row * high + 1, w - 3, high - 3, kind, now);
    }),
  ]);
  return s(
    "svg",
    {
      class: "bc-plot bc-staircase",
      viewBox: `0 0 ${width} ${height}`,
      style: `width: ${width * 1.15}px`,
      "aria-hidden": "true",
    },
    cells,
  );
}

/** A cell; hatching and dots tell the kinds apart, not only colours. */
function cell(x, y, width, height, kind, now = false) {
  const lines = { again: [0.25, 0.55, 0.85], kept: [] }[kind] ?? [];
  return [
    s("rect", { class: "bc-product", "data-kind": kind, "data-now": String(now), x, y, width, height, rx: 3 }),
    ...lines.map((share) =>
      s("path", {
        class: "bc-hatch",
        d: `M${x + width * Math.max(0, share - 0.3)},${y + height}L${x + width * Math.min(1, share + 0.15)},${y}`,
      }),
    ),
    ...(kind === "kept" ? [s("circle", { class: "bc-kept", cx: x + width / 2, cy: y + height / 2, r: 2.2 })] : []),
  ];
}

function counts(depths, now, width) {
  const height = 250;
  const most = depths.at(-1).uncached;
  const plot = axes({
    width,
    height,
    x: { low: 0, high: depths.length + 1, ticks: plainTicks(0, depths.length, 5), label: "depth" },
    y: { low: 0, high: most * 1.06, ticks: plainTicks(0, most, 5), label: "products" },
  });
  const line = (mode) =>
    s("path", {
      class: "bc-count-line",
      "data-mode": mode,
      d: `M${depths.map((d) => `${plot.px(d.depth)},${plot.py(d[mode])}`).join("L")}`,
    });
  const point = (mode) => {
    const [x, y] = [plot.px(now.depth), plot.py(now[mode])];
    const isLeft = now.depth > depths.length / 2;
    const text = `${now[mode]} ${mode === "cached" ? "with" : "without"}`;
    const shift = mode === "cached" ? 16 : -8;
    return [
      mode === "cached"
        ? s("circle", { class: "bc-count-point", "data-mode": mode, cx: x, cy: y, r: 5 })
        : s("rect", { class: "bc-count-point", "data-mode": mode, x: x - 4.5, y: y - 4.5, width: 9, height: 9 }),
      s(
        "text",
        {
          class: "bc-count-text",
          x: x + (isLeft ? -9 : 9),
          y: Math.min(y + shift, height - 46),
          "text-anchor": isLeft ? "end" : "start",
        },
        text,
      ),
    ];
  };
  plot.root.append(line("uncached"), line("cached"), ...point("uncached"), ...point("cached"));
  return plot.root;
}

export default { render };
