"""Arrays and CSV files of one's own: what is taken, and that a bad one is refused by line and column."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from backprop_course import data
from backprop_course.errors import CourseError, DtypeError, ShapeError, UsageError


def test_arrays_come_out_as_float64_copies():
    X0, y0 = np.array([[1, 2], [3, 4]]), np.array([0.5, 1.5], dtype=np.float32)
    X, y = data.from_arrays(X0, y0)
    assert (X.dtype, y.dtype) == (np.float64, np.float64)
    X0[:] = 0
    np.testing.assert_array_equal(X, [[1, 2], [3, 4]])
    same = np.array([[1.0], [2.0]])
    assert not np.shares_memory(data.from_arrays(same, y0)[0], same)


def test_numbers_in_a_row_are_one_feature():
    X, _ = data.from_arrays([1.0, 2.0, 3.0], [0, 1, 0])
    assert X.shape == (3, 1)


@pytest.mark.parametrize(
    ("y", "settings", "expected", "dtype"),
    [
        ([0, 1, 1], {}, [0, 1, 1], np.int64),
        ([True, True, True], {}, [1, 1, 1], np.int64),
        ([0.0, 1.0, 1.0], {}, [0, 1, 1], np.float64),
        (["b", "a", "b"], {}, [1, 0, 1], np.int64),
        (np.array(["b", "a", "b"], dtype=object), {}, [1, 0, 1], np.int64),
        (["b", "a", "b"], {"classes": ["b", "a"]}, [0, 1, 0], np.int64),
        ([7, 3, 7], {"kind": "classes"}, [1, 0, 1], np.int64),
        ([7, 3, 7], {"kind": "numbers"}, [7, 3, 7], np.float64),
        ([7, 3, 7], {"classes": [3, 5, 7]}, [2, 0, 2], np.int64),
        ([0.5, 2.0, 0.5], {"kind": "classes"}, [0, 1, 0], np.int64),
    ],
)
def test_targets_are_classes_from_0_or_numbers(y, settings, expected, dtype):
    found = data.from_arrays(np.zeros((3, 1)), y, **settings)[1]
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, expected)


def test_several_numbers_an_example_stay_side_by_side():
    _, y = data.from_arrays(np.zeros((3, 1)), np.ones((3, 2)))
    assert y.shape == (3, 2)


@pytest.mark.parametrize(
    ("X", "y", "settings", "error", "text"),
    [
        (np.zeros((3, 2)), np.zeros(2), {}, ShapeError, r"\(3, 2\), \(2,\)"),
        ([[1.0], [2.0, 3.0]], [0, 1], {}, ShapeError, "rows of X have different lengths"),
        ([["a"], ["b"]], [0, 1], {}, DtypeError, "X is made of numbers"),
        ([[1.0], [np.nan]], [0, 1], {}, UsageError, r"nan at \(1, 0\)"),
        ([[1.0], [2.0]], [0.0, np.inf], {}, UsageError, r"y holds values that are not finite"),
        ([[1.0], [2.0]], [1, 2], {}, UsageError, "2 different integers from 1 to 2"),
        ([[1.0], [2.0]], ["a", "b"], {"classes": ["a"]}, UsageError, "'b' in row 1"),
        ([[1.0], [2.0]], ["a", "b"], {"kind": "numbers"}, DtypeError, "y is made of numbers"),
        ([[1.0], [2.0]], [0, 1], {"kind": "labels"}, UsageError, "auto, classes, numbers"),
        ([[1.0], [2.0]], np.array([1, None]), {}, DtypeError, "dtype object"),
        ([[1.0], [2.0]], [[0, 1], [1, 0]], {}, ShapeError, "argmax"),
        ([], [], {}, ShapeError, "at least one"),
    ],
)
def test_bad_arrays_are_refused(X, y, settings, error, text):
    with pytest.raises(error, match=text):
        data.from_arrays(X, y, **settings)


@pytest.fixture
def write(tmp_path):
    def make(text, encoding="utf-8"):
        path = tmp_path / "own.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return make


def test_a_file_with_a_header_and_labels(write):
    X, y = data.from_csv(write('length,width,kind\n1,2.5,rose\n\n-3e1, 4 ,"tulip"\r\n'))
    np.testing.assert_array_equal(X, [[1.0, 2.5], [-30.0, 4.0]])
    np.testing.assert_array_equal(y, [0, 1])


def test_a_file_of_numbers_without_a_header(write):
    X, y = data.from_csv(write("1,2,0.5\n3,4,1.5"))
    np.testing.assert_array_equal(X, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(y, [0.5, 1.5])


@pytest.mark.parametrize("target", [0, -3, "kind"])
def test_the_target_may_stand_anywhere(write, target):
    X, y = data.from_csv(write("kind,a,b\nx,1,2\ny,3,4\n"), target)
    np.testing.assert_array_equal(X, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(y, [0, 1])


def test_kinds_and_orders_of_targets(write):
    path = write("a;b\n1;0\n2;1\n3;0\n")
    _, y = data.from_csv(path, delimiter=";")
    assert y.dtype == np.int64
    _, y = data.from_csv(path, delimiter=";", kind="numbers")
    assert y.dtype == np.float64
    path = write("1,5\n2,7\n")
    assert data.from_csv(path, kind="classes")[1].tolist() == [0, 1]
    assert data.from_csv(path, classes=[7, 5])[1].tolist() == [1, 0]
    assert data.from_csv(path, classes=["7", "5"])[1].tolist() == [1, 0]
    path = write("1,no\n2,yes\n")
    assert data.from_csv(path, classes=["yes", "no"])[1].tolist() == [1, 0]


def test_the_mark_some_programs_put_first_is_passed_over(write):
    X, _ = data.from_csv(write("1,0\n2,1\n", encoding="utf-8-sig"))
    assert X[0, 0] == 1.0


def test_a_header_can_be_insisted_on(write):
    path = write("1990,1991\n1,0\n2,1\n")
    assert data.from_csv(path, kind="numbers")[0].shape == (3, 1)
    assert data.from_csv(path, header=True)[0].shape == (2, 1)


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        ("a,b,c\n1,2,0\n1,x,0\n", {}, r"line 3: column 2 \('b'\) is no number"),
        ("1,2,0\n\n1,,0\n", {}, "line 3: column 2 is no number"),
        ("1,2,0\n1,nan,0\n", {}, "got:      'nan'"),
        ("1,2,0\n1,2,\n", {}, "line 2: column 3 has no target"),
        ("1,2,0\n1,2,0,4\n", {}, "line 2: has another number of cells"),
        ('a,b\n"1\n",0\n1,2,3\n', {}, "line 4"),  # a line break in quotes counts
        ('1,2\n"1"x,0\n', {}, "line 2: cannot be read"),
        ("", {}, "own.csv is empty"),
        ("\n , \n", {}, "own.csv is empty"),
        ("a,b\n", {}, "names and no examples"),
        ("1;2\n3;4\n", {}, "delimiter=';'"),
        ("a,b\n1,2\n", {"target": "c"}, "'a', 'b'; or -2 to 1"),
        ("1,2\n3,4\n", {"target": 2}, "got:      2"),
        ("1,2\n3,4\n", {"target": "b"}, "no header"),
        ("1,2\n3,4\n", {}, "kind='classes'"),
        ("1,a\n3,b\n", {"classes": ["a"]}, "'b' in row 1"),
        ("1,a\n3,b\n", {"kind": "numbers"}, "line 1: column 2 is no number"),
    ],
)
def test_a_bad_file_is_refused_by_line_and_column(write, text, settings, message):
    with pytest.raises(UsageError, match=message):
        data.from_csv(write(text), **settings)


def test_text_in_another_encoding_is_refused(write):
    with pytest.raises(UsageError, match=r"own\.csv, line 1: is not UTF-8"):
        data.from_csv(write("1,größe\n2,b\n", encoding="latin-1"))


def test_a_file_that_is_not_there_is_an_ordinary_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        data.from_csv(tmp_path / "none.csv")


def test_what_is_written_is_read_again(tmp_path, rng):
    X, y = data.blobs(20, rng=rng)
    with (tmp_path / "blobs.csv").open("w", newline="") as file:
        csv.writer(file).writerows([*row, label] for row, label in zip(X.tolist(), y.tolist(), strict=True))
    again = data.from_csv(tmp_path / "blobs.csv")
    np.testing.assert_array_equal(again[0], X)
    np.testing.assert_array_equal(again[1], y)


def test_every_refusal_is_ours_and_a_built_in_one(write):
    with pytest.raises(CourseError):
        data.from_csv(write("1,x\n"), kind="numbers")
    with pytest.raises(ValueError, match="is no number"):
        data.from_csv(write("1,x\n"), kind="numbers")
