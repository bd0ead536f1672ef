"""What a learner meets: `check` finds a name, never raises out of an answer, gives hints one at a time."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest

from autograder import check
from autograder.check import Check
from autograder.exercises import UnknownExercise, find, of_unit, units
from backprop_course.errors import CourseError, UsageError


def mine(dY, X, W):
    return dY @ W.T, X.T @ dY, dY.sum(axis=0)


def unsummed(dY, X, W):
    return dY @ W.T, X.T @ dY, dY


def test_a_right_answer_passes_the_visible_checks():
    result = check("NB06.E06", mine)
    assert result.ok
    assert (result.score, result.max_score) == (3.0, 3.0)
    assert [(s.name, s.state) for s in result.statuses] == [("dX", "right"), ("dW", "right"), ("db", "right")]
    assert result.mistakes == []
    assert "visible checks passed" in repr(result)


def test_a_mistake_is_named_with_evidence():
    result = check("NB06.E06", unsummed)
    assert not result.ok
    assert (result.score, result.mistakes) == (2.0, ["M03"])
    assert "Looks like M03: the bias gradient is not summed over the batch." in repr(result)
    assert "db is right after adding over its first axis." in result.diagnoses[0].evidence
    assert "passed" not in repr(result)


def test_an_array_that_was_never_filled_is_not_called_cut_to_integers():
    assert check("NB05.E06", lambda z, g: np.zeros(z.shape)).mistakes == []
    assert check("NB05.E06", lambda z, g: np.zeros(z.shape, int)).mistakes == ["M28"]


def test_hints_are_revealed_one_at_a_time():
    result = check("NB06.E06", unsummed)
    levels = [str(result.hint()) for _ in range(4)]
    assert [level[:11] for level in levels] == ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3"]
    assert "NB06.W5" in levels[2]
    assert repr(result.hint()) == levels[3]
    for level in levels[:3]:
        assert level[13:] not in repr(result)


def test_there_is_always_something_to_say_for_a_hint():
    assert check("NB06.E06", mine).hint() == "There is nothing to mend."
    assert check("NB06.E06", lambda *inputs: None).hint() == "There is no hint for this."


def test_without_an_answer_the_name_is_looked_up_where_check_is_called():
    affine_backward = mine
    assert affine_backward
    assert check("NB06.E06").ok


def test_the_name_is_found_among_global_names_as_in_a_notebook():
    cell = "result = check('NB06.E06')"
    namespace = {"check": check, "affine_backward": unsummed}
    exec(cell, namespace)
    assert namespace["result"].mistakes == ["M03"]


def test_a_name_that_is_not_defined_is_told():
    result = check("NB06.E06")
    assert (result.ok, result.score, result.result) == (False, 0.0, "missing")
    assert "affine_backward is not defined" in repr(result)


def test_a_dict_or_keywords_name_the_function():
    assert check("NB06.E06", {"affine_backward": mine, "other": 3}).ok
    assert check("NB06.E06", affine_backward=mine).ok
    result = check("NB06.E06", afine_backward=mine)
    assert (result.ok, result.result) == (False, "missing")
    assert "must be called affine_backward, not afine_backward" in result.reason


@pytest.mark.parametrize("answer", [3, "affine_backward", np.zeros(3), ...])
def test_what_is_not_a_function_is_told(answer):
    result = check("NB06.E06", answer)
    assert (result.ok, result.score, result.result) == (False, 0.0, "missing")
    assert "not a function" in result.reason


def test_an_unknown_id_names_the_nearest_ones():
    with pytest.raises(UnknownExercise, match=r"expected: one of NB06\.E06") as error:
        check("NB06.E66", mine)
    assert isinstance(error.value, (CourseError, LookupError))
    with pytest.raises(UnknownExercise, match=r"NB06\.E06"):
        check("affine_backwards", mine)
    with pytest.raises(UnknownExercise, match="got: "):
        check(606, mine)


def test_an_id_of_another_course_says_what_is_not_installed():
    with pytest.raises(UnknownExercise, match=r"exercises of XY02 is not installed here") as error:
        check("xy02-e01", mine)
    assert "xy02.py" in str(error.value)
    assert "AUTOGRADER_EXERCISES" in str(error.value)
    with pytest.raises(UnknownExercise, match=r"expected: one of NB0"):
        check("NB66.E01", mine)


def test_ids_are_forgiving_in_form():
    assert find("nb06-e06") is find(" NB06.E06 ")


def test_units_and_their_exercises_are_listed_in_order():
    assert units() == tuple(sorted(units()))
    assert {"NB04", "NB06"} <= set(units())
    assert [exercise.id for exercise in of_unit("nb04")][:2] == ["NB04.E01", "NB04.E02"]
    assert of_unit("NB77") == ()


def test_the_same_answer_gets_the_same_card_again():
    assert repr(check("NB06.E06", unsummed)) == repr(check("NB06.E06", unsummed))


def test_a_check_in_another_thread_works_without_a_time_limit():
    results = []
    thread = threading.Thread(target=lambda: results.append(check("NB06.E06", mine)))
    thread.start()
    thread.join()
    assert results[0].ok


def test_a_method_and_a_callable_object_may_answer():
    class Affine:
        def backward(self, dY, X, W):
            return mine(dY, X, W)

        def __call__(self, dY, X, W):
            return dY @ W, 0, 0

    assert check("NB06.E06", Affine().backward).ok
    assert check("NB06.E06", Affine()).mistakes == ["M01"]


def test_importing_check_needs_numpy_and_the_course_alone():
    heavy = {"IPython", "jupyter_client", "nbgrader", "nbformat", "matplotlib", "scipy", "torch", "typer"}
    script = f"import sys; from autograder import check; sys.exit(str({heavy} & set(sys.modules) or ''))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_progress_shows_the_table_of_a_unit():
    fresh = Check()
    with pytest.raises(UsageError, match="Nothing has been checked yet"):
        fresh.progress()
    assert fresh.progress("nb06").passed == 0
    fresh("NB06.E06", unsummed)
    assert "partly right, looks like M03" in repr(fresh.progress())
    fresh("NB06.E06", mine)
    table = fresh.progress()
    assert (table.unit, table.passed) == ("NB06", 1)
    row = next(row for row in table.rows if row[0] == "NB06.E06")
    assert row == ("NB06.E06", "affine_backward", "passed", "3 of 3")
    assert "pass the visible checks" in repr(table)
    html = table._repr_html_()
    assert '<th scope="row">NB06.E06</th>' in html
    assert html.count("<tr>") == len(of_unit("NB06")) + 1
    with pytest.raises(UsageError, match="There is no unit 'NB66'"):
        fresh.progress("NB66")


def test_a_class_and_several_functions_are_found_where_check_is_called():
    from autograder.probes.tools import wrote

    class EarlyStopping:
        def __init__(self, patience):
            self.patience, self.best = patience, None

        def update(self, score, params):
            return None

    assert wrote(EarlyStopping(1)).best is None
    assert check("NB09.E07").result == "not yet written"
    namespace = {"check": check, "np": np}
    exec(
        "def mlp_forward(x, W1, W2, g):\n    return W2 @ g(W1 @ x)\n"
        "def collapse(W1, W2):\n    return W1 @ W2\n"
        "result = check('NB01.E04')\nalone = check('NB01.E04', collapse)",
        namespace,
    )
    assert namespace["result"].score == 1.0
    assert namespace["result"].mistakes == namespace["alone"].mistakes == ["factors-exchanged"]
