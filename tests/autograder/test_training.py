"""The capstone's training: what is asked of a model, whatever chance it meets."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.exercises import find
from autograder.judge import judge

from .answers import handed_in
from .solutions.nb10 import train_mlp

CAPSTONE = find("NB10.E05")


def verdict(answer):
    labelling = next(piece for piece in CAPSTONE.tried if "labels" in piece.returns)
    return judge(CAPSTONE.only(labelling), handed_in(CAPSTONE, answer), seed=0, visible=True)


def unlucky(starts):
    """A right training that ends in a constant model for the first so many generators of each data set."""
    met: dict[bytes, list[int]] = {}

    def train(X, y, sizes, rng):
        generator, known = rng.bit_generator.state["state"]["state"], met.setdefault(X.tobytes(), [])
        if generator not in known:
            known.append(generator)
        model, history = train_mlp(X, y, sizes, rng)
        return (model if known.index(generator) >= starts else lambda X: np.full(len(X), 0.6)), history

    return train


@pytest.mark.parametrize("starts", [0, 1, 2])
def test_an_unlucky_start_costs_nothing(starts):
    assert verdict(unlucky(starts)).ok


def test_a_training_that_never_fits_its_data_is_refused():
    told = verdict(unlucky(3))
    assert not told.ok
    assert "fewer than 95 of 100 points" in str(told)
