"""Settings of Sphinx. They need the extra `docs`; nothing here fetches anything, nor do the pages."""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))  # the docstrings of this checkout, whatever is installed

project = "backprop-course"
release = version = version_of("backprop-course")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    *(f"backprop_course.docs.{name}" for name in ("mathml", "names", "errors_page", "source_lines")),
]
exclude_patterns = ["__pycache__"]

default_role = "py:obj"  # as docstrings write names; what is no name of ours stays as it is
add_module_names = False
autodoc_typehints = "none"  # numpydoc's sections say more
autosummary_generate = False
numpydoc_show_class_members = False

myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "dollarmath"]
myst_heading_anchors = 4
myst_update_mathjax = False
html_math_renderer = "mathml"

nb_execution_mode = "force"  # a unit is given out with nothing run; here its pictures are to be seen
nb_execution_timeout = 300  # seconds for a cell
nb_ipywidgets_js: dict[str, Any] = {}  # there are no widgets without Python, so no script for them either
nb_render_image_options = {"alt": "A widget as it begins; it answers in JupyterLab."}
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]  # their pictures

html_theme = "furo"
html_title = "backprop-course"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False


def bring_units(app: Any, config: Any) -> None:
    """Copy the released notebooks to where Sphinx looks for pages."""
    units = HERE / "units"
    units.mkdir(exist_ok=True)
    for notebook in sorted((ROOT / "notebooks").glob("NB*/NB*.ipynb")):
        copy = units / notebook.name
        if not copy.exists() or copy.read_bytes() != notebook.read_bytes():
            shutil.copyfile(notebook, copy)


def without_state(app: Any, name: str, template: str, context: dict[str, Any], document: Any) -> None:
    """Leave the state of widgets out of a page: up to a megabyte, which nothing there could show."""
    context["script_files"] = [
        script
        for script in context.get("script_files", ())
        if getattr(script, "attributes", {}).get("type") != "application/vnd.jupyter.widget-state+json"
    ]


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("config-inited", bring_units)
    app.connect("html-page-context", without_state, priority=900)  # when the others have added theirs
