"""JupyterLab on the working folder: opened with one call, ended with one Ctrl-C.

JupyterLab runs in this process. It asks nothing of the network: no news, no update check and no
extension catalogue are fetched, and nobody is asked whether they should be (the folder ``jupyter``
beside this file holds that default).
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from backprop_course.cli.kernel import kernel_settings
from backprop_course.errors import CourseError

QUIET_NETWORK = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)


ANSWER_SECONDS = 2
DEFAULTS = Path(__file__).with_name("jupyter")


class PortError(CourseError, OSError):
    """The port that was asked for cannot be used."""


def serve(
    folder: Path,
    announce: Callable[[str], None],
    *,
    opens: str = "",
    sign: bool = False,
    port: int | None = None,
    browser: bool = True,
    verbose: bool = False,
) -> None:
    """Run JupyterLab on `folder` until Ctrl-C (or a request to terminate) ends it.

    Parameters
    ----------
    folder : pathlib.Path
        The root of what JupyterLab shows.
    announce : callable
        Called with the address as soon as it answers.
    opens : str
        The notebook in `folder` that is open at first, if any.
    sign : bool
        Whether that notebook was just written by us; unsigned, Jupyter would warn of its output.
    port : int, optional
        The port to use. Without it: ``JUPYTER_PORT`` or 8888, or the next that is free.
    browser : bool
        Whether to open the address in a browser.
    verbose : bool
        Whether to show JupyterLab's own log. Otherwise only its errors, once it runs.

    Raises
    ------
    PortError
        If `port` is not free.
    """
    if port is not None:
        require_free(port)
    others = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, (str(DEFAULTS), others)))
    load_quickly()
    import nbformat
    from jupyterlab.labapp import LabApp

    token = os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(24)
    arguments = [
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--ServerApp.open_browser={browser}",
        *([f"--LabApp.default_url=/lab/tree/{opens}"] if opens else ()),
        f"--IdentityProvider.token={token}",
        f"--Application.log_level={'INFO' if verbose else 'ERROR'}",
        "--ServerApp.allow_root=True",  # containers and course machines; it listens on this machine only
        *QUIET_NETWORK,
        *(f"--KernelManager.{name}={value}" for name, value in kernel_settings().items()),
    ]
    if port is not None:
        arguments += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]

    # Extensions that are installed but not used here warn while they load; what stops the start is critical.
    logging.disable(logging.NOTSET if verbose else logging.ERROR)
    try:
        server = LabApp.initialize_server(argv=arguments)
    finally:
        logging.disable(logging.NOTSET)

    if sign:
        server.contents_manager.notary.sign(nbformat.read(folder / opens, as_version=4))

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a second Ctrl-C does not wait
        server.stop(from_signal=True)

    signal.signal(signal.SIGINT, stop)  # in place of Jupyter's, which asks for confirmation
    server.io_loop.add_callback(announce, _address(server.connection_url, opens, token))
    server.start()


def address_of_running(folder: Path, opens: str = "") -> str | None:
    """Return the address at which a server already shows `folder`, None if there is none that answers.

    Two servers on one folder would each save over what the other has saved.
    """
    load_quickly()
    from jupyter_server.serverapp import list_running_servers

    for server in list_running_servers(log=logging.getLogger(__name__)):
        if Path(server["root_dir"]) == folder.resolve() and _answers(f"{server['url']}api"):
            return _address(server["url"], opens, server["token"])
    return None


def _answers(address: str) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(address, timeout=ANSWER_SECONDS):  # it is on this machine
            return True
    except OSError:
        return False


def _address(url: str, opens: str, token: str) -> str:
    return f"{url}lab{f'/tree/{opens}' if opens else ''}?token={token}"


def load_quickly() -> None:
    """Let Jupyter's server do without a check of addresses in JSON schemas, which nothing here has.

    To load it, a parser of a whole grammar, takes longer than all the rest: 1.5 s.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # as if it were not installed


def can_open_browser() -> bool:
    """Whether a graphical browser can be expected to open here."""
    if sys.platform in ("darwin", "win32"):
        return True
    return any(os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))


def require_free(port: int) -> None:
    """Refuse a port that another program listens on, or that may not be used."""
    with socket.socket() as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left is free
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise PortError(
                f"Port {port} cannot be used.",
                expected="a free port between 1024 and 65535",
                got=str(error),
                mend="leave out --port, and the next free one is taken",
            ) from error
