"""Calling an answer in this process: copies go in, plain values come out, nothing escapes."""

from __future__ import annotations

import _thread
import operator
import signal
import sys
import time
from functools import partial

import numpy as np
import pytest

from autograder._in_process import copied, same
from autograder._outcome import Opaque, decoded
from autograder._time_limit import OutOfTime, TimeLimit
from autograder.judge import in_process
from backprop_course import Tensor

interruptible = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="this system has no interval timer"
)


def test_inputs_arrive_as_copies_with_their_order_and_flags():
    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    x.flags.writeable = False
    y = np.arange(3.0)

    def answer(a, b, c):
        assert a.flags.f_contiguous
        assert not a.flags.writeable
        assert a is not x
        b[0] = 7.0
        c["w"][0][0] = 1.0
        return a

    c = {"w": [np.zeros(2)]}
    outcome = in_process(answer)((x, y, c))
    assert outcome.kind == "returned", outcome.message
    assert outcome.inputs_changed == (1, 2)
    assert y[0] == 0.0
    assert c["w"][0][0] == 0.0


def test_a_returned_array_is_a_copy():
    kept = np.ones(3)
    outcome = in_process(lambda: kept)(())
    kept[:] = 2.0
    assert outcome.value.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Tensor([1.0, 2.0]), Opaque("Tensor")),
        (object(), Opaque("object")),
        (..., Opaque("ellipsis")),
        (np.array(["a"]), Opaque("array of str32")),
        ([1, (2.0, None)], [1, (2.0, None)]),
        ({"a": 1, ("b",): 2}, {"a": 1}),
    ],
)
def test_only_plain_values_come_out(value, plain):
    assert decoded(value) == plain


def test_a_value_nested_without_end_comes_out_cut():
    endless: list[object] = []
    endless.append(endless)
    assert "Opaque" in repr(decoded(endless))


def test_a_subclass_comes_out_as_its_plain_base_or_as_opaque():
    class Mine(np.ndarray): ...

    class Number(float): ...

    assert type(decoded(np.ones(2).view(Mine))) is np.ndarray
    assert decoded(Number(1.0)) == Opaque("Number")
    assert decoded(np.float32(2.5)) == np.float32(2.5)


def test_printed_text_is_counted_and_streams_are_restored():
    before = sys.stdout, sys.stderr

    def answer():
        sys.stdout.write("four")
        sys.stderr.write("and five.")

    assert in_process(answer)(()).printed == 13
    assert (sys.stdout, sys.stderr) == before


@interruptible
def test_the_time_limit_leaves_no_alarm_behind():
    handler = signal.getsignal(signal.SIGALRM)

    def answer():
        while True:
            pass

    assert in_process(answer, time_limit=0.1)(()).kind == "timeout"
    assert in_process(lambda: 1, time_limit=0.1)(()).kind == "returned"
    assert signal.getsignal(signal.SIGALRM) is handler
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@interruptible
def test_a_bare_except_does_not_keep_a_loop_alive():
    def swallows_once():
        try:
            while True:
                pass
        except:  # noqa: E722
            pass
        while True:
            pass

    assert in_process(swallows_once, time_limit=0.1)(()).kind == "timeout"


def test_the_line_is_the_learners_own_even_when_numpy_raises():
    def answer(x):
        y = x.reshape(7)
        return y

    outcome = in_process(answer)((np.zeros(3),))
    assert outcome.error_type == "ValueError"
    assert outcome.line == "line 2 of the function, 'y = x.reshape(7)'"


def test_a_call_with_wrong_arguments_has_no_line():
    outcome = in_process(lambda a: a)((1.0, 2.0))
    assert (outcome.error_type, outcome.line) == ("TypeError", None)


def test_copies_compare_as_the_same_and_changes_do_not():
    tree = {"a": [np.array([1.0, np.nan])], "b": (1.0, None, "x")}
    assert same(tree, copied(tree))
    other = copied(tree)
    other["a"][0][0] = 2.0
    assert not same(tree, other)
    assert not same(np.zeros(2), np.zeros(2, np.float32))
    assert not same((1.0,), [1.0])


@interruptible
def test_time_that_runs_out_in_a_destructor_is_not_told_and_ends_the_loop_all_the_same():
    class Slow:
        def __del__(self):
            end = time.perf_counter() + 0.3
            while time.perf_counter() < end:
                pass

    def answer():
        Slow()  # the limit falls into its destructor, which swallows what is raised there
        while True:
            pass

    assert in_process(answer, time_limit=0.2)(()).kind == "timeout"  # and pytest has heard of nothing


@interruptible
@pytest.mark.parametrize("before", [signal.SIG_DFL, signal.SIG_IGN])
def test_a_time_limit_that_runs_out_just_as_it_is_lifted_is_lifted(before):
    """An interruption at the first step of lifting it would leave the timer on, and be followed by others."""
    kept = signal.signal(signal.SIGALRM, before)
    try:
        limit = TimeLimit(60.0)
        limit.__enter__()
        # Both without a step of Python between: the signal is there when the first line is to be run.
        ring, lift = (
            partial(_thread.interrupt_main, signal.SIGALRM),
            partial(limit.__exit__, None, None, None),
        )
        assert list(map(operator.call, [ring, lift])) == [None, None]
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        assert signal.getsignal(signal.SIGALRM) == before
        with pytest.raises(OutOfTime), TimeLimit(60.0):
            _thread.interrupt_main(signal.SIGALRM)
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    finally:
        signal.signal(signal.SIGALRM, kept)
