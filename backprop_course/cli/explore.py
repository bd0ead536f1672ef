"""The gallery of widgets as a web page: live, with a kernel behind each page, by Voilà in this process.

The first page is the index that an export has as well; each widget is a notebook of two cells, which Voilà
shows in a kernel of its own while somebody looks at it. Nothing is asked of the network: Voilà's own pages
would fetch icons and scripts from elsewhere, those of the template in ``pages`` beside this file do not.
"""

from __future__ import annotations

import functools
import json
import os
import secrets
import tempfile
import webbrowser
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backprop_course.cli.kernel import kernel_settings
from backprop_course.cli.lab import load_quickly, require_free
from backprop_course.errors import UsageError

if TYPE_CHECKING:
    from backprop_course.widgets.gallery import Entry

TEMPLATES = Path(__file__).with_name("pages")
EXTENSIONS = ["anywidget", "@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8"]
PORT = 8866
_LEAD = (
    "The pictures of the course on how gradients are computed, with Python behind each. "
    "The first look at one takes a few seconds: a kernel starts for it."
)


def export(folder: Path) -> list[Path]:
    """Write the gallery as pages that need nothing else; return them, the index first.

    Raises
    ------
    UsageError
        If the folder cannot be written to, or holds other files of these names.
    """
    from backprop_course.widgets import gallery, pages

    return pages.export(gallery.gallery(), folder)


def serve(
    announce: Callable[[str], None], *, port: int | None = None, browser: bool = True, verbose: bool = False
) -> None:
    """Serve the gallery until Ctrl-C (or a request to terminate) ends it.

    Parameters
    ----------
    announce : callable
        Called with the address as soon as it answers.
    port : int, optional
        The port to use; 8866, or one near it that is free, without it.
    browser : bool
        Whether to open the address in a browser.
    verbose : bool
        Whether to show Voilà's own log.

    Raises
    ------
    PortError
        If `port` is not free.
    ModuleNotFoundError
        If Voilà is not installed.
    """
    if port is not None:
        require_free(port)
    load_quickly()
    from traitlets.config import Config
    from voila.app import Voila

    from backprop_course.widgets import gallery, pages

    others = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, (str(TEMPLATES), others)))
    entries = gallery.gallery()
    pictures = [f"pictures/{entry.slug}.png" for entry in entries]
    first = pages.index(entries, pictures, lead=_LEAD, address="voila/render/{}.ipynb")
    token = os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(24)

    class Gallery(Voila):  # type: ignore[misc]
        """Voilà with our first page; its address is announced, then opened."""

        def init_handlers(self) -> list[Any]:
            return [*_first_page(first), *super().init_handlers()]

        def launch_browser(self) -> None:
            address = f"{self.connection_url}?token={token}"
            announce(address)
            if browser:
                webbrowser.open(address)

    with tempfile.TemporaryDirectory(prefix="gallery-") as folder:
        for entry in entries:
            (Path(folder) / f"{entry.slug}.ipynb").write_text(_notebook(entry), encoding="utf-8")
        server = Gallery(config=Config(_settings(folder, token, port, verbose)))
        server.initialize([])
        server.start()


def _settings(folder: str, token: str, port: int | None, verbose: bool) -> dict[str, Any]:
    return {
        "Voila": {
            "root_dir": folder,
            "token": token,
            "port": port or PORT,
            "port_retries": 0 if port else 50,
            "log_level": "INFO" if verbose else "ERROR",
            "kernel_websocket_connection_class": "backprop_course.cli.connection.Prompt",
            # A page that is closed ends its kernel by a request that Voilà sends without the mark asked for.
            "tornado_settings": {"disable_check_xsrf": True},
        },
        "VoilaConfiguration": {"template": "course", "extension_allowlist": EXTENSIONS},
        "KernelManager": kernel_settings(),
        # A kernel that nobody looks at any more ends; closing a page ends its own at once.
        "MappingKernelManager": {"cull_interval": 60, "cull_idle_timeout": 120},
    }


def _first_page(page: str) -> list[Any]:
    """Return what answers to the address of the index and to those of its pictures."""
    from jupyter_server.base.handlers import JupyterHandler
    from tornado.ioloop import IOLoop
    from tornado.iostream import StreamClosedError
    from tornado.web import HTTPError, authenticated

    from backprop_course.widgets.gallery import find

    drawing = ThreadPoolExecutor(1)  # matplotlib draws in one thread only

    @functools.cache
    def picture(slug: str) -> bytes:
        return find(slug).make().png()

    class FirstPage(JupyterHandler):
        """The index; to be asked with the token, which the browser keeps from then on."""

        @authenticated
        async def get(self) -> None:
            await self.finish(page)

    class Picture(JupyterHandler):
        """The picture of one widget, drawn when it is asked for."""

        @authenticated
        async def get(self, slug: str) -> None:
            stream: Any = self.request.connection.stream  # type: ignore[union-attr]

            def drawn() -> bytes:
                return b"" if stream.closed() else picture(slug)  # gone on to a widget

            try:
                png = await IOLoop.current().run_in_executor(drawing, drawn)
            except UsageError as error:
                raise HTTPError(404) from error
            self.set_header("Content-Type", "image/png")
            with suppress(StreamClosedError):  # whoever asked has gone on
                await self.finish(png)

    return [("/", FirstPage), (r"/pictures/([\w-]+)\.png", Picture)]


def _notebook(entry: Entry) -> str:
    """Return the notebook that shows one widget."""
    said = f"{entry.sentence} Unit {entry.unit} of the course. {entry.note}".rstrip()
    text = f"[All pictures](../../)\n\n# {entry.name}\n\n{said}"
    show = (
        "from IPython.display import display\nfrom backprop_course.widgets.gallery import find\n\n"
        f"display(find({entry.slug!r}).make(), exclude=['image/png'])  # it is drawn by the browser alone"
    )
    cells: Sequence[dict[str, Any]] = [
        {"cell_type": "markdown", "id": "text", "metadata": {}, "source": text},
        {
            "cell_type": "code",
            "id": "widget",
            "metadata": {},
            "source": show,
            "outputs": [],
            "execution_count": None,
        },
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "title": entry.name}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
