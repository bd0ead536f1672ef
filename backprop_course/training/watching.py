"""Looking into a model while it runs: what comes out of each layer, and which one is running."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

Seen = Callable[[str, Any, Any], None]


@contextlib.contextmanager
def watching(model: Any, seen: Seen, running: list[str] | None = None) -> Iterator[None]:
    """Call ``seen(name, module, out)`` whenever a layer without parts has been called inside.

    Parameters
    ----------
    model : nn.Module
    seen : callable
    running : list of str, optional
        Holds the name of the layer that is being called; it stays there when an error leaves it.
    """
    running = [] if running is None else running
    before: list[tuple[Any, Any]] = []

    def wrapped(name: str, module: Any, forward: Any) -> Any:
        def call(*inputs: Any) -> Any:
            running.append(name)
            out = forward(*inputs)
            running.pop()
            seen(name, module, out)
            return out

        return call

    modules = model.named_modules()
    names = [name for name, _ in modules if name]
    try:
        for name, module in modules:
            inner = any(other.startswith(f"{name}.") for other in names) if name else bool(names)
            if not inner:
                before.append((module, vars(module).get("forward")))
                module.forward = wrapped(name or type(module).__name__, module, module.forward)
        yield
    finally:
        for module, own in before:
            if own is None:
                del module.forward
            else:
                module.forward = own
