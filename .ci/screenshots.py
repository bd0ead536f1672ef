"""Take the pictures of README.md again: ``.venv/bin/python .ci/screenshots.py [check report stepper]``.

Needs the extra ``test`` and Chromium. Each picture shows what its command or notebook really gives; look at
them before they are committed.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from backprop_course.widgets.gallery import gallery
from backprop_course.widgets.pages import export

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import PATIENCE, QUIET, running_lab  # noqa: E402  # of the repository above
from tests.browser.lab_notebook import APP, KERNEL, RUN  # noqa: E402

PICTURES = Path(__file__).with_name("screenshots")
COLOURS = 96  # screens of text and lines have few; a palette makes the files a third as large
STUB = "    # YOUR CODE HERE\n    ..."
MISTAKEN = """\
    dX = dY @ W.T
    dW = X.T @ dY
    db = dY
    return dX, dW, db"""


def check(page: Any, scratch: Path) -> bytes:
    """NB06 in JupyterLab: an answer with a forgotten sum, and the card that its check gives."""
    folder = scratch / "work"
    folder.mkdir()
    notebook = json.loads((ROOT / "notebooks" / "NB06" / "NB06.ipynb").read_text(encoding="utf-8"))
    cells = notebook["cells"]
    places = {cell["id"]: place for place, cell in enumerate(cells)}
    answer = places["NB06-E06"]
    stub = "".join(cells[answer]["source"])
    if STUB not in stub:
        raise SystemExit(f"The stub of NB06.E06 has changed; expected in it:\n{STUB}")
    cells[answer]["source"] = stub.replace(STUB, MISTAKEN)
    (folder / "NB06.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    hide_grader(scratch / "config")
    imports = next(n for n, cell in enumerate(cells) if "import check" in "".join(cell["source"]))
    with running_lab(folder) as lab:
        page.set_viewport_size({"width": 900, "height": 760})
        page.goto(f"{lab.url}/lab/tree/NB06.ipynb?reset")
        page.wait_for_function(f"{KERNEL}?.status === 'idle'")
        page.evaluate(f"{APP}.commands.execute('application:toggle-left-area')")
        for place in (imports, answer, places["NB06-E06-check"]):
            page.evaluate(RUN, place)
        card = page.locator(".bpc-card")
        card.get_by_text("M03").first.wait_for()
        page.wait_for_timeout(2000)  # formulas are set and the notebook settles
        card.evaluate("card => card.scrollIntoView({ block: 'end' })")
        page.wait_for_timeout(1000)
        return bytes(page.screenshot())


def hide_grader(configuration: Path) -> None:
    """Leave out nbgrader's menu and buttons, which a student's installation does not have."""
    disabled = {"disabledExtensions": {"@jupyter/nbgrader": True}}
    path = configuration / "labconfig" / "page_config.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(disabled), encoding="utf-8")


def report(page: Any, scratch: Path) -> bytes:
    """The mistakes in the report that `autograder demo` writes, the first with its example."""
    command = [sys.executable, "-m", "autograder", "demo", "--dir", str(scratch / "demo")]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    (path,) = (scratch / "demo").rglob("report.html")
    page.set_viewport_size({"width": 900, "height": 640})
    page.goto(path.as_uri())
    mistakes = page.get_by_role("heading", name="Mistakes, the most frequent first")
    page.get_by_text("An answer with it").first.click()
    mistakes.evaluate("heading => scrollTo(0, heading.getBoundingClientRect().top + scrollY - 24)")
    return bytes(page.screenshot())


def stepper(page: Any, scratch: Path) -> bytes:
    """The graph stepper as `backprop-course explore --export` writes it, in its backward walk."""
    _, path = export([entry for entry in gallery() if entry.slug == "graph-stepper"], scratch)
    page.set_viewport_size({"width": 900, "height": 600})
    page.goto(path.as_uri())
    graph = page.get_by_role("application")
    graph.focus()
    graph.press("End")
    for _ in range(5):
        graph.press("ArrowLeft")
    return bytes(page.screenshot())


TAKEN: dict[str, Callable[[Any, Path], bytes]] = {"check": check, "report": report, "stepper": stepper}


def main(names: list[str]) -> None:
    """Take the named pictures, or all."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(QUIET))
        for name in names or TAKEN:
            page = browser.new_page(color_scheme="light", reduced_motion="reduce")
            page.set_default_timeout(1000 * PATIENCE)
            with TemporaryDirectory() as scratch:
                png = TAKEN[name](page, Path(scratch))
            page.close()
            path = PICTURES / f"{name}.png"
            Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS).save(path, optimize=True)
            sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB\n")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
