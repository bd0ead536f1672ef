"""Odd things to hand to public functions: what a notebook holds by mistake, and what nobody would write."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import Tensor


def odd_values() -> dict[str, Any]:
    """By name; made anew at each call, so that no function finds what another has changed."""
    values = {
        "None": None,
        "text": "relu",
        "integer": 3,
        "minus one": -1,
        "a float": 1.5,
        "nan": float("nan"),
        "infinity": float("inf"),
        "a truth": True,
        "complex": 1j,
        "rows of different lengths": [[1.0], [1.0, 2.0]],
        "a dict": {"a": 1.0},
        "nothing in a tuple": (),
        "an object": object(),
        "a vector": np.ones(3),
        "a matrix": np.ones((2, 3)),
        "no rows": np.zeros((0, 3)),
        "integers": np.arange(3),
        "texts": np.array(["a", "b"]),
        "objects": np.array([None, 1], dtype=object),
        "nan in a vector": np.array([np.nan, 1.0, 2.0]),
        "the largest": np.full(3, 1e308),
        "half precision": np.ones(3, np.float16),
        "a Tensor": Tensor(np.ones(3)),
        "a Tensor that wants a gradient": Tensor(np.ones(3), requires_grad=True),
        "a function": np.sin,
        "a function of nothing": lambda: 1.0,
        "a class": int,
        "a generator of numbers": np.random.default_rng(0),
    }
    return values
