"""The methods of NumPy's ufuncs, as the functions they are: ``np.add.reduce`` is a sum."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._calls import compose
from ._tools import given, shape_of


def _reduction(function: Any) -> Any:
    def reduce(
        array: Any, axis: Any = 0, dtype: None = None, out: None = None, keepdims: bool = False
    ) -> Any:
        return function(array, axis=axis, keepdims=keepdims)

    return reduce


def _accumulation(function: Any) -> Any:
    return lambda array, axis=0, dtype=None, out=None: function(array, axis=axis)


def _outer(function: Any) -> Any:
    def outer(a: Any, b: Any) -> Any:
        return function(np.reshape(a, shape_of(a) + (1,) * len(shape_of(b))), b)

    return outer


for _ufunc, _whole in ((np.add, np.sum), (np.multiply, np.prod), (np.maximum, np.max), (np.minimum, np.min)):
    compose(_ufunc.reduce, _reduction(_whole), given(((3, 2), {}), ((2, 3), {"axis": 1, "keepdims": True})))
for _ufunc, _running in ((np.add, np.cumsum), (np.multiply, np.cumprod)):
    compose(_ufunc.accumulate, _accumulation(_running), given(((3, 2), {}), ((2, 3), {"axis": 1})))
for _pairwise in (np.add, np.subtract, np.multiply, np.true_divide, np.maximum, np.minimum):
    compose(_pairwise.outer, _outer(_pairwise), given(((3,), (2,)), ((2, 2), (3,))))
