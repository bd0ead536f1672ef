// The backward debugger: maps of each gradient side by side, one cell looked at in all of them at once.
import { FOCUSABLE, button, h, onKeys, rendering, sentence, update } from "./common.js";
import { copyButton, fill, keepKeys, onWidth, segmented } from "./controls.js";

const STATE = ["part", "row", "column"];
const CELL_WITH_TEXT = 62; // pixels

const render = rendering({ what: "The gradients", make: debuggerView, hears: { show: STATE } });

function debuggerView(model) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error) };
  const state = () => {
    const part = Math.min(model.get("part"), trace.parts.length - 1);
    const shown = trace.parts[part];
    const row = Math.min(model.get("row"), shown.rows.length - 1);
    return { part, row, column: Math.min(model.get("column"), shown.columns - 1) };
  };
  const start = state();
  const go = (to) => update(model, to);
  const pickPart = (part) => {
    const [row, column] = trace.parts[part].first ?? [0, 0];
    go({ part, row, column });
  };
  const move = (rows, columns) => {
    const { part, row, column } = state();
    const last = trace.parts[part];
    go({
      row: Math.min(Math.max(row + rows, 0), last.rows.length - 1),
      column: Math.min(Math.max(column + columns, 0), last.columns - 1),
    });
  };
  const firstWrong = () => {
    const [row, column] = trace.parts[state().part].first ?? [0, 0];
    go({ row, column });
  };
  const nextWrong = () => {
    const now = state();
    const { wrong, columns } = trace.parts[now.part];
    const places = (wrong ?? []).flatMap((cells, row) => cells.flatMap((is, column) => (is ? [[row, column]] : [])));
    const here = now.row * columns + now.column;
    const next = places.find(([row, column]) => row * columns + column > here) ?? places[0];
    if (next) go({ row: next[0], column: next[1] });
  };

  const tabs = segmented("Gradient", trace.parts.map((part, i) => [i, `${part.right ? "✓" : "✗"} ${part.name}`]), pickPart);
  tabs.root.classList.add("bc-tabs");
  const stage = h("div", { ...FOCUSABLE, class: "bc-maps", tabindex: "0", role: "application" });
  const detail = h("p", { class: "bc-detail" });
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const copy = copyButton(() => fill(trace.code, { name: trace.parts[state().part].name }));
  const root = h(
    "div",
    { class: "bc-widget bc-debugger", role: "group", "aria-label": trace.title },
    h("p", { class: "bc-heading" }, trace.title),
    h("p", { class: "bc-note" }, `Tried on ${trace.where}.`),
    trace.reason ? h("p", { class: "bc-say bc-alert" }, trace.reason) : null,
    tabs.root,
    detail,
    stage,
    say,
    trace.said.length ? h("ul", { class: "bc-said" }, trace.said.map((text) => h("li", {}, text))) : null,
    h(
      "div",
      { class: "bc-bar bc-foot" },
      button("First wrong entry", firstWrong, { keys: "Home" }),
      button("Next wrong entry", nextWrong, { keys: "N" }),
      button("Reset", () => go(start)),
      copy.root,
    ),
    copy.shown,
  );
  onKeys(stage, {
    ArrowLeft: () => move(0, -1),
    ArrowRight: () => move(0, 1),
    ArrowUp: () => move(-1, 0),
    ArrowDown: () => move(1, 0),
    Home: firstWrong,
    n: nextWrong,
    N: nextWrong,
  });
  keepKeys(root);

  let width = 640;
  let drawn = null; // the part and the width that the maps are drawn for
  let cells = [];
  let here = []; // the cells that are looked at, one in each map
  const show = () => {
    const now = state();
    const part = trace.parts[now.part];
    if (drawn !== `${now.part} ${width}`) {
      drawn = `${now.part} ${width}`;
      const maps = part.maps.map((map) => drawnMap(map, part, width, (row, column) => go({ row, column })));
      cells = maps.flatMap((map) => map.cells);
      stage.replaceChildren(...maps.map((map) => map.root));
      stage.setAttribute(
        "aria-label",
        `Entries of ${part.name}: ${part.rows.length} by ${part.columns}. Arrows move, Home goes to the first wrong ` +
          "entry, N to the next.",
      );
      detail.textContent = [`${part.name}: ${part.state}${part.detail ? `, ${part.detail}` : ""}.`, part.note].join(" ");
    }
    tabs.show(now.part);
    for (const cell of here) cell.root.classList.remove("bc-here");
    here = cells.filter((cell) => cell.row === now.row && cell.column === now.column);
    for (const cell of here) cell.root.classList.add("bc-here");
    say.textContent = spoken(part, now);
  };
  const forgetWidth = onWidth(stage, (now) => {
    width = now;
    show();
  });
  return { root, show, dispose: forgetWidth };
}

/** What is said of one cell; the same as `look_up` in Python. */
function spoken(part, { row, column }) {
  const texts = Object.fromEntries(part.maps.filter((map) => map.fits).map((map) => [map.key, map.texts[row][column]]));
  const index = part.rows[row].replace("*", String(column));
  return fill(part.sentence, { ...texts, index, verdict: part.wrong?.[row][column] ? "Wrong." : "Right." });
}

function drawnMap({ title, shape, fits, texts, shades, key }, part, width, look) {
  const columns = texts[0].length;
  const room = Math.min(width, 560) - 16 - columns; // without the padding and the gaps
  const withText = room / columns >= CELL_WITH_TEXT;
  const size = withText ? CELL_WITH_TEXT : Math.max(8, Math.min(texts.length > 12 ? 14 : 20, Math.floor(room / columns)));
  const marked = fits && (withText || key === "error");
  const cells = [];
  const rows = texts.map((row, i) =>
    row.map((text, j) => {
      const shade = shades[i][j];
      const root = h(
        "div",
        {
          class: "bc-cell",
          title: text,
          "data-sign": shade < 0 ? "minus" : "plus",
          "data-wrong": marked && part.wrong?.[i][j] ? "true" : null,
          style: `--shade: ${Math.round(Math.abs(shade) * (withText ? 45 : 100))}%`,
          on: { click: () => fits && look(i, j) },
        },
        withText ? text : null,
      );
      if (fits) cells.push({ root, row: i, column: j });
      return root;
    }),
  );
  const root = h(
    "figure",
    { class: "bc-map", "data-key": key },
    h("figcaption", {}, `${title} ${shape}`),
    h("div", { class: "bc-cells", style: `--columns: ${columns}; --cell: ${size}px` }, rows.flat()),
  );
  return { root, cells };
}

export default { render };
