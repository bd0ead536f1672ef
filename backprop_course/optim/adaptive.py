"""Optimisers with a rate of its own for each entry, after how large its gradients have been.

`p` is the value, `g` the gradient. Settings, defaults and conventions are PyTorch's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import UsageError
from .first_order import Settings, decayed
from .optimizer import Optimizer, Rate, Values
from .refusals import in_range


class AdaGrad(Optimizer):
    """AdaGrad: each entry's step shrinks with the root of the sum of its squared gradients.

    ``s = s + g**2`` and ``p = p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)`` in step ``t``.

    Parameters
    ----------
    params, lr
        As for `Optimizer`.
    lr_decay : float
        How fast the rate falls besides.
    weight_decay : float
        Slope of the penalty ``weight_decay / 2 * sum(p ** 2)``.
    initial_accumulator_value : float
        What the sums begin with.
    eps : float
        Added to the root, in the unit of the gradient.

    References
    ----------
    Duchi, Hazan & Singer, "Adaptive subgradient methods for online learning and stochastic optimization",
    Journal of Machine Learning Research 12 (2011).
    """

    def __init__(
        self,
        params: Any,
        lr: Rate = 1e-2,
        *,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
    ) -> None:
        super().__init__(
            params,
            lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
        )

    def check(self, settings: Settings) -> None:
        """Refuse settings that are out of range."""
        for name in ("lr_decay", "weight_decay", "initial_accumulator_value", "eps"):
            in_range(name, settings[name], 0.0)

    def kept(self, settings: Settings) -> dict[str, float]:
        """Return the slot of the sums."""
        return {"sum": float(settings["initial_accumulator_value"])}

    def factors(self, t: Any, lr: Any, settings: Settings) -> tuple[Any, ...] | None:
        """Return the decayed rate, where there is decay."""
        return (lr / (1.0 + (t - 1.0) * settings["lr_decay"]),) if settings["lr_decay"] else None

    def rule(self, p: Any, g: Any, kept: Values, factors: Any, settings: Settings) -> tuple[Any, Values]:
        """Return the next value and sum."""
        lr = factors[0] if settings["lr_decay"] else factors
        g = decayed(g, p, settings)
        s = kept["sum"] + g * g
        return p - lr * (g / (np.sqrt(s) + settings["eps"])), {"sum": s}


class RMSProp(Optimizer):
    """RMSProp: the gradient over the root of a running mean of its square.

    ``v = alpha * v + (1 - alpha) * g**2`` and ``p = p - lr * g / (sqrt(v) + eps)``. If `centered`, the square
    of the running mean of g is taken off v first; with momentum, ``b = momentum * b + g / (sqrt(v) + eps)``
    is followed in place of the quotient.

    Parameters
    ----------
    params, lr
        As for `Optimizer`.
    alpha : float
        From 0 to below 1: how much of the mean is kept.
    eps : float
        Added to the root, in the unit of the gradient.
    momentum : float
        From 0 to below 1.
    centered : bool
        Whether to divide by an estimate of the standard deviation.
    weight_decay : float
        Slope of the penalty ``weight_decay / 2 * sum(p ** 2)``.

    References
    ----------
    Hinton, Srivastava & Swersky, "Neural networks for machine learning", lecture 6 (2012); Graves,
    "Generating sequences with recurrent neural networks" (2013), section 4.2, for the centred form.
    """

    def __init__(
        self,
        params: Any,
        lr: Rate = 1e-2,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        centered: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            params,
            lr,
            alpha=alpha,
            eps=eps,
            momentum=momentum,
            centered=centered,
            weight_decay=weight_decay,
        )

    def check(self, settings: Settings) -> None:
        """Refuse settings that are out of range."""
        for name in ("alpha", "momentum"):
            in_range(name, settings[name], 0.0, 1.0)
        for name in ("eps", "weight_decay"):
            in_range(name, settings[name], 0.0)

    def kept(self, settings: Settings) -> dict[str, float]:
        """Return the slots of the running means and of the momentum that are in use."""
        used = {"square": True, "mean": settings["centered"], "velocity": settings["momentum"]}
        return {slot: 0.0 for slot, wanted in used.items() if wanted}

    def rule(self, p: Any, g: Any, kept: Values, factors: Any, settings: Settings) -> tuple[Any, Values]:
        """Return the next value and means."""
        lr, alpha = factors, settings["alpha"]
        g = decayed(g, p, settings)
        v = alpha * kept["square"] + (1.0 - alpha) * (g * g)
        new = {"square": v}
        if settings["centered"]:
            new["mean"] = mean = alpha * kept["mean"] + (1.0 - alpha) * g
            v = np.maximum(v - mean * mean, 0.0)  # rounding may leave a constant gradient just below 0
        step = g / (np.sqrt(v) + settings["eps"])
        if settings["momentum"]:
            new["velocity"] = step = settings["momentum"] * kept["velocity"] + step
        return p - lr * step, new


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
        if not isinstance(settings["betas"], tuple | list) or len(settings["betas"]) != 2:
            raise UsageError(
                "Adam keeps two running means.",
                expected="betas, a pair of numbers: (0.9, 0.999) for example",
                got=repr(settings["betas"]),
                mend="write both, in parentheses",
            )
        for number, beta in enumerate(settings["betas"]):
            in_range(f"betas[{number}]", beta, 0.0, 1.0)
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
        g = decayed(g, p, settings)
        m = b1 * kept["mean"] + (1.0 - b1) * g
        v = b2 * kept["square"] + (1.0 - b2) * (g * g)
        return p - step * (m / (np.sqrt(v) + eps)), {"mean": m, "square": v}


class AdamW(Adam):
    """Adam with decay apart from the gradient: ``p = p - lr * weight_decay * p`` before Adam's own step.

    Parameters
    ----------
    params, lr, betas, eps
        As for `Adam`.
    weight_decay : float
        How fast the weights shrink, in units of the rate.

    References
    ----------
    Loshchilov & Hutter, "Decoupled weight decay regularization" (2019), algorithm 2.
    """

    def __init__(
        self,
        params: Any,
        lr: Rate = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def factors(self, t: Any, lr: Any, settings: Settings) -> tuple[Any, ...]:
        """Return those of Adam, and how much of the value is kept."""
        decay = settings["weight_decay"] * (lr * np.ones(t.shape))
        return *super().factors(t, lr, settings), 1.0 - decay

    def rule(self, p: Any, g: Any, kept: Values, factors: Any, settings: Settings) -> tuple[Any, Values]:
        """Return the next value and means."""
        *adam, left = factors
        return super().rule(left * p, g, kept, adam, {**settings, "weight_decay": 0.0})
