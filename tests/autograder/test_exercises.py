"""Over all exercises: right answers pass, empty stubs earn nothing, every mistake is refused and named."""

from __future__ import annotations

import itertools
import os
import re

import numpy as np
import pytest

from autograder._diagnosis import effect
from autograder._parts import arrays, changed
from autograder._trial import for_naming, trial
from autograder.judge import Outcome, judge
from autograder.trying.answers import Telling, mistaken
from autograder.trying.declared import sizes_trouble

from .answers import EXERCISES, PIECES, alone, handed_in, judged, told_parts, verdict
from .solutions import RIGHT, STUBS

exercises = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
NAMES = [f"{e.id}-{p.number}" if p.number else e.id for e, p in PIECES]
pieces = pytest.mark.parametrize(("exercise", "piece"), PIECES, ids=NAMES)
mistakes = pytest.mark.parametrize(
    ("exercise", "piece", "mistake"),
    [(e, p, m) for e, p in PIECES for m in p.mistakes],
    ids=[
        f"{name}-{'+'.join(m.codes)}-{i}"
        for name, (_, p) in zip(NAMES, PIECES, strict=True)
        for i, m in enumerate(p.mistakes)
    ],
)
SEEDS = (0, 7)
# Of the test over many seeds. All exercises with 200 of them take an hour: without SEEDS=200 in the
# environment those named here get 200, and the others a few.
FEW_SEEDS = int(os.environ.get("SEEDS", "8"))
ALWAYS_MANY = ("NB04.E01", "NB04.E02", "NB06.E06")
# Seen in how an answer behaves, not in its numbers.
BY_BEHAVIOUR = ("M24", "M25", "M27")


def instances(piece, seed=0):
    return [(i, piece.expected(i)) for i in piece.draw(seed)]


def only_arrays(piece):
    """Whether all parts are arrays of floats that are compared number by number."""
    try:
        rights = [part for _, right in instances(piece) for part in right.values()]
    except Exception:  # a declaration that does not work fails in its own tests, not while they are collected
        return True
    plain = all(isinstance(part, np.ndarray) and part.dtype.kind == "f" for part in rights)
    return plain and not piece.accepts


ARRAYS = [(name, *pair) for name, pair in zip(NAMES, PIECES, strict=True) if only_arrays(pair[1])]
array_pieces = pytest.mark.parametrize(
    ("exercise", "piece"),
    [(exercise, piece) for _, exercise, piece in ARRAYS],
    ids=[name for name, _, _ in ARRAYS],
)


@pieces
@pytest.mark.parametrize("visible", [True, False], ids=["visible", "hidden"])
def test_the_reference_passes_with_full_score(exercise, piece, visible):
    for seed in SEEDS:
        v = told_parts(piece.expected, exercise, piece, seed, visible)
        assert v.ok, v
        assert v.score == v.max_score == exercise.points
        assert v.mistakes == []
        assert [status.state for status in v.statuses] == ["right"] * len(piece.returns)


@exercises
def test_right_answers_as_students_write_them_pass(exercise):
    assert exercise.id in RIGHT, f"write a right answer of {exercise.id} in tests/autograder/solutions"
    for answer, seed in itertools.product(RIGHT[exercise.id], SEEDS):
        v = judge(exercise, handed_in(exercise, answer), seed=seed, visible=seed == 0)
        assert v.ok, v
        assert (v.score, v.mistakes) == (exercise.points, [])


@array_pieces
@pytest.mark.parametrize("single", [np.float32, float])
def test_right_numbers_pass_in_another_form(exercise, piece, single):
    """Lists for tuples and arrays, floats for arrays without axes; float32 where float32 came in."""

    def form(value):
        return value.astype(np.float32) if single is np.float32 else value.tolist()

    def compute(instance):
        right = piece.expected(instance)
        return {n: form(v) if single is float or instance.single else v for n, v in right.items()}

    v = told_parts(compute, exercise, piece)
    assert v.ok, v


def stub_pass(*inputs, **settings):
    pass


def stub_ellipsis(*inputs, **settings):
    return ...


def stub_raises(*inputs, **settings):
    raise NotImplementedError


@exercises
@pytest.mark.parametrize("stub", [stub_pass, stub_ellipsis, stub_raises])
def test_an_empty_stub_earns_nothing_and_says_so(exercise, stub):
    handed = STUBS.get(exercise.id, {name: stub for name in exercise.names})
    for visible in (True, False):
        v = judge(exercise, handed_in(exercise, handed), seed=0, visible=visible)
        assert (v.ok, v.score, v.result) == (False, 0.0, "not yet written"), v
        assert "not yet written" in repr(v)
        assert v.mistakes == []


@mistakes
def test_each_mistake_is_refused_and_named(exercise, piece, mistake):
    for seed in SEEDS:
        v = judged(mistaken(piece, mistake, seed), exercise, piece, seed)
        if mistake.accepted:
            assert v.ok, v
        else:
            assert not v.ok
            assert v.score < v.max_score or exercise.points == 0  # a warm-up
        assert v.mistakes == list(mistake.codes), (seed, v)


@mistakes
def test_a_mistake_in_one_part_alone_costs_that_one_and_is_never_misnamed(exercise, piece, mistake):
    if len(piece.returns) == 1 or mistake.accepted or mistake.codes[0] in BY_BEHAVIOUR:
        return
    verdicts = {name: judged(mistaken(piece, mistake, only=name), exercise, piece) for name in piece.returns}
    differing = [name for name, v in verdicts.items() if v.result != "right"]
    assert differing
    for name in differing:
        v = verdicts[name]
        if v.result != "raised":
            shares = {part: exercise.share(part) for part in piece.returns}
            others = (sum(shares.values()) - shares[name]) / sum(shares.values())
            assert v.score == round(exercise.points * others, 2)
            assert [s.name for s in v.statuses if not s.right] == [name]
        assert v.mistakes in (list(mistake.codes), []) or _also(piece, mistake, name, v.mistakes), v


def _also(piece, mistake, name, codes):
    """Whether another declared mistake gives just this part: then that is its right name."""
    naming = [(i, right) for i, right in instances(piece) if i.naming]
    for other in piece.mistakes:
        if list(other.codes) == codes and all(
            np.array_equal(effect(mistake, piece, i, right)[name], effect(other, piece, i, right)[name])
            for i, right in naming
        ):
            return True
    return False


@pieces
def test_mistakes_agree_with_each_other_nowhere(exercise, piece):
    """No two codes give the same answer on all instances, and none gives the right one."""
    for seed in SEEDS:
        call = Telling(piece, piece.expected, seed)
        trials = [trial(piece, instance, call) for instance in piece.draw(seed)]
        assert len(for_naming(trials)) >= 2
        effects = [[(m, effect(m, piece, t.instance, t.right)) for t in trials] for m in piece.mistakes]
        for found in effects:
            m = found[0][0]
            if m.codes[0] not in BY_BEHAVIOUR:
                wrong = [not isinstance(e, dict) or any(not t.equal(n, e[n]) for n in e)
                         for t, (_, e) in zip(trials, found, strict=True)]  # fmt: skip
                assert any(wrong), m.codes
        for one, other in itertools.combinations(effects, 2):
            if one[0][0].codes != other[0][0].codes and one[0][0].codes[0] not in BY_BEHAVIOUR:
                assert not all(
                    isinstance(a, dict) and isinstance(b, dict) and all(t.alike(a[n], b[n]) for n in a)
                    for t, (_, a), (_, b) in zip(trials, one, other, strict=True)
                ), (one[0][0].codes, other[0][0].codes)


@pieces
def test_instances_for_naming_have_sizes_that_cannot_be_confused(exercise, piece):
    for seed in range(20):
        assert sizes_trouble(piece.draw(seed)) == ""
        naming = [instance for instance in piece.draw(seed) if instance.naming]
        for one, other in itertools.combinations(naming, 2):
            assert all(one.sizes[letter] != other.sizes[letter] for letter in one.sizes)


@pytest.mark.parametrize(("exercise", "piece"), [p for p in PIECES if p[1].upstream], ids=lambda p: p.id)
def test_the_upstream_cotangent_is_never_ones_and_inputs_are_of_both_signs(exercise, piece):
    for instance in piece.draw(3):
        upstream = np.asarray(instance.variables[piece.upstream])
        assert upstream.size == 1 or not np.all(upstream == upstream.flat[0])
    values = np.concatenate([np.ravel(v) for i in piece.draw(3) for v in piece.inputs(i) if _floats(v)])
    assert values.min() < 0 < values.max()


def _floats(value):
    return np.asarray(value).dtype.kind == "f"


# Rows of a softmax add up to 1 and normalised rows to 0, whatever their input: ones arriving give zero there,
# as with many a wrong answer, so that it tells nothing.
SUMS_ARE_FIXED = {"softmax_vjp", "normalize_backward_broken"}


@pytest.mark.parametrize(("exercise", "piece"), [p for p in PIECES if p[1].upstream], ids=lambda p: p.id)
def test_an_answer_right_only_when_ones_arrive_is_told_so(exercise, piece):
    def compute(instance):
        right = piece.expected(instance)
        upstream = instance.variables[piece.upstream]
        return {name: g + np.mean(upstream) - 1.0 for name, g in right.items()}

    v = told_parts(compute, exercise, piece)
    said = any(f"every entry of {piece.upstream} is 1" in sentence for sentence in v.evidence)
    assert said == (piece.name not in SUMS_ARE_FIXED)


@pytest.mark.parametrize(("exercise", "piece"), [p for p in PIECES if not p[1].probe], ids=lambda p: p.id)
def test_too_few_and_too_many_arguments_are_told_with_the_form_asked_for(exercise, piece):
    for answer in (lambda: None, lambda a, b, c, d, e, f, g, h, i: None):
        v = verdict({piece.name: answer}, alone(exercise, piece))
        assert (v.score, v.result) == (0.0, "wrong arguments")
        assert f"{piece.name}({', '.join(piece.parameters)})" in v.reason


@array_pieces
def test_a_kept_dimension_is_named(exercise, piece):
    def compute(instance):
        return {name: g[None] for name, g in piece.expected(instance).items()}

    v = told_parts(compute, exercise, piece)
    assert v.score == 0.0
    assert v.mistakes == ["M36"]
    assert {status.state for status in v.statuses} == {"wrong shape"}


@array_pieces
def test_numbers_cut_to_integers_are_named(exercise, piece):
    def compute(instance):
        return {name: (7.0 * g).astype(int) // 7 for name, g in piece.expected(instance).items()}

    def cut(instance):
        return {name: np.trunc(g).astype(int) for name, g in piece.expected(instance).items()}

    v = told_parts(cut, exercise, piece)
    rights = [right for _, right in instances(piece)]
    whole = {n for n in piece.returns if all(np.array_equal(r[n], np.trunc(r[n])) for r in rights)}
    assert {status.name for status in v.statuses if status.right} == whole
    assert v.mistakes == ["M28"]
    assert not told_parts(compute, exercise, piece).ok


@array_pieces
def test_nan_and_infinity_are_told(exercise, piece):
    for bad in (np.nan, np.inf):

        def compute(instance, bad=bad):
            return {name: g + bad for name, g in piece.expected(instance).items()}

        v = told_parts(compute, exercise, piece)
        assert v.score == 0.0
        assert {status.state for status in v.statuses} == {"not finite"}
        assert v.mistakes == []


@pieces
def test_the_first_part_alone_earns_its_share(exercise, piece):
    first = piece.returns[0]
    rights = [right for _, right in instances(piece)]
    if any(not arrays(part) for right in rights for part in right.values()) or piece.accepts:
        return

    def compute(instance):
        right = piece.expected(instance)
        return {n: g if n == first else changed(lambda a: a + 0.5, g) for n, g in right.items()}

    v = told_parts(compute, exercise, piece)
    total = sum(map(exercise.share, piece.returns))
    assert v.score == pytest.approx(exercise.points * exercise.share(first) / total, abs=0.005)
    assert v.statuses[0].right
    assert v.ok == (len(piece.returns) == 1)


@array_pieces
def test_a_hidden_verdict_shows_no_number_of_its_instances(exercise, piece):
    def compute(instance):
        return {name: g + 0.123 for name, g in piece.expected(instance).items()}

    v = told_parts(compute, exercise, piece, seed=5, visible=False)
    said = " ".join([v.reason, *v.evidence, *v.hints, *v.remarks, *(s.detail for s in v.statuses)])
    assert not re.search(r"-?\d+\.\d+", said), said


@exercises
def test_no_hint_contains_code(exercise):
    for mistake in exercise.mistakes:
        for kind in mistake.kinds:
            for text in (kind.footprint, kind.family, kind.rule):
                assert not re.search(r"\.T\b|@|np\.|sum\(|=", text), (kind.code, text)


class Lost:
    """A process that tells nothing but how it ended."""

    takes_probes = True

    def __init__(self, outcome):
        self.outcome = outcome

    def __call__(self, inputs):
        return self.outcome


@exercises
def test_a_dead_process_or_a_missing_function_earns_nothing(exercise):
    for kind, message in (("died", "exit code 0"), ("timeout", ""), ("missing", "")):
        v = judge(exercise, Lost(Outcome(kind, message=message)), seed=0, visible=False)
        assert (v.ok, v.score, v.result) == (False, 0.0, kind)


@pieces
def test_the_same_seed_gives_the_same_verdict_on_a_right_answer(exercise, piece):
    one, other = (told_parts(piece.expected, exercise, piece, 3).to_json() for _ in range(2))
    assert one == other


@pytest.mark.slow
@pieces
def test_no_seed_changes_a_verdict(exercise, piece):
    for seed in range(200 if exercise.id in ALWAYS_MANY else FEW_SEEDS):
        assert told_parts(piece.expected, exercise, piece, seed).ok
        for answer in RIGHT[exercise.id]:
            v = judged(handed_in(exercise, answer), exercise, piece, seed)
            assert v.ok, (seed, v)
        for mistake in piece.mistakes:
            v = judged(mistaken(piece, mistake, seed), exercise, piece, seed)
            assert v.ok == mistake.accepted, (seed, mistake.codes, v)
            assert v.mistakes == list(mistake.codes), (seed, mistake.codes, v)
