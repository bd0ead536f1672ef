"""Exercises of every form: parts that are no arrays, several right values, pieces, probes, errors."""

from __future__ import annotations

import numpy as np
import pytest

from autograder._outcome import Opaque, Outcome
from autograder._parts import leaves, plain, same
from autograder._reading import Unreadable, as_part
from autograder.exercise import Exercise, Piece
from autograder.exercises import find
from autograder.instances import Instance, made, sizes
from autograder.judge import in_process, judge
from autograder.mistakes import M06, M12, M27, Kind
from autograder.reference import answered_by, cotangents_of, values_of
from backprop_course.errors import UsageError

from .answers import told


def exercise(**declared):
    return Exercise(id="NB99.E01", points=2, see="NB99.W1", **declared)


def verdict(declared, answer, visible=True):
    handed = answer if isinstance(answer, dict) else {declared.name: answer}
    return judge(declared, in_process(handed, time_limit=2.0), seed=0, visible=visible)


# Parts.


def test_our_own_values_become_parts():
    assert plain([1.0, 2.0]).tolist() == [1.0, 2.0]
    assert plain([True, False]).tolist() == [1, 0]
    assert [part.shape for part in plain([np.zeros(2), np.zeros((2, 3))])] == [(2,), (2, 3)]
    assert plain({"a": (1, "x"), "b": None}) == {"a": [np.asarray(1), "x"], "b": None}
    assert [part.tolist() for part in plain([[1, 2], [3]])] == [[1, 2], [3]]


def test_leaves_are_told_with_their_places():
    part = plain({"dW": [np.zeros(2), "x"], "db": 1.0})
    assert [path for path, _ in leaves(part)] == ["['dW'][0]", "['dW'][1]", "['db']"]


def test_parts_are_the_same_leaf_by_leaf():
    a, b = plain([np.zeros(2), {"k": "x"}]), plain([np.zeros(2), {"k": "x", "more": 1}])
    assert same(b, a, np.array_equal)
    assert not same(a, b, np.array_equal)
    assert not same(a[:1], a, np.array_equal)
    assert not same(None, "x", np.array_equal)


@pytest.mark.parametrize(
    ("value", "right", "state"),
    [
        (3.0, plain("text"), "wrong type"),
        ("text", plain(3.0), "wrong type"),
        (3.0, None, "wrong type"),
        (None, plain(3.0), "not yet written"),
        ([np.zeros(2)], plain([np.zeros(2), np.zeros(3)]), "wrong shape"),
        (3.0, plain([np.zeros(2), np.zeros(3)]), "wrong type"),
        ({"a": 1}, {"a": plain(1), "b": plain(2)}, "missing"),
        ([1], {"a": plain(1)}, "wrong type"),
        (np.array([True]), plain([0.5]), "wrong type"),
        (Opaque("Tensor"), plain(1.0), "wrong type"),
    ],
)
def test_another_form_is_unreadable_and_says_how(value, right, state):
    read = as_part(value, right)
    assert isinstance(read, Unreadable)
    assert read.state == state


def test_reading_is_forgiving_in_form():
    assert as_part(True, plain(1)) == 1
    assert as_part((np.zeros(2), np.ones(3)), plain([np.zeros(2), np.ones(3)]))[1].tolist() == [1, 1, 1]
    assert [row.tolist() for row in as_part(np.eye(2), [np.zeros(2), np.zeros(2)])] == [[1, 0], [0, 1]]
    assert as_part({"a": 1, "z": "more"}, {"a": plain(2)}).keys() == {"a"}


# Lists: all layers are one part.

LAYERS = exercise(
    answer="backward(Ws, x: (n,)) -> dW, dx: (n,)",
    reference=cotangents_of(lambda Ws, x: np.sum(np.tanh(Ws[1] @ np.tanh(Ws[0] @ x))), dW="Ws"),
    instances=sizes(
        n=4, h=5, k=3, draw={"Ws": lambda rng, n, h, k: [rng.normal(size=(h, n)), rng.normal(size=(k, h))]}
    ),
    mistakes=[M06.each(lambda g: -g)],
)


def layers(Ws, x, scale=1.0, first=1.0):
    h = np.tanh(Ws[0] @ x)
    d2 = 1 - np.tanh(Ws[1] @ h) ** 2
    d1 = (Ws[1].T @ d2) * (1 - h**2)
    return [scale * first * np.outer(d1, x), scale * np.outer(d2, h)], Ws[0].T @ d1


def test_a_list_of_arrays_is_one_part():
    assert verdict(LAYERS, layers).ok
    assert verdict(LAYERS, lambda Ws, x: (tuple(layers(Ws, x)[0]), layers(Ws, x)[1])).ok
    v = verdict(LAYERS, lambda Ws, x: layers(Ws, x, first=2.0))
    assert (v.score, [s.name for s in v.statuses if not s.right]) == (1.0, ["dW"])
    assert "Of dW, dW[0] is wrong and dW[1] is right." in v.evidence
    assert "dW[0] is twice what is right, in every entry." in v.evidence
    assert any(sentence.startswith("dW[0][0, 0] is ") for sentence in v.evidence)


def test_a_mistake_is_recognised_in_a_list():
    v = verdict(LAYERS, lambda Ws, x: ([-g for g in layers(Ws, x)[0]], layers(Ws, x)[1]))
    assert v.mistakes == ["M06"]
    assert v.diagnoses[0].gradients == ("dW",)


def test_what_is_wrong_with_the_form_of_a_list_is_told():
    v = verdict(LAYERS, lambda Ws, x: ([layers(Ws, x)[0][0].T, layers(Ws, x)[0][1]], x))
    assert v.statuses[0].detail.startswith("dW[0] is (4, 5) where (5, 4) is asked for")
    v = verdict(LAYERS, lambda Ws, x: (layers(Ws, x)[0][:1], x))
    assert v.statuses[0].detail.startswith("a list of one value where 2 are asked for")
    v = verdict(LAYERS, lambda Ws, x: ([layers(Ws, x)[0][0], None], x))
    assert (v.statuses[0].name, v.statuses[0].state) == ("dW", "not yet written")


# Texts, None, several right values.

SIGN = exercise(
    answer="sign_of(x) -> word, nothing",
    reference=values_of(lambda x: ("positive" if x > 0 else "negative", None)),
    instances=sizes(without=["float32"]),
    mistakes=[M06(lambda x: ("negative" if x > 0 else "positive", None))],
)


def test_texts_and_none_are_compared():
    assert verdict(SIGN, lambda x: ("positive" if x > 0 else "negative", None)).ok
    v = verdict(SIGN, lambda x: ("negative" if x > 0 else "positive", 0.0))
    assert [s.state for s in v.statuses] == ["wrong value", "wrong type"]
    assert v.mistakes == ["M06"]


def test_a_learners_text_is_not_shown_where_inputs_are_hidden():
    v = verdict(SIGN, lambda x: (f"secret {x}", None), visible=False)
    assert "secret" not in str(v.to_json())
    assert "another text where 'positive'" in str(v) or "another text where 'negative'" in str(v)


ORDER = exercise(
    answer="order(names) -> order",
    reference=values_of(lambda names: names),
    instances=made(lambda rng: {"names": ["a", "b", "c"]}, few=lambda rng: {"names": ["x", "y"]}),
    accepts={"order": lambda got, names: sorted(got) == sorted(names) or "a name is missing or new"},
)


def test_one_of_several_right_values_will_do():
    assert verdict(ORDER, lambda names: names[::-1]).ok
    v = verdict(ORDER, lambda names: ["a"] * len(names))
    assert not v.ok
    assert v.statuses[0].detail == "a name is missing or new"


@pytest.mark.parametrize("value", [3.0, "abc", {"a": 1}, [1, "b", None], [["a"], "b", "c"], np.zeros(3)])
def test_whatever_stands_where_several_values_are_right_is_refused(value):
    v = verdict(ORDER, lambda names: value)
    assert (v.ok, v.score) == (False, 0.0)


# Pieces and probes.

TWO = exercise(
    shares={"twice": 3.0},
    pieces=[
        Piece(
            answer="double(x: (n,)) -> twice: (n,)",
            reference=values_of(lambda x: 2 * x),
            instances=sizes(n=3),
            mistakes=[M12(lambda x: x)],
        ),
        Piece(
            answer="root(x) -> y",
            probe="common.raises(kind, x) -> refused",
            reference=values_of(lambda: "ValueError"),
            instances=sizes(draw={"kind": lambda: "ValueError", "x": lambda rng: -float(rng.uniform(1, 2))}),
        ),
        Piece(
            answer="root(x) -> y",
            probe="common.calmly(count, x: (n,)) -> far_out: (n,), warning",
            reference=answered_by(lambda x: np.sqrt(np.abs(x))),
            instances=sizes(
                n=4, draw={"count": lambda: 1, "x": lambda rng, n: 1000.0 + rng.random(n)}, without=["zeros"]
            ),
        ),
    ],
)


def root(x):
    if np.ndim(x) == 0 and x < 0:
        raise ValueError("no root")
    return np.sqrt(x)


def test_pieces_are_scored_by_themselves():
    assert verdict(TWO, {"double": lambda x: x + x, "root": root}).score == 2.0
    v = verdict(TWO, {"double": lambda x: x, "root": root})
    assert (v.score, v.result, v.mistakes) == (1.0, "partly right", ["M12"])
    v = verdict(TWO, {"double": lambda x: 1 / 0, "root": root})
    assert v.score == 1.0
    assert "double raised ZeroDivisionError" in v.reason
    v = verdict(TWO, {"double": lambda x: 2 * x})
    assert (v.score, v.result) == (1.0, "partly right")
    assert "root is not defined" in v.reason
    v = verdict(TWO, {"double": lambda x: 2 * x, "root": lambda x: None})
    assert [s.state for s in v.statuses] == ["right", "not yet written", "not yet written", "not yet written"]


def test_an_error_that_is_asked_for_is_told_by_its_name():
    def another(x):
        raise KeyError(x)

    v = verdict(TWO, {"double": lambda x: 2 * x, "root": another}, visible=False)
    assert "'KeyError' where 'ValueError' is asked for" in str(v.statuses[1].detail)
    v = verdict(TWO, {"double": lambda x: 2 * x, "root": np.abs}, visible=False)
    assert "'nothing was raised' where 'ValueError' is asked for" in v.statuses[1].detail


def test_a_recursion_too_deep_is_not_the_error_that_was_asked_for():
    def endless(x):
        return endless(x)

    v = verdict(TWO, {"double": lambda x: 2 * x, "root": endless})
    assert v.statuses[1].detail.startswith("'RecursionError' where")


def test_a_warning_at_large_inputs_looks_like_an_overflow():
    def overflowing(x):
        if np.ndim(x) == 0:
            raise ValueError
        return np.sqrt(np.abs(x)) + 0 * np.exp(-x) + 1 / np.exp(x)

    v = verdict(TWO, {"double": lambda x: 2 * x, "root": overflowing})
    assert [s.state for s in v.statuses][1:] == ["right", "right", "wrong value"]
    assert v.mistakes == ["M27"]


def test_parts_of_one_name_in_two_pieces_are_refused():
    piece = Piece(answer="f(x) -> y", reference=values_of(lambda x: x), instances=sizes())
    with pytest.raises(UsageError, match="same name"):
        exercise(pieces=[piece, piece])


@pytest.mark.parametrize("answer", ["GATES", "f(x) -> a; g(x) -> b", "Class(x)"])
def test_what_cannot_be_called_with_plain_values_needs_a_probe(answer):
    with pytest.raises(UsageError, match="or a probe"):
        exercise(answer=answer, reference=values_of(lambda x: x), instances=sizes())


def test_a_right_answer_as_a_reference_needs_a_probe():
    declared = exercise(answer="f(x) -> y", reference=answered_by(abs), instances=sizes())
    with pytest.raises(UsageError, match="declare probe="):
        declared.expected(declared.draw(0)[0])


def test_a_judge_without_probes_withholds_its_verdict():
    v = judge(find("NB09.E07"), lambda inputs: None, seed=0, visible=False)
    assert (v.result, v.score) == ("not judged", 0.0)
    assert "nb09.stopped" in v.reason


@pytest.mark.parametrize(
    ("visible", "advice"), [(True, "Run the cell"), (False, "The file that is handed in")]
)
def test_a_missing_answer_is_mended_in_the_notebook_or_in_the_file(visible, advice):
    v = judge(find("NB06.E06"), lambda inputs: Outcome("missing"), seed=0, visible=visible)
    assert v.result == "missing"
    assert v.hints[0].startswith(advice)


def test_an_object_of_another_form_is_told():
    class NoUpdate:
        def __init__(self, patience):
            self.patience = patience

    v = verdict(find("NB09.E07"), NoUpdate)
    assert (v.score, v.result) == (0.0, "wrong structure")
    assert "a NoUpdate has no attribute update" in v.reason


def test_an_object_with_nothing_in_it_is_not_yet_written():
    class Empty:
        def __init__(self, patience):
            pass

    v = verdict(find("NB09.E07"), Empty)
    assert (v.score, v.result) == (0.0, "not yet written")


# Naming where only special cases differ.

KINK = Kind(
    "kink-missed",
    "the kink is missed",
    "It shows at 0 alone.",
    "A bound is strict.",
    "Zero counts too.",
    "NB99.W1",
)
STEP = exercise(
    answer="step(x: (n,)) -> y: (n,)",
    reference=values_of(lambda x: np.where(x >= 0, 1.0, np.exp(np.minimum(x, 0)))),
    instances=sizes(
        n=5,
        cases={"x has zeros": {"x": np.array([0.0, 1.0])}, "x is zero": {"x": np.zeros(3)}},
        without=["zeros"],
    ),
    mistakes=[KINK(lambda x: np.where(x > 0, 1.0, 0.5 * (x == 0) + np.exp(np.minimum(x, 0)) * (x < 0)))],
)


def test_a_mistake_of_special_cases_is_named_where_two_of_them_show_it():
    assert verdict(STEP, lambda x: np.where(x >= 0, 1.0, np.exp(x))).ok
    v = verdict(STEP, lambda x: np.where(x == 0, 0.5, np.where(x > 0, 1.0, np.exp(x))))
    assert v.mistakes == ["kink-missed"]
    other = verdict(STEP, lambda x: np.where(x == 0, 0.7, np.where(x > 0, 1.0, np.exp(x))))
    assert (other.ok, other.mistakes) == (False, [])
    assert "y is right elsewhere, and wrong where x has zeros." in other.evidence


def test_nan_at_large_inputs_alone_is_an_overflow():
    far = exercise(
        answer="sigmoid(z: (n,)) -> y: (n,)",
        reference=values_of(lambda z: 0.5 * (1 + np.tanh(0.5 * z))),
        instances=sizes(n=4, cases={"at +-1000": {"z": np.array([1000.0, -1000.0])}}),
    )
    v = verdict(far, lambda z: np.exp(z) / (1 + np.exp(z)))
    assert v.mistakes == [M27.code]
    assert v.statuses[0].state == "not finite"


# What else is told.


def test_a_right_answer_by_differences_gets_a_remark():
    slope = exercise(
        answer="slope(x: (n,)) -> dx: (n,)",
        reference=cotangents_of(lambda x: np.sum(np.exp(x))),
        instances=sizes(n=4, without=["float32"]),
    )

    def by_differences(x):
        return (np.exp(x + 1e-5) - np.exp(x - 1e-5)) / 2e-5

    v = verdict(slope, by_differences)
    assert v.ok
    assert any("looks like a finite difference" in remark for remark in v.remarks)
    assert verdict(slope, np.exp).remarks == ()
    v = verdict(slope, lambda x: (np.exp(x + 1e-4) - np.exp(x)) / 1e-4)
    assert not v.ok
    v = verdict(slope, lambda x: (np.exp(x + 1e-5) - np.exp(x)) / 1e-5)
    assert "right to a few digits only" in told(v)


factor = 3.0


def test_data_of_the_notebook_that_an_answer_reads_is_told():
    v = verdict(find("NB03.E05"), lambda W, x, g: (np.outer(g, x) * factor, W.T @ g))
    assert "It reads factor of the notebook" in told(v)


def test_what_follows_from_other_inputs_stays_true_in_every_special_case():
    derived = sizes(
        n=4, derive={"total": lambda x: {"sum": x.sum(), "x": x}}, cases={"x = 1": {"x": np.ones(2)}}
    )
    declared = exercise(answer="f(x: (n,), total) -> y", reference=values_of(lambda x: x), instances=derived)
    for instance in declared.draw(0):
        x, total = instance.variables["x"], instance.variables["total"]
        assert np.array_equal(total["x"], x)
        assert total["sum"] == pytest.approx(x.sum(), rel=1e-5)  # in float32 too


def test_instances_say_whether_they_are_large():
    assert Instance({"x": [np.array([1.0, -1000.0])]}, "far out").large
    assert not Instance({"x": np.array([2, 3000]), "kind": "bowl"}, "whole numbers").large
