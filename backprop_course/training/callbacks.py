"""Callbacks: what may look at a run, and stop it, while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..errors import UsageError

if TYPE_CHECKING:
    from .history import History
    from .trainer import Trainer


class Callback:
    """Base of the objects handed to ``Trainer(callbacks=...)``; override what you want to hear of.

    The model holds the newest parameters whenever one of these is called, and what is written to it, or to
    the settings of the optimiser, counts from then on. A method that returns something
    true stops the run; what it returned, where it is text, is the reason in ``history.stopped``.

    Examples
    --------
    >>> class UntilGoodEnough(Callback):
    ...     def on_epoch(self, trainer, history):
    ...         return "good enough" if history.loss[-1] < 0.1 else None
    """

    def on_start(self, trainer: Trainer, history: History) -> Any:
        """Before the first step; `history` is empty, or that of the checkpoint."""

    def on_step(self, trainer: Trainer, step: int, loss: float) -> Any:
        """After each step, counted from 1, with the loss of its batch before the step."""

    def on_epoch(self, trainer: Trainer, history: History) -> Any:
        """After each epoch, validation included."""

    def on_end(self, trainer: Trainer, history: History) -> Any:
        """After the last epoch, or when the run was stopped."""


class _OnEpoch(Callback):
    """A plain function as a callback."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def on_epoch(self, trainer: Trainer, history: History) -> Any:
        """Call the function."""
        return self.function(trainer, history)


def as_callbacks(given: Iterable[Any]) -> list[Callback]:
    """Take callbacks, and functions ``(trainer, history)``, which are called after each epoch."""
    found: list[Callback] = []
    for item in given:
        if isinstance(item, Callback):
            found.append(item)
        elif callable(item) and not isinstance(item, type):
            found.append(_OnEpoch(item))
        else:
            raise UsageError(
                "This is no callback.",
                expected="a function (trainer, history), or an object of a class made from Callback",
                got=repr(item),
                mend="callbacks=[print_loss], or make an object of the class: callbacks=[Mine()]",
            )
    return found


def listens(callbacks: Iterable[Callback], method: str) -> list[Callable[..., Any]]:
    """The methods of this name that were overridden: nobody is called for nothing."""
    return [
        getattr(c, method) for c in callbacks if getattr(type(c), method) is not getattr(Callback, method)
    ]
