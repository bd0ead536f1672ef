"""What is told of an answer as a whole, in telling order, and of each gradient's form."""

from __future__ import annotations

import re
import signal
import sys

import numpy as np
import pytest

from autograder import check
from autograder.exercise import Exercise
from autograder.exercises import find
from autograder.instances import sizes
from autograder.judge import Outcome, in_process, judge
from autograder.reference import values_of
from autograder.sandbox.standins import Unavailable

from .answers import AFFINE, affine, told, verdict

interruptible = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="this system has no interval timer"
)

# Exceptions, loops, exits: reported as what they are.


def test_an_exception_is_told_with_the_learners_line_and_the_shapes():
    def answer(dY, X, W):
        dX = dY @ W
        return dX, X.T @ dY, dY.sum(axis=0)

    v = verdict(answer)
    assert (v.score, v.result, v.mistakes) == (0.0, "raised", ["M01"])
    assert "ValueError in line 2 of the function, 'dX = dY @ W'" in v.reason
    assert "here d = 3 meets k = 4" in told(v)
    assert "dY is (N, k) = (5, 4), X is (N, d) = (5, 3), W is (d, k) = (3, 4)" in told(v)
    assert {status.state for status in v.statuses} == {"not judged"}


def test_np_dot_and_matmul_fail_in_the_same_way():
    assert verdict(lambda dY, X, W: (np.dot(dY, W), X.T @ dY, dY.sum(0))).mistakes == ["M01"]
    assert verdict(lambda dY, X, W: (dY @ W.T, np.dot(X, dY), dY.sum(0))).mistakes == ["M01"]


def test_an_exception_that_no_mistake_raises_is_not_named():
    v = verdict(lambda dY, X, W: (dY @ W.T, X.T @ dY, dY.sum(0) + X[0]))
    assert v.mistakes == []
    assert "Arrays of shapes (4,) and (3,) cannot be combined" in told(v)
    assert verdict(lambda dY, X, W: dY[7]).mistakes == []
    assert "index" in told(verdict(lambda dY, X, W: dY[7])).lower()
    assert "does not know" in told(verdict(lambda dY, X, W: undefined))  # noqa: F821


def test_an_exception_in_a_special_case_says_where():
    def answer(dY, X, W):
        if len(X) == 1:
            raise ZeroDivisionError("N - 1 is 0")
        return affine(dY, X, W)

    v = verdict(answer)
    assert (v.score, v.result, v.mistakes) == (0.0, "raised", [])
    assert "where N = 1: N - 1 is 0" in v.reason


def test_a_hidden_verdict_does_not_repeat_what_an_exception_says():
    def answer(dY, X, W):
        raise ValueError(f"the secret is {X[0, 0]}")

    assert re.search(r"the secret is -?\d", verdict(answer).reason)
    assert not re.search(r"the secret is -?\d", str(verdict(answer, visible=False).to_json()))


@pytest.mark.parametrize(
    "error", [SystemExit(3), MemoryError(), RecursionError(), GeneratorExit(), BaseException()]
)
def test_whatever_is_raised_is_caught(error):
    def answer(dY, X, W):
        raise error

    v = verdict(answer)
    assert (v.score, v.result) == (0.0, "raised")
    assert type(error).__name__ in v.reason


def test_an_interrupt_from_the_keyboard_is_not_caught():
    def answer(dY, X, W):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verdict(answer)


def test_an_exception_whose_text_raises_is_caught():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    def answer(dY, X, W):
        raise Mute

    assert verdict(answer).reason.startswith("affine_backward raised Mute in line")


@interruptible
def test_an_endless_loop_is_interrupted_and_told():
    def answer(dY, X, W):
        while True:
            pass

    v = verdict(answer)
    assert (v.score, v.result) == (0.0, "timeout")
    assert "did not return within" in v.reason


@interruptible
def test_an_endless_loop_that_swallows_exceptions_is_interrupted_too():
    def answer(dY, X, W):
        while True:
            try:
                while True:
                    pass
            except Exception:
                continue

    assert verdict(answer).result == "timeout"


def test_printing_is_counted_and_costs_nothing(capsys):
    def answer(dY, X, W):
        sys.stdout.write("x" * 100_000)
        return affine(dY, X, W)

    v = verdict(answer)
    assert v.ok
    assert any("printed" in remark for remark in v.remarks)
    assert capsys.readouterr().out == ""


def test_warnings_cost_nothing():
    def answer(dY, X, W):
        np.log(np.zeros(2)) - np.log(np.zeros(2))
        return affine(dY, X, W)

    assert verdict(answer).ok


# Inputs and repeated calls.


def test_a_changed_input_is_reported_and_nothing_counts():
    def answer(dY, X, W):
        gradients = affine(dY, X, W)
        X *= 2.0
        return gradients

    v = verdict(answer)
    assert (v.ok, v.score, v.result, v.mistakes) == (False, 0.0, "changed inputs", ["M25"])
    assert "changes X in place in line 3 of the function, 'X *= 2.0'" in v.reason
    assert v.statuses[0].right


def test_writing_into_a_copy_is_fine():
    def answer(dY, X, W):
        X = X.copy()
        X += 1.0
        X -= 1.0
        return affine(dY, X, W)

    assert verdict(answer).ok


def test_a_result_that_is_a_view_of_an_input_is_fine():
    assert judge(
        Exercise(
            id="NB99.E02",
            answer="transpose_backward(g: (k, N)) -> dx: (N, k)",
            reference=values_of(lambda g: g.T),
            instances=sizes(N=3, k=4),
            points=1,
            see="NB99.W1",
        ),
        in_process(lambda g: g.T),
        seed=0,
        visible=True,
    ).ok


def test_gradients_left_over_from_the_call_before_are_named():
    kept = {}

    def answer(dY, X, W):
        for name, g in zip("XWb", affine(dY, X, W), strict=True):
            known = kept.get((name, g.shape, float(dY[0, 0])), 0.0)
            kept[name, g.shape, float(dY[0, 0])] = known + g
        return tuple(
            kept[name, g.shape, float(dY[0, 0])] for name, g in zip("XWb", affine(dY, X, W), strict=True)
        )

    v = verdict(answer)
    assert (v.score, v.result, v.mistakes) == (0.0, "not repeatable", ["M24"])


def test_a_random_result_is_not_repeatable():
    rng = np.random.default_rng(0)
    v = verdict(lambda dY, X, W: (dY @ W.T, X.T @ dY, dY.sum(0) + rng.random()))
    assert (v.score, v.result, v.mistakes) == (0.0, "not repeatable", [])
    assert "another db" in v.reason


def test_a_function_that_answers_only_once_earns_nothing():
    calls = []

    def answer(dY, X, W):
        calls.append(1)
        return affine(dY, X, W) if len(calls) == 1 else (0.0, 0.0, 0.0)

    assert verdict(answer).score == 0.0


# Structure, shape, type.


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda dY, X, W: dY @ W.T, "an array of shape"),
        (lambda dY, X, W: (dY @ W.T, X.T @ dY), "2 values where 3 are asked for: dX, dW and db"),
        (lambda dY, X, W: [*affine(dY, X, W), 1.0], "4 values where 3"),
        (lambda dY, X, W: {"dX": dY @ W.T}, "a dict"),
        (lambda dY, X, W: 1.0, "one number"),
        (lambda dY, X, W: "dX, dW, db", "type str"),
        (lambda dY, X, W: affine, "type function"),
        (lambda dY, X, W: iter(affine(dY, X, W)), "type tuple_iterator"),
    ],
)
def test_a_wrong_structure_is_told(answer, said):
    v = verdict(answer)
    assert (v.score, v.result) == (0.0, "wrong structure")
    assert said in v.reason
    assert {status.state for status in v.statuses} == {"not judged"}


def test_an_answer_that_returns_nothing_is_reminded_of_its_return():
    def raising(dY, X, W):
        raise NotImplementedError

    assert "or a return is missing" in verdict(lambda dY, X, W: None).reason
    assert "return" not in verdict(raising).reason
    assert "return" not in verdict(lambda dY, X, W: ...).reason


def test_none_in_a_special_case_is_not_an_empty_stub():
    v = verdict(lambda dY, X, W: affine(dY, X, W) if len(X) > 1 else None)
    assert (v.score, v.result) == (0.0, "wrong structure")
    assert "where N = 1" in v.reason


@pytest.mark.parametrize(
    ("db", "state"),
    [
        (lambda g: None, "not yet written"),
        (lambda g: "1.0", "wrong type"),
        (lambda g: g + 0j, "wrong type"),
        (lambda g: g > 0, "wrong type"),
        (lambda g: g.astype(object), "wrong type"),
        (lambda g: [1.0, [2.0, 3.0], 4.0, 5.0], "wrong type"),
        (lambda g: {"db": g}, "wrong type"),
        (lambda g: g.astype(int), "wrong type"),
        (lambda g: g[None], "wrong shape"),
        (lambda g: g[:, None], "wrong shape"),
        (lambda g: g[:-1], "wrong shape"),
        (lambda g: g * np.nan, "not finite"),
        (lambda g: g + 1e-3, "wrong value"),
        (lambda g: list(map(float, g)), "right"),
        (lambda g: tuple(g), "right"),
        (lambda g: g.astype(np.longdouble), "right"),
        (lambda g: np.ma.masked_array(g), "right"),
    ],
)
def test_each_gradient_is_judged_by_itself(db, state):
    v = verdict(lambda dY, X, W: (dY @ W.T, X.T @ dY, db(dY.sum(0))))
    assert [status.state for status in v.statuses] == ["right", "right", state]
    assert v.score == (3.0 if state == "right" else 2.0)
    assert v.result == ("right" if state == "right" else "partly right")


def test_a_missing_key_costs_its_own_share():
    exercise = find("NB04.E01")

    def answer(w, b, x, t):
        y = 1 / (1 + np.exp(-(w * x + b)))
        z_bar = (y - t) * y * (1 - y)
        return {"y_bar": y - t, "z_bar": z_bar, "b_bar": z_bar}

    v = verdict(answer, exercise)
    assert [status.state for status in v.statuses] == ["right", "right", "missing", "right"]
    assert v.score == 1.5


def test_missing_keys_are_no_matter_of_shapes():
    v = verdict(lambda w, b, x, t: {"y_bar": 1 / (1 + np.exp(-(w * x + b))) - t}, find("NB04.E01"))
    assert [status.state for status in v.statuses] == ["right", "missing", "missing", "missing"]
    assert v.hints == (
        "Compare the keys of what you return with those asked for: y_bar, z_bar, w_bar, b_bar.",
    )


def test_a_shape_of_numbers_alone_is_said_once():
    v = verdict(lambda x: np.array([x[2], x[2], x[0] + x[1], -1.0]), find("NB04.E04"))
    assert v.statuses[0].detail == "(4,) where (5,) is asked for"
    assert "(5,) = (5,)" not in told(v) + str(v.to_json())


def test_scores_are_rounded_to_hundredths():
    thirds = Exercise(
        id="NB99.E03",
        answer="thirds(x) -> a, b, c",
        reference=values_of(lambda x: (x, 2 * x, 3 * x)),
        instances=sizes(),
        points=1,
        see="NB99.W1",
    )
    assert verdict(lambda x: (x, 2 * x, 0.0), thirds).score == 0.67


@pytest.mark.parametrize(
    "text",
    [
        "shapes (271828,314) and (161803,4) not aligned: 314 (dim 1) != 161803 (dim 0)",
        "operands could not be broadcast together with shapes (271828,) (161803,)",
        "f() missing 271828 required positional arguments: '161803'",
    ],
)
def test_no_number_of_an_error_text_reaches_the_feedback_where_inputs_are_hidden(text):
    outcome = Outcome("raised", error_type="TypeError" if "missing" in text else "ValueError", message=text)
    hidden = str(judge(AFFINE, lambda inputs: outcome, seed=0, visible=False).to_json())
    assert not re.search("271828|161803", hidden)
    assert re.search(
        "271828|161803", str(judge(AFFINE, lambda inputs: outcome, seed=0, visible=True).to_json())
    )


# What Python itself says of a cell that it cannot parse, and where a helper or a method fails.


@pytest.mark.parametrize(
    "source",
    [
        "def f(:\n    pass",
        "f(1, 2",
        "x = [1, 2)",
        "def f()\n    pass",
        "if True:\nx = 1",
        "  x = 1",
        "x = 'open",
        "x = 1 2",
        "f() = 3",
        "def f(x):\n    if x\n        return x",
    ],
)
def test_what_python_says_of_a_broken_cell_is_told_where_inputs_are_hidden_too(source):
    with pytest.raises(SyntaxError) as caught:
        compile(source, "<cell 3>", "exec")
    name, message = type(caught.value).__name__, str(caught.value.msg)
    outcome = Outcome("raised", error_type=name, message=message, line="line 2 of cell 3, 'dW = X.T @'")
    v = judge(AFFINE, lambda inputs: outcome, seed=0, visible=False)
    assert f"{name} in line 2 of cell 3, 'dW = X.T @': {message}" in v.reason
    assert "run the cell again" in v.hints[0]


def test_a_call_of_what_is_not_there_is_told_and_no_word_of_the_learners():
    with pytest.raises(ImportError) as caught:
        Unavailable("backprop_course.secret4711")()
    said = {}
    for message in (str(caught.value), "No module named 'secret4711'"):
        outcome = Outcome("raised", error_type="ImportError", message=message, line="line 2 of the function")
        said[message] = judge(AFFINE, lambda inputs, it=outcome: it, seed=0, visible=False)
        assert "4711" not in str(said[message].to_json())
    told_why, another = said.values()
    assert "in line 2 of the function: it calls a function of a package that is not av" in told_why.reason
    assert "would be a call of them" in told_why.hints[0]
    assert "values and shapes" not in str(told_why.hints)
    assert "a package" not in another.reason


@pytest.mark.parametrize(
    "message", ["the secret is 0.4711", "invalid secret 0.4711", "expected 0.4711", "invalid secret"]
)
def test_a_syntax_error_with_words_of_the_learners_own_is_not_repeated(message):
    outcome = Outcome("raised", error_type="SyntaxError", message=message)
    v = judge(AFFINE, lambda inputs: outcome, seed=0, visible=False)
    assert "4711" not in str(v.to_json())
    assert "secret" not in str(v.to_json())


def _helper(W):
    return np.ones(3) @ W.T


def test_a_line_of_a_helper_or_of_a_method_is_the_learners_own():
    v = verdict(lambda dY, X, W: (_helper(W), X, dY))
    assert "line 2 of _helper, 'return np.ones(3) @ W.T'" in v.reason

    class Late:
        def __init__(self, patience):
            self.patience = patience

        def update(self, score, params):
            return score / 0

    v = judge(find("NB09.E07"), in_process({"EarlyStopping": Late}), seed=0, visible=True)
    assert "ZeroDivisionError in line 2 of update, 'return score / 0'" in v.reason


def test_shapes_inside_an_argument_are_told_where_an_answer_raises():
    def two_layer_backward(p, cache, t):
        return {"W1": p["W2"] @ (cache["y"] - t), "b1": 0.0, "W2": 0.0, "b2": 0.0}

    said = told(check("NB06.E02", two_layer_backward))
    sizes_told = re.search(r"here k = (\d+) meets h = (\d+)", said)
    assert sizes_told
    k, h = sizes_told.groups()
    assert f'p["W2"] is ({k}, {h})' in said
    assert f'cache["h"] is ({h},)' in said
