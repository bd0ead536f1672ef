"""Data to learn from: generated, bundled, or your own; scaled, split, and cut into mini-batches.

Every set comes as `(X, y)`: X of float64, one row an example; y of integers for classes, of floats otherwise.
"""

from .batches import Batches, batches
from .bundled import diabetes, digits, iris, wine
from .files import from_csv
from .generated import blobs, circles, logistic_1d, logistic_2d, moons, plane, sine, spirals
from .own import from_arrays
from .scaling import Scale, standardize
from .splitting import split
from .tables import gate, ols, xor

__all__ = [
    "Batches",
    "Scale",
    "batches",
    "blobs",
    "circles",
    "diabetes",
    "digits",
    "from_arrays",
    "from_csv",
    "gate",
    "iris",
    "logistic_1d",
    "logistic_2d",
    "moons",
    "ols",
    "plane",
    "sine",
    "spirals",
    "split",
    "standardize",
    "wine",
    "xor",
]
