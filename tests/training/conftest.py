"""Small sets and trainers that the tests of this folder share."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import Trainer, cross_entropy, data, nn, optim


@pytest.fixture
def moons():
    return data.moons(120, noise=0.1, rng=np.random.default_rng(0))


@pytest.fixture
def make():
    """Make a trainer; the same one each time, but for what is asked for."""

    def make(
        sizes=(2, 8, 2),
        optimizer=lambda p: optim.Adam(p, lr=0.02),
        model=None,
        loss=cross_entropy,
        **settings,
    ):
        model = model or nn.MLP(sizes, rng=np.random.default_rng(1))
        return Trainer(
            model, loss, optimizer(model.parameters()), **{"rng": 2, "progress": False, **settings}
        )

    return make
