"""Random numbers that a compiled program draws anew each time it runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from .modes import mode
from .rules import Primitive
from .tensor import record


def uniform(rng: np.random.Generator, shape: Any, dtype: Any = np.float64) -> Any:
    """Draw numbers from 0 to 1 (exclusive), as ``rng.random(shape, dtype)`` does.

    Within `compile` the draw is part of the program: every replay takes fresh numbers from `rng`. An array
    drawn with `rng` itself would be a constant there, the same at each replay.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : int or tuple of int
    dtype : float64 or float32

    Returns
    -------
    ndarray (a Tensor that wants no gradient while `compile` records)

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import compile
    >>> from backprop_course.engine.randomness import uniform
    >>> rng = np.random.default_rng(0)
    >>> dropout = compile(lambda x: x * np.greater(uniform(rng, x.shape), 0.5), np.ones(6))
    >>> dropout(np.ones(6)), dropout(np.ones(6))
    (array([1., 0., 0., 0., 1., 1.]), array([1., 1., 1., 1., 1., 0.]))
    """
    return _drawn(draw_uniform, rng, shape, dtype)


def normal(rng: np.random.Generator, shape: Any, dtype: Any = np.float64) -> Any:
    """Draw numbers from the standard normal distribution; see `uniform`."""
    return _drawn(draw_normal, rng, shape, dtype)


def draw_uniform(*, rng: Any, shape: Any, dtype: Any, out: Any = None) -> Any:
    """Draw now."""
    return rng.random(shape, dtype, out)


def draw_normal(*, rng: Any, shape: Any, dtype: Any, out: Any = None) -> Any:
    """Draw now."""
    return rng.standard_normal(shape, dtype, out)


DRAWS = {draw: Primitive(draw) for draw in (draw_uniform, draw_normal)}


def _drawn(draw: Any, rng: Any, shape: Any, dtype: Any) -> Any:
    params = {"rng": rng, "shape": shape, "dtype": np.dtype(dtype)}
    if not mode.tracing:
        return draw(**params)
    state = rng.bit_generator.state
    try:
        return record(DRAWS[draw], (), params)
    finally:
        rng.bit_generator.state = state  # recording uses up no numbers: replays draw those of the tape
