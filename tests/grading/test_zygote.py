"""The process that answers are forked from: closed, killed, not to be started; what it reads in advance."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from autograder.sandbox import SandboxError, Session, Zygote, warming


def test_nothing_is_left_of_a_closed_zygote() -> None:
    with Zygote(namespaces=False) as zygote:
        with Session(zygote, ["import os\ndef f(): return os.getcwd()"], ["f"]) as session:
            folder = Path(session.question("f")(()).value)
        pid = zygote.pid
    assert not folder.parent.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_zygote_that_is_killed_costs_nothing(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    with Zygote(namespaces=False) as own:
        with Session(own, ["def f(x): return x"], ["f"]) as session:
            question = session.question("f")
            assert question((1.0,)).value == 1.0
            folders = set(shared.iterdir())
            killed = own.pid
            os.kill(killed, signal.SIGKILL)
            os.waitid(os.P_PID, killed, os.WEXITED | os.WNOWAIT)
            assert question((2.0,)).value == 2.0
            assert own.pid != killed
            assert question.trouble is None
            assert len(folders) == 1
            assert not folders & set(shared.iterdir())


def test_a_python_that_cannot_start_is_not_the_submissions_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Zygote() as broken, Session(broken, ["def f(): return 1"], ["f"]) as session:
        question = session.question("f")
        with pytest.raises(SandboxError, match="did not start"):
            question(())
        assert isinstance(question.failure, SandboxError)


def test_a_notebook_whose_cells_were_read_in_advance_is_run_as_any_other() -> None:
    released = ["scale = 2.0", "def f(x):\n    return x * scale", "def g(x):\n    raise ValueError('no')"]
    with Zygote() as own:
        for ahead in ((), tuple(released), (released[1],)):
            own.read_in_advance(ahead)
            with Session(own, ["# mine", *released], ["f", "g"]) as session:
                assert session.question("f")((3.0,)).value == 6.0
                assert (
                    session.question("g")((3.0,)).line == "line 2 of the function, \"raise ValueError('no')\""
                )
                assert session.places["f"].cell == 2
            with Session(own, [released[1], "scale = 5.0"], ["f"]) as session:
                assert session.question("f")((3.0,)).value == 15.0


def test_a_zygote_that_is_started_again_reads_in_advance_again() -> None:
    with Zygote() as own:
        own.read_in_advance(["def f(x): return x"])
        for _ in range(2):
            with Session(own, ["def f(x): return x"], ["f"]) as session:
                assert session.question("f")((3.0,)).value == 3.0
            os.kill(own.pid, signal.SIGKILL)


def test_what_warms_the_zygote_runs_as_a_submission_does() -> None:
    with Zygote() as own, Session(own, warming._CELLS, ["answer"]) as session:
        x, w, b = np.ones((4, 3)), np.eye(3, 2), np.zeros(2)
        outcome = session.question("answer")((x, w, b, np.arange(4) % 2))
        assert (outcome.kind, outcome.message) == ("returned", "")


def test_nothing_of_what_warmed_the_zygote_is_among_a_submissions_names() -> None:
    cell = "import __main__\ndef f(): return sorted(n for n in vars(__main__) if not n.startswith('__'))"
    with Zygote() as own, Session(own, [cell], ["f"]) as session:
        assert session.question("f")(()).value == ["display", "f", "get_ipython"]
