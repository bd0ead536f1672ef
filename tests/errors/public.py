"""Every public function and class of `backprop_course`, by name; errors and modules apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import backprop_course
from backprop_course import data, nn, optim, training
from backprop_course.optim import schedules

MODULES = (backprop_course, nn, nn.init, optim, schedules, data, training)


def _public() -> Iterator[tuple[str, Callable[..., Any]]]:
    seen: list[Any] = []
    for module in MODULES:
        prefix = module.__name__.removeprefix("backprop_course").removeprefix(".")
        own = [name for name, value in vars(module).items() if _made_in(value, module.__name__)]
        for name in getattr(module, "__all__", own):
            value = getattr(module, name)
            is_error = isinstance(value, type) and issubclass(value, BaseException)
            if callable(value) and not name.startswith("_") and not is_error and value not in seen:
                seen.append(value)
                yield f"{prefix}.{name}".removeprefix("."), value


def _made_in(value: Any, module: str) -> bool:
    return getattr(value, "__module__", None) == module


PUBLIC = dict(_public())
