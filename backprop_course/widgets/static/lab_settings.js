// What can be chosen in the network lab: data and training. Every choice is asked of Python by `ask({name: value})`.
import { FOCUSABLE, button, h } from "./common.js";

/** The panel of choices; `seeds` are its two buttons for other points and another start. */
export function settingsPanel(trace, ask) {
  const { choices } = trace;
  const rows = {};
  const row = (name, label, values, words = String, wanted = (value) => ({ [name]: value })) => {
    const select = h("select", { ...FOCUSABLE, class: "bc-picker", "aria-label": label });
    select.addEventListener("change", () => ask(wanted(offered[select.selectedIndex])));
    let offered = [];
    const root = h("label", { class: "bc-lab-choice" }, h("span", {}, label), select);
    rows[name] = {
      root,
      /** Show a value; one that is not among the usual ones is put first. */
      show(value, among = values) {
        const now = among.includes(value) ? among : [value, ...among];
        if (JSON.stringify(now) !== JSON.stringify(offered)) {
          offered = [...now];
          select.replaceChildren(...offered.map((one) => h("option", {}, words(one))));
        }
        select.selectedIndex = offered.indexOf(value);
      },
    };
    return root;
  };
  const problems = [...new Set(Object.values(choices.data))];
  const firstOf = (problem) => Object.keys(choices.data).find((name) => choices.data[name] === problem);
  const percent = (value) => `${value} %`;
  const yes = (value) => (value ? "with" : "without");
  const points = button("New points", () => ask({ data_seed: seeds.data_seed + 1 }));
  const start = button("New start", () => ask({ seed: seeds.seed + 1 }));
  const texts = { data_seed: h("span", { class: "bc-seed" }), seed: h("span", { class: "bc-seed" }) };
  let seeds = { data_seed: 0, seed: 0 };
  const group = (name, ...parts) => h("fieldset", { class: "bc-lab-group" }, h("legend", {}, name), parts);
  const root = h(
    "div",
    { class: "bc-lab-settings" },
    group(
      "Data",
      row("problem", "problem", problems, String, (problem) => ({ data: firstOf(problem) })),
      row("data", "points", Object.keys(choices.data)),
      row("n", "how many", choices.n),
      row("noise", "noise", choices.noise),
      row("train", "for training", choices.train, percent),
      row("batch", "batch", choices.batch),
      h("div", { class: "bc-bar" }, points, texts.data_seed),
    ),
    group(
      "Training",
      row("loss", "loss", []),
      row("optimizer", "optimiser", choices.optimizer),
      row("rate", "learning rate", choices.rate),
      row("penalty", "penalty", choices.penalty),
      row("strength", "strength", choices.strength),
      row("output_bias", "output bias", [true, false], yes),
      h("div", { class: "bc-bar" }, start, texts.seed),
    ),
  );
  const show = (settings, now) => {
    seeds = settings;
    const problem = choices.data[settings.data];
    rows.problem.show(problem);
    const names = Object.keys(choices.data).filter((name) => choices.data[name] === problem);
    rows.data.show(settings.data, names);
    rows.loss.show(settings.loss, choices.loss[problem]);
    for (const name of ["n", "noise", "train", "batch", "optimizer", "penalty", "strength", "output_bias"]) {
      rows[name].show(settings[name]);
    }
    rows.rate.show(now.rate);
    const own = settings.data === "own data";
    const fixed = own || settings.data === "XOR";
    rows.n.root.hidden = rows.noise.root.hidden = fixed;
    rows.train.root.hidden = settings.data === "XOR";
    points.hidden = texts.data_seed.hidden = settings.data === "XOR";
    points.textContent = own ? "Part anew" : "New points";
    rows.strength.root.hidden = settings.penalty === "none";
    texts.data_seed.textContent = `seed ${settings.data_seed}`;
    texts.seed.textContent = `seed ${settings.seed}`;
  };
  return { root, show };
}
