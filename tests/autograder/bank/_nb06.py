"""What several answers to NB06 share."""

from __future__ import annotations

import numpy as np


def sig(v):
    return 1.0 / (1.0 + np.exp(-v))


def dsig(v):
    s = sig(v)
    return s * (1 - s)
