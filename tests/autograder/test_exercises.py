"""Over all exercises: right answers pass, empty stubs earn nothing, every mistake is refused and named."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from autograder._diagnosis import effect
from autograder._trial import for_naming, trial
from autograder.judge import Outcome, in_process, judge

from .answers import EXERCISES, RIGHT, answer_of, mistaken, reference, verdict

exercises = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
mistakes = pytest.mark.parametrize(
    ("exercise", "mistake"),
    [(e, m) for e in EXERCISES for m in e.mistakes],
    ids=[f"{e.id}-{'+'.join(m.codes)}-{i}" for e in EXERCISES for i, m in enumerate(e.mistakes)],
)
SEEDS = (0, 1, 7)


@exercises
@pytest.mark.parametrize("visible", [True, False], ids=["visible", "hidden"])
def test_the_reference_passes_with_full_score(exercise, visible):
    for seed in SEEDS:
        v = verdict(reference(exercise), exercise, seed, visible)
        assert v.ok, v
        assert v.score == v.max_score == exercise.points
        assert v.mistakes == []
        assert [status.state for status in v.statuses] == ["right"] * len(exercise.returns)


@exercises
def test_right_answers_in_other_styles_pass(exercise):
    assert exercise.id in RIGHT, f"write right answers of {exercise.id} in another style, in answers.py"
    for answer, seed in itertools.product(RIGHT[exercise.id], SEEDS):
        v = verdict(answer, exercise, seed)
        assert v.ok, v
        assert (v.score, v.mistakes) == (exercise.points, [])


@exercises
@pytest.mark.parametrize("single", [np.float32, float])
def test_right_numbers_pass_in_another_form(exercise, single):
    """Lists for tuples and arrays, floats for arrays without axes; float32 where float32 came in."""

    def form(value):
        return value.astype(np.float32) if single is np.float32 else value.tolist()

    def compute(instance):
        arrives_single = any(np.asarray(v).dtype == np.float32 for v in instance.variables.values())
        right = exercise.expected(instance)
        return {n: form(v) if single is float or arrives_single else v for n, v in right.items()}

    v = verdict(answer_of(exercise, compute), exercise)
    assert v.ok, v


def stub_pass(*inputs):
    pass


def stub_ellipsis(*inputs):
    return ...


def stub_raises(*inputs):
    raise NotImplementedError


@exercises
@pytest.mark.parametrize("stub", [stub_pass, stub_ellipsis, stub_raises])
def test_an_empty_stub_earns_nothing_and_says_so(exercise, stub):
    for visible in (True, False):
        v = verdict(stub, exercise, visible=visible)
        assert (v.ok, v.score, v.result) == (False, 0.0, "not yet written")
        assert "not yet written" in repr(v)
        assert v.mistakes == []


@mistakes
def test_each_mistake_is_refused_and_named(exercise, mistake):
    for seed in SEEDS:
        v = verdict(mistaken(exercise, mistake), exercise, seed)
        assert not v.ok
        assert v.score < v.max_score
        assert v.mistakes == list(mistake.codes), v


@mistakes
def test_a_mistake_in_one_gradient_alone_costs_that_one_and_is_never_misnamed(exercise, mistake):
    changed = [
        name
        for name in exercise.returns
        if verdict(mistaken(exercise, mistake, only=name), exercise).result != "right"
    ]
    assert changed
    for name in changed:
        v = verdict(mistaken(exercise, mistake, only=name), exercise)
        if v.result != "raised":
            others = (len(exercise.returns) - 1) / len(exercise.returns)
            assert v.score == round(exercise.points * others, 2)
            assert [s.name for s in v.statuses if not s.right] == [name]
        assert v.mistakes in (list(mistake.codes), []) or _also(exercise, mistake, name, v.mistakes), v


def _also(exercise, mistake, name, codes):
    """Whether another declared mistake gives just this answer: then that is its right name."""
    instances = [i for i in exercise.draw(0) if i.naming]
    for other in exercise.mistakes:
        if list(other.codes) == codes and all(
            np.array_equal(effect(mistake, exercise, i, right)[name], effect(other, exercise, i, right)[name])
            for i in instances
            for right in [exercise.expected(i)]
        ):
            return True
    return False


@exercises
def test_mistakes_agree_with_each_other_nowhere(exercise):
    """On the instances for naming no two codes give the same answer, and none gives the right one."""
    for seed in SEEDS:
        call = in_process(reference(exercise))
        trials = for_naming([trial(exercise, instance, call) for instance in exercise.draw(seed)])
        assert len(trials) >= 2
        for t in trials:
            effects = [(m, effect(m, exercise, t.instance, t.right)) for m in exercise.mistakes]
            for mistake, gradients in effects:
                if isinstance(gradients, dict):
                    wrong = [n for n in exercise.returns if not t.equal(n, gradients[n])]
                    assert wrong or mistake.accepted, mistake.codes
            for (a, one), (b, other) in itertools.combinations(effects, 2):
                if a.codes != b.codes and isinstance(one, dict) and isinstance(other, dict):
                    assert not all(t.close(one[n], other[n]) for n in exercise.returns), (a.codes, b.codes)


@exercises
def test_instances_for_naming_have_sizes_that_cannot_be_confused(exercise):
    for seed in range(20):
        naming = [instance for instance in exercise.draw(seed) if instance.naming]
        for instance in naming:
            assert len(set(instance.sizes.values())) == len(instance.sizes)
            assert all(size >= 3 for size in instance.sizes.values())
        for one, other in itertools.combinations(naming, 2):
            assert all(one.sizes[letter] != other.sizes[letter] for letter in one.sizes)


@exercises
def test_the_upstream_cotangent_is_never_ones_and_inputs_are_of_both_signs(exercise):
    for instance in exercise.draw(3):
        if exercise.upstream:
            upstream = np.asarray(instance.variables[exercise.upstream])
            assert not np.all(upstream == upstream.flat[0])
    values = np.concatenate([np.ravel(v) for i in exercise.draw(3) for v in i.variables.values()])
    assert values.min() < 0 < values.max()


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if e.upstream], ids=lambda e: e.id)
def test_an_answer_right_only_when_ones_arrive_is_told_so(exercise):
    def compute(instance):
        right = exercise.expected(instance)
        upstream = instance.variables[exercise.upstream]
        return {name: g + np.mean(upstream) - 1.0 for name, g in right.items()}

    v = verdict(answer_of(exercise, compute), exercise)
    assert any(f"every entry of {exercise.upstream} is 1" in sentence for sentence in v.evidence)


@exercises
def test_too_few_and_too_many_arguments_are_told_with_the_form_asked_for(exercise):
    for answer in (lambda: None, lambda a, b, c, d, e, f, g, h, i: None):
        v = verdict(answer, exercise)
        assert (v.score, v.result) == (0.0, "wrong arguments")
        assert f"{exercise.name}({', '.join(exercise.parameters)})" in v.reason


@exercises
def test_a_kept_dimension_is_named(exercise):
    def compute(instance):
        return {name: g[None] for name, g in exercise.expected(instance).items()}

    v = verdict(answer_of(exercise, compute), exercise)
    assert v.score == 0.0
    assert v.mistakes == ["M36"]
    assert {status.state for status in v.statuses} == {"wrong shape"}


@exercises
def test_numbers_cut_to_integers_are_named(exercise):
    def compute(instance):
        return {name: (7.0 * g).astype(int) // 7 for name, g in exercise.expected(instance).items()}

    def cut(instance):
        return {name: np.trunc(g).astype(int) for name, g in exercise.expected(instance).items()}

    v = verdict(answer_of(exercise, cut), exercise)
    assert v.score == 0.0
    assert v.mistakes == ["M28"]
    assert not verdict(answer_of(exercise, compute), exercise).ok


@exercises
def test_nan_and_infinity_are_told(exercise):
    for bad in (np.nan, np.inf):

        def compute(instance, bad=bad):
            return {name: g + bad for name, g in exercise.expected(instance).items()}

        v = verdict(answer_of(exercise, compute), exercise)
        assert v.score == 0.0
        assert {status.state for status in v.statuses} == {"not finite"}
        assert v.mistakes == []


@exercises
def test_the_first_gradient_alone_earns_an_equal_share(exercise):
    first = exercise.returns[0]

    def compute(instance):
        return {n: g if n == first else g + 0.5 for n, g in exercise.expected(instance).items()}

    v = verdict(answer_of(exercise, compute), exercise)
    assert v.score == pytest.approx(exercise.points / len(exercise.returns), abs=0.005)
    assert v.statuses[0].right
    assert v.ok == (len(exercise.returns) == 1)


@exercises
def test_a_hidden_verdict_shows_no_number_of_its_instances(exercise):
    def compute(instance):
        return {name: g + 0.123 for name, g in exercise.expected(instance).items()}

    v = verdict(answer_of(exercise, compute), exercise, seed=5, visible=False)
    said = " ".join([v.reason, *v.evidence, *v.hints, *v.remarks, *(s.detail for s in v.statuses)])
    assert not re.search(r"-?\d+\.\d+", said), said


@exercises
def test_no_hint_contains_code(exercise):
    for mistake in exercise.mistakes:
        for kind in mistake.kinds:
            for text in (kind.footprint, kind.family, kind.rule):
                assert not re.search(r"\.T\b|@|np\.|sum\(|=", text), (kind.code, text)


@exercises
def test_a_dead_process_or_a_missing_function_earns_nothing(exercise):
    for kind, message in (("died", "exit code 0"), ("timeout", ""), ("missing", "")):
        v = judge(exercise, lambda inputs, k=kind, m=message: Outcome(k, message=m), seed=0, visible=False)
        assert (v.ok, v.score, v.result) == (False, 0.0, kind)


@pytest.mark.slow
@exercises
def test_no_seed_changes_a_verdict(exercise):
    for seed in range(200):
        assert verdict(reference(exercise), exercise, seed).ok
        for answer in RIGHT[exercise.id]:
            assert verdict(answer, exercise, seed).ok, seed
        for mistake in exercise.mistakes:
            v = verdict(mistaken(exercise, mistake), exercise, seed)
            assert not v.ok
            assert v.mistakes == list(mistake.codes), (seed, mistake.codes, v)
