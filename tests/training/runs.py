"""A network with everything that a checkpoint must hold; a program of its own can import it quickly."""

from __future__ import annotations

import numpy as np

from backprop_course import Trainer, cross_entropy, nn, optim


def noisy_moons(n, seed):
    """Two noisy half circles, without another package."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    angle = rng.uniform(0, np.pi, n)
    X = np.stack([np.cos(angle) + y, np.sin(angle) * (1 - 2 * y) + y / 2], axis=1)
    return X + rng.normal(scale=0.2, size=X.shape), y


def build(*, lr=0.02, layers=(), callbacks=(), compile=True, rng=2):
    """Dropout, running statistics, an optimiser that remembers, metrics."""
    draw = np.random.default_rng(1)
    model = nn.Sequential(
        nn.Linear(2, 12, rng=draw),
        nn.BatchNorm(12),
        nn.Tanh(),
        nn.Dropout(0.2, rng=np.random.default_rng(3)),
        nn.Linear(12, 2, rng=draw),
    )
    return Trainer(
        model,
        cross_entropy,
        optim.Adam(model.parameters(), lr=lr),
        metrics=["accuracy"],
        callbacks=callbacks,
        compile=compile,
        rng=rng,
        progress=False,
    )


MOONS = noisy_moons(100, 0)
HELD = noisy_moons(40, 9)
SETTINGS = {"batch_size": 30, "validation": HELD}
