"""The telling order, partial credit, and that nothing but right numbers ever earns points."""

from __future__ import annotations

import json
import re
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.exercise import Exercise
from autograder.exercises import find
from autograder.instances import sizes
from autograder.judge import Opaque, Outcome, Verdict, in_process, judge
from autograder.mistakes import M15, M16, M17
from autograder.reference import cotangents_of, values_of
from backprop_course import relu

AFFINE = find("NB06.E06")

RELU = Exercise(
    id="NB99.E01",
    answer="relu_backward(g: (N, d), x: (N, d)) -> dx: (N, d)",
    reference=cotangents_of(lambda x: relu(x)),
    instances=sizes(N=(1, 4), d=3),
    points=2,
    see="NB99.W1",
    mistakes=[
        M15(lambda g, x: g * (g > 0)),
        M16(lambda g, x: g * (x >= 0)),
        M17(lambda g, x: g * np.maximum(x, 0)),
    ],
)


def verdict(answer, exercise=AFFINE, seed=0, visible=True):
    return judge(exercise, in_process(answer, time_limit=0.3), seed=seed, visible=visible)


def right(dY, X, W):
    return dY @ W.T, X.T @ dY, dY.sum(axis=0)


def told(v):
    return " ".join([v.reason, *v.evidence, *(d.evidence for d in v.diagnoses), *v.remarks])


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
        return right(dY, X, W)

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


def test_an_endless_loop_is_interrupted_and_told():
    def answer(dY, X, W):
        while True:
            pass

    v = verdict(answer)
    assert (v.score, v.result) == (0.0, "timeout")
    assert "did not return within" in v.reason


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
        return right(dY, X, W)

    v = verdict(answer)
    assert v.ok
    assert any("printed" in remark for remark in v.remarks)
    assert capsys.readouterr().out == ""


def test_warnings_cost_nothing():
    def answer(dY, X, W):
        np.log(np.zeros(2)) - np.log(np.zeros(2))
        return right(dY, X, W)

    assert verdict(answer).ok


# Inputs and repeated calls.


def test_a_changed_input_is_reported_and_nothing_counts():
    def answer(dY, X, W):
        gradients = right(dY, X, W)
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
        return right(dY, X, W)

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
        for name, g in zip("XWb", right(dY, X, W), strict=True):
            known = kept.get((name, g.shape, float(dY[0, 0])), 0.0)
            kept[name, g.shape, float(dY[0, 0])] = known + g
        return tuple(
            kept[name, g.shape, float(dY[0, 0])] for name, g in zip("XWb", right(dY, X, W), strict=True)
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
        return right(dY, X, W) if len(calls) == 1 else (0.0, 0.0, 0.0)

    assert verdict(answer).score == 0.0


# Structure, shape, type.


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda dY, X, W: dY @ W.T, "an array of shape"),
        (lambda dY, X, W: (dY @ W.T, X.T @ dY), "2 values where 3 are asked for: dX, dW and db"),
        (lambda dY, X, W: [*right(dY, X, W), 1.0], "4 values where 3"),
        (lambda dY, X, W: {"dX": dY @ W.T}, "a dict"),
        (lambda dY, X, W: 1.0, "one number"),
        (lambda dY, X, W: "dX, dW, db", "type str"),
        (lambda dY, X, W: right, "type function"),
        (lambda dY, X, W: iter(right(dY, X, W)), "type tuple_iterator"),
    ],
)
def test_a_wrong_structure_is_told(answer, said):
    v = verdict(answer)
    assert (v.score, v.result) == (0.0, "wrong structure")
    assert said in v.reason
    assert {status.state for status in v.statuses} == {"not judged"}


def test_none_in_a_special_case_is_not_an_empty_stub():
    v = verdict(lambda dY, X, W: right(dY, X, W) if len(X) > 1 else None)
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


# Naming.


def test_two_different_mistakes_are_both_named():
    v = verdict(lambda dY, X, W: (dY @ W.T, dY.T @ X, dY))
    assert v.mistakes == ["M02", "M03"]
    assert {d.codes: d.gradients for d in v.diagnoses} == {("M02",): ("dW",), ("M03",): ("db",)}
    assert v.score == 1.0


def test_a_pair_of_mistakes_is_named_as_a_pair():
    v = verdict(lambda dY, X, W: (dY @ W.T, X.T @ dY, dY / len(dY)))
    assert v.mistakes == ["M03", "M04"]
    assert len(v.diagnoses) == 1


@pytest.mark.parametrize(
    ("db", "evidence"),
    [
        (lambda g, n: 2.0 * g, "db is twice what is right, in every entry."),
        (lambda g, n: 0.5 * g, "db is half of what is right"),
        (lambda g, n: -3.0 * g, "db is -3 times what is right"),
        (lambda g, n: 0.0 * g, "db is zero."),
        (lambda g, n: g + np.arange(g.size), "db[1] is "),
        (lambda g, n: np.stack([g, g]), "shape"),
    ],
)
def test_what_no_mistake_explains_is_described(db, evidence):
    v = verdict(lambda dY, X, W: (dY @ W.T, X.T @ dY, db(dY.sum(0), len(dY))))
    assert v.mistakes == []
    assert evidence in told(v) + str(v.statuses)


def test_the_first_wrong_entry_is_told_with_both_numbers():
    def answer(dY, X, W):
        dX, dW, db = right(dY, X, W)
        dW[1, 2] += 1.0
        return dX, dW, db

    (sentence,) = verdict(answer).evidence
    instance = AFFINE.draw(0)[0].variables
    dW = instance["X"].T @ instance["dY"]
    assert (
        f"dW[1, 2] is {dW[1, 2] + 1.0:.6g}, where {dW[1, 2]:.6g} is right; 1 of 12 entries differ."
        == sentence
    )


def test_only_one_right_row_is_told():
    def answer(dY, X, W):
        dX, dW, db = right(dY, X, W)
        dX[:-1] = 7.0
        return dX, dW, db

    assert "Only the last row of dX is right." in verdict(answer).evidence


def test_wrong_only_in_a_special_case_says_where():
    v = verdict(lambda dY, X, W: (dY @ W.T, X.T @ dY, dY.sum(0) * (1 + (len(dY) == 1))))
    assert v.statuses[2].detail.endswith("where N = 1")
    assert v.mistakes == []
    assert "db is right elsewhere, and wrong where N = 1." in v.evidence


# Conventions.


def test_a_convention_is_accepted_with_a_remark():
    v = verdict(lambda g, x: g * (x >= 0), RELU)
    assert (v.ok, v.score, v.mistakes) == (True, 2.0, ["M16"])
    assert any("The course takes 0" in remark for remark in v.remarks)
    assert "The course takes 0" in repr(v)


def test_the_course_s_own_convention_has_no_remark_and_other_mistakes_are_still_named():
    assert verdict(lambda g, x: g * (x > 0), RELU).mistakes == []
    assert verdict(lambda g, x: g * (g > 0), RELU).mistakes == ["M15"]
    assert verdict(lambda g, x: g * x * (x > 0), RELU).mistakes == ["M17"]
    half = verdict(lambda g, x: g * (x > 0) + 0.3 * g * (x == 0), RELU)
    assert not half.ok
    assert "where some inputs are zero" in half.statuses[0].detail


# Failing closed.


class EqualsEverything:
    """Says yes to every comparison and nothing to every operation."""

    shape = (4,)
    dtype = np.dtype(float)

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def _self(self, *args, **kwargs):
        return self

    __hash__ = None
    __le__ = __lt__ = __ge__ = __gt__ = __eq__
    __sub__ = __rsub__ = __add__ = __radd__ = __mul__ = __abs__ = _self
    __array_ufunc__ = __array_function__ = _self

    def __bool__(self):
        return True

    def __len__(self):
        return 3

    def all(self, *args, **kwargs):
        return True


class HostileArray(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return True

    def __eq__(self, other):
        return True

    __hash__ = None


class HostileFloat(float):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__
    __hash__ = None


class HostileList(list):
    def __len__(self):
        return 3

    def __iter__(self):
        return iter([EqualsEverything()] * 3)


@pytest.mark.parametrize(
    "hostile",
    [
        EqualsEverything(),
        (EqualsEverything(),) * 3,
        (np.zeros((5, 3)).view(HostileArray),) * 3,
        (HostileFloat(1.0),) * 3,
        HostileList(),
        (np.full(3, EqualsEverything(), dtype=object),) * 3,
        {"dX": EqualsEverything(), "dW": EqualsEverything(), "db": EqualsEverything()},
    ],
    ids=["object", "tuple", "array", "float", "list", "object array", "dict"],
)
def test_an_object_that_equals_everything_earns_nothing(hostile):
    for exercise in (AFFINE, find("NB04.E01"), find("NB04.E02"), RELU):
        v = verdict(lambda *inputs: hostile, exercise)
        assert (v.ok, v.score) == (False, 0.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda inputs: None,
        lambda inputs: True,
        lambda inputs: 1 / 0,
        lambda inputs: Outcome("returned", EqualsEverything()),
        lambda inputs: Outcome("returned", (EqualsEverything(),) * 3),
        lambda inputs: Outcome("returned", Opaque("Everything")),
        lambda inputs: Outcome("excellent", (1, 2, 3)),
        lambda inputs: Outcome("raised"),
        lambda inputs: Outcome("returned", (), inputs_changed=(99,)),
    ],
)
def test_whatever_a_call_comes_to_the_judge_fails_closed(call):
    v = judge(AFFINE, call, seed=0, visible=False)
    assert (v.ok, v.score) == (False, 0.0)
    assert v.reason or v.evidence or any(status.detail for status in v.statuses)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.builds(Opaque, st.just("thing")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner, inner)
        | st.dictionaries(st.sampled_from(["dX", "dW", "db", "y_bar"]), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(value=plain)
def test_any_plain_value_gets_a_verdict_and_no_points(value):
    for exercise in (AFFINE, find("NB04.E01")):
        v = judge(exercise, lambda inputs: Outcome("returned", value), seed=0, visible=True)
        assert (v.ok, v.score) == (False, 0.0)
        assert v.result != "not judged", v.reason
        assert repr(v)
        assert v._repr_html_()


def test_an_exercise_that_cannot_be_judged_gives_no_points():
    broken = Exercise(
        id="NB99.E04",
        answer="f(x) -> y",
        reference=values_of(lambda x: 1 / 0),
        instances=sizes(),
        points=1,
        see="NB99.W1",
    )
    v = verdict(lambda x: x, broken)
    assert (v.score, v.result) == (0.0, "not judged")
    assert "ZeroDivisionError" in v.reason


# Stored and read again.


@pytest.mark.parametrize(
    "answer", [right, lambda dY, X, W: (dY, dY, dY), lambda dY, X, W: dY @ W, lambda dY, X, W: None]
)
def test_a_verdict_survives_json(answer):
    v = verdict(answer)
    again = Verdict.from_json(json.loads(json.dumps(v.to_json())))
    assert again == v
    assert repr(again) == repr(v)
