"""Dropout: in training, units are set to 0 at random, so that no unit can rely on another."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.randomness import uniform
from ..errors import UsageError
from ._checks import array, generator, probability
from .init import Rng
from .module import Module


class Dropout(Module):
    """Set each entry to 0 with probability `p` and divide the others by ``1 - p``; in evaluation, do nothing.

    The division keeps the expectation, so evaluation needs no factor ("inverted" dropout, as in PyTorch).

    Parameters
    ----------
    p : float, from 0 to 1, below 1
        The probability to drop an entry, not to keep it.
    rng : Generator or seed, optional
        Draws the masks; without it, `nn.pure` must be given one. A compiled program draws anew each time it
        runs, from this very generator.

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov, "Dropout: a simple way to prevent neural
    networks from overfitting" (2014).

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import nn
    >>> layer = nn.Dropout(0.5, rng=np.random.default_rng(0))
    >>> layer(np.ones(6))
    array([0., 2., 2., 2., 0., 0.])
    >>> layer.eval()(np.ones(6))
    array([1., 1., 1., 1., 1., 1.])
    """

    rng: np.random.Generator | None

    def __init__(self, p: float = 0.5, *, rng: Rng | None = None) -> None:
        self.p = probability("p", p)
        self.rng = None if rng is None else generator(rng)

    def forward(self, x: Any) -> Any:
        """Return ``x * mask``, the mask being 0 or ``1 / (1 - p)``; `x` itself in evaluation."""
        x = array(x)
        if not self.training or self.p == 0.0:
            return x
        if self.rng is None:
            raise UsageError(
                "Dropout has no generator to draw its mask from.",
                expected="Dropout(p, rng=np.random.default_rng(0)), or nn.pure(..., rng=...)",
                got="training without one",
                mend="hand in a generator, or call eval() where nothing is to be dropped",
            )
        dtype = x.dtype if x.dtype.kind == "f" else np.dtype(float)
        kept = np.less(uniform(self.rng, x.shape, dtype), 1.0 - self.p)
        return x * (kept * dtype.type(1.0 / (1.0 - self.p)))

    def _settings(self) -> str:
        return f"p={self.p}"
