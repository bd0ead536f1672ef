"""A notebook's kernel in the sandbox: cells run as in any other, and reach nothing but themselves."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.provisioning import KernelProvisionerFactory
from nbgrader.utils import determine_grade
from traitlets.config import Config

from autograder.exercises import of_unit
from autograder.nbgrader import kernel
from autograder.nbgrader.kernel import ConfinedExecute, Shown, run_in_kernel
from autograder.nbgrader.preprocessor import Judge
from autograder.nbgrader.provisioner import NAME, ConfinedProvisioner
from autograder.nbgrader.source import source_notebook
from autograder.release import REPOSITORY
from autograder.sandbox import SandboxError
from tests.grading.test_walls import opening, private_parents
from tests.grading.test_walls_refused import broken_python

pytestmark = [
    pytest.mark.notebook,
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's"),
    # ipykernel is kind to pyzmq's older socket classes, and says so when it is imported
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning:zmq"),
]


def ran(folder: Path, *cells: str, parent: Any = None) -> tuple[list[str], Shown]:
    """Run cells, and return what each shows, as one text."""
    made = [nbformat.v4.new_code_cell(cell) for cell in cells]
    shown = run_in_kernel(nbformat.v4.new_notebook(cells=made), range(len(cells)), (), str(folder), parent)
    return [text_of(shown.outputs.get(n)) for n in range(len(cells))], shown


def text_of(outputs: list[Any] | None) -> str:
    if outputs is None:
        return "not run"
    return " ".join(
        output.get("text") or output.get("ename") or output["data"].get("text/plain", "")
        for output in outputs
    ).strip()


SEEN = """
import os, json
json.dumps({
    "user": os.getuid(), "number": os.getpid(), "here": sorted(n for n in os.listdir(".") if n[0] != "."),
    "there": [p for p in PATHS if os.path.exists(p)], "secret": os.environ.get("SECRET_OF_THE_GRADER"),
})
"""
HARM = {
    "a socket": "import socket; socket.socket()",
    "a datagram": "import socket; socket.socket(type=socket.SOCK_DGRAM)",
    "netlink": "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "a name": "import socket; socket.getaddrinfo('localhost', 80)",
    "the grader's abstract socket": "import socket; socket.socket(socket.AF_UNIX).connect('\\0{abstract}')",
    "the gradebook": "open({gradebook!r})",
    "the gradebook as a database": "import sqlite3; sqlite3.connect({gradebook!r}).execute('select 1')",
    "a file outside": "open('/usr/lib/x', 'w')",
    "a file beside the sockets": "open('/sockets/x', 'w')",
    "a fork": "import os; os.fork()",
    "forks without end": "import os\nwhile True: os.fork()",
    "a program": "import subprocess; subprocess.run(['/bin/true'])",
    "all other processes": "import os; os.kill(-1, 0)",
    "memory": "held = bytearray(1 << 36)",
}


@pytest.fixture(scope="module")
def harmed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each attempt came to, all in one kernel, and what a cell after them shows."""
    folder = tmp_path_factory.mktemp("course")
    gradebook = folder / "gradebook.db"
    gradebook.write_text("grades")
    (folder / "submitted").mkdir()
    (folder / "submitted" / "data.csv").write_text("1,2\n")
    with socket.socket(socket.AF_UNIX) as listening, pytest.MonkeyPatch.context() as patch:
        abstract = f"confined-kernel-{os.getpid()}"
        listening.bind(f"\0{abstract}")
        listening.listen()
        patch.setenv("SECRET_OF_THE_GRADER", "3.0")
        paths = [
            str(gradebook),
            str(REPOSITORY / "solutions"),
            str(REPOSITORY / "tests"),
            "/etc/passwd",
            "/proc",
        ]
        cells = [text.format(gradebook=str(gradebook), abstract=abstract) for text in HARM.values()]
        shown, how = ran(folder / "submitted", f"PATHS = {paths}", SEEN, *cells, "6 * 7")
    if how.level != "sandbox":
        pytest.skip(f"no namespaces here: {'; '.join(how.notes)}")
    assert gradebook.read_text() == "grades"
    return dict(zip(("", "seen", *HARM, "afterwards"), shown, strict=True))


@pytest.mark.parametrize("attempt", HARM)
def test_a_cell_cannot_have(harmed: dict[str, str], attempt: str) -> None:
    refused = (
        "PermissionError",
        "OSError",
        "FileNotFoundError",
        "OperationalError",
        "MemoryError",
        "gaierror",
    )
    assert harmed[attempt] in (*refused, "ProcessLookupError", "ConnectionRefusedError")


def test_cells_after_all_that_run_as_if_nothing_had_been(harmed: dict[str, str]) -> None:
    assert harmed["afterwards"] == "42"


def test_a_kernel_sees_a_copy_of_its_folder_and_nothing_of_the_grader(harmed: dict[str, str]) -> None:
    seen: dict[str, Any] = eval(harmed["seen"].strip("'").replace("null", "None"))
    assert seen["here"] == ["data.csv"]
    assert seen["there"] == []
    assert seen["secret"] is None
    assert (seen["user"], seen["number"]) == (seen["user"] or "root", 1)


def test_what_a_submission_does_to_its_folder_stays_in_the_sandbox(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("1,2\n")
    (tmp_path / "out").symlink_to("/etc")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "more.csv").write_text("3,4\n")
    with (tmp_path / "large").open("wb") as sparse:
        sparse.truncate(1 << 30)
    write = "for name in ('data.csv', 'sub/more.csv', 'new'): open(name, 'a').write('x')"
    shown, how = ran(tmp_path, write, "import os; sorted(os.listdir('sub')), open('data.csv').read()")
    assert shown == ["", "(['more.csv'], '1,2\\nx')"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.csv", "large", "out", "sub"]
    assert (tmp_path / "data.csv").read_text() == "1,2\n"
    assert any("left out" in note for note in how.notes)


def test_without_a_folder_nothing_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gradebook.db").write_text("grades")
    monkeypatch.chdir(tmp_path)
    made = [nbformat.v4.new_code_cell("import os; [n for n in os.listdir() if n[0] != '.']")]
    shown = run_in_kernel(nbformat.v4.new_notebook(cells=made), [0], (), "")
    assert text_of(shown.outputs[0]) == "[]"


def test_a_loop_is_ended_and_the_cells_after_it_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "ConfinedExecute", lambda **named: ConfinedExecute(timeout=2, **named))
    shown, _ = ran(tmp_path, "while True: pass", "6 * 7")
    assert shown[0] in ("CellTimeoutError", "KeyboardInterrupt", "KeyboardInterrupt CellTimeoutError")
    assert shown[1] == "42"


def test_a_kernel_that_ends_itself_costs_the_cells_after_it(tmp_path: Path) -> None:
    shown, how = ran(tmp_path, "6 * 7", "import os; os._exit(0)", "6 * 7")
    assert shown == ["42", "not run", "not run"]
    assert how.level


def test_a_cell_that_shows_too_much_is_an_error_and_no_browser_runs_anything(tmp_path: Path) -> None:
    floods = "for n in range(300): print('x' * 10_000)"
    html = "from IPython.display import HTML; HTML('<script>alert(1)</script>')"
    shown, how = ran(tmp_path, floods, html)
    assert shown[0] == "ShowsTooMuch"
    assert [set(output.data) for output in how.outputs[1]] == [{"text/plain"}]


def test_what_is_asked_for_but_not_reached_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = ConfinedProvisioner._started

    def without(self: ConfinedProvisioner, *arguments: Any) -> Any:
        own = started(self, *arguments)
        if arguments[-1]:
            own.told = {"refused": "Operation not permitted"}
        return own

    monkeypatch.setattr(ConfinedProvisioner, "_started", without)
    shown, how = ran(tmp_path, "6 * 7")
    assert shown == ["42"]
    assert how.level in ("limits", "process")
    assert "no namespaces: Operation not permitted" in how.notes
    strict = Judge(config=Config({"ConfinedProvisioner": {"isolation": "sandbox"}}))
    with pytest.raises(SandboxError, match="no namespaces: Operation not permitted"):
        ran(tmp_path, "6 * 7", parent=strict)


def test_a_kernel_that_cannot_be_confined_runs_nothing_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(broken_python(tmp_path)))
    with pytest.raises(SandboxError, match="could not be confined") as refused:
        ran(tmp_path, "6 * 7")
    assert "OSError: [Errno 5] Input/output error" in str(refused.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.skipif(not (shutil.which("unshare") and shutil.which("setpriv")), reason="needs util-linux")
def test_a_user_without_rights_has_the_same_walls() -> None:
    program = (
        "import nbformat\n"
        "from autograder.nbgrader.kernel import run_in_kernel\n"
        "cell = nbformat.v4.new_code_cell('import os; os.getuid(), os.path.exists(\"/etc/passwd\")')\n"
        "shown = run_in_kernel(nbformat.v4.new_notebook(cells=[cell]), [0], (), '')\n"
        "print(shown.level, shown.outputs[0][0].data['text/plain'])\n"
    )
    opened = " && ".join(map(opening, private_parents(sys.base_prefix)))
    become = 'exec setpriv --reuid 61000 --regid 61000 --clear-groups "$@"'
    command = f"{opened or 'true'} && {become}"
    with tempfile.TemporaryDirectory() as home:
        os.chown(home, 61000, 61000)
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", command, "sh", sys.executable, "-c", program],
            capture_output=True,
            text=True,
            cwd="/",
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "HOME": home},
        )
    if "Permission denied" in done.stderr:
        pytest.skip(f"another user cannot use this Python: {done.stderr.strip().splitlines()[-1]}")
    assert done.stdout.strip() == "sandbox (61000, False)", done.stderr


def test_the_provisioner_is_found_by_its_name() -> None:
    spec = KernelSpecManager().get_kernel_spec("python3")
    spec.metadata["kernel_provisioner"] = {"provisioner_name": NAME}
    made: Callable[..., Any] = KernelProvisionerFactory().create_provisioner_instance
    assert type(made("an id", spec, None)) is ConfinedProvisioner


@pytest.mark.slow
def test_a_solved_unit_has_the_same_points_as_from_the_judge() -> None:
    """Its checks run in the kernel here, as in plain nbgrader's own autograding."""
    notebook = source_notebook("NB04", REPOSITORY)
    checks = [n for n, cell in enumerate(notebook.cells) if is_check(cell)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBGRADER_EXECUTION", "autograde")
        shown = run_in_kernel(notebook, checks, (), "")
    for n in checks:
        notebook.cells[n].outputs = shown.outputs[n]
    points = {
        notebook.cells[n].metadata.nbgrader.grade_id: determine_grade(notebook.cells[n]) for n in checks
    }
    assert points == {f"{e.grade_id}-check": (e.points, e.points) for e in of_unit("NB04")}


def is_check(cell: Any) -> bool:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id")).endswith("-check")
