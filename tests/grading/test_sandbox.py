"""Submissions in their processes: what they may do, what ends them, and that it costs no other answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from autograder._outcome import Opaque
from autograder.sandbox import Limits, Session, Zygote
from autograder.sandbox import zygote as sandbox_zygote
from backprop_course import relu, sigmoid, softmax

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox's walls are Linux's")

NUMPY = "import numpy as np\n"


@pytest.fixture(scope="module", params=["namespaces", "plain"])
def zygote(request: pytest.FixtureRequest) -> Iterator[Zygote]:
    """One with namespaces and one without; what an answer may do is much the same."""
    with_namespaces = request.param == "namespaces"
    with Zygote(Limits(set_up=2.0, memory=64 << 20), namespaces=with_namespaces) as warm:
        if with_namespaces and (why := refused(warm)):
            pytest.skip(why)
        yield warm


def refused(zygote: Zygote) -> str:
    """Why there are no namespaces here; empty where there are."""
    child = zygote.child()
    child.end()
    return "" if child.level == "sandbox" else f"no namespaces here: {'; '.join(child.notes)}"


def call(zygote: Zygote, cell: str, *inputs: Any, name: str = "f") -> Any:
    """The outcome of one call of `name`, as defined in a cell."""
    with Session(zygote, [NUMPY, cell], [name]) as session:
        return session.question(name)(inputs)


# What an answer is given and may return ------------------------------------------------------------


def test_an_answer_gets_its_inputs_and_returns_its_value(zygote: Zygote) -> None:
    outcome = call(zygote, "def f(x, n): return {'y': (x * n, [n, None])}", np.arange(3.0), 2)
    assert outcome.kind == "returned"
    assert np.array_equal(outcome.value["y"][0], [0, 2, 4])
    assert outcome.value["y"][1] == [2, None]
    assert outcome.inputs_changed == ()


def test_inputs_are_fresh_copies_and_changes_are_told(zygote: Zygote) -> None:
    x, y = np.ones(3), np.ones(3)
    with Session(zygote, ["def f(x, y):\n    y[0] += 1\n    return y"], ["f"]) as session:
        question = session.question("f")
        outcomes = [question((x, y)), question((x, y))]
    assert [outcome.inputs_changed for outcome in outcomes] == [(1,), (1,)]
    assert all(np.array_equal(outcome.value, [2, 1, 1]) for outcome in outcomes)
    assert np.array_equal(y, np.ones(3))


def test_read_only_and_fortran_inputs_arrive_as_they_are(zygote: Zygote) -> None:
    x = np.asfortranarray(np.ones((2, 3)))
    x.flags.writeable = False
    outcome = call(zygote, "def f(x): return x.flags.f_contiguous, x.flags.writeable", x)
    assert outcome.value == (True, False)


def test_what_is_printed_is_counted_and_costs_nothing(zygote: Zygote) -> None:
    cell = """
import os, sys, warnings
def f(x):
    warnings.warn("a")
    print("b" * 9)
    print("c" * 4_000_000, file=sys.stderr)
    os.write(1, b"d" * 5000)
    os.write(2, b"e")
    return x
"""
    outcome = call(zygote, cell, 1.0)
    assert outcome.value == 1.0
    assert outcome.printed == 10 + 4_000_001


def test_an_error_is_told_with_its_type_and_the_learners_line(zygote: Zygote) -> None:
    cell = "def g(x):\n    return x[5]  # here\ndef f(x): return g(x)"
    outcome = call(zygote, cell, np.ones(3))
    assert (outcome.kind, outcome.error_type) == ("raised", "IndexError")
    assert outcome.line == "'return x[5]  # here'"
    outcome = call(zygote, "\n\ndef f(x):\n    x = 2 * x\n    return x[5]", np.ones(3))
    assert outcome.line == "line 3 of the function, 'return x[5]'"


def test_data_of_the_notebook_that_an_answer_reads_is_told(zygote: Zygote) -> None:
    cells = ["X = np.ones(3)\nrate, name, other = 2, 'a', 5", "def f(x): return len(name) * rate * x + X[0]"]
    with Session(zygote, [NUMPY, *cells], ["f"]) as session:
        assert session.question("f")((1.0,)).globals_read == ("rate", "X")


def test_leaving_by_an_exception_is_an_error_like_others(zygote: Zygote) -> None:
    assert call(zygote, "import sys\ndef f(): sys.exit(0)").error_type == "SystemExit"
    assert call(zygote, "def f(): raise KeyboardInterrupt").error_type == "KeyboardInterrupt"
    assert call(zygote, "def f(): return input()").error_type == "EOFError"


def test_an_answer_that_is_not_there_is_missing(zygote: Zygote) -> None:
    assert call(zygote, "def g(): return 1").kind == "missing"


def test_a_cell_that_cannot_be_parsed_is_blamed_for_the_answer_in_it(zygote: Zygote) -> None:
    outcome = call(zygote, "def f(x):\n    return (x")
    assert (outcome.kind, outcome.error_type) == ("raised", "SyntaxError")


def test_a_name_whose_line_failed_is_told_with_that_failure(zygote: Zygote) -> None:
    outcome = call(zygote, "table = open('no such file').read()\ndef f(): return table")
    assert outcome.error_type == "NameError"
    assert "FileNotFoundError" in outcome.message


def test_what_cannot_cross_is_told_by_its_type(zygote: Zygote) -> None:
    cell = """
class Thing: pass
def f(n): return [Thing(), np.array([{}]), np.ones(n)]
"""
    assert call(zygote, cell, 1).value[:2] == [Opaque("Thing"), Opaque("array of object")]
    assert isinstance(call(zygote, cell, 5_000_000).value, Opaque)


def test_a_class_name_made_to_carry_something_out_does_not(zygote: Zygote) -> None:
    cell = """
def f(x):
    made = type("secret" + str(x), (Exception,), {})
    if x > 2: raise made("s")
    return made()
"""
    assert call(zygote, cell, 1.25).value == Opaque("object")
    assert call(zygote, cell, 2.25).error_type == "Exception"


def test_cells_may_stand_in_another_order_than_the_one_they_were_run_in(zygote: Zygote) -> None:
    cells = ["weights = scale * np.ones(3)", "def f(x=weights): return x", "scale = 2", "import numpy as np"]
    with Session(zygote, cells, ["f"]) as session:
        assert np.array_equal(session.question("f")(()).value, [2, 2, 2])


def test_a_copy_that_is_still_to_be_written_does_not_stand_in_for_the_written_one(zygote: Zygote) -> None:
    stub = 'def f(x):\n    """What it does."""\n    # YOUR CODE HERE\n    ...'
    with Session(zygote, ["def f(x): return 1", stub, stub], ["f"]) as session:
        assert session.question("f")((0.0,)).value == 1
    assert call(zygote, stub, 0.0).value is None


def test_a_probe_is_handed_what_the_names_stand_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    probes = tmp_path / "probes"
    probes.mkdir()
    (probes / "__init__.py").write_text(
        "def load_all(): pass\n"
        "def run(probe, functions, inputs): return [probe, [f and f(*inputs) for f in functions]]\n"
    )
    (tmp_path / "sandbox").symlink_to(Path(sandbox_zygote.__file__).parent)
    monkeypatch.setattr(sandbox_zygote, "__file__", str(tmp_path / "sandbox" / "zygote.py"))
    target = SimpleNamespace(names=("f", "g"), probe="nb09.both", uses=("h",), time_limit=9.0)
    with (
        Zygote() as zygote,
        Session(zygote, ["def f(x): return x\ndef g(x): return -x"], ["f", "g"]) as session,
    ):
        question = session.question("f")
        assert question.of(target)((2.0,)).value == ["nb09.both", [2.0, -2.0, None]]
        target.names = ("f", "k")
        missing = question.of(target)((2.0,))
        assert (missing.kind, missing.error_type) == ("missing", "")


def test_no_two_children_draw_the_same_numbers(zygote: Zygote) -> None:
    cell = "import random\nimport numpy as np\ndef f(): return [np.random.rand(), random.random()]"
    first, second = call(zygote, cell), call(zygote, cell)
    assert not set(first.value) & set(second.value)


# What ends an answer -------------------------------------------------------------------------------


def test_a_call_that_does_not_end_is_ended_and_not_asked_again(
    zygote: Zygote, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = """
def f(x):
    while True:
        try:
            while True: pass
        except BaseException: pass
def g(x): return x
"""
    with Session(zygote, [cell], ["f", "g"]) as session:
        slow, fine = session.question("f"), session.question("g")
        assert slow((1.0,)).kind == "timeout"
        monkeypatch.setattr(zygote, "child", None)  # told again, not tried again
        assert slow((1.0,)).kind == "timeout"
        monkeypatch.undo()
        assert slow.trouble == "timeout"
        assert fine((1.0,)).value == 1.0
        assert fine.trouble is None
        assert session.flags == []


@linux_only
def test_time_in_which_no_processor_was_free_does_not_count() -> None:
    """The answer needs a second of a processor, is allowed a little more, and shares one with others."""
    cell = "import time\ndef f():\n    while time.process_time() < 1.0: pass\n    return 'done'"
    one = {min(os.sched_getaffinity(0))}
    others = [
        subprocess.Popen(
            [sys.executable, "-c", "while True: pass"], preexec_fn=lambda: os.sched_setaffinity(0, one)
        )
        for _ in range(3)
    ]
    before = os.sched_getaffinity(0)
    try:
        with Zygote() as own:
            os.sched_setaffinity(0, one)  # and so the zygote's
            with Session(own, [cell], ["f"]) as session:
                outcome = session.question("f", 1.5)(())
    finally:
        os.sched_setaffinity(0, before)
        for other in others:
            other.kill()
            other.wait()
    assert outcome.value == "done"


def test_waiting_for_a_processor_is_granted_once_and_not_for_ever() -> None:
    waiting = sandbox_zygote.Waiting(600.0)
    assert [waiting.granted(waited) for waited in (0.0, 100.0, 100.0, 250.0)] == [0.0, 100.0, 0.0, 150.0]
    assert [waiting.granted(waited) for waited in (5000.0, 9000.0)] == [350.0, 0.0]


def test_calls_that_are_slow_together_end_too() -> None:
    with Zygote(Limits(call=0.4, question=0.5)) as zygote:
        with Session(zygote, ["import time\ndef f(): time.sleep(0.3)"], ["f"]) as session:
            question = session.question("f")
            assert [question(()).kind for _ in range(3)] == ["returned", "returned", "timeout"]


@pytest.mark.parametrize("line", ["os._exit(0)", "os.abort()", "os.close(3)", "ctypes.string_at(0)"])
def test_a_question_whose_process_dies_is_asked_once_more_and_the_rest_go_on(
    zygote: Zygote, line: str
) -> None:
    cell = f"import ctypes, os\ndef f(x): {line}\ndef g(x): return x"
    with Session(zygote, [cell], ["f", "g"]) as session:
        dying, fine = session.question("f"), session.question("g")
        assert fine((1.0,)).value == 1.0
        assert dying((1.0,)).kind == "died"
        assert fine((2.0,)).value == 2.0
        assert dying.trouble == "crashed"
        assert len(session.flags) == 1


def test_signals_that_an_answer_sends_cost_the_others_nothing(zygote: Zygote) -> None:
    cell = """
import os, signal
def f(number):
    for target in (os.getpid(), 0, -1, os.getppid() or 1):
        os.kill(target, number)
def g(x): return x
"""
    if os.geteuid() != 0 and refused(zygote):
        pytest.skip("a user can signal its own processes")
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
        with Session(zygote, [cell], ["f", "g"]) as session:
            session.question("f", 0.5)((int(number),))
            assert session.question("g")((2.0,)).value == 2.0


def test_an_answer_that_dies_by_chance_costs_nothing(shared: Path) -> None:
    mark = shared / "was here"
    cell = f"""
import os
def f(x):
    if not os.path.exists({str(mark)!r}):
        open({str(mark)!r}, "w")
        os._exit(1)
    return x
"""
    # With namespaces there is no place that two processes of a submission share.
    with Zygote(namespaces=False) as zygote, Session(zygote, [cell], ["f"]) as session:
        question = session.question("f")
        assert question((1.0,)).value == 1.0
        assert question.trouble is None
        assert len(session.flags) == 1


@linux_only
@pytest.mark.parametrize("expression", ["np.ones(1 << 40)", "[bytearray(1 << 24) for _ in range(1 << 20)]"])
def test_memory_is_limited(zygote: Zygote, expression: str) -> None:
    with Session(zygote, [NUMPY, f"def f(): return {expression}\ndef g(): return 1"], ["f", "g"]) as session:
        hungry, fine = session.question("f"), session.question("g")
        hungry(())
        assert hungry.trouble == "out_of_memory"
        assert fine(()).value == 1


def test_top_level_code_that_does_not_end_costs_no_answer(zygote: Zygote) -> None:
    cells = [
        "def train():\n    while True: pass",
        "rate = train()",
        "scale = 2\ndef f(x): return x * scale\ndef g(): return rate",
    ]
    with Session(zygote, cells, ["f", "g"]) as session:
        assert session.question("f")((3.0,)).value == 6.0
        assert session.question("g")(()).error_type == "NameError"
        assert "only definitions were run" in session.flags[0]


def test_definitions_that_do_not_end_are_the_submissions_own_trouble(zygote: Zygote) -> None:
    cell = "def wait():\n    while True: pass\ndef f(x=wait()): return x"
    with Session(zygote, [cell], ["f"]) as session:
        question = session.question("f")
        assert question(()).kind == "timeout"
        assert question.trouble == "timeout"


# Walls ---------------------------------------------------------------------------------------------


@linux_only
def test_a_child_has_nothing_of_the_graders(zygote: Zygote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "value")
    cell = """
import os, sys
def is_open(n):
    try: os.fstat(n)
    except OSError: return False
    return True
def f():
    return dict(
        descriptors=[n for n in range(1000) if is_open(n)], environment=sorted(os.environ),
        files=os.listdir("."), user=os.getuid(), session=os.getsid(0), pid=os.getpid(),
        loaded=[m for m in sys.modules if m.split(".")[0] in ("autograder", "backprop_course")])
"""
    with Zygote() as fresh:
        seen = call(fresh, cell).value
    assert seen["descriptors"] == [0, 1, 2, 3]
    assert "SECRET" not in seen["environment"]
    assert seen["files"] == []
    assert seen["user"] != 0
    assert seen["session"] in (seen["pid"], 0)
    assert seen["loaded"] == []


@linux_only
@pytest.mark.parametrize(
    "attempt",
    ["os.fork()", "threading.Thread(target=int).start()", "os.posix_spawn('/bin/true', ['true'], {})"],
)
def test_an_answer_starts_no_process_and_no_thread(zygote: Zygote, attempt: str) -> None:
    outcome = call(zygote, f"import os, threading\ndef f(): {attempt}")
    assert outcome.kind == "raised"
    assert outcome.error_type in ("BlockingIOError", "RuntimeError")


@linux_only
def test_an_answer_cannot_end_the_grader_or_the_zygote(zygote: Zygote) -> None:
    if os.geteuid() != 0 and refused(zygote):
        pytest.skip("a user can signal its own processes")
    cell = "import os\ndef f(pid):\n    os.kill(pid, 9)"
    for pid in (os.getpid(), zygote.pid):
        assert call(zygote, cell, pid).error_type in ("PermissionError", "ProcessLookupError")


def test_files_are_small_and_gone_with_their_process(zygote: Zygote) -> None:
    cell = """
import os
def f():
    open("left", "w").write("x")
    return os.getcwd(), os.listdir(".")
def g():
    open("big", "wb").write(bytes(20 << 20))
"""
    for _ in range(2):
        with Session(zygote, [cell], ["f", "g"]) as session:
            folder, files = session.question("f")(()).value
            assert files == ["left"]
            assert session.question("g")(()).kind in ("raised", "died")
    if session.level != "sandbox":
        assert not Path(folder).exists()


# Replies that are none -----------------------------------------------------------------------------

FORGED = {
    "noise": "os.write(3, os.urandom(64))",
    "a wrong id": "os.write(3, frame({'id': 999, 'kind': 'returned'}))",
    "no kind": "os.write(3, frame({'id': request}))",
    "an unknown kind": "os.write(3, frame({'id': request, 'kind': 'right'}))",
    "a list for a header": "os.write(3, raw(b'[1]'))",
    "a dtype of objects": "os.write(3, frame({'id': request, 'value': {'array': ['object', [1], 'C', 1]}}))",
    "an endless announcement": "os.write(3, struct.pack('!4sIQ', b'NBG1', 2**32 - 1, 2**64 - 1))",
    "a part of a frame": "os.write(3, struct.pack('!4sIQ', b'NBG1', 100, 0) + b'{'); time.sleep(9)",
}
FORGER = (
    "import json, os, struct, time\n"
    "def raw(text): return struct.pack('!4sIQ', b'NBG1', len(text), 0) + text\n"
    "def frame(header): return raw(json.dumps(header).encode())\n"
)


@pytest.mark.parametrize("forgery", FORGED)
def test_a_reply_that_is_none_is_a_crash_and_no_more(zygote: Zygote, forgery: str) -> None:
    cell = f"{FORGER}def f(x, request=2):\n    {FORGED[forgery]}\n    return 1.0\ndef g(x): return x"
    with Session(zygote, [cell], ["f", "g"]) as session:
        forging, fine = session.question("f"), session.question("g")
        assert forging((1.0,)).kind in ("died", "timeout")
        assert fine((2.0,)).value == 2.0


def test_a_forged_reply_is_judged_by_its_value_alone(zygote: Zygote) -> None:
    claims = {"id": 2, "kind": "returned", "value": 7.0, "score": 3, "changed": [-1, 99, "x"], "printed": -5}
    claims["line"] = "<b>"
    outcome = call(zygote, f"{FORGER}def f(x):\n    os.write(3, frame({claims}))\n    time.sleep(9)", 1.0)
    assert outcome.value == 7.0
    assert (outcome.inputs_changed, outcome.printed, outcome.line) == ((), 0, None)


# Stand-ins -----------------------------------------------------------------------------------------


def test_the_reference_is_out_of_reach_and_calls_of_check_cost_nothing(zygote: Zygote) -> None:
    cells = [
        "from autograder import check\nfrom backprop_course import grad, sigmoid, trace",
        "from backprop_course.widgets import GraphStepper",
        "def f(x):\n    check('NB06.E06', f).hint()\n    return sigmoid(x)\ndef g(x): return grad(f)(x)",
        "def h(x):\n    from autograder.exercises import find\n    return find('NB06.E06').reference(x)",
    ]
    with Session(zygote, cells, ["f", "g", "h"]) as session:
        assert session.question("f")((0.0,)).value == 0.5
        assert session.question("g")((0.0,)).error_type == "ImportError"
        assert not isinstance(session.question("h")((0.0,)).value, (float, np.ndarray, tuple))


def test_the_forward_functions_that_are_there_are_the_courses(zygote: Zygote) -> None:
    x = np.array([-1000.0, -30.0, -1.5, 0.0, 0.5, 30.0, 1000.0])
    for function in (sigmoid, relu, softmax):
        cell = f"from backprop_course import *\ndef f(x): return {function.__name__}(x)"
        outcome = call(zygote, cell, x)
        assert np.allclose(outcome.value, function(x), rtol=1e-15, atol=0.0)
        assert outcome.value.dtype == np.float64
