"""What crosses between grader and submission: it comes back as it was, and nothing hostile comes through."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.sandbox.frames import MAX_HEADER, Closed, Frames, decode, encode
from autograder.sandbox.values import MAX_BODY, MAX_DEPTH, MAX_TEXT, BadFrame, TooLarge, pack, unpack

DTYPES = ["bool", "int8", "uint16", "int64", "float16", "float32", "float64", "complex64", "complex128"]

arrays = st.sampled_from(DTYPES).flatmap(
    lambda name: hnp.arrays(name, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(),
    st.complex_numbers(),
    st.text(max_size=20),
    arrays,
    st.sampled_from([np.float32(1.5), np.int16(-3), np.bool_(True), np.complex64(1j)]),
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=5) | st.integers(-9, 9), inner, max_size=4),
    ),
    max_leaves=12,
)
# JSON as someone would write it who knows the form and wants harm.
hostile_trees = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.just("float64"),
        st.just("C"),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(
            st.sampled_from(["array", "scalar", "list", "tuple", "dict", "opaque", "complex", "x"]),
            inner,
            max_size=2,
        ),
        st.tuples(st.sampled_from([*DTYPES, "object", "V8"]), st.lists(inner, max_size=3), inner, inner).map(
            lambda parts: {"array": list(parts)}
        ),
    ),
    max_leaves=20,
)


def there_and_back(value: object) -> Any:
    frame = encode({"id": 1}, value)
    _, header, body = struct.unpack("!4sIQ", frame[:16])
    assert len(frame) == 16 + header + body
    return decode(frame[16 : 16 + header], frame[16 + header :])[1]


def assert_same(a: Any, b: Any) -> None:
    assert type(a) is type(b)
    if isinstance(a, (np.ndarray, np.generic)):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        assert a.tobytes() == b.tobytes()
    elif isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    else:
        assert struct_of(a) == struct_of(b)


def struct_of(value: Any) -> object:
    """The bits of a number: nan equals itself, 0.0 is not -0.0."""
    return str(value) if isinstance(value, (float, complex)) else value


@given(values)
def test_a_value_comes_back_as_it_was(value: object) -> None:
    assert_same(there_and_back(value), value)


def test_order_and_write_protection_of_an_array_are_kept() -> None:
    fortran = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    fortran.flags.writeable = False
    back = there_and_back(fortran)
    assert back.flags.f_contiguous
    assert not back.flags.c_contiguous
    assert not back.flags.writeable
    assert np.array_equal(back, fortran)


def test_views_and_other_byte_orders_arrive_as_plain_arrays() -> None:
    a = np.arange(12.0).reshape(3, 4)
    assert np.array_equal(there_and_back(a[::2, ::-1]), a[::2, ::-1])
    assert there_and_back(a.astype(">f4")).dtype == np.float32


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (object(), "object"),
        (np.array([object()]), "array of object"),
        (np.array(["a"]), "array of str32"),
        (2**80, "int of more than 64 bits"),
        ({1, 2}, "set"),
    ],
)
def test_what_is_no_plain_value_arrives_as_the_name_of_its_type(value: object, name: str) -> None:
    assert there_and_back([value]) == [name]


def test_what_is_too_large_or_too_deep_is_not_sent() -> None:
    with pytest.raises(TooLarge):
        encode({}, np.zeros(MAX_BODY + 1, np.uint8))
    with pytest.raises(TooLarge):
        encode({}, ["x" * 9000] * (MAX_HEADER // 9000 + 1))
    nested: list[Any] = []
    for _ in range(MAX_DEPTH + 1):
        nested = [nested]
    with pytest.raises(TooLarge):
        encode({}, nested)


@given(hostile_trees, st.binary(max_size=64))
def test_no_tree_brings_anything_but_plain_values_or_a_refusal(tree: object, body: bytes) -> None:
    try:
        value = unpack(tree, body, str)
    except BadFrame:
        return
    assert_plain(value)


def assert_plain(value: Any) -> None:
    if isinstance(value, (list, tuple)):
        for item in value:
            assert_plain(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            assert type(key) in (str, int)
            assert_plain(item)
    elif isinstance(value, (np.ndarray, np.generic)):
        assert value.dtype.name in (*DTYPES, "int16", "int32", "uint8", "uint32", "uint64")
        assert value.nbytes <= 64
    else:
        assert value is None or type(value) in (bool, int, float, complex, str)


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_no_bytes_bring_another_error_than_a_refusal(header: bytes, body: bytes) -> None:
    try:
        decode(header, body)
    except BadFrame:
        pass


@given(values, st.integers(0, 400), st.integers(0, 255))
def test_a_changed_byte_is_refused_or_brings_plain_values(value: object, position: int, byte: int) -> None:
    frame = bytearray(encode({"id": 1}, value))
    _, header, _ = struct.unpack("!4sIQ", frame[:16])
    frame[16 + position % (len(frame) - 16)] = byte
    try:
        decode(bytes(frame[16 : 16 + header]), bytes(frame[16 + header :]))
    except BadFrame:
        pass


@pytest.mark.parametrize(
    "described",
    [
        ["float64", [2**31], "C", True],
        ["float64", [-1], "C", True],
        ["float64", [True], "C", True],
        ["float64", [0, 2**30, 2**30, 2**30], "C", True],
        ["float64", [1] * 40, "C", True],
        ["float64", [3], "C", True],
        ["object", [1], "C", True],
        ["float64", [1], "K", True],
        ["float64", [1], "C", 1],
        ["float64", [1]],
        "float64",
    ],
)
def test_an_array_that_does_not_fit_its_bytes_is_refused(described: object) -> None:
    with pytest.raises(BadFrame):
        unpack({"array": described}, bytes(8), str)


def test_bytes_that_no_array_takes_are_refused() -> None:
    with pytest.raises(BadFrame, match="no array takes"):
        unpack({"list": [1.0]}, b"12345678", str)


@pytest.mark.parametrize(
    "pair", ["a", ["a"], ["a", 1.0, 2.0], [1.5, 1.0], [2**63, 1.0], [True, 1.0], ["k" * (MAX_TEXT + 1), 1.0]]
)
def test_a_dict_of_something_else_than_allowed_pairs_is_refused(pair: object) -> None:
    assert unpack({"dict": [["a", 1.0], [-3, 2.0]]}, b"", str) == {"a": 1.0, -3: 2.0}
    with pytest.raises(BadFrame):
        unpack({"dict": [["a", 1.0], pair]}, b"", str)


def test_a_bool_is_0_or_1_whatever_its_byte_is() -> None:
    flags = unpack({"array": ["bool", [3], "C", True]}, bytes([0, 1, 77]), str)
    assert flags.tobytes() == bytes([0, 1, 1])


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"value": ' * 50_000, '{"value": ' + "9" * 5000 + "}", "3", "\x00"]
)
def test_a_header_that_is_made_to_break_the_reader_is_refused(text: str) -> None:
    with pytest.raises(BadFrame):
        decode(text.encode(), b"")


def sent(data: bytes, seconds: float = 1.0) -> Any:
    """What the reader makes of raw bytes on the socket."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        return Frames(ours).receive(seconds)


def test_a_frame_is_read_from_a_socket() -> None:
    header, value = sent(encode({"id": 7}, np.arange(3.0)))
    assert header == {"id": 7}
    assert np.array_equal(value, np.arange(3.0))


@pytest.mark.parametrize(
    "prefix",
    [
        (b"NBG0", 10, 0),
        (b"NBG1", MAX_HEADER + 1, 0),
        (b"NBG1", 10, MAX_BODY + 1),
        (b"NBG1", 2**32 - 1, 2**64 - 1),
    ],
)
def test_sizes_beyond_the_limits_are_refused_before_anything_is_read(prefix: tuple[bytes, int, int]) -> None:
    with pytest.raises(BadFrame):
        sent(struct.pack("!4sIQ", *prefix))


def test_an_end_in_the_middle_of_a_frame_is_an_end() -> None:
    with pytest.raises(Closed):
        sent(encode({"id": 7}, np.arange(3.0))[:-1])


def test_a_frame_that_never_ends_is_given_up() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack("!4sIQ", b"NBG1", 100, 0) + b"{")
        with pytest.raises(TimeoutError):
            Frames(ours).receive(0.05)


def test_the_trees_are_json() -> None:
    tree, chunks = pack({"a": [np.ones(2), (1, None)]})
    assert json.loads(json.dumps(tree)) == tree
    assert chunks == [np.ones(2).tobytes()]
