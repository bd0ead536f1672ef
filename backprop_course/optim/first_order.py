"""First-order optimisers: each is its rule, how one parameter follows its gradient.

The settings have PyTorch's names, defaults and conventions. `p` is the value, `g` the gradient.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .optimizer import Optimizer, Rate, Values
from .refusals import in_range

Settings = Mapping[str, Any]


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
        g = _decayed(g, p, settings)
        if not momentum:
            return p - lr * g, {}
        v = momentum * kept["velocity"] + g
        return p - lr * (g + momentum * v if settings["nesterov"] else v), {"velocity": v}


class Adam(Optimizer):
    """Adam: steps of about `lr`, by running means of the gradient and of its square.

    ``m = b1 * m + (1 - b1) * g``, ``v = b2 * v + (1 - b2) * g**2``, and after ``t`` steps
    ``p = p - lr * (m / (1 - b1**t)) / (sqrt(v / (1 - b2**t)) + eps)``.

    Parameters
    ----------
    params, lr
        As for `Optimizer`.
    betas : pair of floats
        How much of the two means is kept, each from 0 to below 1.
    eps : float
        Added to the root, in the unit of the gradient.
    weight_decay : float
        Slope of the penalty ``weight_decay / 2 * sum(p ** 2)``.

    References
    ----------
    Kingma & Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1.
    """

    def __init__(
        self,
        params: Any,
        lr: Rate = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def check(self, settings: Settings) -> None:
        """Refuse settings that are out of range."""
        first, second = settings["betas"]
        in_range("betas[0]", first, 0.0, 1.0)
        in_range("betas[1]", second, 0.0, 1.0)
        in_range("eps", settings["eps"], 0.0)
        in_range("weight_decay", settings["weight_decay"], 0.0)

    def kept(self, settings: Settings) -> dict[str, float]:
        """Return the slots of the running means."""
        return {"mean": 0.0, "square": 0.0}

    def factors(self, t: Any, lr: Any, settings: Settings) -> tuple[Any, ...]:
        """Return the step and the eps with both corrections for the start at zero taken in."""
        b1, b2 = settings["betas"]
        root = np.sqrt(1.0 - b2**t)
        return lr * root / (1.0 - b1**t), settings["eps"] * root

    def rule(self, p: Any, g: Any, kept: Values, factors: Any, settings: Settings) -> tuple[Any, Values]:
        """Return the next value and means."""
        (b1, b2), (step, eps) = settings["betas"], factors
        g = _decayed(g, p, settings)
        m = b1 * kept["mean"] + (1.0 - b1) * g
        v = b2 * kept["square"] + (1.0 - b2) * (g * g)
        return p - step * (m / (np.sqrt(v) + eps)), {"mean": m, "square": v}


def _decayed(g: Any, p: Any, settings: Settings) -> Any:
    """Add the slope of the L2 penalty to the gradient."""
    return g + settings["weight_decay"] * p if settings["weight_decay"] else g
