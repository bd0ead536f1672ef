"""NB10: a gradient check that is checked itself, and giving a mistake its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import made
from ..mistakes import Kind
from ..probes.nb10 import of_family
from ..reference import answered_by
from .nb10 import ABSOLUTE

ONE_SIDED = Kind(
    "one-sided-difference",
    "the difference is taken on one side only",
    "A right gradient is refused where the function bends strongly.",
    "The error of the difference is as large as what it should detect.",
    "A one-sided difference is off by the curvature times the step. Taken on both sides, that term cancels.",
    "NB10.W1",
)
ONES_ONLY = Kind(
    "ones-only",
    "only the direction of all ones is tried",
    "A gradient whose entries are exchanged passes.",
    "What is tried is too regular.",
    "Along the direction of all ones only the sum of the entries shows, and many mistakes leave a sum as it "
    "is. Draw the directions at random.",
    "NB10.W1",
)
STEP_TOO_LONG = Kind(
    "step-too-long",
    "the step of the difference is too long",
    "A right gradient is refused near a kink.",
    "A setting does not suit double precision.",
    "A long step reaches across kinks and feels curvature. The best step of a two-sided difference is about "
    "the cube root of the precision.",
    "NB10.W1",
)
ROUNDING_REFUSED = Kind(
    "rounding-refused",
    "the rounding error of the difference itself is not allowed for",
    "Right gradients are refused everywhere.",
    "The step is too short, or the tolerance too strict, for double precision.",
    "With a tiny step almost all digits of the two values cancel, and even with the best one, about the cube "
    "root of the precision, a difference is right to ten digits only. Ask for fewer.",
    "NB10.W1",
)
FLAT_INDEX = Kind(
    "flat-index",
    "the worst place is given as a position in the flattened array",
    "The index is one number where the array has two axes.",
    "An index has another form than is asked for.",
    "The position of the largest entry counts through the whole array. Turn it into one index for each axis.",
    "NB10.W1",
)
ALL_ENTRIES = Kind(
    "all-entries-always",
    "every entry is tried though all directions agree",
    "The function is called more often than it has inputs.",
    "The cheap test is not used to spare the dear one.",
    "A random direction tests all entries at once. Only where one of them disagrees is it worth going "
    "through the entries to find the culprit.",
    "NB10.W1",
)
BEST_INSTEAD = Kind(
    "least-error-reported",
    "the place with the smallest error is reported, or none is",
    "The index does not point at the wrong entry.",
    "The search for the place is missing or looks for the wrong extreme.",
    "The caller wants to know where to look: report the entry with the largest relative error.",
    "NB10.W1",
)


def _error(a: Any, b: Any) -> Any:
    size = np.maximum(abs(np.asarray(a)), abs(np.asarray(b)))
    return np.where(size == 0.0, 0.0, abs(a - b) / np.where(size == 0.0, 1.0, size))


def _check(
    h: float = 1e-5,
    tolerance: float = 1e-4,
    sided: int = 2,
    direction: Callable[..., Any] = lambda rng, shape: rng.standard_normal(shape),
    error: Callable[..., Any] = _error,
    cheap: bool = True,
    place: Callable[..., Any] = lambda errors: np.unravel_index(np.argmax(errors), errors.shape),
) -> Any:
    """Return the check, or one with a slip in it."""

    def gradient_check(f: Any, grad: Any, x: Any, n_dirs: int, rng: np.random.Generator) -> Any:
        g = grad(x)

        def slope(v: Any) -> Any:
            return (f(x + h * v) - f(x - h * v)) / (2 * h) if sided == 2 else (f(x + h * v) - f(x)) / h

        directions = [direction(rng, x.shape) for _ in range(n_dirs)]
        if cheap and all(error(slope(v), np.sum(g * v)) < tolerance for v in directions):
            return True, None
        units = np.eye(x.size).reshape(-1, *x.shape)
        errors = error(np.array([slope(e) for e in units]).reshape(x.shape), g)
        return bool(np.max(errors) < tolerance), place(errors)

    return gradient_check


def _trial(rng: np.random.Generator, kind: str, how: str = "right", shape: tuple[int, ...] = ()) -> Any:
    """Draw a function whose gradient has no entry near 0, so that relative errors make sense."""
    shape = shape or (int(rng.integers(3, 5)), int(rng.integers(5, 7)))
    index = [int(rng.integers(n)) for n in shape]
    while True:
        A, x = rng.standard_normal(shape), rng.standard_normal(shape)
        if kind == "bent":
            x = A + 1e-6 * x
        if kind == "kinks":
            x = 1e-3 * np.sign(x)
            return {"kind": kind, "how": how, "index": index, "A": A, "x": x}
        g = of_family(kind, A)[1](x)
        largest = np.max(abs(g))
        if shape[0] > 10 or (np.min(abs(g)) > 0.02 * largest and len(set(np.round(g.flat, 15))) == g.size):
            return {"kind": kind, "how": how, "index": index, "A": A, "x": x}


_RIGHT = {
    "of_waves": ("waves",),
    "of_a_tiny_scale": ("tiny",),
    "of_a_plane": ("plane",),
    "that_bends_strongly": ("bent",),
    "near_a_kink": ("kinks",),
    "of_a_vector": ("waves", "right", (7,)),
}
_WRONG = {
    "with_a_wrong_sign": ("waves", "sign"),
    "with_one_entry_too_large": ("waves", "entry"),
    "with_one_entry_too_small": ("waves", "smaller"),
    "with_a_zero": ("waves", "zero"),
    "with_rows_exchanged": ("waves", "exchanged"),
    "with_all_too_large": ("waves", "scaled"),
    "of_a_tiny_scale_and_wrong": ("tiny", "entry"),
}
_POINTED_AT = (
    "with_a_wrong_sign",
    "with_one_entry_too_small",
    "with_one_entry_too_large",
    "with_a_zero",
    "of_a_tiny_scale_and_wrong",
)


def _bank(trials: dict[str, Any]) -> Any:
    return lambda rng: {
        "trials": {name: _trial(rng, *how) for name, how in trials.items()},
        "n_dirs": int(rng.integers(3, 6)),
        "seed": int(rng.integers(1 << 30)),
    }


def _piece(trials: dict[str, Any], parts: list[str], mistakes: Any) -> Piece:
    return Piece(
        answer="gradient_check(f, grad, x, n_dirs, rng)",
        probe=f"nb10.checked(trials, n_dirs, seed) -> {', '.join(parts)}",
        reference=answered_by(_check()),
        instances=made(_bank(trials)),
        mistakes=mistakes,
        time_limit=5.0,
    )


gradient_check = Exercise(
    id="NB10.E02",
    points=4,
    see="NB10.W1",
    pieces=[
        _piece(
            _RIGHT,
            [f"ok_{name}" for name in _RIGHT],
            [
                *(ONE_SIDED(_check(h=h, sided=1)) for h in (1e-3, 1e-4, 1e-5, 1e-6)),
                STEP_TOO_LONG(_check(h=0.01)),
                ROUNDING_REFUSED(_check(h=1e-15)),
                ROUNDING_REFUSED(_check(tolerance=1e-16)),
            ],
        ),
        _piece(
            _WRONG,
            [*(f"ok_{name}" for name in _WRONG), *(f"worst_{name}" for name in _POINTED_AT)],
            [
                ONES_ONLY(_check(direction=lambda rng, shape: np.ones(shape))),
                ABSOLUTE(_check(error=lambda a, b: abs(a - b))),
                FLAT_INDEX(_check(place=lambda errors: int(np.argmax(errors)))),
                BEST_INSTEAD(_check(place=lambda errors: np.unravel_index(np.argmin(errors), errors.shape))),
                BEST_INSTEAD(_check(place=lambda errors: None)),
            ],
        ),
        _piece(
            {"with_many_inputs": ("waves", "right", (19, 23))},
            ["ok_with_many_inputs", "fewer_calls_than_entries_with_many_inputs"],
            [ALL_ENTRIES(_check(cheap=False)), ONE_SIDED(_check(h=1e-3, sided=1))],
        ),
    ],
)
