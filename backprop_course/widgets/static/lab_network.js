// The network of the lab: units in columns, edges by colour, width and dash, one tab stop with a roving mark.
import { FOCUSABLE, button, h, onKeys, revealSpan, s } from "./common.js";
import { fill } from "./controls.js";

const UNIT = 36; // pixels, wide and high
const PILL = 52; // wide, with a number in it
const ROW = 46;
const NAMES = 48; // pixels left of the inputs, for their names
const FAINTEST = 0.72; // of an edge: below, its contrast is less than 3 in the light theme
const WRITTEN = 60; // more weights than these get no numbers

/**
 * The stage. `asked` has what the lab does for it: `feature(unit)`, `layers(sizes, activations)`, `selected(part)`.
 * Parts are pairs of kind ("unit", "weight", "bias") and number.
 */
export function networkStage({ trace, paint, asked }) {
  const lines = s("svg", { class: "bc-lab-lines", "aria-hidden": "true" });
  const units = h("div", { class: "bc-lab-units" });
  const heads = h("div", { class: "bc-lab-heads" });
  const picture = h(
    "div",
    { ...FOCUSABLE, class: "bc-lab-picture", tabindex: "0", role: "application", "aria-label": HELP },
    lines,
    units,
  );
  const inner = h("div", { class: "bc-lab-inner" }, heads, picture);
  const root = h("div", { class: "bc-lab-network" }, inner);

  let drawn = null; // what belongs to the present net
  let width = 600;
  let part = ["unit", 0];
  let key = "";

  const place = (net, wide) => {
    const columns = net.units.at(-1).column + 1;
    const seen = net.units.map((_, i) => net.on[i] || !wide);
    const order = Array.from({ length: columns }, (_, c) =>
      net.units.flatMap((unit, i) => (unit.column === c && seen[i] ? [i] : [])),
    );
    const across = Math.max(width, NAMES + columns * (wide ? 120 : 74)); // numbers need room
    const height = Math.max(...order.map((all) => all.length)) * (wide ? 1.6 : 1) * ROW + 12;
    const x = (column) => NAMES + ((column + 0.5) * (across - NAMES)) / columns;
    const y = (all, row) => height / 2 + (row - (all.length - 1) / 2) * (wide ? 1.6 : 1) * ROW;
    const at = net.units.map(({ column }, i) => [x(column), y(order[column], Math.max(order[column].indexOf(i), 0))]);
    return { columns, across, height, at, seen };
  };

  const build = (net, settings, plain, wide) => {
    const { columns, across, height, at, seen } = place(net, wide);
    inner.style.width = picture.style.width = `${across}px`;
    picture.style.height = `${height}px`;
    for (const [name, value] of Object.entries({ width: across, height, viewBox: `0 0 ${across} ${height}` })) {
      lines.setAttribute(name, value);
    }
    const edges = net.edges.map(([start, end], number) => {
      const half = (wide ? PILL : UNIT) / 2;
      const [x0, y0, x1, y1] = [at[start][0] + half, at[start][1], at[end][0] - half, at[end][1]];
      const bend = (x1 - x0) * 0.45;
      const d = `M${x0},${y0}C${x0 + bend},${y0} ${x1 - bend},${y1} ${x1},${y1}`;
      const line = s("path", { class: "bc-lab-edge", d });
      const hit = s("path", { class: "bc-lab-hit", d });
      pointing(hit, ["weight", number]);
      const share = shareOf(net, start, end);
      const along = cubic(share, [x0, y0], [x0 + bend, y0], [x1 - bend, y1], [x1, y1]);
      const text = s("text", { class: "bc-lab-number", x: along[0], y: along[1] + 4, "text-anchor": "middle" });
      return { line, hit, text };
    });
    lines.replaceChildren(
      ...edges.map(({ line }) => line),
      ...edges.map(({ hit }) => hit),
      ...edges.map(({ text }) => text),
    );
    const boxes = net.units.map((unit, number) => {
      const canvas = h("canvas", { class: "bc-lab-map" });
      const value = h("span", { class: "bc-lab-value" });
      const bar = h("span", { class: "bc-lab-bar-value" });
      const name = unit.label && h("span", { class: "bc-lab-name" }, unit.label);
      const box = h("div", { class: "bc-lab-unit", "data-column": unit.column === 0 ? "input" : "unit" }, canvas, value, bar, name || null);
      box.style.left = `${at[number][0] - UNIT / 2}px`;
      box.style.top = `${at[number][1] - UNIT / 2}px`;
      box.classList.toggle("bc-lab-off", !net.on[number]);
      box.hidden = !seen[number];
      pointing(box, ["unit", number]);
      if (unit.column === 0) box.addEventListener("click", () => asked.feature(number));
      return { box, canvas, value, bar };
    });
    const biases = net.biases.map(([unit], number) => {
      const box = h("div", { class: "bc-lab-bias" });
      box.style.left = `${at[unit][0] - UNIT / 2 - 5}px`;
      box.style.top = `${at[unit][1] + UNIT / 2 - 6}px`;
      pointing(box, ["bias", number]);
      return box;
    });
    units.replaceChildren(...boxes.map(({ box }) => box), ...biases);
    heads.replaceChildren(...headings(columns, settings));
    heads.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
    heads.style.paddingLeft = `${NAMES}px`;
    heads.hidden = plain;
    drawn = { net, edges, boxes, biases, at, seen };
    if (!exists(part)) part = ["unit", 0];
    mark();
  };

  const headings = (columns, settings) => {
    const [mostLayers, mostUnits] = trace.most;
    const { hidden, activations } = settings;
    const change = (sizes, names) => asked.layers(sizes, names);
    const layers = hidden.map((size, layer) => {
      const resized = (by) => change(hidden.map((n, i) => (i === layer ? n + by : n)), activations);
      const fewer = button(`One unit less in layer ${layer + 1}`, () => size > 1 && resized(-1), { text: "−" });
      const more = button(`One unit more in layer ${layer + 1}`, () => size < mostUnits && resized(1), { text: "+" });
      fewer.setAttribute("aria-disabled", String(size <= 1));
      more.setAttribute("aria-disabled", String(size >= mostUnits));
      const select = h(
        "select",
        { ...FOCUSABLE, class: "bc-picker", "aria-label": `Activation of layer ${layer + 1}` },
        trace.choices.activations.map((name) => h("option", { selected: name === activations[layer] ? "" : null }, name)),
      );
      select.addEventListener("change", () => change(hidden, activations.map((name, i) => (i === layer ? select.value : name))));
      return h("div", { class: "bc-lab-head" }, h("div", { class: "bc-lab-count" }, fewer, h("span", {}, String(size)), more), select);
    });
    const less = button("One hidden layer less", () => hidden.length && change(hidden.slice(0, -1), activations.slice(0, -1)), { text: "−" });
    const more = button("One hidden layer more", () => hidden.length < mostLayers && change([...hidden, hidden.at(-1) ?? 3], [...activations, activations.at(-1) ?? "tanh"]), { text: "+" });
    less.setAttribute("aria-disabled", String(!hidden.length));
    more.setAttribute("aria-disabled", String(hidden.length >= mostLayers));
    const depth = h("div", { class: "bc-lab-count" }, less, h("span", {}, String(hidden.length)), more);
    const first = h("div", { class: "bc-lab-head" }, h("span", { class: "bc-lab-headname" }, "inputs"));
    const last = h("div", { class: "bc-lab-head" }, h("span", { class: "bc-lab-headname" }, "hidden layers"), depth);
    return [first, ...layers, last];
  };

  const pointing = (element, own) => {
    element.addEventListener("pointerenter", () => asked.hovered(own));
    element.addEventListener("pointerleave", () => asked.hovered(null));
    element.addEventListener("click", () => choose(own));
  };

  // The roving mark: arrows go from unit to unit, Enter goes into the weights that arrive there, Escape back.
  const choose = (own) => {
    part = own;
    picture.classList.add("bc-lab-picking");
    mark();
    asked.selected(own);
  };
  const exists = ([kind, number]) => {
    const { units: all, edges, biases } = drawn.net;
    return number < { unit: all, weight: edges, bias: biases }[kind].length;
  };
  const unitOf = ([kind, number]) =>
    kind === "unit" ? number : kind === "weight" ? drawn.net.edges[number][1] : drawn.net.biases[number][0];
  const arriving = (unit) => [
    ...drawn.net.edges.flatMap(([, end], i) => (end === unit ? [["weight", i]] : [])),
    ...drawn.net.biases.flatMap(([of], i) => (of === unit ? [["bias", i]] : [])),
  ];
  const move = (columns, rows) => {
    const all = drawn.net.units;
    if (part[0] !== "unit") {
      const among = arriving(unitOf(part));
      const here = among.findIndex((one) => one[0] === part[0] && one[1] === part[1]);
      if (rows) choose(among[(here + rows + among.length) % among.length]);
      return;
    }
    const from = all[part[1]];
    const column = from.column + columns;
    const inColumn = (c) => all.flatMap((unit, i) => (unit.column === c && drawn.seen[i] ? [i] : []));
    const there = inColumn(column);
    if (!there.length) return;
    const row = inColumn(from.column).indexOf(part[1]);
    choose(["unit", there[columns ? Math.min(row, there.length - 1) : (row + rows + there.length) % there.length]]);
  };
  onKeys(picture, {
    ArrowLeft: () => move(-1, 0),
    ArrowRight: () => move(1, 0),
    ArrowUp: () => move(0, -1),
    ArrowDown: () => move(0, 1),
    Home: () => choose(["unit", 0]),
    End: () => choose(["unit", drawn.net.units.length - 1]),
    Escape: () => choose(["unit", unitOf(part)]),
    Enter: () => {
      if (part[0] !== "unit") return asked.edit();
      const unit = part[1];
      if (drawn.net.units[unit].column === 0) return asked.feature(unit);
      const among = arriving(unit);
      if (among.length) choose(among[0]);
    },
  });
  picture.addEventListener("focus", () => asked.selected(part));

  const mark = () => {
    drawn.boxes.forEach(({ box }, i) => box.classList.toggle("bc-lab-marked", part[0] === "unit" && part[1] === i));
    drawn.biases.forEach((box, i) => box.classList.toggle("bc-lab-marked", part[0] === "bias" && part[1] === i));
    drawn.edges.forEach(({ line }, i) => line.classList.toggle("bc-lab-marked", part[0] === "weight" && part[1] === i));
    const unit = unitOf(part);
    revealSpan(root, drawn.at[unit][0] - UNIT, drawn.at[unit][0] + UNIT);
  };

  const show = ({ net, settings, now, parts, view, numbers, reached, plain }) => {
    const wanted = JSON.stringify([net, settings.activations, width, plain, numbers]);
    if (wanted !== key) {
      key = wanted;
      build(net, settings, plain, numbers);
    }
    const backward = view === "backward";
    const single = numbers && now.flow.point.length + now.flow.size > 0;
    const strengths = backward ? (single ? parts.own : parts.gradients) : parts.weights;
    const largest = Math.max(...strengths.map(Math.abs), 1e-12);
    const scale = backward ? largest : Math.max(largest, 1);
    const texts = backward ? now.flow.gradients : now.weights;
    const columns = net.units.at(-1).column;
    const written = numbers && net.places <= WRITTEN;
    drawn.edges.forEach(({ line, text }, i) => {
      const [start, end, place] = net.edges[i];
      const strength = strengths[place];
      const share = Math.min(Math.abs(strength) / scale, 1);
      const known = !numbers || isReached(net.units[backward ? start : end].column, reached, columns, backward);
      line.style.strokeWidth = known ? (0.7 + (net.places > 150 ? 2.6 : 4.8) * share).toFixed(2) : 1;
      line.style.strokeOpacity = known ? (FAINTEST + (1 - FAINTEST) * Math.sqrt(share)).toFixed(2) : 1;
      line.setAttribute("data-known", String(known));
      line.setAttribute("data-sign", strength < 0 ? "minus" : "plus");
      text.textContent = written && (known || !backward) ? brief(texts[place] ?? "", 2) : "";
      text.setAttribute("data-sign", strength < 0 ? "minus" : "plus");
    });
    drawn.biases.forEach((box, i) => {
      const strength = strengths[net.biases[i][1]];
      box.dataset.sign = strength < 0 ? "minus" : "plus";
      box.style.setProperty("--share", Math.min(Math.abs(strength) / scale, 1).toFixed(2));
    });
    drawn.boxes.forEach(({ box, canvas, value, bar }, i) => {
      const { column } = net.units[i];
      const known = isReached(column, reached, columns, backward);
      canvas.hidden = numbers;
      if (!numbers) paint(canvas, parts.map(i), trace.grid);
      value.textContent = !numbers || !net.on[i] ? "" : backward || known ? brief(now.flow.values[i], 2) : "?";
      bar.textContent = numbers && backward && column > 0 && now.flow.bars[i] ? (known ? brief(now.flow.bars[i], 2) : "?") : "";
      box.classList.toggle("bc-lab-written", numbers);
      box.classList.toggle("bc-lab-here", numbers && net.on[i] && column === (backward ? columns + 1 - Math.max(reached, 1) : reached));
    });
    picture.classList.toggle("bc-lab-back", backward);
  };

  const resize = (is) => {
    width = is;
  };
  const say = (now, own = part) => {
    const net = drawn.net;
    const [kind, number] = own;
    const capital = (name) => (net.units.some((unit) => unit.column === 0 && unit.name === name) ? name : name[0].toUpperCase() + name.slice(1));
    if (kind === "unit") {
      const end = capital(net.units[number].name);
      if (!net.on[number]) return fill(trace.sentences.off, { end });
      const [low, high] = now.ranges[number];
      return fill(trace.sentences.unit, { end, low, high });
    }
    const ends = kind === "weight" ? net.edges[number] : [null, ...net.biases[number]];
    const [start, end, place] = ends;
    return fill(trace.sentences[kind], {
      start: start === null ? "" : net.units[start].name,
      end: net.units[end].name,
      weight: now.weights[place],
      gradient: now.gradients[place],
    });
  };
  const placeOf = ([kind, number]) =>
    kind === "weight" ? drawn.net.edges[number][2] : kind === "bias" ? drawn.net.biases[number][1] : null;
  return { root, picture, show, resize, say, placeOf, chosen: () => part };
}

const HELP =
  "The network. Arrows go from unit to unit; Enter goes into the weights that arrive at one, or takes an input in or out; " +
  "Enter on a weight changes it, Escape goes back to the unit.";

/** Whether the flow has come to a column: forward from the inputs, backward from the output. */
function isReached(column, reached, columns, backward) {
  return backward ? column > columns - reached : column <= reached;
}

/** Three figures, or two of a small number, as there is little room. */
function brief(text, ofSmall = 3) {
  const value = Number(text.replace("−", "-"));
  if (text === "" || !Number.isFinite(value)) return text;
  return String(Number(value.toPrecision(Math.abs(value) < 0.1 ? ofSmall : 3))).replace("-", "−");
}

/** Where along an edge its number stands: near the side with more units, so that few numbers meet there. */
function shareOf(net, start, end) {
  const rank = (unit) => net.units.flatMap(({ column }, i) => (column === net.units[unit].column && net.on[i] ? [i] : []));
  const [starts, ends] = [rank(start), rank(end)];
  return ends.length > starts.length ? 0.7 - 0.26 * (starts.indexOf(start) % 2) : 0.3 + 0.26 * (ends.indexOf(end) % 2);
}

function cubic(t, a, b, c, d) {
  const u = 1 - t;
  return [0, 1].map((i) => u ** 3 * a[i] + 3 * u * u * t * b[i] + 3 * u * t * t * c[i] + t ** 3 * d[i]);
}
