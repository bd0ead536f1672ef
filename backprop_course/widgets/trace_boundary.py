"""The trace of the decision boundary: what a model says all over the plane, at moments of its training."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import data as sets
from .. import nn, optim
from ..engine.drawing.text import MINUS, number_text
from ..training import Trainer
from ..training.callbacks import Callback
from ._boundary_settings import EDITABLE, MODELS, MOMENTUM
from ._plane import view_of, written_out

Trace = dict[str, Any]

GRID = 31  # nodes along each axis
SCALE, FAR = 2000, 16.0  # logits are sent as whole numbers of 1/2000, from -16 to 16
_MOMENTS = (1, 2, 3, 5, 8, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 400)

EMPTY = "There are no points. Choose a class and click into the map, or choose a set of points."
CROSS = "At ({x}, {y}) the model says p = {p}."
NO_MODEL = "At ({x}, {y})."


class _Moments(Callback):
    """Losses before each step, and what the model says on the grid at some of them."""

    def __init__(self, look: Callable[[], None], moments: tuple[int, ...]) -> None:
        self.look, self.moments = look, moments
        self.losses: list[float] = []

    def on_step(self, trainer: Trainer, step: int, loss: float) -> None:
        self.losses.append(loss)
        if step in self.moments:
            self.look()


def trace_training(
    X: Any,
    y: Any,
    *,
    model: str = MODELS[0],
    hidden: int = 4,
    lr: float = 0.5,
    steps: int = 150,
    seed: int = 0,
    view: list[list[float]] | None = None,
    made: str = "",
) -> tuple[Trace, bytes]:
    """Train on points of two classes, and record what the model says all over the plane.

    Parameters
    ----------
    X : ndarray, shape (N, 2)
    y : ndarray of 0 and 1, shape (N,)
    model : {"logistic regression", "network"}
        Of one layer that starts at zeros, or of one hidden layer of tanh units.
    hidden : int
        How many units.
    lr : float
        Step size of gradient descent on the mean cross-entropy; with momentum 0.9 for the network.
    steps : int
        How many steps, each with all points.
    seed : int
        Draws the network's weights.
    view : pairs of floats, optional
        From where to where both axes go.
    made : str
        The line of code that made the points, where there is one.

    Returns
    -------
    run : dict
        ``points`` and ``labels`` (some, where there are many), ``view``, ``moments`` (steps), ``sentences``
        (one for each), ``losses`` (at each step), ``setting``, ``code``, ``editable``, ``error``; the widget
        adds ``asked`` (settings) and ``chance`` (whether a seed matters).
    surface : bytes
        Logits at the moments on 31 by 31 nodes of the view as little-endian int16 of 1/2000, cut off at
        ±16; rows from below.
    """
    view = view or view_of(X, 0.15)
    shown = slice(None) if len(X) <= EDITABLE else slice(EDITABLE)
    run: Trace = {
        "error": "",
        "points": np.round(X[shown], 4).tolist(),
        "labels": y[shown].tolist(),
        "view": view,
        "editable": len(X) <= EDITABLE,
        "moments": [],
        "sentences": [],
        "losses": [],
        "setting": "",
        "code": "",
        "asked": [],
        "chance": True,
    }
    if not len(X):
        return run | {"error": EMPTY}, b""
    scale = _scale_of(X)
    inputs = X if scale is None else scale.apply(X)
    nodes = _nodes(view)
    nodes = nodes if scale is None else scale.apply(nodes)
    net: Any = nn.Linear(2, 1, init=0.0) if model == MODELS[0] else nn.MLP([2, hidden, 1], "tanh", rng=seed)
    descent = optim.SGD(net.parameters(), lr=lr, momentum=0.0 if model == MODELS[0] else MOMENTUM)
    surfaces: list[Any] = []
    said: list[tuple[float, str]] = []

    def look() -> None:
        # Copies: `pure` on arrays records nothing.
        values = nn.values(net)
        surfaces.append(nn.pure(net, values, nodes)[0][:, 0])
        right = np.mean((nn.pure(net, values, inputs)[0][:, 0] > 0) == (y == 1))
        said.append((float(right), _formula(values, scale is not None) if model == MODELS[0] else ""))

    moments = tuple(m for m in _MOMENTS if m < steps)
    watch = _Moments(look, moments)
    look()
    targets = y[:, None].astype(float)
    trainer = Trainer(
        net, nn.binary_cross_entropy, descent, callbacks=[watch], rng=0, progress=False, norms=False
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a run that diverges: the sentences say so
        history = trainer.fit(inputs, targets, steps=steps, batch_size=len(X))
    look()
    losses = [*watch.losses, float(trainer.evaluate(inputs, targets)["loss"])]
    moments = (0, *moments[: len(surfaces) - 2], len(losses) - 1)
    logits = np.clip(np.nan_to_num(np.array(surfaces)), -FAR, FAR)
    weights = net.count_parameters()
    return run | {
        "moments": list(moments),
        "losses": [float(f"{loss:.5g}") for loss in losses],
        "sentences": [
            _sentence(moment, len(losses) - 1, losses[moment], *words, surface)
            for moment, words, surface in zip(moments, said, surfaces, strict=True)
        ],
        "setting": _setting(model, len(X), hidden, weights, lr, seed, scale is not None, history.stopped),
        "code": _code(X, y, model, hidden, lr, steps, seed, scale is not None, made),
    }, np.round(logits * SCALE).astype("<i2").tobytes()


def _nodes(view: list[list[float]]) -> Any:
    """Return the nodes of the grid, (31 * 31, 2), row by row from below."""
    sides = [np.linspace(low, high, GRID) for low, high in view]
    return np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)


def surfaces_of(surface: bytes) -> Any:
    """Return the recorded logits, shape (moments, 31, 31); the second axis is x2, from below."""
    return np.frombuffer(surface, "<i2").reshape(-1, GRID, GRID) / SCALE


def cross_at(run: Trace, surface: bytes, moment: int, column: int, row: int) -> str:
    """Say what the model says at a node of the grid; the same as in the browser."""
    place = [
        low + (high - low) * k / (GRID - 1) for (low, high), k in zip(run["view"], (column, row), strict=True)
    ]
    x, y = (_plain(v) for v in place)
    if not surface:
        return NO_MODEL.format(x=x, y=y)
    p = 1 / (1 + np.exp(-surfaces_of(surface)[moment, row, column]))
    return CROSS.format(x=x, y=y, p=f"{p:.3f}")


def _plain(value: float) -> str:
    return f"{value:.2f}".replace("-", MINUS)


def _scale_of(X: Any) -> Any:
    """Return how features are scaled where their sizes would make gradient descent crawl or jump."""
    scale = sets.standardize(X)
    usual = (scale.std > 0.2) & (scale.std < 5) & (np.abs(scale.mean) < 5)
    return None if usual.all() else scale


def _formula(values: Any, scaled: bool) -> str:
    """Write the logistic model with its numbers."""
    (w1,), (w2,) = values["weight"]
    x = "z" if scaled else "x"
    terms = "".join(
        f" {MINUS if w < 0 else '+'} {number_text(round(abs(float(w)), 3))} {x}{i}"
        for w, i in ((w1, "₁"), (w2, "₂"))
    )
    return f" ŷ = σ({number_text(round(float(values['bias'][0]), 3))}{terms})."


def _sentence(step: int, last: int, loss: float, right: float, formula: str, logits: Any) -> str:
    amount = f"{loss:.4f}" if loss >= 0.001 else f"{loss:.1e}".replace("-", MINUS)
    said = f"Step {step} of {last}: mean loss {amount}, {right:.0%} of the points are right.{formula}"
    if not np.any(logits):
        return f"{said} The model says ½ everywhere: there is no boundary yet."
    if logits.min() > 0 or logits.max() < 0:
        side = "above" if logits.min() > 0 else "below"
        return f"{said} p is {side} ½ all over the picture: no boundary to be seen."
    return said


def _setting(
    model: str, n: int, hidden: int, weights: int, lr: float, seed: int, scaled: bool, stopped: str | None
) -> str:
    points = f"{n:,} point{'s' if n > 1 else ''}"
    if model == MODELS[0]:
        said = "Logistic regression from zeros: "
        said += f"gradient descent on the mean loss of {points}, step size {lr:g}."
    else:
        said = (
            f"A network of {hidden} tanh unit{'s' if hidden > 1 else ''}, {weights} weights drawn with seed "
            f"{seed}: "
            f"gradient descent with momentum {MOMENTUM} on the mean loss of {points}, step size {lr:g}."
        )
    if scaled:
        said += " Features are scaled to mean 0 and deviation 1 for the training" + (
            ": z₁, z₂." if model == MODELS[0] else "."
        )
    if n > EDITABLE:
        said += f" {EDITABLE} of the points are drawn."
    return f"{said} Training stopped: {stopped}." if stopped else said


def _code(
    X: Any, y: Any, model: str, hidden: int, lr: float, steps: int, seed: int, scaled: bool, made: str
) -> str:
    points = f"X, y = {made}" if made else written_out(X, y)
    scale = "\nX = data.standardize(X).apply(X)" if scaled else ""
    net = (
        "nn.Linear(2, 1, init=0.0)" if model == MODELS[0] else f'nn.MLP([2, {hidden}, 1], "tanh", rng={seed})'
    )
    momentum = "" if model == MODELS[0] else f", momentum={MOMENTUM}"
    return (
        "import numpy as np\nfrom backprop_course import Trainer, data, nn, optim\n\n"
        f"{points}{scale}\nmodel = {net}\n"
        f"optimizer = optim.SGD(model.parameters(), lr={lr!r}{momentum})\n"
        "trainer = Trainer(model, nn.binary_cross_entropy, optimizer, progress=False)\n"
        f"trainer.fit(X, y[:, None], steps={steps}, batch_size=len(X))\n"
        "print(trainer.evaluate(X, y[:, None]))"
    )
