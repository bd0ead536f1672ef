"""What is measured: every workload with its sizes, its inputs and what counts as the same result.

Engines find here the one definition of each computation; nothing in this file knows an engine.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

LEARNING_RATE = 0.01  # small: thousands of steps on one batch must stay finite
ROUNDS = 167  # of `scalar_graph`, six operations each

OURS = ("floor", "tuned", "tape", "tensors", "compiled")  # only these tell how our own cost grows
PLANNERS = ("compiled", "jax")  # whose first call is unlike the others


@dataclass(frozen=True)
class Workload:
    """One thing to measure.

    Parameters
    ----------
    name : str
        As in RESULTS.md and in ``--only``.
    kind : str
        Which function of an engine's module makes it.
    sizes : tuple of int
        Layers of a network, (inputs, outputs) of a Jacobian, links of a chain.
    batch : int
        Examples of a training step.
    dtypes : tuple of str
        The floating dtypes it is run in.
    blas : bool
        Whether it multiplies matrices, so that a second thread may matter.
    engines : tuple of str
        Who runs it; everybody when empty.
    unit : str
        ``"us"``, ``"ms"``, ``"s"`` or ``"MiB"``.
    """

    name: str
    kind: str
    sizes: tuple[int, ...] = ()
    batch: int = 0
    dtypes: tuple[str, ...] = ("float64",)
    blas: bool = False
    engines: tuple[str, ...] = ()
    unit: str = "us"

    @property
    def classifies(self) -> bool:
        """Whether it ends in softmax cross-entropy after relu layers, or in squared error after tanh."""
        return self.sizes[-1] > 1


_BOTH = ("float64", "float32")
_MEDIUM = ((784, 256, 128, 10), 128)

STEPS = (
    Workload("xor", "mlp", (2, 2, 1), 4, _BOTH, blas=True),
    Workload("tiny", "mlp", (2, 16, 16, 1), 32, _BOTH, blas=True),
    Workload("small", "mlp", (64, 64, 10), 64, _BOTH, blas=True),
    Workload("medium", "mlp", *_MEDIUM, _BOTH, blas=True),
    Workload("large", "mlp", (784, 1024, 1024, 10), 256, _BOTH, blas=True),
)
JACOBIANS = (
    Workload("jac50", "jacobian", (50, 50), blas=True),
    Workload("jac1000", "jacobian", (1000, 10), blas=True),
)
SMALL = (Workload("scalar1000", "scalar"), Workload("op10", "op10"))
CHAINS = tuple(Workload(f"chain{n}", "chain", (n,), unit="s") for n in (1_000, 10_000, 100_000))
_SEEN = ("floor", "tuned", "textbook", "tape", "tensors", "compiled", "autograd", "mygrad")  # by tracemalloc
MEMORY = (Workload("memory", "mlp", *_MEDIUM, engines=_SEEN, unit="MiB"),)
FIRST_CALLS = (
    Workload("first medium", "first_mlp", *_MEDIUM, engines=PLANNERS, unit="ms"),
    Workload("first scalar1000", "first_scalar", engines=PLANNERS, unit="ms"),
)
DEPTHS = tuple(
    Workload(f"depth{n}", "mlp", (32,) * n + (10,), 32, blas=True, engines=OURS)
    for n in (4, 8, 16, 32, 64, 128)
)
WIDTHS = tuple(
    Workload(f"width{n}", "mlp", (n, n, 10), 64, blas=True, engines=OURS) for n in (16, 32, 64, 128, 256, 512)
)
RATIOS = (*SMALL, *STEPS, *JACOBIANS)  # measured against the floor
WORKLOADS = (*RATIOS, *CHAINS, *MEMORY, *FIRST_CALLS, *DEPTHS, *WIDTHS)


def scalar_graph(x: Any, y: Any) -> Any:
    """About 1,000 operations on single numbers, in Python's operators only, so that any engine can run it.

    The recurrence stays within [-1, 1] for x and y in [0, 1], and its derivatives neither explode nor vanish
    into denormal numbers, which would be slower.
    """
    a, b = x, y
    for _ in range(ROUNDS):
        a, b = (a * b + x) * 0.5, (a - b * y) / 1.7
    return a + b


def chain(x: Any, links: int) -> Any:
    """Add 1 again and again: as deep as a graph can be, and next to nothing to compute."""
    for _ in range(links):
        x = x + 1.0
    return x


class Case:
    """A workload as one engine runs it.

    Parameters
    ----------
    run : callable
        Does the work once; this is what is timed.
    read : callable
        Maps what `run` returned to arrays: values first, then gradients or the new parameters.
    """

    def __init__(self, run: Callable[[], Any], read: Callable[[Any], list[Any]] = list) -> None:
        self.run, self.read = run, read


class Batch(NamedTuple):
    """What a number of calls in a row took: seconds a call, CPU time by wall time, page faults a call."""

    seconds: float
    busy: float
    faults: float


class NotOffered(Exception):
    """An engine cannot run a workload; the message says why."""


def inputs(workload: Workload, dtype: str) -> Any:
    """Fresh inputs of a workload, the same numbers for every engine, dtype and run.

    All entries are numbers of float32, so that the two dtypes compute from the same point.
    """
    rng = np.random.default_rng(zlib.crc32(repr((workload.kind, workload.sizes, workload.batch)).encode()))

    def draw(*shape: int, scale: float = 1.0) -> Any:
        return (scale * rng.normal(size=shape)).astype(np.float32).astype(dtype)

    if workload.kind in ("scalar", "first_scalar", "chain"):
        return 0.40625, 0.59375
    if workload.kind == "op10":
        return draw(10), draw(10), draw(10)
    if workload.kind == "jacobian":
        n, m = workload.sizes
        return draw(m, n, scale=1 / math.sqrt(n)), draw(m), draw(n)
    params = []
    for n, m in zip(workload.sizes, workload.sizes[1:], strict=False):
        params += [draw(n, m, scale=math.sqrt((2 if workload.classifies else 1) / n)), draw(m, scale=0.1)]
    X = draw(workload.batch, workload.sizes[0])
    if workload.classifies:
        return params, X, rng.integers(0, workload.sizes[-1], workload.batch)
    return params, X, draw(workload.batch, workload.sizes[-1])


def largest_difference(workload: Workload, dtype: str, reference: list[Any], found: list[Any]) -> float:
    """How far `found` is from `reference`, in units of what rounding may explain: above 1 they differ.

    Both dtypes are held to the same reference, computed in float64. Engines add up in different orders. A
    sum of n products is then off by at most n eps, and n is at most 1024 here: through the layers of a
    network that leaves 1e-10 in float64 with a factor 100 to spare, while a wrong factor or a missing term is
    off by 1e-3 and more. In float32 the worst case would be 1e-3 already; errors that are random rather than
    worst stay ten times below it. Training steps are compared by their updates, which are the gradients times
    the learning rate; parameters stored to within eps limit how well these are known.
    """
    eps = float(np.finfo(dtype).eps)
    rtol = 1e-10 if dtype == "float64" else 1e-3
    before: list[Any] = [0.0] * len(reference)
    if workload.kind in ("mlp", "first_mlp"):
        before = [0.0, *inputs(workload, "float64")[0]]
    if len(found) != len(reference):
        return math.inf
    worst = 0.0
    for old, right, other in zip(before, reference, found, strict=True):
        other = np.asarray(other, dtype=np.float64)
        if other.shape != np.shape(right) or not np.isfinite(other).all():
            return math.inf
        allowed = rtol * np.max(np.abs(right - old)) + 2 * eps * np.max(np.abs(old))
        worst = max(worst, float(np.max(np.abs(other - right)) / allowed))
    return worst
