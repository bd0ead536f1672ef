"""One training step as a pure function, and how it is run: compiled, or on the tape with the reason.

Values, state and buffers belong to the run while it lasts; a compiled step overwrites them in place. Whoever
reads the model meanwhile is shown copies, by `Steps.show`.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import compile as compiled
from .. import nn, value_and_grad
from ..engine.bare import wants_gradient
from ..engine.trees import leaves
from ..errors import GraphError, UsageError
from .packing import Packing

Arrays = dict[str, Any]  # by name


@dataclass(frozen=True)
class Kept:
    """Copies of what a step changes. Weights alone have no state and no generators."""

    values: Arrays
    buffers: Arrays
    state: Arrays | None = None
    generators: dict[str, Any] | None = None

    def arrays(self) -> Arrays:
        """Values and buffers under one roof, for a file."""
        return {
            f"{kind}/{name}": a for kind in ("values", "buffers") for name, a in getattr(self, kind).items()
        }

    @classmethod
    def of(cls, arrays: Arrays) -> Kept:
        """What `arrays` made of kept weights."""
        parts: dict[str, Arrays] = {"values": {}, "buffers": {}}
        for key, array in arrays.items():
            kind, _, name = key.partition("/")
            parts[kind][name] = array
        return cls(**parts)


class Steps:
    """The training steps of one model with one optimiser.

    Parameters
    ----------
    model : nn.Module
    loss : callable ``(output, target) -> scalar``
    optimizer : optim.Optimizer
        Its parameters are those that are trained; the model's others stay as they are.
    compile : bool
        Whether to try to compile.
    penalty : callable, optional
        Maps the parameters by name to what is added to the loss of a batch.
    reason : str
        Why the tape is used, when that is known beforehand.

    Attributes
    ----------
    values, state, buffers : dict of str to ndarray
        Trained parameters, what the optimiser keeps, and the running statistics of the model.
    path, why : str
        As in `History`.
    """

    def __init__(
        self,
        model: Any,
        loss: Any,
        optimizer: Any,
        *,
        compile: bool,
        reason: str = "",
        penalty: Callable[[Arrays], Any] | None = None,
    ) -> None:
        self.penalty = penalty
        self.model, self.loss, self.optimizer = model, loss, optimizer
        self.path, self.why = (
            ("compiled", "") if compile and not reason else ("tape", reason or "compile=False")
        )
        self.reload()
        self.frozen = {n: t.value for n, t in model.named_parameters() if n not in self.values}
        self.dtype = np.result_type(*self.values.values())
        self.random = generators(model)
        self.asked: Any = None  # the rate as it was asked for last, and as arrays, which are quicker to use
        self.rate: Any = None

    def reload(self) -> None:
        """Take over what model and optimiser hold."""
        self.values, state = self.optimizer.current()
        self.packing = Packing.of(self.optimizer, self.values, state) if self.path == "compiled" else None
        # What the steps update, vectors or single parameters, and the state that belongs to them.
        self.updated, self.kept_state = self.values, state
        if self.packing:
            self.updated, self.kept_state = self.packing.vectors(self.values), self.packing.state(state)
            self.values = self.packing.named(self.updated)
        self.buffers, self.settings = nn.buffers(self.model), self._settings()
        # Everything that a step changes is donated: plans write into these arrays, and return them again.
        self.plans = compiled(self.step, donate=(0, 1, 2), reuse=True)
        self.shapes: set[Any] = set()  # of the batches that there are plans for

    @property
    def state(self) -> Arrays:
        """What the optimiser keeps, for each parameter."""
        return self.packing.named_state(self.kept_state) if self.packing else self.kept_state

    # The mathematics.

    def objective(self, values: Arrays, buffers: Arrays, X: Any, y: Any) -> tuple[Any, Any, Arrays]:
        """Loss, outputs and new buffers."""
        out, new = nn.pure(self.model, {**self.frozen, **values, **buffers}, X)
        loss = self.loss(out, y)
        if self.penalty is not None:
            loss = loss + self.penalty({**self.frozen, **values})
        return loss, out, new

    def look_at_loss(self, X: Any, y: Any) -> None:
        """Refuse a loss that reads parameters past the steps, which would lose their gradient silently.

        Raises
        ------
        UsageError
            If it wants a gradient although it was given plain arrays.
        """
        with self.undrawn(), np.errstate(all="ignore"):
            loss = self.objective(self.values, self.buffers, X, y)[0]
        if wants_gradient(loss):
            raise UsageError(
                "The loss depends on parameters in another way than by the outputs.",
                expected="a function of (output, target) alone, and of the values that a penalty is given",
                got="a loss that reads Tensors of the model, whose gradient would be lost",
                mend="write Trainer(..., penalty=lambda values: nn.l2(values, 0.01))",
            )

    def gradients(
        self, values: Arrays, buffers: Arrays, X: Any, y: Any, packing: Packing | None = None
    ) -> tuple[Any, Arrays, Any, Arrays]:
        """Loss, gradients, outputs and new buffers; `values` are vectors where there is a packing."""
        seen: list[Any] = []

        def loss(values: Arrays) -> Any:
            found, *seen[:] = self.objective(packing.named(values) if packing else values, buffers, X, y)
            return found

        value, grads = value_and_grad(loss)(values)
        out, new = seen
        return value, grads, out, new

    def step(
        self, updated: Arrays, state: Arrays, buffers: Arrays, X: Any, y: Any, lr: Any
    ) -> tuple[Any, ...]:
        """What is updated, state and buffers after one step, the loss before it, and the outputs. Pure."""
        loss, grads, out, new = self.gradients(updated, buffers, X, y, self.packing)
        rule = self.packing.optimizer if self.packing else self.optimizer
        updated, state = rule.updated(updated, grads, state, lr)
        return updated, state, {**buffers, **new}, loss, out

    # How it is run.

    def __call__(self, X: Any, y: Any, lr: Any) -> tuple[float, Any]:
        """Take one step; returns the loss before it, and the outputs, which are good until the next call."""
        if lr != self.asked:
            rates = lr if isinstance(lr, tuple) else (lr,)
            self.asked, arrays = lr, tuple(np.asarray(rate, self.dtype) for rate in rates)
            self.rate = arrays if isinstance(lr, tuple) else arrays[0]
        if self.path == "compiled" and ((X.shape, y.shape) in self.shapes or self._recorded(X, y)):
            *_, loss, out = self.plans(self.updated, self.kept_state, self.buffers, X, y, self.rate)
            return float(loss), out
        self.updated, self.kept_state, self.buffers, loss, out = self.step(
            self.updated, self.kept_state, self.buffers, X, y, self.rate
        )
        self.values = self.updated
        return float(loss), getattr(out, "value", out)

    def _recorded(self, X: Any, y: Any) -> bool:
        """Plan the step for batches of these shapes, or go over to the tape and say why."""
        try:
            self._looks_twice_the_same(X)
            with self.undrawn():
                self.plans.record(self.updated, self.kept_state, self.buffers, X, y, self.rate)
            self._agrees_with_the_tape(X, y)
        except GraphError as error:
            self.path, self.why = "tape", str(error).splitlines()[0]
            self.values, self.kept_state, self.packing = _copies(self.values), _copies(self.state), None
            self.updated = self.values
            return False
        self.shapes.add((X.shape, y.shape))
        return True

    def _looks_twice_the_same(self, X: Any) -> None:
        """Refuse a model that draws numbers which a plan would not draw anew."""
        outs = []
        for _ in range(2):
            with self.undrawn():
                outs.append(nn.pure(self.model, self.all_values, X)[0])
        if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(*map(leaves, outs), strict=True)):
            raise _unplanned(
                "The model gives another output each time, by numbers that are drawn out of sight.",
                expected="the same output for the same input, or drawing by a generator that the model holds",
                got="two outputs that differ",
            )

    def _agrees_with_the_tape(self, X: Any, y: Any) -> None:
        """Refuse a plan that does not write everything in place, or that computes something else."""
        given = _copies(self.updated), _copies(self.kept_state), _copies(self.buffers)
        with self.undrawn():
            expected = self.step(*given, X, y, self.rate)
        with self.undrawn():
            found = self.plans(*given, X, y, self.rate)
        if not all(a is b for a, b in zip(leaves(given), leaves(found[:3]), strict=True)):
            raise _unplanned(
                "The step changes the dtype or the shape of what it updates.",
                expected="parameters, buffers and the optimiser's state that keep both",
                got="an array in place of another",
            )
        # Far above what another order of sums leaves of one step, far below a missing term.
        rtol = 1e-6 if self.dtype == np.float64 else 1e-2
        for right, mine in zip(leaves(expected[:4]), leaves(found[:4]), strict=True):
            scale = float(np.max(np.abs(right), initial=0.0))
            if not np.allclose(mine, right, rtol=0.0, atol=rtol * scale, equal_nan=True):
                raise _unplanned(
                    "The plan does not compute what the tape computes.",
                    expected=f"agreement within {rtol:g} of the largest entry",
                    got="other values after one step",
                )

    @property
    def all_values(self) -> Arrays:
        """Everything that `nn.pure` takes: parameters, trained or not, and buffers."""
        return {**self.frozen, **self.values, **self.buffers}

    @contextlib.contextmanager
    def undrawn(self) -> Iterator[None]:
        """Whatever is drawn inside is drawn again afterwards."""
        states = self.generator_states()
        try:
            yield
        finally:
            self.set_generators(states)

    # Copies, and the way back.

    def is_finite(self) -> bool:
        """Whether all parameters are finite numbers."""
        # One sum for each is quicker than looking at all entries, and is finite only if they are.
        return all(
            math.isfinite(np.add.reduce(value, axis=None)) or bool(np.isfinite(value).all())
            for value in self.updated.values()
        )

    def keep(self, *, weights_only: bool = False) -> Kept:
        """Copies of everything, or of what the model is made of."""
        values, buffers = _copies(self.values), _copies(self.buffers)
        if weights_only:
            return Kept(values, buffers)
        state = self.state if self.packing else _copies(self.state)
        return Kept(values, buffers, state, self.generator_states())

    def put(self, kept: Kept) -> None:
        """Write copies back."""
        for name, array in kept.values.items():
            if self.packing:
                self.values[name][...] = array  # a view of its vector
            else:
                self.values[name] = array.copy()
        self.buffers = _copies(kept.buffers)
        if kept.state is not None:
            self.kept_state = self.packing.state(kept.state) if self.packing else _copies(kept.state)
        if kept.generators is not None:
            self.set_generators(kept.generators)

    def show(self) -> None:
        """Write values, state and buffers into model and optimiser."""
        self.optimizer.adopt(self.values, self.state, steps=0)
        if self.buffers:
            self.model.load_state_dict(self.all_values)

    def look_back(self) -> None:
        """Take over what somebody changed in model or optimiser after `show`."""
        written = any(
            not np.array_equal(p.value, mine, equal_nan=True)
            for name, p in self.model.named_parameters()
            if (mine := self.values.get(name)) is not None
        )
        if written or self._settings() != self.settings:
            self.reload()

    def _settings(self) -> Any:
        """What plans hold on to; rates are asked for at each step."""
        return [
            {k: v for k, v in g.items() if k not in ("params", "lr")} for g in self.optimizer.param_groups
        ]

    def generator_states(self) -> dict[str, Any]:
        """The states of the model's generators, by name."""
        return {name: rng.bit_generator.state for name, rng in self.random.items()}

    def set_generators(self, states: Mapping[str, Any]) -> None:
        """Set the states in place: plans hold on to the generators themselves."""
        for name, rng in self.random.items():
            rng.bit_generator.state = states[name]


def generators(model: Any) -> dict[str, np.random.Generator]:
    """The generators that modules draw from, by name."""
    return {
        f"{name}.{key}".lstrip("."): value
        for name, module in model.named_modules()
        for key, value in vars(module).items()
        if isinstance(value, np.random.Generator)
    }


def _copies(arrays: Arrays) -> Arrays:
    return {name: np.array(array) for name, array in arrays.items()}


def _unplanned(what: str, expected: str, got: str) -> GraphError:
    """Refuse to compile a step."""
    return GraphError(what, expected=expected, got=got, mend="train with compile=False, on the tape")
