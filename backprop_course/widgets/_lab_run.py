"""A run of the network lab: trained by the course's own steps, and to be looked at from any step.

A run is fixed by its settings and by what was changed by hand. Every so many steps all that a step changes is
kept; any other step is reached by training again from there, which gives the same numbers to the last bit.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import nn
from ..training import Trainer
from ..training.anomaly import first_bad
from ..training.examples import Epochs
from ..training.steps import Kept, Steps
from ..training.watching import watching
from ._lab_data import Points, inputs_of
from ._lab_settings import LOSSES, OPTIMIZERS, PENALTIES, Settings

KEPT = 200  # places that are kept at most; then every second one goes
RATE = -1  # the place of the rate in a change; others are places among the weights

Change = tuple[int, int, float]  # at which step, which place, what value


@dataclass
class _Mark:
    """All that a later step depends on, and where in its epoch it is."""

    kept: Kept
    within: int
    order: Any
    drawn: dict[str, Any]


@dataclass(frozen=True)
class Examined:
    """One forward and one backward walk: what each layer gave, and what came back to it.

    Attributes
    ----------
    loss : float
        With the penalty.
    outs, bars : dict of str to ndarray, by name of the layer
        Values, and the cotangents of the loss with respect to them.
    gradients : ndarray, shape (P,)
        Of the weights, in the order of `Run.weights`.
    """

    loss: float
    outs: dict[str, Any]
    bars: dict[str, Any]
    gradients: Any


class Run:
    """Train a network of given settings, step by step, and return to any step.

    Parameters
    ----------
    settings : dict
        As `checked` returns them.
    points : Points
    backwards : dict of str to callable
        Backward functions of the learner's, as `Trainer.use_backward` takes them.
    changes : sequence of (step, place, value)
        Weights (or the rate, place -1) that were set by hand before the step.

    Attributes
    ----------
    step : int
        How many steps have been taken.
    end : int or None
        The last step that gives finite numbers; None while none is known that does not.
    bad : str
        What went wrong in the step after it.
    losses : dict of int to pair of floats
        Loss on all training points and on all test points (nan without any), after some of the steps.
    differences : dict of str to float
        How far the learner's backwards were off in the step taken last.
    """

    def __init__(
        self,
        settings: Settings,
        points: Points,
        backwards: Mapping[str, Callable[..., Any]] | None = None,
        changes: tuple[Change, ...] = (),
    ) -> None:
        self.settings, self.points, self.changes = settings, points, changes
        loss, output, _ = LOSSES[points.problem][settings["loss"]]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", nn.SymmetryWarning)  # one unit cannot be a copy of another
            self.model = nn.MLP(
                [len(settings["features"]), *settings["hidden"], 1],
                settings["activations"],
                output=output,
                rng=settings["seed"],
                bias=[settings["bias"]] * len(settings["hidden"]) + [settings["output_bias"]],
            )
        optimizer = OPTIMIZERS[settings["optimizer"]][0](self.model.parameters(), lr=settings["rate"])
        cost, strength = PENALTIES[settings["penalty"]], settings["strength"]
        self.trainer = Trainer(
            self.model,
            loss,
            optimizer,
            rng=settings["seed"],
            progress=False,
            norms=False,
            penalty=(lambda values: cost(values, strength)) if cost and strength else None,
        )
        for kind, backward in (backwards or {}).items():
            self.trainer.use_backward(kind, backward)
        swapped = self.trainer.swapped
        self.loss = swapped.loss(loss)
        self.steps = Steps(
            self.model,
            self.loss,
            optimizer,
            compile=True,
            reason=swapped.reason(),
            penalty=self.trainer.penalty,
        )
        self.layers = [i for i, layer in enumerate(self.model.layers) if isinstance(layer, nn.Linear)]
        self.X, self.y = self.given(points.X), self.targets(points.y)
        self.X_test, self.y_test = self.given(points.X_test), self.targets(points.y_test)
        self.X_all = np.concatenate([self.X, self.X_test])
        self.epochs = Epochs(self.X, self.y, min(settings["batch"], len(self.X)))
        self.step = self.within = 0
        self.end: int | None = None
        self.bad = ""
        self.differences: dict[str, float] = {}
        self.losses: dict[int, tuple[float, float]] = {}
        self.marks: dict[int, _Mark] = {}
        self.stride = 1
        self._draw()
        self._arrive()

    def given(self, X: Any) -> Any:
        """Return what the network is given for points (N, 2)."""
        return np.ascontiguousarray(inputs_of(X, self.settings["features"]))

    def targets(self, y: Any) -> Any:
        """Return targets as the loss takes them: a column; classes as -1 and 1 where tanh is last."""
        signs = self.points.problem == "classification" and self.settings["loss"] == "squared error"
        return np.asarray(2 * y - 1 if signs else y, dtype=float)[:, None]

    # Where the run is.

    @property
    def count(self) -> int:
        """Steps of an epoch."""
        return self.epochs.count

    @property
    def weights(self) -> Any:
        """Weights and biases, layer by layer: a matrix row by row (one row an input), then its biases."""
        return self._flat(self.steps.values)

    @property
    def rate(self) -> float:
        """The learning rate of the coming step."""
        rates = [value for step, place, value in self.changes if place == RATE and step <= self.step]
        return float(rates[-1] if rates else self.settings["rate"])

    @property
    def batch(self) -> tuple[Any, Any]:
        """Inputs and targets of the coming step."""
        return self.epochs.batch(self.within)

    def places(self) -> list[tuple[int, str, tuple[int, ...]]]:
        """Return for each place its layer, ``"weight"`` or ``"bias"``, and where in that."""
        found = []
        for layer, number in enumerate(self.layers):
            linear: Any = self.model.layers[number]
            for kind in ("weight", "bias"):
                tensor = getattr(linear, kind)
                if tensor is not None:
                    found += [(layer, kind, index) for index in np.ndindex(tensor.shape)]
        return found

    # Going there.

    def go(self, step: int) -> int:
        """Train, from what was kept last before, until `step` steps are taken; fewer where numbers go bad.

        Returns
        -------
        int
            The step arrived at.
        """
        step = max(0, step if self.end is None else min(step, self.end))
        if step < self.step or self._nearest(step) > self.step:
            self._return(step)
        with self.trainer.swapped.inside(self.model), np.errstate(all="ignore"):
            while self.step < step and self._advance():
                pass
        return self.step

    def _advance(self) -> bool:
        """Take one step; whether all numbers are finite after it."""
        X, y = self.batch
        rate = self.rate
        loss, _ = self.steps(X, y, rate)
        pending = self.trainer.swapped.pending
        self.differences = dict(pending)
        pending.clear()
        if not (math.isfinite(loss) and self.steps.is_finite()):
            self._went_bad(loss, rate)
            return False
        self.trainer.optimizer.steps += 1
        self.step += 1
        self.within = (self.within + 1) % self.count
        if self.within == 0:
            self._draw()
        self._arrive()
        return True

    def _went_bad(self, loss: float, rate: float) -> None:
        failed = self.end = self.step
        self._return(failed)
        while self.step < failed:
            self._advance()
        X, y = self.batch
        what = "the loss is not finite" if not math.isfinite(loss) else "the weights are not finite"
        keep = self.steps.keep()
        self.bad = f"{what}: {first_bad(self.steps, X, y, rate)}."
        self.steps.put(keep)

    def _draw(self) -> None:
        self.epochs.arrange(self.epochs.draw(self.trainer.rng))

    def _arrive(self) -> None:
        """Make the changes that belong here, and keep what this step starts from."""
        for step, place, value in self.changes:
            if step == self.step and place != RATE:
                layer, kind, index = self.places()[place]
                self.steps.values[f"{self.layers[layer]}.{kind}"][index] = value
        if self.step % self.stride or self.step in self.marks:
            return
        self.losses[self.step] = self.measured()
        drawn = self.trainer.rng.bit_generator.state
        self.marks[self.step] = _Mark(self.steps.keep(), self.within, self.epochs.order, dict(drawn))
        if len(self.marks) > KEPT:
            self.stride *= 2
            for thinned in (self.marks, self.losses):
                for step in [s for s in thinned if s % self.stride]:
                    thinned.pop(step)

    def _nearest(self, step: int) -> int:
        """The last step up to this one from which a run can go on."""
        return max(s for s in self.marks if s <= step)

    def _return(self, step: int) -> None:
        nearest = self._nearest(step)
        mark = self.marks[nearest]
        self.steps.put(mark.kept)
        self.trainer.optimizer.steps = self.step = nearest
        self.within = mark.within
        self.trainer.rng.bit_generator.state = mark.drawn
        self.epochs.arrange(mark.order)

    # Looking.

    def measured(self) -> tuple[float, float]:
        """Return the loss, without a penalty, on all training points and on all test points."""
        count = len(self.X)
        with np.errstate(all="ignore"):
            out = nn.pure(self.model, self.steps.all_values, self.X_all)[0]
            train = float(self.trainer.loss(out[:count], self.y))
            return train, float(self.trainer.loss(out[count:], self.y_test)) if len(self.y_test) else math.nan

    def outputs(self, X: Any) -> dict[str, Any]:
        """Return what each layer gives for inputs (N, inputs), by the name of the layer."""
        found: dict[str, Any] = {}
        seen = watching(self.model, lambda name, module, out: found.update({name: out}))
        with seen, np.errstate(all="ignore"):
            nn.pure(self.model, self.steps.all_values, X)
        return found

    def examine(self, X: Any, y: Any) -> Examined:
        """Walk forward and back once, on Tensors; by the learner's backwards where there are some."""
        self.steps.show()
        outs: dict[str, Any] = {}
        named = dict(self.model.named_parameters())
        for parameter in named.values():
            parameter.zero_grad()
        swapped = self.trainer.swapped
        with (
            swapped.inside(self.model),
            watching(self.model, lambda name, module, out: outs.update({name: out})),
            np.errstate(all="ignore"),
        ):
            loss = self.loss(self.model(X), y)
            if self.trainer.penalty is not None:
                loss = loss + self.trainer.penalty(named)
            loss.backward()
            if swapped.own:
                self.differences = dict(swapped.pending)
        gradients = {name: p.grad for name, p in named.items()}
        bars = {name: np.zeros(out.shape) if out.grad is None else out.grad for name, out in outs.items()}
        return Examined(
            float(loss), {name: out.value for name, out in outs.items()}, bars, self._flat(gradients)
        )

    def _flat(self, named: Mapping[str, Any]) -> Any:
        parts = [
            np.ravel(named[name])
            for number in self.layers
            for name in (f"{number}.weight", f"{number}.bias")
            if name in named
        ]
        return np.concatenate(parts)
