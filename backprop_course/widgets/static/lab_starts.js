// A hundred starts of the network lab: which seeds learn, each a button that opens it.
import { button, h } from "./common.js";

const ACROSS = 20;

/** The button, the sentence and the squares; `open(seed)` shows a start. */
export function startsPanel(ask, open) {
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite" });
  const grid = h("div", { class: "bc-lab-starts" });
  const go = button("Try 100 starts", () => {
    say.textContent = "Training a hundred networks ...";
    ask({ do: "statistics" });
  });
  const root = h("div", { class: "bc-lab-statistics" }, h("div", { class: "bc-bar" }, go), say, grid);
  let seen = null;
  const show = (found) => {
    if (found === seen) return;
    seen = found;
    say.textContent = found.sentence ?? "";
    grid.replaceChildren(
      ...(found.seeds ?? []).map((seed, i) => {
        const won = found.right[i] === found.total;
        const words = `Seed ${seed}: ${found.right[i]} of ${found.total} right, loss ${found.losses[i]}`;
        const cell = button(words, () => open(seed), { text: won ? "✓" : "·" });
        cell.dataset.won = String(won);
        cell.tabIndex = i ? -1 : 0;
        return cell;
      }),
    );
  };
  grid.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -ACROSS, ArrowDown: ACROSS }[event.key];
    if (!by) return;
    event.preventDefault();
    const cells = [...grid.children];
    cells[Math.max(0, Math.min(cells.indexOf(document.activeElement) + by, cells.length - 1))].focus();
  });
  return { root, show };
}
