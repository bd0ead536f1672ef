// A hundred starts of the network lab: which seeds learn, each a button that opens it.
import { button, h, onKeys } from "./common.js";

const ACROSS = 20;

/** The button, the sentence and the squares; `open(seed)` shows a start. */
export function startsPanel(ask, open) {
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite" });
  const grid = h("div", { class: "bc-lab-starts", role: "group", "aria-label": "Starts: arrow keys go from one to another" });
  const tryAll = button("Try 100 starts", () => {
    say.textContent = "Training a hundred networks ...";
    ask({ do: "statistics" });
  });
  const root = h("div", { class: "bc-lab-statistics" }, h("div", { class: "bc-bar" }, tryAll), say, grid);
  let seen = null;
  let place = 0; // of the cell that the tab key comes to
  const show = (found) => {
    if (found === seen) return;
    seen = found;
    const hadFocus = grid.contains(document.activeElement);
    place = Math.min(place, Math.max((found.seeds?.length ?? 0) - 1, 0));
    say.textContent = found.sentence ?? "";
    grid.replaceChildren(
      ...(found.seeds ?? []).map((seed, i) => {
        const won = found.right[i] === found.total;
        const words = `Seed ${seed}: ${found.right[i]} of ${found.total} right, loss ${found.losses[i]}`;
        const cell = button(words, () => open(seed), { text: won ? "✓" : "·" });
        cell.dataset.won = String(won);
        cell.tabIndex = i === place ? 0 : -1;
        return cell;
      }),
    );
    if (hadFocus) grid.children[place]?.focus({ preventScroll: true });
  };
  grid.addEventListener("focusin", ({ target }) => {
    grid.children[place].tabIndex = -1;
    target.tabIndex = 0;
    place = [...grid.children].indexOf(target);
  });
  const go = (to) => grid.children[to]?.focus(); // past an edge there is none
  onKeys(grid, {
    ArrowLeft: () => go(place - 1),
    ArrowRight: () => go(place + 1),
    ArrowUp: () => go(place - ACROSS),
    ArrowDown: () => go(place + ACROSS),
    Home: () => go(0),
    End: () => go(grid.children.length - 1),
  });
  return { root, show };
}
