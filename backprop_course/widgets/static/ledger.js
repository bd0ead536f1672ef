// A table beside the graph whose cells fill in as the steps go by. A cell lists from which step on it says what.
import { h } from "./common.js";

export function ledger({ caption, columns, rows }) {
  const cells = rows.map((row) => row.cells.map((states) => ({ states, element: h("td", {}) })));
  const root = h(
    "div",
    { class: "bc-ledger" },
    h(
      "table",
      {},
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col" }, name)))),
      h(
        "tbody",
        {},
        rows.map((row, i) => h("tr", {}, h("th", { scope: "row" }, row.name), cells[i].map(({ element }) => element))),
      ),
    ),
  );
  const show = (index, hidden) => {
    for (const { states, element } of cells.flat()) {
      const now = states.filter(([from]) => from < index || (from === index && !hidden)).at(-1);
      const isNew = Boolean(now) && now[0] === index && index > 0;
      element.textContent = now ? now[1] : hidden && states.some(([from]) => from === index) ? "?" : "";
      element.classList.toggle("bc-new", isNew);
    }
  };
  return { root, show };
}
