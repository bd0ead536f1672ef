"""A widget's ES module in a blank page, with a stand-in for the model that anywidget hands to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from backprop_course.widgets import _assets

# The stand-in of exported pages, which also counts: what is sent to the kernel, and who listens.
STAND_IN = (
    _assets.module("stand_in").replace("export class", "class")
    + """
class Watched extends StandIn {
  saved = 0;
  save_changes() { this.saved += 1; super.save_changes(); }
  count() { return Object.values(this.listeners).reduce((n, list) => n + list.length, 0); }
}
"""
)
SHOW = """
async ({ source, traits, views }) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const module = (await import(url)).default;
  window.model = new Watched(traits);
  window.cleanUps = [];
  for (let i = 0; i < views; i++) {
    const el = document.body.appendChild(document.createElement("div"));
    window.cleanUps.push(await module.render({ model: window.model, el }));
  }
  // Widgets that draw to their width do so when their observer is first called: ours is called after theirs.
  await new Promise((drawn) => {
    const last = new ResizeObserver(() => (last.disconnect(), drawn()));
    last.observe(document.body);
  });
}
"""
DARK = 'data-jp-theme-light="false" style="background: #111; --jp-layout-color0: #111"'
LIGHT = 'data-jp-theme-light="true"'


def open_widget(
    new_page: Callable[..., Any],
    widget: Any,  # a widget class or one of its instances
    traits: dict[str, Any],
    *,
    views: int = 1,
    body: str = "",
    clock: bool = False,
    **options: Any,
) -> Any:
    """Return a page that shows the widget with these traits; ``model`` and ``cleanUps`` are its globals."""
    page = new_page(**{"reduced_motion": "reduce", **options})
    page.set_content(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Widget</title>"
        f"<style>body {{ margin: 12px }} {widget._css}</style><body {body}></body></html>"
    )
    if clock:
        page.clock.install()
    page.add_script_tag(content=f"{STAND_IN} window.Watched = Watched;")
    page.evaluate(SHOW, {"source": widget._esm, "traits": traits, "views": views})
    return page


def is_clean_after_dispose(page: Any) -> bool:
    """Run the clean-ups of all views; say whether no listener and no element is left."""
    page.evaluate("cleanUps.forEach((dispose) => dispose())")
    return bool(page.evaluate("model.count() === 0 && document.querySelector('.bc-widget') === null"))


# Each text: its colour and the first painted background behind it. SVG texts stand on a CSS background.
_TEXTS = """
() => {
  const clear = (colour) => colour === "transparent" || /, 0\\)$/.test(colour);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (!clear(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = [...document.querySelectorAll(".bc-widget *")].filter(
    (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && e.checkVisibility()
      && !e.closest("[aria-disabled=true]") && !e.closest("[data-on-paint]"),
  );
  return texts.map((e) => {
    const style = getComputedStyle(e);
    return [e.textContent.trim(), e instanceof SVGElement ? style.fill : style.color, behind(e)];
  });
}
"""


def faint_texts(page: Any) -> list[str]:
    """Return the texts whose contrast is below 4.5, the bound of WCAG AA; not those marked data-on-paint."""
    return [text for text, front, back in page.evaluate(_TEXTS) if contrast_ratio(front, back) < 4.5]


# Each mark: the colours of its line and its filling as they are seen, with their opacities, and what lies
# behind it. In a plot that is the plot's own paper, beside one (in a legend) the background of the widget.
# A mark of HTML is seen by its outline, its border or its background.
_MARKS = """
(selectors) => {
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  const mixed = (back, front, opacity) => {
    pen.globalAlpha = 1;
    pen.fillStyle = back;
    pen.fillRect(0, 0, 1, 1);
    pen.globalAlpha = opacity;
    pen.fillStyle = front;
    pen.fillRect(0, 0, 1, 1);
    return `rgb(${[...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).join(", ")})`;
  };
  const paper = (mark) => {
    const plot = mark.closest(".bc-plot")?.querySelector(".bc-plot-area");
    let back = "white";
    const around = [];
    const first = mark instanceof SVGElement ? mark : mark.parentElement;
    for (let e = first; e; e = e.parentElement) around.unshift(getComputedStyle(e).backgroundColor);
    for (const colour of around) back = mixed(back, colour, 1);
    return plot ? mixed(back, getComputedStyle(plot).fill, 1) : back;
  };
  return selectors.flatMap((selector) => {
    const found = [...document.querySelectorAll(`.bc-widget ${selector}`)];
    const marks = found.filter((e) => e.checkVisibility());
    if (!marks.length) throw new Error(`nothing is drawn as ${selector}`);
    return marks.map((mark) => {
      const style = getComputedStyle(mark);
      let opacity = 1;
      for (let e = mark; e; e = e.parentElement) opacity *= getComputedStyle(e).opacity;
      const back = paper(mark);
      const line = (kind) => [style[`${kind}Style`] === "none" ? "none" : style[`${kind}Color`], 1];
      const paints = mark instanceof SVGElement
        ? [[style.stroke, style.strokeOpacity], [style.fill, style.fillOpacity]]
        : [line("outline"), line("borderTop"), [style.backgroundColor, 1]];
      const seen = paints.filter(([paint]) => paint !== "none");
      return [selector, seen.map(([paint, share]) => mixed(back, paint, opacity * share)), back];
    });
  });
}
"""


def faint_marks(page: Any, *selectors: str) -> dict[str, float]:
    """Return curves and marks whose contrast is below 3, the bound of WCAG 2.2, 1.4.11; each must be drawn.

    A mark is seen by its line or by its filling, whichever has more.
    """
    least: dict[str, float] = {}
    for selector, fronts, back in page.evaluate(_MARKS, list(selectors)):
        contrast = max((contrast_ratio(front, back) for front in fronts), default=1.0)
        least[selector] = min(contrast, least.get(selector, 21.0))
    return {selector: round(contrast, 2) for selector, contrast in least.items() if contrast < 3}


def contrast_ratio(one: str, other: str) -> float:
    """Contrast of two CSS colours, from 1 to 21; WCAG 2.2, definition of contrast ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of a CSS colour; WCAG 2.2, definition of relative luminance."""
    numbers = [float(c) for c in re.findall(r"[\d.]+(?:e-?\d+)?", colour)[:3]]
    channels = (
        numbers if colour.startswith("color(srgb ") else [c / 255 for c in numbers]
    )  # mixed, or rgb(r, g, b)
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def unmarked_focus(page: Any) -> int:
    """Count what takes the focus without keeping the notebook's shortcuts out."""
    focusable = "[tabindex], button, input, a[href], select, textarea, summary"
    script = "s => [...document.querySelectorAll(s)].filter((e) => !e.dataset.lmSuppressShortcuts).length"
    return int(page.evaluate(script, focusable))


def is_wider_than_the_page(page: Any) -> bool:
    """Say whether the page has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
