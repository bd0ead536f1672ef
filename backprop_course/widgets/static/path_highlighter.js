// The path highlighter: every route between two values of a recorded graph. Products and sums come with the trace.
import { FOCUSABLE, button, h, leave, onKeys, rendering, revealSpan, s, sentence, setShut, update } from "./common.js";
import { copyButton, fill, keepKeys, picker } from "./controls.js";
import { nodeShape } from "./graph_picture.js";

const render = rendering({ what: "The routes", make: highlighter, hears: { show: ["start", "end", "route"] } });

function highlighter(model) {
  const trace = model.get("trace");
  if (trace.error) return { root: sentence(trace.error) };
  const names = trace.nodes.map(({ name }) => name);
  const pair = () => trace.pairs[`${model.get("start")},${model.get("end")}`] ?? null;
  const last = () => pair()?.routes.length ?? 0;
  const at = () => Math.min(model.get("route"), last());
  const go = (route) => update(model, { route: Math.min(Math.max(route, 0), last()) });
  const first = { start: trace.start, end: trace.end, route: 0 };

  const from = picker("From", names, (start) => update(model, { start, route: 0 }));
  const to = picker("To", names, (end) => update(model, { end, route: 0 }));
  const buttons = {
    back: button("Previous route", () => go(at() - 1), { icon: "M11 3v10L4 8z", keys: "Left arrow" }),
    next: button("Next route", () => go(at() + 1), { icon: "M5 3v10l7-5z", keys: "Right arrow" }),
    all: button("All routes", () => go(0), { text: "All routes", keys: "Home" }),
  };
  const counter = h("span", { class: "bc-counter" });
  const picture = routesPicture(trace);
  const stage = h(
    "div",
    {
      ...FOCUSABLE,
      class: "bc-stage",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "computation graph",
      "aria-label": `${trace.title}. Left and right arrows go through the routes, Home shows all, Escape leaves.`,
    },
    picture.svg,
  );
  const say = h("p", { class: "bc-say", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const list = h("tbody", {});
  const copy = copyButton(() => trace.code);
  const root = h(
    "div",
    { class: "bc-widget bc-paths", role: "group", "aria-label": trace.title },
    from.root,
    to.root,
    h("div", { class: "bc-bar", role: "group", "aria-label": "Routes" }, Object.values(buttons), counter),
    stage,
    say,
    h("div", { class: "bc-ledger" }, h("table", {}, h("caption", {}, "Products along the routes"), list)),
    h("div", { class: "bc-bar bc-foot" }, button("Reset", () => update(model, first)), copy.root),
    copy.shown,
  );
  onKeys(stage, {
    ArrowRight: () => go(at() + 1),
    ArrowDown: () => go(at() + 1),
    ArrowLeft: () => go(at() - 1),
    ArrowUp: () => go(at() - 1),
    Home: () => go(0),
    End: () => go(last()),
    Escape: () => leave(root),
  });
  keepKeys(root);

  const show = () => {
    const [chosen, route] = [pair(), at()];
    from.show(model.get("start"));
    to.show(model.get("end"));
    setShut(buttons.back, route === 0);
    setShut(buttons.next, route === last());
    buttons.all.setAttribute("aria-pressed", String(route === 0));
    counter.textContent = chosen ? `route ${route || "–"} of ${chosen.count.toLocaleString("en")}` : "no route";
    picture.show(model.get("start"), model.get("end"), chosen, route);
    say.textContent = said(trace, model.get("start"), model.get("end"), route);
    list.replaceChildren(...(chosen ? rows(trace, chosen, route) : []));
    const scale = picture.svg.getBoundingClientRect().width / trace.width;
    const [x, , width] = trace.nodes[model.get("end")].box;
    revealSpan(stage, x * scale, (x + width) * scale);
  };
  return { root, show };
}

/** The sentence of a route, or of the pair: as `look_up` in Python. */
function said(trace, start, end, route) {
  const places = { start: trace.nodes[start].name, end: trace.nodes[end].name };
  const pair = trace.pairs[`${start},${end}`];
  if (!pair) return fill(trace.sentences[start === end ? "same" : "none"], places);
  if (!route) return pair.sentence;
  const chosen = pair.routes[route - 1];
  const [way, factors] = written(trace, chosen.edges);
  const kind = chosen.edges.length > 1 ? "route" : "edge";
  const n = pair.count.toLocaleString("en");
  return fill(trace.sentences[kind], { ...places, k: route, n, way, factors, value: chosen.value });
}

/** The way of a route, and its factors. */
function written(trace, route) {
  const edges = route.map((i) => trace.edges[i]);
  const way = [edges[0].source, ...edges.map(({ target }) => target)].map((i) => trace.nodes[i].name);
  const factors = edges.map(({ factor }) => factor);
  return [way.join(" → "), trace.has_arrays ? factors.reverse().join(" · ") : factors.join(" × ")];
}

function rows(trace, pair, route) {
  const more = pair.count - pair.routes.length;
  const row = (cells, attributes = {}) =>
    h("tr", attributes, h("th", { scope: "row" }, cells[0]), cells.slice(1).map((text) => h("td", {}, text)));
  const listed = pair.routes.map(({ edges, value }, i) => {
    const isNow = i + 1 === route;
    const cells = [`${isNow ? "▶ " : ""}${i + 1}`, ...written(trace, edges), value];
    return row(cells, isNow ? { class: "bc-current", "aria-current": "true" } : {});
  });
  const rest = more ? [row(["…", `${more.toLocaleString("en")} more`, "", ""])] : [];
  return [...listed, ...rest, row(["sum", "over all routes", pair.slope, pair.total], { class: "bc-total" })];
}

function routesPicture(trace) {
  const nodes = trace.nodes.map(nodeShape);
  const edges = trace.edges.map(({ curve, note: [x, y], factor }) => {
    const [endX, endY] = curve.at(-1);
    const label = s("text", { class: "bc-factor", x, y: y + 4 }, factor);
    const root = s(
      "g",
      { class: "bc-edge" },
      s("path", { class: "bc-wire", d: `M${curve[0]}C${curve.slice(1).join(" ")}` }),
      s("path", { class: "bc-head", d: `M${endX},${endY}l-9,-5v10z` }),
    );
    return { root, label };
  });
  const svg = s(
    "svg",
    {
      class: "bc-graph",
      viewBox: `0 0 ${trace.width} ${trace.height}`,
      style: `--bc-width: ${trace.width}px`,
      "aria-hidden": "true",
    },
    edges.map(({ root }) => root),
    nodes.map(({ root }) => root),
    edges.map(({ label }) => label),
  );
  const show = (start, end, pair, route) => {
    const chosen = new Set(pair && route ? pair.routes[route - 1].edges : (pair?.between ?? []));
    const between = new Set(pair?.between ?? []);
    edges.forEach(({ root, label }, i) => {
      root.dataset.on = chosen.has(i) ? "route" : between.has(i) ? "other" : "none";
      label.dataset.on = root.dataset.on;
    });
    nodes.forEach((node, i) => {
      const state = i === start || i === end ? "now" : "known";
      node.set({ value: trace.nodes[i].value, bar: "", state, phase: "forward" });
    });
  };
  return { svg, show };
}

export default { render };
