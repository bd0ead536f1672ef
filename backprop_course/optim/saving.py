"""The state of an optimiser as a flat dict of plain arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ShapeError, UsageError
from . import refusals

if TYPE_CHECKING:
    from .optimizer import Optimizer


def saved(optimizer: Optimizer) -> dict[str, Any]:
    """Return state, settings, schedules that remember, and the count of steps, by name."""
    found: dict[str, Any] = {
        "optimizer": np.array(type(optimizer).__name__),
        "steps": np.array(optimizer.steps),
    }
    for number, group in enumerate(optimizer.param_groups):
        for key, value in group.items():
            if key == "params":
                continue
            if not callable(value):
                found[f"setting/{number}/{key}"] = array = np.array(value)
                if array.dtype.kind == "O":
                    raise refusals.not_an_array(key, value)
            elif hasattr(value, "state_dict"):
                items = value.state_dict().items()
                found |= {f"schedule/{number}/{inner}": np.array(array) for inner, array in items}
    return found | {f"state/{key}": np.array(array) for key, array in optimizer.state.items()}


def load(optimizer: Optimizer, given: Mapping[str, Any]) -> None:
    """Write back what `saved` returned, after all of it has been looked at."""
    here = saved(optimizer)
    if (kind := str(given.get("optimizer", "?"))) != type(optimizer).__name__:
        raise UsageError(
            "This state belongs to another optimiser.",
            expected=type(optimizer).__name__,
            got=kind,
            mend="make the optimiser that the state was saved from",
        )
    if given.keys() != here.keys():
        raise UsageError(
            "The state does not fit the optimiser: other parameters, groups or settings.",
            expected=_some(here.keys() - given.keys()) or "nothing besides what the optimiser has",
            got=_some(given.keys() - here.keys()) or "none of these",
            mend="make the optimiser with the same parameters and settings, and name them the same",
        )
    arrays = {key: np.asarray(value) for key, value in given.items()}
    for key, array in arrays.items():
        if array.shape != here[key].shape:
            raise ShapeError(
                f"The array {key!r} of the state has another shape.",
                expected=str(here[key].shape),
                got=str(array.shape),
                mend="load what was saved from parameters of these shapes",
            )
    for number, group in enumerate(optimizer.param_groups):
        for key, value in group.items():
            if (name := f"setting/{number}/{key}") in arrays:
                array = arrays[name]
                group[key] = type(value)(array.tolist()) if array.ndim else array.item()
            elif hasattr(value, "load_state_dict"):
                prefix = f"schedule/{number}/"
                inner = {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
                value.load_state_dict(inner)
    optimizer.state = {key: arrays[f"state/{key}"].astype(old.dtype) for key, old in optimizer.state.items()}
    optimizer.steps = int(arrays["steps"])


def _some(keys: set[str]) -> str:
    shown = sorted(keys)
    return ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")
