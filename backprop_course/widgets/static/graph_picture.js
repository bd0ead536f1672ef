// The picture of a recorded graph: cards, wires, the product beside an edge. Shared by what shows graphs.
import { revealSpan, s } from "./common.js";

/** The picture: built once, then only classes and texts change. */
export function drawing(trace) {
  const computed = trace.nodes.map(() => 0); // the step at which a node's value is there
  const returned = trace.edges.map(() => Infinity); // the step at which an edge has carried its cotangent
  trace.steps.forEach((step, index) => {
    if (step.phase === "forward") computed[step.node] = index;
    if (step.phase === "backward" && step.edge !== null) returned[step.edge] = index;
  });
  const edges = trace.edges.map(edgeShape);
  const nodes = trace.nodes.map(nodeShape);
  const pill = pillShape();
  const svg = s(
    "svg",
    {
      class: "bc-graph",
      viewBox: `0 0 ${trace.width} ${trace.height}`,
      style: `--bc-width: ${trace.width}px`,
      "aria-hidden": "true",
    },
    edges.map((edge) => edge.root),
    nodes.map((node) => node.root),
    edges.map((edge) => edge.term),
    pill.root,
  );

  const show = (index, hidden) => {
    const current = trace.steps[index];
    const bars = trace.nodes.map(() => "");
    trace.steps.slice(1, hidden ? index : index + 1).forEach((step) => {
      if (step.phase === "backward") bars[step.node] = step.bar;
    });
    const backward = current.phase === "backward" || current.phase === "end";
    nodes.forEach((node, i) => {
      const known = computed[i] < index || (computed[i] === index && !hidden);
      node.set({
        value: known ? trace.nodes[i].value : "?",
        bar: backward && trace.nodes[i].bar ? bars[i] || "?" : "",
        state: current.node === i ? "now" : known ? "known" : "unknown",
        phase: current.phase,
      });
    });
    edges.forEach((edge, i) => {
      const { source, target } = trace.edges[i];
      edge.set({
        ahead: current.phase === "forward" && current.node === target,
        known: computed[source] <= index && computed[target] <= index,
        back: returned[i] <= index,
        now: current.edge === i,
        term: returned[i] < index ? trace.edges[i].term : "",
      });
    });
    pill.set(current.edge === null ? null : trace.edges[current.edge], hidden ? current.question : current.pill);
  };

  const reveal = (stage, index) => {
    const { node, edge } = trace.steps[index];
    if (node === null) return;
    const scale = svg.getBoundingClientRect().width / trace.width;
    const boxes = [trace.nodes[node].box, ...(edge === null ? [] : [trace.nodes[trace.edges[edge].target].box])];
    const left = Math.min(...boxes.map(([x]) => x));
    const right = Math.max(...boxes.map(([x, , width]) => x + width));
    revealSpan(stage, left * scale, right * scale);
  };
  return { svg, show, reveal };
}

export function nodeShape({ kind, label, title, bar, box: [x, y, width, height] }) {
  const middle = x + width / 2;
  const rows = bar ? [y + 17, y + 37, y + 56] : [y + 19, y + 41];
  const value = s("text", { class: "bc-value", x: middle, y: rows[1] });
  const barName = s("tspan", { class: "bc-bar-name" }, bar ? `${bar} ` : "");
  const barNumber = s("tspan");
  const barRow = s("text", { class: "bc-bar-row", x: middle, y: rows[2] ?? 0 }, barName, barNumber);
  const [name, rest] = label;
  const root = s(
    "g",
    { class: "bc-node", "data-kind": kind },
    s("title", {}, title),
    s("rect", { class: "bc-card", x, y, width, height, rx: kind === "compute" ? 7 : 20 }),
    s(
      "g",
      { class: "bc-rows" },
      s("text", { class: "bc-name", x: middle, y: rows[0] }, s("tspan", { class: "bc-strong" }, name), rest),
      value,
    ),
    bar ? barRow : null,
  );
  return {
    root,
    set(now) {
      root.dataset.state = now.state;
      root.dataset.phase = now.phase;
      root.classList.toggle("bc-two-rows", Boolean(bar) && !now.bar);
      value.textContent = now.value;
      barRow.setAttribute("visibility", now.bar ? "visible" : "hidden");
      barNumber.textContent = now.bar;
    },
  };
}

export function edgeShape({ curve, carries, note: [x, y] }) {
  const d = `M${curve[0]}C${curve.slice(1).join(" ")}`;
  const [startX, startY] = curve[0];
  const [endX, endY] = curve[curve.length - 1];
  const root = s(
    "g",
    { class: "bc-edge" },
    s("path", { class: "bc-wire", d }),
    s("path", { class: "bc-head", d: `M${endX},${endY}l-8,-4v8z` }),
    carries ? s("path", { class: "bc-return", d }) : null,
    carries ? s("path", { class: "bc-tail", d: `M${startX},${startY}l10,-5v10z` }) : null,
  );
  const term = s("text", { class: "bc-term", x, y: y + 4 });
  return {
    root,
    term,
    set(now) {
      for (const state of ["ahead", "known", "back", "now"]) root.classList.toggle(`bc-${state}`, now[state]);
      term.textContent = now.term;
    },
  };
}

/** "upstream × local = downstream" beside the edge that carries it now, tied to it by a thin line. */
function pillShape() {
  const tie = s("path", { class: "bc-tie" });
  const box = s("rect", { class: "bc-pill-box", height: 24, rx: 12 });
  const text = s("text", { class: "bc-pill-text" });
  const root = s("g", { class: "bc-pill" }, tie, box, text);
  return {
    root,
    set(edge, parts) {
      root.setAttribute("visibility", edge ? "visible" : "hidden");
      if (!edge) return;
      const [x, y] = edge.label;
      const [startX, startY] = edge.curve[0];
      const [endX, endY] = edge.curve[3];
      tie.setAttribute("d", `M${x},${y}L${(startX + endX) / 2},${(startY + endY) / 2}`);
      text.setAttribute("x", x);
      text.setAttribute("y", y + 4.5);
      text.replaceChildren(...parts.map(({ role, text: words }) => s("tspan", { "data-role": role }, words)));
      box.setAttribute("x", x - edge.room / 2);
      box.setAttribute("y", y - 12);
      box.setAttribute("width", edge.room);
    },
  };
}
