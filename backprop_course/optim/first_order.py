"""Optimisers with one rate for all entries: each is its rule, how one parameter follows its gradient.

`p` is the value, `g` the gradient. Settings, defaults and conventions are PyTorch's. Read next: `adaptive`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .optimizer import Optimizer, Rate, Values
from .refusals import in_range

Settings = Mapping[str, Any]


class GradientDescent(Optimizer):
    """Gradient descent: ``p = p - lr * g``, and nothing kept from one step to the next.

    Parameters
    ----------
    params, lr
        As for `Optimizer`.

    References
    ----------
    Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées" (1847).
    """

    def __init__(self, params: Any, lr: Rate) -> None:
        super().__init__(params, lr)

    def rule(self, p: Any, g: Any, kept: Values, factors: Any, settings: Settings) -> tuple[Any, Values]:
        """Return the next value."""
        return p - factors * g, {}


class SGD(Optimizer):
    """Stochastic gradient descent: with momentum, Nesterov's look ahead, and L2 decay.

    ``v = momentum * v + g`` and ``p = p - lr * v``, or ``p - lr * (g + momentum * v)`` after Nesterov. Decay
    adds ``weight_decay * p`` to the gradient first.

    Parameters
    ----------
    params, lr
        As for `Optimizer`.
    momentum : float
        From 0 to below 1: how much of the last step is kept.
    nesterov : bool
        Whether to step by the gradient and the momentum of the step to come; asks for momentum.
    weight_decay : float
        Slope of the penalty ``weight_decay / 2 * sum(p ** 2)``.

    References
    ----------
    Sutskever, Martens, Dahl & Hinton, "On the importance of initialization and momentum in deep learning"
    (2013), in the form that PyTorch gives it.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import Tensor, optim
    >>> w = Tensor([4.0, -2.0], requires_grad=True)
    >>> optimizer = optim.SGD([w], lr=0.1)
    >>> np.sum(w**2).backward()
    >>> optimizer.step()
    >>> w.value
    array([ 3.2, -1.6])
    """

    def __init__(
        self,
        params: Any,
        lr: Rate,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)

    def check(self, settings: Settings) -> None:
        """Refuse settings that are out of range."""
        in_range("momentum", settings["momentum"], 0.0, 1.0)
        in_range("weight_decay", settings["weight_decay"], 0.0)
        if settings["nesterov"]:
            in_range("momentum (with nesterov=True)", settings["momentum"], 0.0, 1.0, open_below=True)

    def kept(self, settings: Settings) -> dict[str, float]:
        """Return the slot of the velocity, where there is momentum."""
        return {"velocity": 0.0} if settings["momentum"] else {}

    def rule(self, p: Any, g: Any, kept: Values, factors: Any, settings: Settings) -> tuple[Any, Values]:
        """Return the next value and velocity."""
        lr, momentum = factors, settings["momentum"]
        g = decayed(g, p, settings)
        if not momentum:
            return p - lr * g, {}
        v = momentum * kept["velocity"] + g
        return p - lr * (g + momentum * v if settings["nesterov"] else v), {"velocity": v}


def decayed(g: Any, p: Any, settings: Settings) -> Any:
    """Add the slope of the L2 penalty to the gradient."""
    return g + settings["weight_decay"] * p if settings["weight_decay"] else g
