// The Jacobian builder: fills columns or rows of a recorded Jacobian, and looks up what they cost.
import { FOCUSABLE, button, h, onKeys, rendering, s, sentence, setShut, update } from "./common.js";
import { copyButton, fill, keepKeys, onWidth, segmented, slider } from "./controls.js";
import { axes, path, powersOfTen } from "./axes.js";

const STATE = ["mode", "products", "n", "m", "along"];
const CELL_WITH_TEXT = 46; // pixels

const render = rendering({ what: "The Jacobian", make: builder, hears: { show: STATE } });

const written = (count) => count.toLocaleString("en-US");
const counted = (count, name) => `${count} ${name}${count > 1 ? "s" : ""}`;

/** What is said after some products; the same as `look_up` in Python. */
function lookUp(trace, { mode, products, n: i, m: j }) {
  const n = trace.n[i];
  const m = trace.m[j];
  const [needed, others, other] = mode === "columns" ? [n, m, "rows"] : [m, n, "columns"];
  const k = Math.min(products, needed);
  const kind = k === 0 ? "none" : k === needed ? `all ${mode}` : mode;
  return fill(trace.sentences[kind], {
    n,
    m,
    k,
    jvps: counted(n, "JVP"),
    vjps: counted(m, "VJP"),
    unit: trace.unit,
    spent: written(k * trace[mode][i][j]),
    total: written(needed * trace[mode][i][j]),
    other: written(others * trace[other][i][j]),
    held: written(trace.held[i][j]),
    stored: written(trace.stored[i][j]),
    verdict: trace.verdicts[i][j],
  });
}

function builder(model) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error) };
  const state = () => Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
  const start = state();
  const needed = () => (model.get("mode") === "columns" ? trace.n[model.get("n")] : trace.m[model.get("m")]);
  const go = (products) => update(model, { products: Math.min(Math.max(products, 0), needed()) });
  const made = () => Math.min(model.get("products"), needed());
  const back = () => go(made() - 1);
  const next = () => go(made() + 1);

  const mode = segmented(
    "Way",
    [["columns", "columns, by JVPs"], ["rows", "rows, by VJPs"]],
    (to) => update(model, { mode: to, products: 0 }),
  );
  const buttons = {
    first: button("None", () => go(0), { keys: "Home" }),
    back: button("One product less", back, { text: "−1", keys: "Left arrow" }),
    next: button("One product more", next, { text: "+1", keys: "Right arrow" }),
    last: button("All", () => go(needed()), { keys: "End" }),
  };
  const counter = h("span", { class: "bc-range-text" });
  const stage = h("div", { ...FOCUSABLE, class: "bc-jacobian", tabindex: "0", role: "application" });
  const movable = trace.n.length > 1;
  const inputs = slider("Inputs n", trace.n.length, (place) => update(model, { n: place, along: "n" }));
  const outputs = slider("Outputs m", trace.m.length, (place) => update(model, { m: place, along: "m" }));
  const plot = h("div", { class: "bc-costs" });
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const code = () =>
    fill(trace.code, {
      sizes: `(${[trace.n[model.get("n")], ...trace.between, trace.m[model.get("m")]].join(", ")})`,
      engine_mode: model.get("mode") === "columns" ? "forward" : "reverse",
    });
  const copy = copyButton(code);
  const heading = h("p", { class: "bc-heading" });
  const root = h(
    "div",
    { class: "bc-widget bc-builder", role: "group", "aria-label": trace.title },
    heading,
    h("div", { class: "bc-bar" }, mode.root, Object.values(buttons), counter),
    stage,
    say,
    movable ? [inputs.root, outputs.root, plot, costLegend()] : null,
    trace.note ? h("p", { class: "bc-note" }, trace.note) : null,
    h("div", { class: "bc-bar bc-foot" }, button("Reset", () => update(model, start)), copy.root),
    copy.shown,
  );
  onKeys(stage, {
    ArrowRight: next,
    ArrowDown: next,
    ArrowLeft: back,
    ArrowUp: back,
    Home: () => go(0),
    End: () => go(needed()),
  });
  keepKeys(root);

  let width = 640;
  let drawn = "";
  let cells = [];
  const show = () => {
    const now = state();
    const n = trace.n[now.n];
    const m = trace.m[now.m];
    const k = made();
    heading.textContent = fill(trace.heading, { n, m });
    mode.show(now.mode);
    for (const name of ["first", "back"]) setShut(buttons[name], k === 0);
    for (const name of ["next", "last"]) setShut(buttons[name], k === needed());
    counter.textContent = `${k} of ${needed()} ${now.mode === "columns" ? "JVPs" : "VJPs"}`;
    inputs.show(now.n, `n = ${n}`);
    outputs.show(now.m, `m = ${m}`);
    const wanted = `${now.n} ${now.m} ${now.along} ${width}`;
    if (drawn !== wanted) {
      drawn = wanted;
      cells = table(trace, n, m, width, stage);
      if (movable) plot.replaceChildren(costs(trace, now, width));
    }
    cells.forEach(({ root: cell, row, column, text }) => {
      const place = now.mode === "columns" ? column : row;
      const look = place < k ? (place === k - 1 ? "latest" : "known") : "unknown";
      if (cell.dataset.look === look) return;
      cell.dataset.look = look;
      cell.textContent = text === null ? "" : place < k ? text : "·";
    });
    stage.setAttribute("aria-label", `Jacobian of ${m} rows and ${n} columns. Arrows make one product more or less.`);
    say.textContent = lookUp(trace, now);
  };
  const forgetWidth = onWidth(root, (now) => {
    width = now - 26; // the widget's own border and padding
    show();
  });
  return { root, show, dispose: forgetWidth };
}

function table(trace, n, m, width, stage) {
  const rows = Math.min(m, trace.texts.length);
  const columns = Math.min(n, trace.texts[0].length);
  const room = Math.min(width, 620) - 20 - columns;
  const withText = room / columns >= CELL_WITH_TEXT && rows <= 16;
  const size = withText ? Math.min(64, Math.floor(room / columns)) : Math.max(6, Math.min(20, Math.floor(room / columns)));
  const cells = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const shade = trace.shades[row][column];
      const root = h("div", {
        class: "bc-entry-cell",
        "data-sign": shade < 0 ? "minus" : "plus",
        style: `--shade: ${Math.round(Math.abs(shade) * (withText ? 40 : 90) + 8)}%`,
      });
      cells.push({ root, row, column, text: withText ? trace.texts[row][column] : null });
    }
  }
  const cut = rows < m || columns < n ? `Shown are ${rows} of ${m} rows and ${columns} of ${n} columns.` : "";
  stage.replaceChildren(
    h(
      "div",
      { class: "bc-entries", style: `--columns: ${columns}; --cell: ${size}px; --row: ${withText ? 26 : size}px` },
      cells.map((cell) => cell.root),
    ),
    h("p", { class: "bc-note" }, cut),
  );
  return cells;
}

/** Cost of both ways as one of the two sizes moves, both axes by powers of ten. */
function costs(trace, now, width) {
  const along = now.along;
  const sizes = trace[along];
  const pairs = sizes.map((_, i) => (along === "n" ? trace.logs[i][now.m] : trace.logs[now.n][i]));
  const all = trace.logs.flat(2);
  const low = Math.floor(Math.min(...all));
  const high = Math.ceil(Math.max(...all));
  const other = along === "n" ? `m = ${trace.m[now.m]}` : `n = ${trace.n[now.n]}`;
  const step = Math.ceil(sizes.length / (width < 480 ? 7 : 16));
  const plot = axes({
    width,
    height: 230,
    x: {
      low: -0.3,
      high: sizes.length - 0.7,
      ticks: sizes.flatMap((size, i) => (i % step ? [] : [[i, String(size)]])),
      label: `${along === "n" ? "inputs n" : "outputs m"}, with ${other}`,
    },
    y: { low, high: high + 0.1, ticks: powersOfTen(low, high, high - low > 6 ? 2 : 1), label: trace.unit },
  });
  const { px, py, inside } = plot;
  const at = px(now[along]);
  const [columns, rows] = pairs[now[along]];
  plot.root.append(
    s("path", { class: "bc-by-columns", d: path(pairs.map(([cost], i) => [px(i), py(cost)])) }),
    s("path", { class: "bc-by-rows", d: path(pairs.map(([, cost], i) => [px(i), py(cost)])) }),
    s("path", { class: "bc-now-line", d: `M${at},${inside.top}V${inside.bottom}` }),
    s("circle", { class: "bc-columns-spot", cx: at, cy: py(columns), r: 4.5 }),
    s("rect", { class: "bc-rows-spot", x: at - 4, y: py(rows) - 4, width: 8, height: 8 }),
  );
  return plot.root;
}

function costLegend() {
  const line = (name) => s("svg", { width: 28, height: 10, "aria-hidden": "true" }, s("path", { class: name, d: "M1,5H27" }));
  return h(
    "p",
    { class: "bc-legend" },
    h("span", {}, line("bc-by-columns"), "whole Jacobian by columns"),
    h("span", {}, line("bc-by-rows"), "by rows"),
  );
}

export default { render };
