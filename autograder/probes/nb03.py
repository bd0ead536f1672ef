"""Probes of NB03: products whose calls are counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .tools import Counting, wrote

Array = npt.NDArray[np.float64]


def counted(jacobian_from_products: Callable[..., Any], A: Array, mode: str) -> tuple[Any, int]:
    """Ask for the Jacobian A by products with its columns or rows, and count them."""
    m, n = A.shape
    product = Counting((lambda v: A @ v) if mode == "columns" else (lambda u: u @ A))
    J = wrote(jacobian_from_products(product, n, m, mode))
    return J, product.calls
