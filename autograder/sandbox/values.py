"""Values as trees of JSON whose arrays lie aside as raw bytes.

``{"array": ["float64", [2, 3], "C", true]}`` names a dtype, a shape, an order and whether it may be written
to, and takes its bytes from the body, where arrays follow each other. Never pickle: nothing that arrives can
name code. `unpack` reads what a submission may have written: every dtype, length and depth is checked
before it is used, and whatever `pack` would not have said is refused.

Loaded in both processes; imports NumPy and the standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt

# The trees are as JSON has them; Python cannot spell the recursion in a way that helps, hence Any.
Tree: TypeAlias = Any
Array: TypeAlias = npt.NDArray[Any]

MAX_BODY = 32 << 20  # bytes of arrays in one value
MAX_DEPTH = 16
MAX_TEXT = 10_000  # characters of a string
MAX_NAME = 200  # characters of a type's name

_DTYPES = {
    name: np.dtype(name)
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64", "complex64", "complex128"),
    )
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}  # NumPy makes a dtype's name anew each time
_BYTES = np.dtype(np.uint8)


class BadFrame(ValueError):
    """Bytes that are not a frame or a value, or whose sizes, types or depth are not allowed."""


class TooLarge(ValueError):
    """A value that may not be sent: too large, too deep, or of too many parts."""


def pack(value: object) -> tuple[Tree, list[bytes]]:
    """Return `value` as a tree, and the bytes of its arrays.

    Parameters
    ----------
    value : tree of arrays, numbers, strings and None in lists, tuples and dicts
        Anything else in it is told by the name of its type.

    Raises
    ------
    TooLarge
        If `unpack` would refuse it.
    """
    packer = _Packer()
    return packer.tree(value), packer.chunks


def unpack(tree: Tree, body: bytes, opaque: Callable[[str], object]) -> Any:
    """Build the value that `tree` describes, from arrays of its own.

    Parameters
    ----------
    tree : JSON
    body : bytes
        Of the arrays; all of them must be taken.
    opaque : callable
        Makes the stand-in for what could not be sent, from the name of its type.

    Raises
    ------
    BadFrame
        If this is not what `pack` would have written.
    """
    unpacker = _Unpacker(body, opaque)
    value = unpacker.value(tree, 0)
    if unpacker.offset != len(body):
        raise BadFrame("bytes that no array takes")
    return value


def _only_floats(items: list[Any]) -> bool:
    """Whether there is nothing to be looked at in a list, which may have thousands of entries."""
    return set(map(type, items)) == {float}


class _Packer:
    """Writes a value as a tree, its arrays' bytes aside."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.size = 0

    def tree(self, value: object, depth: int = 0) -> Tree:
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is np.ndarray:
            return self._array(cast(Array, value), "array")
        if isinstance(value, int) and kind is int:
            return value if abs(value) < 2**63 else {"opaque": "int of more than 64 bits"}
        if isinstance(value, str) and kind is str:
            return value if len(value) <= MAX_TEXT else {"opaque": "str"}
        if isinstance(value, complex) and kind is complex:
            return {"complex": [value.real, value.imag]}
        if isinstance(value, (np.ndarray, np.generic)):
            return self._array(np.asarray(value), "array" if isinstance(value, np.ndarray) else "scalar")
        if depth >= MAX_DEPTH:
            raise TooLarge(f"nested deeper than {MAX_DEPTH}")
        if isinstance(value, list):
            if _only_floats(value):
                return {"list": list(value)}
            return {"list": [self.tree(item, depth + 1) for item in value]}
        if isinstance(value, tuple):
            return {"tuple": [self.tree(item, depth + 1) for item in value]}
        if isinstance(value, dict):
            # Keys of other types say nothing to a judge that looks names up.
            items = [(k, v) for k, v in value.items() if type(k) is str or type(k) is int]
            return {"dict": [[self.tree(k), self.tree(v, depth + 1)] for k, v in items]}
        return {"opaque": kind.__name__[:MAX_NAME]}

    def _array(self, array: Array, form: str) -> Tree:
        name = _NAMES.get(array.dtype) or array.dtype.newbyteorder("=").name
        if name not in _DTYPES:
            return {"opaque": f"array of {name}"[:MAX_NAME]}
        self.size += array.nbytes
        if self.size > MAX_BODY:
            raise TooLarge(f"more than {MAX_BODY >> 20} MiB")
        fortran = array.flags.f_contiguous and not array.flags.c_contiguous
        self.chunks.append(array.astype(_DTYPES[name], copy=False).tobytes("F" if fortran else "C"))
        return {form: [name, list(array.shape), "F" if fortran else "C", bool(array.flags.writeable)]}


class _Unpacker:
    """Builds a value from a tree that may have been written to do harm."""

    def __init__(self, body: bytes, opaque: Callable[[str], object]) -> None:
        self.body, self.opaque, self.offset = body, opaque, 0

    def _array(self, described: Tree) -> Array:
        if not isinstance(described, list) or len(described) != 4:
            raise BadFrame("an array is a dtype, a shape, an order and a flag")
        name, shape, order, writeable = described
        if not isinstance(name, str) or name not in _DTYPES or order not in ("C", "F"):
            raise BadFrame("a dtype or an order that is not allowed")
        if not isinstance(shape, list) or len(shape) > 32 or type(writeable) is not bool:
            raise BadFrame("a shape that is not allowed")
        if not all(type(n) is int and 0 <= n < 2**31 for n in shape):
            raise BadFrame("a length that is not allowed")
        dtype, count = _DTYPES[name], math.prod(shape)
        if count * dtype.itemsize > len(self.body) - self.offset:
            raise BadFrame("an array larger than what arrived")
        flat = np.frombuffer(self.body, _BYTES if name == "bool" else dtype, count, self.offset)
        self.offset += count * dtype.itemsize
        owned = flat != 0 if name == "bool" else flat.copy()  # a bool of another byte than 0 and 1 is no bool
        try:
            shaped = owned.reshape(shape, order=order)
        except ValueError as error:  # lengths whose product overflows although one of them is 0
            raise BadFrame("a shape that is not allowed") from error
        if not writeable:
            shaped.flags.writeable = False
        return shaped

    def value(self, node: Tree, depth: int) -> Any:
        kind = type(node)
        if node is None or kind is float or kind is bool:
            return node
        if kind is int and abs(node) < 2**63:
            return node
        if kind is str and len(node) <= MAX_TEXT:
            return node
        if not isinstance(node, dict) or len(node) != 1 or depth > MAX_DEPTH:
            raise BadFrame("a value of no known form, or too deep")
        ((form, inner),) = node.items()
        if form == "array":
            return self._array(inner)
        if form == "scalar" and (scalar := self._array(inner)).ndim == 0:
            return scalar[()]
        if form == "opaque" and type(inner) is str and len(inner) <= MAX_NAME:
            return self.opaque(inner)
        if form == "complex" and isinstance(inner, list) and [type(x) for x in inner] == [float, float]:
            return complex(*inner)
        if form == "list" and isinstance(inner, list):
            if _only_floats(inner):
                return inner
            return [self.value(item, depth + 1) for item in inner]
        if form == "tuple" and isinstance(inner, list):
            return tuple(self.value(item, depth + 1) for item in inner)
        if form == "dict" and isinstance(inner, list):
            return dict(self._pair(item, depth + 1) for item in inner)
        raise BadFrame("a value of no known form")

    def _pair(self, item: Tree, depth: int) -> tuple[str | int, Any]:
        if not isinstance(item, list) or len(item) != 2:
            raise BadFrame("a dict is a list of pairs")
        key = item[0]
        if not (type(key) is int and abs(key) < 2**63) and not (type(key) is str and len(key) <= MAX_TEXT):
            raise BadFrame("a key that is not allowed")
        return key, self.value(item[1], depth)
