"""Naming mistakes, conventions, partial credit; and that nothing but right numbers ever earns points."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import check
from autograder.exercise import Exercise
from autograder.exercises import find
from autograder.instances import made, sizes
from autograder.judge import Opaque, Outcome, Verdict, judge
from autograder.mistakes import M15, M16, M17
from autograder.reference import cotangents_of, values_of
from backprop_course import relu

from .answers import AFFINE, affine, told, verdict

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
        dX, dW, db = affine(dY, X, W)
        dW[1, 2] += 1.0
        return dX, dW, db

    (sentence,) = verdict(answer).evidence
    instance = AFFINE.draw(0)[0].variables
    dW = instance["X"].T @ instance["dY"]
    assert (
        f"dW[1, 2] is {dW[1, 2] + 1.0:.6g}, where {dW[1, 2]:.6g} is right; 1 of 12 entries differ."
        == sentence
    )


def test_numbers_that_differ_late_are_told_with_more_digits():
    strict = Exercise(
        id="NB99.E02",
        answer="cube_backward(x: (d,)) -> dx: (d,)",
        reference=cotangents_of(lambda x: np.sum(x**3)),
        instances=sizes(d=(2, 5)),
        points=1,
        see="NB99.W1",
        rtol=1e-10,
        atol=1e-12,
    )

    def answer(x):
        dx = 3 * x**2
        dx[1] *= 1 + 1e-8
        return dx

    got, right = re.search(r"dx\[1\] is (\S+), where (\S+) is right", told(verdict(answer, strict))).groups()
    assert float(got) / float(right) > 1  # with six digits they would be the same


CUBES = Exercise(
    id="NB99.E05",
    answer="cubes_backward(dY: (N, d), X: (N, d)) -> dX: (N, d)",
    reference=cotangents_of(lambda X: X**3),
    instances=sizes(N=(1, 5), d=3),
    points=1,
    see="NB99.W1",
)
SHARES = Exercise(
    id="NB99.E06",
    answer="shares_backward(dY: (N, d), X: (N, d)) -> dX: (N, d)",
    reference=cotangents_of(lambda X: np.exp(X) / np.sum(np.exp(X), axis=1, keepdims=True)),
    instances=sizes(N=(1, 5), d=3),
    points=1,
    see="NB99.W1",
)
ONES = "dX is right when every entry of dY is 1, and only then."


def test_what_is_right_for_ones_alone_is_told():
    assert ONES in told(verdict(lambda dY, X: 3 * X**2, CUBES))


def test_of_what_is_wrong_in_a_special_case_alone_nothing_is_said_of_ones():
    def answer(dY, X):
        dX = 3 * X**2 * dY
        return dX + 1 if X.dtype == np.float32 else dX

    said = told(verdict(answer, CUBES))
    assert "dX is right elsewhere, and wrong where the inputs are float32." in said
    assert ONES not in said


def test_where_ones_have_a_gradient_of_zero_nothing_is_said_of_ones():
    """The shares of a row add up to 1, whatever it holds: ones arriving give zero, as this answer does."""

    def answer(dY, X):
        y = np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)
        return 3 * X * y * (dY - (y * dY).sum(axis=1, keepdims=True))

    v = verdict(answer, SHARES)
    assert v.score == 0
    assert ONES not in told(v)


def test_only_one_right_row_is_told():
    def answer(dY, X, W):
        dX, dW, db = affine(dY, X, W)
        dX[:-1] = 7.0
        return dX, dW, db

    assert "Only the last row of dX is right." in verdict(answer).evidence


def test_right_rows_and_columns_are_told():
    def answer(dY, X, W):
        dX, dW, db = affine(dY, X, W)
        dX[1:3] += 7.0
        dW[:, 2] = 0.0
        return dX, dW, db

    v = verdict(answer)
    assert "Of the rows of dX, 3 of 5 are right: 0 and 3 and 4 (N = 5, d = 3, k = 4)." in v.evidence
    assert "Of the columns of dW, 3 of 4 are right: 0 and 1 and 3 (N = 5, d = 3, k = 4)." in v.evidence


def test_a_wrong_shape_that_no_mistake_explains_is_told_beside_the_shapes_of_the_arguments():
    v = verdict(lambda dY, X, W: (dY @ W.T, np.zeros((2, 2)), dY.sum(0)))
    assert v.evidence == (
        "Here dY is (N, k) = (5, 4), X is (N, d) = (5, 3), W is (d, k) = (3, 4); dW must be (d, k) = (3, 4).",
    )


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


@pytest.mark.parametrize(
    ("answer", "said", "unsaid"),
    [
        (lambda dY, X: np.sin(X) * dY, "the values of dX are not", "shape"),
        (lambda dY, X: np.log(-1.0 - X**2), "the values of dX are not", "shape"),
        (lambda dY, X: (np.sin(X) * dY)[:, :2], "dX must be (N, d)", "values"),
        (lambda dY, X: "dX", "Compare the form", "shape"),
    ],
)
def test_a_graders_first_hint_is_about_what_is_wrong_values_or_shape(answer, said, unsaid):
    v = verdict(answer, CUBES, visible=False)
    assert said in v.hints[0]
    assert unsaid not in v.hints[0]


def test_a_first_hint_is_about_the_shape_where_no_letters_say_it():
    sums = Exercise(
        id="NB99.E09",
        answer="sums(X: (N, d)) -> s",
        reference=values_of(lambda X: X.sum(axis=1)),
        instances=sizes(N=(1, 5), d=3),
        points=1,
        see="NB99.W1",
    )
    assert verdict(lambda X: np.sin(X), sums, visible=False).hints[0].startswith("Compare the shape")


ROOTS = Exercise(
    id="NB99.E07",
    answer="lengths_backward(dY: (N, d), X: (N, d)) -> dX: (N, d)",
    reference=cotangents_of(lambda X: X * np.sqrt(X * X)),
    instances=sizes(N=(1, 5), d=3),
    points=1,
    see="NB99.W1",
)


@pytest.mark.parametrize(
    "answer",
    [
        lambda dY, X: 2 * np.abs(X) * dY,
        lambda dY, X: np.full(X.shape, np.nan),
        lambda dY, X: 2 * np.abs(X) * dY / int(np.all(X)),  # raises where an input is zero
    ],
)
def test_where_the_right_answer_is_no_number_the_declaration_is_blamed(answer):
    """The root has no slope at zero, and the engine's derivative is nan there."""
    v = verdict(answer, ROOTS)
    assert v.result == "not judged"
    assert "where some inputs are zero, its own dX holds nan or infinity" in v.reason
    assert 'the declaration of NB99.E07: add without=("zeros",) to its sizes(...)' in v.reason
    assert v.reason in " ".join(repr(v).split())


def test_without_the_instance_that_is_no_number_the_answer_is_judged():
    mended = replace(ROOTS, instances=sizes(N=(1, 5), d=3, without=("zeros",)))
    assert verdict(lambda dY, X: 2 * np.abs(X) * dY, mended).ok
    assert verdict(lambda dY, X: np.abs(X) * dY, mended).result == "wrong"


def test_a_stub_is_not_yet_written_also_where_its_exercise_is_at_fault():
    at_fault = replace(ROOTS, instances=made(lambda rng: {"dY": rng.random((2, 2)), "X": np.zeros((2, 2))}))
    assert verdict(lambda dY, X: None, at_fault).result == "not yet written"
    v = verdict(lambda dY, X: dY, at_fault)
    assert "draw inputs for which its reference is finite" in v.reason
    assert "without" not in v.reason


def test_a_part_of_several_right_values_may_be_no_number():
    free = replace(ROOTS, accepts={"dX": lambda got: True})
    assert verdict(lambda dY, X: dY, free).ok


# Stored and read again.


@pytest.mark.parametrize(
    "answer", [affine, lambda dY, X, W: (dY, dY, dY), lambda dY, X, W: dY @ W, lambda dY, X, W: None]
)
def test_a_verdict_survives_json(answer):
    v = verdict(answer)
    again = Verdict.from_json(json.loads(json.dumps(v.to_json())))
    assert again == v
    assert repr(again) == repr(v)


@pytest.mark.parametrize("rate", [0.037, 0.6, 3.0])
def test_weights_that_were_stepped_first_are_recognised_at_any_rate(rate):
    def mlp_backward(params, cache, dY):
        grads, d = [], dY
        for i in reversed(range(len(params))):
            W, _ = params[i]
            dW = cache["hs"][i].T @ d
            grads.append((dW, d.sum(axis=0)))
            W = W - rate * dW
            if i:
                d = d @ W.T
                z = cache["zs"][i - 1]
                if cache["activation"] == "relu":
                    d = d * (z > 0)
                else:
                    d = d * np.exp(-z) / (1 + np.exp(-z)) ** 2
        return grads[::-1]

    assert check("NB06.E07", mlp_backward).mistakes == ["M26"]


class Shared:
    """Answers whose outcomes are the same objects whenever they return the same bits, as in a sandbox."""

    def __init__(self) -> None:
        self.known: dict[bytes, Outcome] = {}
        self.answer = affine
        self.called = 0

    def __call__(self, inputs):
        self.called += 1
        value = self.answer(*inputs)
        bits = b"".join(part.tobytes() for part in value)
        return self.known.setdefault(bits, Outcome("returned", value, shared=True))


def test_what_is_kept_of_a_right_answer_is_given_to_no_other() -> None:
    answer = Shared()
    first = judge(AFFINE, answer, seed=3, visible=False)
    calls, answer.called = answer.called, 0
    assert judge(AFFINE, answer, seed=3, visible=False) == first
    assert answer.called == calls  # each answer is called as often as another
    assert (first.score, first.result) == (3.0, "right")

    def wrong_at(call):
        def answered(dY, X, W):
            dX, dW, db = affine(dY, X, W)
            return dX, dW, db * (1.0 + (answer.called == call))

        return answered

    for call in range(1, calls + 1):
        answer.called, answer.answer = 0, wrong_at(call)
        assert judge(AFFINE, answer, seed=3, visible=False).score < 3.0
    answer.answer = affine
    assert judge(AFFINE, answer, seed=3, visible=False) == first
    assert judge(AFFINE, answer, seed=3, visible=True).visible
    assert not judge(AFFINE, answer, seed=3, visible=False).visible
