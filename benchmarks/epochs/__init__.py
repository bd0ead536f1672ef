"""Epochs of training side by side: ours, PyTorch's usual loop, scikit-learn's MLPClassifier, NumPy by hand.

All take the same steps: the same start, the same batches in the same order, the same rule. The command is
``python -m benchmarks.epochs [--quick] [--write]``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contestant:
    """Who trains: a `module` here with a function ``train(case, epochs)``, and the `package` it needs."""

    name: str
    title: str
    package: str = ""


CONTESTANTS = (
    Contestant("by_hand", "NumPy by hand"),
    Contestant("ours", "**ours, `Trainer`**"),
    Contestant("with_torch", "PyTorch", "torch"),
    Contestant("with_sklearn", "scikit-learn", "scikit-learn"),
)
