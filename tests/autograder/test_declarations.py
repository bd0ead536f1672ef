"""What exercises are declared with: answer lines, references, instances, the catalogue."""

from __future__ import annotations

import numpy as np
import pytest

from autograder import mistakes
from autograder._signature import parse
from autograder.exercise import Exercise
from autograder.exercises import find
from autograder.instances import Instance, between, other_sizes, sizes
from autograder.mistakes import M03, M04, M06, Kind
from autograder.reference import cotangents_of, named, values_of
from autograder.trying.declared import text_trouble
from backprop_course.errors import UsageError

from .answers import EXERCISES, verdict

AFFINE = find("NB06.E06")


def test_an_answer_line_is_read():
    signature = parse("affine_backward(dY: (N, k), X: (N, 2), t) -> dX: (N, 2), db: (k,)")
    assert signature.name == "affine_backward"
    assert signature.parameters == ("dY", "X", "t")
    assert signature.returns == ("dX", "db")
    assert signature.keys is None
    assert signature.shape("dX", {"N": 5, "k": 4}) == (5, 2)
    assert (signature.letters("db"), signature.letters("t")) == ("(k,)", "")


def test_a_dict_and_a_single_value_are_read():
    assert parse("f(w, b) -> dict(w_bar, W1: (h, d))").keys == ("w_bar", "W1")
    assert parse("f(w) -> dx").returns == ("dx",)


@pytest.mark.parametrize(
    "line", ["f(x)", "f(x) ->", "f -> y", "f(x: N) -> y", "f(x: (N + 1,)) -> y", "f(x) -> (y)"]
)
def test_an_answer_line_that_cannot_be_read_is_refused(line):
    with pytest.raises(UsageError, match="expected: name"):
        parse(line)


def test_names_for_a_notebook_come_from_the_declaration():
    assert (AFFINE.name, AFFINE.unit, AFFINE.grade_id) == ("affine_backward", "NB06", "NB06-E06")
    assert (AFFINE.parameters, AFFINE.returns, AFFINE.keys) == (("dY", "X", "W"), ("dX", "dW", "db"), None)
    assert find("NB04.E01").keys == ("y_bar", "z_bar", "w_bar", "b_bar")


def test_the_reference_is_the_engines_derivative_of_the_forward_function():
    instance = AFFINE.draw(0)[0]
    dY, X, W = AFFINE.inputs(instance)
    right = AFFINE.expected(instance)
    np.testing.assert_allclose(right["dX"], dY @ W.T)
    np.testing.assert_allclose(right["dW"], X.T @ dY)
    np.testing.assert_allclose(right["db"], dY.sum(axis=0))


def test_the_worked_numbers_of_the_course_are_the_reference_s():
    """Curriculum, NB04.W1 and W5: w=2, b=-1, x=1.5, t=0, and lambda=0.1."""
    exercise = find("NB04.E01")
    at = {"w": 2.0, "b": -1.0, "x": 1.5, "t": 0.0}
    right = exercise.expected(Instance(at, "worked"))
    worked = {"y_bar": 0.880797, "z_bar": 0.092478, "b_bar": 0.092478, "w_bar": 0.138717}
    assert {name: round(float(g), 6) for name, g in right.items()} == worked
    right = find("NB04.E02").expected(Instance({**at, "lam": 0.1}, "worked"))
    assert {name: round(float(g), 6) for name, g in right.items()} == {"w_bar": 0.338717, "b_bar": 0.092478}


def test_the_bars_of_intermediate_results_agree_with_finite_differences():
    exercise = find("NB04.E01")
    instance = exercise.draw(1)[0]
    w, b, x, t = exercise.inputs(instance)
    right = exercise.expected(instance)

    def loss(z):
        return 0.5 * (1 / (1 + np.exp(-z)) - t) ** 2

    h = 1e-6  # central differences of a smooth function: an error of about h**2
    z = w * x + b
    assert right["z_bar"] == pytest.approx((loss(z + h) - loss(z - h)) / (2 * h), rel=1e-6, abs=1e-9)


def test_an_input_that_the_output_does_not_depend_on_gets_zeros():
    exercise = Exercise(
        id="NB99.E05",
        answer="f(x, unused: (n,)) -> x_bar, unused_bar: (n,)",
        reference=cotangents_of(lambda x, unused: x**2),
        instances=sizes(n=3),
        points=1,
        see="NB99.W1",
    )
    right = exercise.expected(exercise.draw(0)[0])
    assert right["unused_bar"].tolist() == [0.0, 0.0, 0.0]


def test_a_forward_function_that_forgets_to_return_is_refused():
    reference = cotangents_of(lambda x: None)
    with pytest.raises(UsageError, match="got:      NoneType"):
        reference(parse("f(x) -> x_bar"), sizes()(parse("f(x) -> x_bar"), np.random.default_rng(0))[0])


def test_a_plain_reference_is_called_by_name():
    signature = parse("f(a, b) -> p, q")
    instance = sizes()(signature, np.random.default_rng(0))[0]
    right = values_of(lambda b, a: (a + b, b))(signature, instance)
    assert right["p"] == instance.variables["a"] + instance.variables["b"]
    assert right["q"] == instance.variables["b"]


def test_one_tuple_too_long_is_refused():
    with pytest.raises(ValueError, match="longer"):
        named((1.0, 2.0, 3.0), parse("f(a) -> p, q"))


# Instances.


def test_instances_cover_the_special_cases():
    labels = [instance.label for instance in AFFINE.draw(0)]
    assert labels[0] == "N = 5, d = 3, k = 4"
    for special in ("N = 1", "zero", "read-only", "Fortran", "float32"):
        assert any(special in label for label in labels), special
    by_label = {instance.label: instance.variables for instance in AFFINE.draw(0)}
    assert by_label["N = 1"]["X"].shape[0] == 1
    assert np.any(by_label["some inputs are zero"]["X"] == 0.0)
    assert not by_label["the inputs are read-only"]["W"].flags.writeable
    assert by_label["the arrays are in Fortran order"]["X"].flags.f_contiguous
    assert by_label["the inputs are float32"]["dY"].dtype == np.float32


def test_scalars_have_their_special_cases_too():
    by_label = {instance.label: instance.variables for instance in find("NB04.E02").draw(0)}
    assert by_label["x = 0"]["x"] == 0.0
    assert by_label["lam = 0"]["lam"] == 0.0
    assert by_label["lam is large"]["lam"] > 100
    for label in ("z is large", "z is large and negative"):
        v = by_label[label]
        assert 25.0 < abs(v["w"] * v["x"] + v["b"]) <= 30.0
    assert type(by_label["x = 0"]["w"]) is float


def test_a_seed_gives_the_same_instances_and_another_seed_other_ones():
    a, b, c = (AFFINE.draw(seed)[0].variables["X"] for seed in (3, 3, 4))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_exercises_do_not_share_their_numbers():
    one, other = (find(id).draw(0)[0].variables["w"] for id in ("NB04.E01", "NB04.E02"))
    assert one != other


def test_other_sizes_are_all_different_and_all_new():
    rng = np.random.default_rng(0)
    first = {"N": 5, "d": 3, "k": 4, "h": 6}
    for _ in range(100):
        second = other_sizes(first, rng)
        assert len(set(second.values())) == 4
        assert min(second.values()) >= 3
        assert all(second[letter] != size for letter, size in first.items())


def test_between_draws_between():
    drawn = [between(0.1, 0.9)(np.random.default_rng(seed)) for seed in range(50)]
    assert 0.1 < min(drawn) < max(drawn) < 0.9


# The catalogue.

CATALOGUE = {kind.code: kind for kind in vars(mistakes).values() if isinstance(kind, Kind)}


def test_the_catalogue_is_complete():
    assert list(CATALOGUE) == [f"M{i:02}" for i in range(1, 37)]
    assert [kind.code for kind in CATALOGUE.values() if kind.accepted] == ["M16"]


def kinds() -> list[Kind]:
    local = {kind for e in EXERCISES for m in e.mistakes for kind in m.kinds}
    return sorted(local | set(CATALOGUE.values()), key=lambda kind: kind.code)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.code)
def test_each_entry_says_what_a_learner_needs(kind):
    assert text_trouble(kind) == ""
    assert "  " not in kind.footprint + kind.family + kind.rule


def test_no_two_entries_say_the_same():
    for field in ("name", "rule"):
        texts = [getattr(kind, field) for kind in kinds()]
        assert len(set(texts)) == len(texts)


def test_a_mistake_is_made_of_code():
    instance = AFFINE.draw(0)[0]
    right = AFFINE.expected(instance)
    dY = instance.variables["dY"]
    unsummed = M03(lambda dY, X, W: (dY @ W.T, X.T @ dY, dY))
    assert unsummed.codes == ("M03",)
    assert AFFINE.mistaken(unsummed, instance, right)["db"] is dY
    both = (M04 & M06).each(lambda g, N: -g / N, only=("db",))
    assert both.codes == ("M04", "M06")
    np.testing.assert_allclose(AFFINE.mistaken(both, instance, right)["db"], -dY.mean(axis=0))
    assert AFFINE.mistaken(both, instance, right)["dX"] is right["dX"]


def with_mistakes(*mistakes):
    return Exercise(
        id="NB99.E08",
        answer="cubes_backward(dY: (N, d), X: (N, d)) -> dX: (N, d)",
        reference=cotangents_of(lambda X: X**3),
        instances=sizes(N=(1, 5), d=3, draw={"hidden": lambda rng: 2.0}),
        points=1,
        see="NB99.W1",
        mistakes=mistakes,
    )


@pytest.mark.parametrize(
    ("mistake", "parameter"),
    [
        (M03(lambda dY, x: dY), "x"),
        (M03.parts(lambda dY, X, n: dY), "n"),
        (M06.each(lambda h: -h), "h"),
        ((M03 & M06)(lambda dY, g: dY), "g"),  # the right part is known to a change of each part alone
    ],
)
def test_a_mistake_that_asks_for_what_is_not_there_is_refused(mistake, parameter):
    with pytest.raises(UsageError, match=r"NB99\.E08 can never be named") as error:
        with_mistakes(mistake).draw(0)
    assert f"the parameter '{parameter}' of {' & '.join(mistake.codes)}" in str(error.value)
    assert "parameters among N, d, dY, X, hidden" in str(error.value)
    v = verdict(lambda dY, X: 3 * X**2 * dY, with_mistakes(mistake))
    assert v.result == "not judged"
    assert "can never be named" in v.reason


def test_a_mistake_may_ask_for_inputs_sizes_hidden_variables_and_what_has_a_default():
    known = M03(lambda dY, X, N, d, hidden, factor=2.0: factor * hidden * dY)
    change = M06.each(lambda g, name, N: -g)
    assert with_mistakes(known, change).draw(0)
    assert verdict(lambda dY, X: 4 * dY, with_mistakes(known, change)).mistakes == ["M03"]


def declared(**changes):
    fields = {
        "id": "NB99.E09",
        "answer": "cubes(X: (N, d)) -> Y: (N, d), total",
        "reference": values_of(lambda X: (X**3, float(np.sum(X**3)))),
        "instances": sizes(N=5, d=3),
        "points": 1,
        "see": "NB99.W1",
    }
    return Exercise(**{name: value for name, value in (fields | changes).items() if value is not None})


@pytest.mark.parametrize(
    ("accepts", "said"),
    [
        ({"Z": lambda got: True}, "accepts={'Z': ...}"),
        ({"Y": lambda got, wrong: True}, "the parameter 'wrong' for Y"),
    ],
)
def test_what_could_accept_no_answer_is_refused(accepts, said):
    with pytest.raises(UsageError, match=r"What NB99\.E09 accepts can never be right") as error:
        declared(accepts=accepts).draw(0)
    assert said in str(error.value)
    assert verdict(lambda X: (X**3, 0.0), declared(accepts=accepts)).result == "not judged"


def test_what_accepts_an_answer_may_ask_for_parts_inputs_and_sizes():
    def judged(got, right, X, N, d, total, slack=1e-3):
        return got.shape == X.shape == (N, d) and abs(float(np.sum(got)) - total) < slack

    assert verdict(lambda X: (X**3, np.sum(X**3)), declared(accepts={"Y": judged})).ok


def test_a_share_for_no_part_is_refused():
    with pytest.raises(UsageError, match=r"NB99\.E09 gives a share") as error:
        declared(shares={"sum": 2.0})
    assert "parts among Y, total" in str(error.value)
    assert declared(shares={"total": 2.0}).share("total") == 2.0


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (["answer"], "no answer"),
        (["reference"], "no reference"),
        (["reference", "instances"], "and no instances"),
    ],
)
def test_an_exercise_without_what_it_is_made_of_is_refused(missing, said):
    with pytest.raises(UsageError, match=r"The declaration of NB99\.E09 is not complete") as error:
        declared(**dict.fromkeys(missing))
    assert said in str(error.value)
