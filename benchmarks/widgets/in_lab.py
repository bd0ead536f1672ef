"""The widgets in a JupyterLab: steps, round trips to the kernel, drags, bytes, and first pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backprop_course.widgets.gallery import gallery
from tests.browser.conftest import PATIENCE, running_lab
from tests.browser.lab_notebook import APP, KERNEL

CLOCK = (Path(__file__).with_name("clock.js")).read_text(encoding="utf-8")
IMPORTS = (  # as the course's notebooks begin
    "import matplotlib.pyplot as plt\nimport numpy as np\n"
    "from backprop_course.widgets import ActivationExplorer\nfrom backprop_course.widgets.gallery import find"
)
_MS = 1000
_PATIENCE = int(PATIENCE * _MS)
_RUN = f"""
([index, patience]) => {{
  const notebook = {APP}.shell.currentWidget.content;
  notebook.activeCellIndex = index;
  const output = () => notebook.widgets[index].outputArea?.node;
  const run = () => {APP}.commands.execute("notebook:run-cell");
  return index ? clock.first(run, output, patience) : run();
}}
"""
_ROOT = f"""
(index) => {APP}.shell.currentWidget.content.widgets[index].outputArea.node.querySelector(".bc-widget")
"""


@dataclass(frozen=True)
class Step:
    """Something that is stepped without the kernel: by an arrow key on a graph, or by a slider."""

    slug: str
    role: str = ""
    slider: str = ""


@dataclass(frozen=True)
class Trip:
    """A setting that the kernel answers, by a slider; and what can be dragged."""

    name: str
    source: str
    slider: str
    by: int = 1
    drag: str = ""


STEPS = (
    Step("graph-stepper", role="application"),
    Step("backward-debugger", role="application"),
    Step("jacobian-builder", role="application"),
    Step("finite-difference-microscope", slider="Step h"),
    Step("descent-explorer", slider="Step"),
)
TRIPS = (
    Trip("descent-explorer", "find('descent-explorer').make()", "Step size η", drag=".bc-plot-area"),
    Trip("logit-fitter", "find('logit-fitter').make()", "w₀", drag=".bc-logit-map .bc-plot-area"),
    Trip("activation-explorer", "ActivationExplorer()", "Weight w"),
)


@dataclass
class Measured:
    """All that was measured, in milliseconds and bytes; each list has one number for each time.

    Attributes
    ----------
    handled, shown : dict
        By widget: a step until all is changed and laid out, and until the next frame is drawn.
    trips, late : dict
        By widget: a round trip; how much later than the pointer's last move the last picture of a drag came.
    pictures : dict
        By widget, how many pictures each drag had.
    sent : dict
        By widget, bytes on the kernel's websocket for a step that the kernel answers, both ways, mean.
    first : dict
        By widget, from running its cell to its first picture.
    """

    handled: dict[str, list[float]] = field(default_factory=dict)
    shown: dict[str, list[float]] = field(default_factory=dict)
    trips: dict[str, list[float]] = field(default_factory=dict)
    late: dict[str, list[float]] = field(default_factory=dict)
    pictures: dict[str, list[int]] = field(default_factory=dict)
    sent: dict[str, float] = field(default_factory=dict)
    first: dict[str, list[float]] = field(default_factory=dict)


def measure(
    browser: Any, scratch: Path, *, count: int, drags: int, rounds: int, look: Callable[[], None]
) -> Measured:
    """Measure all of it.

    Parameters
    ----------
    browser : playwright's Browser
    scratch : pathlib.Path
        An empty folder.
    count : int
        Steps, and round trips, of each widget.
    drags : int
        Of each widget that can be dragged.
    rounds : int
        How often each cell is run for its first picture.
    look : callable
        Called between the measurements.
    """
    found = Measured()
    slugs = [entry.slug for entry in gallery()]
    sources = [f"find({slug!r}).make()" for slug in slugs]
    sources += [trip.source for trip in TRIPS if trip.name not in slugs]
    names = [*slugs, *(trip.name for trip in TRIPS if trip.name not in slugs)]
    places = {name: place for place, name in enumerate(names, 1)}
    with _notebook(browser, scratch, [IMPORTS, *sources]) as (page, traffic):
        page.evaluate(_RUN, [0, _PATIENCE])
        for _ in range(rounds):
            for name, place in places.items():
                found.first.setdefault(name, []).append(page.evaluate(_RUN, [place, _PATIENCE]))
        for step in STEPS:
            root = _root(page, places[step.slug])
            what = {"name": step.slider, "role": step.role, "count": count}
            times = page.evaluate("([root, what]) => clock.steps(root, what)", [root, what])
            found.handled[step.slug], found.shown[step.slug] = times["handled"], times["shown"]
            look()
        for trip in TRIPS:
            root = _root(page, places[trip.name])
            what = {"name": trip.slider, "by": trip.by, "count": count, "patience": _PATIENCE}
            before = traffic["bytes"]
            found.trips[trip.name] = page.evaluate("([root, what]) => clock.trips(root, what)", [root, what])
            page.wait_for_timeout(500)  # what comes after the last answer counts too
            found.sent[trip.name] = (traffic["bytes"] - before) / count
            look()
            if trip.drag:
                results = [_drag(page, root, trip.drag) for _ in range(drags)]
                found.late[trip.name] = [result["late"] for result in results]
                found.pictures[trip.name] = [result["pictures"] for result in results]
    return found


@contextmanager
def _notebook(browser: Any, scratch: Path, sources: list[str]) -> Iterator[tuple[Any, dict[str, int]]]:
    """Open a notebook with these cells in a JupyterLab of its own, nothing run yet; count its traffic."""
    folder = scratch / "work"
    folder.mkdir(parents=True)
    with running_lab(folder) as lab:
        lab.render_all_cells()
        lab.add_notebook("widgets.ipynb", *sources)
        page = browser.new_page(viewport={"width": 1100, "height": 1000})
        page.set_default_timeout(_PATIENCE)
        traffic = _counted(page)
        page.goto(f"{lab.url}/lab/tree/widgets.ipynb?reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.wait_for_function(f"{KERNEL}?.status === 'idle'")
        page.add_script_tag(content=CLOCK)
        yield page, traffic
        page.close()


def _root(page: Any, place: int) -> Any:
    root = page.evaluate_handle(_ROOT, place)
    root.as_element().scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    return root


def _drag(page: Any, root: Any, what: str) -> dict[str, float]:
    """Drag away from the middle of a plot, and wait until no more pictures come."""
    box = root.as_element().query_selector(what).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    watch = page.evaluate_handle("root => clock.watchDrag(root)", root)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(x + box["width"] * step / 180, y - box["height"] * step / 240)
        page.wait_for_timeout(12)
    page.mouse.up()
    page.wait_for_timeout(1000)
    result: dict[str, float] = watch.evaluate("watch => watch.end()")
    return result


def _counted(page: Any) -> dict[str, int]:
    """Count what goes over the websockets of a page that is about to be opened."""
    traffic = {"bytes": 0}

    def add(payload: str | bytes) -> None:
        traffic["bytes"] += len(payload if isinstance(payload, bytes) else payload.encode())

    def watch(socket: Any) -> None:
        socket.on("framesent", add)
        socket.on("framereceived", add)

    page.on("websocket", watch)
    return traffic
