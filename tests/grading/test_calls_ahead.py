"""Calls that a child is told of in advance come to the same as calls one by one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from autograder._outcome import Outcome, Target
from autograder.sandbox import Limits, Session, Zygote
from autograder.sandbox.values import MAX_BODY


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote(Limits(call=1.0, memory=512 << 20)) as warm:
        yield warm


def outcomes(session: Session, inputs: list[tuple[object, ...]], name: str = "f") -> list[Outcome]:
    """Call with each of the inputs, all of them told in advance."""
    call = session.question(name).of(Target((name,), time_limit=1.0))
    call.ahead(inputs)  # type: ignore[attr-defined]
    return [call(one) for one in inputs]


def kinds(cell: str, count: int, zygote: Zygote) -> tuple[list[str], list[str]]:
    cells = [cell, "import time, os, ctypes\ncount = 0\ndef g(x): return x"]
    with Session(zygote, cells, ["f", "g"]) as session:
        came = outcomes(session, [(float(i),) for i in range(count)])
        assert [o.value for o in outcomes(session, [(7.0,)], "g")] == [7.0]
        return [o.kind if o.kind != "returned" else str(o.value) for o in came], session.flags


def test_each_call_has_inputs_of_its_own(zygote: Zygote) -> None:
    x = np.arange(3.0)
    with Session(zygote, ["def f(x):\n    x += 1\n    return x"], ["f"]) as session:
        came = outcomes(session, [(x,), (x,), (x,)])
    assert [o.value.tolist() for o in came] == [[1.0, 2.0, 3.0]] * 3
    assert [o.inputs_changed for o in came] == [(0,)] * 3


def test_one_process_makes_all_the_calls(zygote: Zygote) -> None:
    cell = "def f(x):\n    global count\n    count += 1\n    return count"
    assert kinds(cell, 4, zygote) == (["1", "2", "3", "4"], [])


def test_each_call_has_its_own_time(zygote: Zygote) -> None:
    assert kinds("def f(x):\n    time.sleep(0.45)\n    return x", 4, zygote) == (
        ["0.0", "1.0", "2.0", "3.0"],
        [],
    )


def test_the_call_that_does_not_end_is_the_one_that_is_told(zygote: Zygote) -> None:
    cell = "def f(x):\n    while x == 2.0: pass\n    return x"
    assert kinds(cell, 4, zygote) == (["0.0", "1.0", "timeout", "timeout"], [])


def test_a_call_that_ends_the_process_is_asked_again_and_told(zygote: Zygote) -> None:
    cell = "def f(x):\n    if x == 2.0: os._exit(3)\n    return x"
    assert kinds(cell, 4, zygote) == (
        ["0.0", "1.0", "died", "died"],
        ["f was asked again: its process had died"],
    )


def test_what_raises_or_returns_nothing_does_not_stop_the_calls(zygote: Zygote) -> None:
    cell = "def f(x):\n    if x == 1.0: raise ValueError\n    return None if x == 2.0 else x"
    assert kinds(cell, 5, zygote) == (["0.0", "raised", "None", "3.0", "4.0"], [])


def test_calls_that_are_given_up_cost_the_next_answer_nothing(zygote: Zygote) -> None:
    with Session(zygote, ["def f(x): return x\ndef g(x): return -x"], ["f", "g"]) as session:
        call = session.question("f").of(Target(("f",)))
        inputs = [(1.0,), (2.0,), (3.0,)]
        call.ahead(inputs)  # type: ignore[attr-defined]
        assert call(inputs[0]).value == 1.0
        assert call((9.0,)).value == 9.0  # one that was not told
        assert call(inputs[2]).value == 3.0
        call.ahead(inputs)  # type: ignore[attr-defined]
        assert call(inputs[0]).value == 1.0
        assert session.question("g")((5.0,)).value == -5.0
        assert session.flags == []


def test_inputs_that_are_too_large_together_are_sent_one_by_one(zygote: Zygote) -> None:
    half = np.ones(MAX_BODY // 16 + 1000)
    with Session(zygote, ["def f(x): return float(x.sum())"], ["f"]) as session:
        came = outcomes(session, [(half,), (half,), (half,)])
    assert [o.value for o in came] == [float(half.size)] * 3


def test_a_reply_that_promises_more_than_there_is_costs_the_one_who_forged_it(zygote: Zygote) -> None:
    forged = "{'id': 2, 'kind': 'returned', 'value': 7.0, 'more': True}"
    cell = (
        "import json, os, struct\n"
        "def f(x):\n"
        f"    text = json.dumps({forged}).encode()\n"
        "    os.write(3, struct.pack('!4sIQ', b'NBG1', len(text), 0) + text)\n"
        "    os._exit(0)"
    )
    # The second one is that of the fresh process in which it is asked again, once.
    assert kinds(cell, 3, zygote)[0] == ["7.0", "7.0", "died"]
