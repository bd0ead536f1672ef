"""NB09, as students write it."""

from __future__ import annotations

import numpy as np


class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.lowest = None
        self.since = 0
        self.best = None

    def update(self, score, params):
        if self.lowest is None or score < self.lowest:
            self.lowest = score
            self.best = {name: np.array(value) for name, value in params.items()}
            self.since = 0
            return False
        self.since += 1
        return self.since >= self.patience


RIGHT = {"NB09.E07": [EarlyStopping]}
