// Opens a widget in a page of its own: its traits stand in the page as JSON, and no kernel is behind them.
import { StandIn } from "./stand_in.js";

/** Show `widget` in the element `widget`; what a recorded page cannot answer is said in the element `answer`. */
async function show(widget) {
  const byId = (id) => document.getElementById(id);
  try {
    const { traits, asks, recorded, unanswered } = JSON.parse(byId("recorded").textContent, (_, value) =>
      typeof value?.base64 === "string" ? bytes(value.base64) : value,
    );
    byId("close").addEventListener("click", () => (byId("answer").textContent = ""));
    const label = (trait) => traits.trace.controls?.find(({ name }) => name === trait)?.label;
    const refused = (how, back = []) => {
      const labels = back.map(label).filter(Boolean).map((text) => `“${text}”`);
      const what = `${labels.join(" and ") || "another one"} ${labels.length > 1 ? "were" : "was"}`;
      byId("answer").textContent = (unanswered[how] ?? "").replace("{what}", what);
    };
    const model = new StandIn(traits, { asks, recorded, refused });
    await widget.initialize?.({ model });
    await widget.render({ model, el: byId("widget") });
  } catch (error) {
    byId("answer").textContent = `This could not be drawn: ${error.message}`;
  }
}

/** Bytes as anywidget hands them over. */
function bytes(base64) {
  return new DataView(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
}
