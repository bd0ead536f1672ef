"""The trace of "break it": a network trained from one seed by a sound and by a broken backward function.

Everything but the broken function is the course's own: data, initialisation, loss, and the sound gradient.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import data, grad, relu, sigmoid, value_and_grad
from ..engine.drawing.text import number_text, shape_text
from ..nn import cross_entropy
from ._failures import failure

Trace = dict[str, Any]
Params = list[tuple[Any, Any]]
Backward = Callable[[Params, dict[str, Any], Any], Any]

_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"relu": relu, "sigmoid": sigmoid}

SIZES = (2, 8, 8, 2)
EXAMPLES = 120
STEPS = 150
RATE = 0.5
HIGH = 1.5  # the loss at the top of the plot; at the start it is about log 2
_AS_GOOD = 1.1  # a final loss up to so many times the sound one counts as learning as well
_FAR = 1e6
_LEARNS = 0.9  # a final loss below so much of the first counts as learning


@dataclass(frozen=True)
class Training:
    """The loss before each step and after the last, and why it ended early, where it did."""

    losses: list[float]
    stopped: str = ""


def sound_backward(params: Params, cache: dict[str, Any], dY: Any) -> Params:
    """Return the gradients of NB06.E07 by the engine.

    Parameters
    ----------
    params : list of pairs of arrays
        Weights, (in, out), and bias of each layer.
    cache : dict
        ``hs``, what each layer received; its first entry is the batch.
    dY : array of shape (N, k)
        The cotangent of the outputs.
    """
    activation = _ACTIVATIONS[cache["activation"]]
    gradients: Params = grad(lambda p: np.sum(_outputs(p, cache["hs"][0], activation) * dY))(params)
    return gradients


def train(backward: Backward, seed: int) -> Training:
    """Train on moons with full batches, by this backward function.

    Parameters
    ----------
    backward : callable
        As NB06.E07 asks for: ``(params, cache, dY)`` to a pair of gradients for each layer.
    seed : int
        Draws the points and the weights.
    """
    X, y = data.moons(EXAMPLES, noise=0.15, rng=seed)
    labels = y.astype(int)
    loss_and_slope = value_and_grad(lambda outputs: cross_entropy(outputs, labels))
    params = _start(seed)
    losses: list[float] = []
    for _ in range(STEPS):
        zs, hs = _forward(params, X)
        loss, dY = loss_and_slope(zs[-1])
        losses.append(float(loss))
        if not abs(losses[-1]) < _FAR:
            return Training(losses, "the loss has left all bounds")
        try:
            with np.errstate(all="ignore"):
                grads = backward(params, {"zs": zs, "hs": hs, "activation": "relu"}, dY)
            params = _stepped(params, grads)
        except _Misfit as misfit:
            return Training(losses, str(misfit))
        except Exception as error:  # a broken function may raise anything, at any step
            return Training(losses, _reason(error))
    losses.append(float(cross_entropy(_forward(params, X)[0][-1], labels)))
    return Training(losses)


def compare(sound: Training, broken: Training) -> Trace:
    """Return both curves, and what comparing them says.

    Returns
    -------
    dict
        ``sound`` and ``broken`` (losses; None where one is not finite), ``texts`` (the same as pairs of
        texts), ``kind`` (``"stops"``, ``"diverges"``, ``"learns as well"``, ``"learns less"`` or ``"does not
        learn"``) and ``outcome``, a sentence.
    """
    last = len(broken.losses) - 1
    first, end, aim = broken.losses[0], broken.losses[-1], sound.losses[-1]
    if broken.stopped and not end < first * HIGH:
        kind, outcome = "diverges", f"The broken one diverges: after step {last} {broken.stopped}."
    elif broken.stopped:
        kind = "stops"
        outcome = f"The broken one comes to a stop at step {last + 1}. {broken.stopped.rstrip('.')}."
    elif not end < first * _LEARNS:
        kind = "does not learn"
        outcome = f"The broken one does not learn: its loss goes from {_text(first)} to {_text(end)}."
    elif end <= aim * _AS_GOOD:
        kind = "learns as well"
        outcome = (
            f"The broken one still learns, and no worse: its loss ends at {_text(end)}, the sound one's at "
            f"{_text(aim)}. A falling loss does not show that a gradient is right."
        )
    else:
        kind = "learns less"
        outcome = (
            f"The broken one still learns: its loss ends at {_text(end)}, the sound one's at {_text(aim)}. "
            "Who sees its curve alone has no reason to doubt it."
        )
    pairs = itertools.zip_longest(sound.losses, broken.losses)
    return {
        "sound": [_finite(loss) for loss in sound.losses],
        "broken": [_finite(loss) for loss in broken.losses],
        "texts": [["–" if loss is None else _text(loss) for loss in pair] for pair in pairs],
        "kind": kind,
        "outcome": outcome,
    }


class _Misfit(Exception):
    """Gradients that no step can be taken with; its text says why."""


def _reason(error: Exception) -> str:
    sizes = re.search(r"size (\d+) is different from (\d+)", str(error))
    if isinstance(error, ValueError) and sizes:
        return (
            f"Two arrays do not meet in a product: one has {sizes[1]} entries where the other has {sizes[2]}"
        )
    return failure(error)


def _stepped(params: Params, grads: Any) -> Params:
    if len(grads) != len(params):
        raise _Misfit(f"There are {len(grads)} pairs of gradients for {len(params)} layers")
    stepped: Params = []
    for layer, (pair, slopes) in enumerate(zip(params, grads, strict=True), 1):
        for name, value, slope in zip(("weights", "bias"), pair, slopes, strict=True):
            if np.shape(slope) != value.shape:
                raise _Misfit(
                    f"The gradient of the {name} of layer {layer} has the shape "
                    f"{shape_text(np.shape(slope))}, where {shape_text(value.shape)} is needed"
                )
        stepped.append((pair[0] - RATE * slopes[0], pair[1] - RATE * slopes[1]))
    return stepped


def _start(seed: int) -> Params:
    rng = np.random.default_rng(seed)
    return [
        (rng.standard_normal((n, m)) * math.sqrt(2 / n), np.zeros(m)) for n, m in itertools.pairwise(SIZES)
    ]


def _forward(params: Params, X: Any) -> tuple[list[Any], list[Any]]:
    """Return what each layer computes, and what each receives; the last is linear."""
    zs: list[Any] = []
    hs = [X]
    with np.errstate(all="ignore"):
        for W, b in params:
            if zs:
                hs.append(relu(zs[-1]))
            zs.append(hs[-1] @ W + b)
    return zs, hs


def _outputs(params: Params, X: Any, activation: Callable[[Any], Any]) -> Any:
    *hidden, last = params
    for W, b in hidden:
        X = activation(X @ W + b)
    return X @ last[0] + last[1]


def _finite(loss: float) -> float | None:
    return round(loss, 5) if math.isfinite(loss) else None


def _text(loss: float) -> str:
    return f"{loss:.3f}" if abs(loss) < 100 else number_text(float(f"{loss:.3g}"))
