// The perceptron stepper: indexes recorded runs, and draws the point looked at and the line before and after.
import { button, h, rendering, s, sentence, update } from "./common.js";
import { copyButton, keepKeys, onWidth, segmented } from "./controls.js";
import { axes, path, plainTicks } from "./axes.js";
import { legendRow, pointMark } from "./points.js";
import { stepping } from "./stepping.js";

const ROWS = [
  ["input", "input"],
  ["weight", "weight"],
  ["product", "product"],
  ["change", "change"],
  ["after", "new weight"],
];
const NARROW = 12; // with more examples than these only the updates of each pass are listed
const LINES_SHOWN = 10; // passes listed

const render = rendering({ what: "The perceptron", make: stepper, hears: { show: ["gate", "step"] } });

function stepper(model) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error) };
  const first = { gate: model.get("gate"), step: model.get("step") };
  const run = () => trace.runs.find(({ name }) => name === model.get("gate")) ?? trace.runs[0];
  const last = () => run().steps.length - 1;
  const at = () => Math.min(model.get("step"), last());

  const steps = stepping("Step", { at, last, go: (step) => update(model, { step }), milliseconds: 900 });
  const gate = segmented(
    "Gate",
    trace.runs.map(({ name }) => [name, name.toUpperCase()]),
    (name) => {
      steps.stop();
      update(model, { gate: name, step: 0 });
    },
  );
  const reset = button("Reset", () => {
    steps.stop();
    update(model, first);
  });
  const copy = copyButton(() => run().code);
  const stage = h("div", { class: "bc-perceptron-map" });
  const table = ledger();
  const passes = h("div", { class: "bc-perceptron-passes", "aria-hidden": "true" });
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const root = h(
    "div",
    { class: "bc-widget bc-perceptron", role: "group", "aria-label": trace.title },
    h("p", { class: "bc-heading" }, trace.title),
    trace.runs.length > 1 ? gate.root : null,
    h("div", { class: "bc-plane-two" }, h("div", {}, stage, legend(), steps.root), h("div", {}, table.root, passes)),
    say,
    h("div", { class: "bc-bar bc-foot" }, reset, copy.root),
    copy.shown,
  );
  keepKeys(root);

  let width = 420;
  const show = () => {
    const step = run().steps[at()];
    gate.show(run().name);
    steps.show(`${at()} of ${last()}`);
    table.show(step);
    passes.replaceChildren(...list(run(), at()));
    stage.replaceChildren(drawing(run(), step, width));
    say.textContent = step.sentence;
  };
  const forgetWidth = onWidth(stage, (is) => {
    width = is;
    show();
  });
  const dispose = () => {
    forgetWidth();
    steps.stop();
  };
  return { root, show, dispose };
}

/** The sum and the update as a table: a column for the bias and one for each weight. */
function ledger() {
  const cells = Object.fromEntries(ROWS.map(([name]) => [name, [0, 1, 2].map(() => h("td", {}))]));
  const verdict = h("p", { class: "bc-perceptron-verdict" });
  const table = h(
    "table",
    { class: "bc-perceptron-table" },
    h("thead", {}, h("tr", {}, h("td", {}), ["bias", "x₁", "x₂"].map((name) => h("th", { scope: "col" }, name)))),
    h(
      "tbody",
      {},
      ROWS.map(([name, text]) => h("tr", { "data-row": name }, h("th", { scope: "row" }, text), cells[name])),
    ),
  );
  const show = ({ rows, example, wrong }) => {
    for (const [name] of ROWS) {
      cells[name].forEach((cell, i) => {
        cell.textContent = rows[name][i];
        cell.classList.toggle("bc-perceptron-changed", wrong && name !== "input" && rows.change[i] !== "0" && rows.change[i] !== "");
      });
    }
    table.dataset.wrong = String(wrong);
    const kind = wrong ? "bad" : "good";
    verdict.replaceChildren(
      ...(example === null
        ? ["No example has been looked at."]
        : [
            `sum ${rows.sum}, output ${rows.output}, target ${rows.target} `,
            h("span", { class: "bc-verdict-mark", "data-kind": kind }, wrong ? "✗ wrong" : "✓ right"),
          ]),
    );
  };
  return { root: h("div", {}, table, verdict), show };
}

/** The passes one below the other: a cross for each update, a dot for each example that was right. */
function list(run, at) {
  const size = run.points.length;
  const shown = Math.ceil(at / size); // the pass that is going on
  const from = Math.max(0, shown - LINES_SHOWN);
  const line = (pass) => {
    const done = Math.max(0, Math.min(at - pass * size, size));
    const looks = run.steps.slice(1 + pass * size, 1 + pass * size + done);
    const updates = looks.filter(({ wrong }) => wrong).length;
    const cells = looks.map(({ wrong }, i) =>
      h("span", { class: "bc-perceptron-look", "data-wrong": wrong, "data-now": pass * size + i + 1 === at }, wrong ? "✗" : "·"),
    );
    const blanks = Array.from({ length: size - done }, () => h("span", { class: "bc-perceptron-look" }));
    const count = done === 0 ? "" : `${updates} update${updates === 1 ? "" : "s"}${done < size ? " so far" : ""}`;
    return h(
      "div",
      { class: "bc-perceptron-pass" },
      h("span", { class: "bc-perceptron-pass-name" }, `pass ${pass + 1}`),
      size <= NARROW ? [...cells, ...blanks] : [],
      h("span", { class: "bc-perceptron-count" }, count),
    );
  };
  const passes = Math.min(run.updates.length, from + LINES_SHOWN);
  return Array.from({ length: passes - from }, (_, i) => line(from + i));
}

function drawing(run, step, width) {
  const [x, y] = run.view.map(([low, high]) => ({ low, high, ticks: plainTicks(low, high, 5) }));
  const { root, px, py, inside } = axes({
    width,
    height: Math.max(Math.min(width, 420) - 10, 200),
    left: 44,
    x: { ...x, label: "x₁" },
    y: { ...y, label: "x₂" },
  });
  const place = ([a, b]) => [px(a), py(b)];
  const box = { x: inside.left, y: inside.top, width: inside.right - inside.left, height: inside.bottom - inside.top };
  const line = (ends, kind) => (ends ? s("path", { class: kind, d: path(ends.map(place)) }) : null);
  const moved = step.wrong ? line(step.before, "bc-plane-line-before") : null;
  const spot = step.example === null ? null : place(run.points[step.example]);
  root.append(
    ...[
      step.on.length ? s("path", { class: "bc-perceptron-on", d: `${path(step.on.map(place))}Z` }) : null,
      s("rect", { class: "bc-plane-frame", ...box }),
      moved,
      line(step.line, "bc-plane-line"),
      ...run.points.map((point, i) => pointMark(run.targets[i], ...place(point), run.points.length > 30 ? 4 : 7)),
      spot ? s("circle", { class: "bc-perceptron-spot", "data-wrong": step.wrong, cx: spot[0], cy: spot[1], r: 14 }) : null,
      spot ? verdictAt(spot, step.wrong, inside) : null,
    ].filter(Boolean),
  );
  return root;
}

/** A cross or a tick beside the point looked at. */
function verdictAt([x, y], wrong, inside) {
  const [at, top] = [x + 24 > inside.right ? x - 22 : x + 22, y - 18 < inside.top ? y + 24 : y - 12];
  return s("text", { class: "bc-perceptron-mark", "data-wrong": wrong, x: at, y: top, "text-anchor": "middle" }, wrong ? "✗" : "✓");
}

function legend() {
  return legendRow([
    [[pointMark(0, 14, 9)], "target 0"],
    [[pointMark(1, 14, 9)], "target 1"],
    [[s("rect", { class: "bc-perceptron-on", x: 3, y: 2, width: 22, height: 14 })], "output 1"],
    [[s("path", { class: "bc-plane-line", d: "M1,9H27" })], "line"],
    [[s("path", { class: "bc-plane-line-before", d: "M1,9H27" })], "before this update"],
  ]);
}

export default { render };
