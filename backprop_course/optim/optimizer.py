"""Optimizer: what the first-order optimisers share; a rule of one parameter is all that each of them adds.

The rule is pure: from a value, its gradient and what was kept, to the next value and what is kept next. So
it runs on arrays, in `Optimizer.step`, and inside a compiled training step. Read next: `first_order`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from ..engine import Tensor
from ..errors import ShapeError
from . import refusals
from .applying import applied
from .groups import as_groups, as_pairs
from .saving import load, saved

Schedule = Callable[[float], float]
Rate = float | Schedule
Values = dict[str, Any]  # name of a parameter -> array (or Tensor, while a step is compiled)
State = dict[str, Any]  # "slot/name of a parameter" -> array; flat, as `np.savez` takes it


class Optimizer:
    """Base of the first-order optimisers; one of your own needs a `rule` and what that keeps.

    Parameters
    ----------
    params : iterable of Tensors, of pairs (name, Tensor), a dict of them, a list of groups, or None
        What is to be optimised. A group is a dict with ``"params"`` and the settings it has of its own. With
        `None` the optimiser is its rule alone, for `initial` and `updated`.
    lr : float or callable
        The rate; or a schedule, which maps the number of steps taken to a rate.
    **settings
        What the rule asks for, for groups that do not say otherwise.

    Attributes
    ----------
    param_groups : list of dict
        The groups, with all their settings. A setting may be changed between steps.
    steps : int
        How many steps were taken; what schedules are asked with.
    state : dict of str to ndarray
        What the rule keeps between steps, by ``"slot/name"``.

    Raises
    ------
    UsageError
        If there is nothing to optimise, a parameter comes twice, or a setting is out of range or unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import Tensor, optim
    >>> class SignDescent(optim.Optimizer):
    ...     def rule(self, p, g, kept, lr, settings):
    ...         return p - lr * np.sign(g), kept
    >>> w = Tensor([4.0, -2.0], requires_grad=True)
    >>> optimizer = SignDescent([w], lr=0.5)
    >>> np.sum(w**2).backward()
    >>> optimizer.step()
    >>> w.value
    array([ 3.5, -1.5])
    """

    def __init__(self, params: Any, lr: Rate, **settings: Any) -> None:
        self.defaults = {"lr": lr, **settings}
        self.bound = params is not None
        self.param_groups: list[dict[str, Any]] = []
        self.names: list[list[str]] = []  # of each group
        for named, own in as_groups(params, self.defaults) if self.bound else [({}, {})]:
            group = {**self.defaults, **own}
            if not callable(group["lr"]):
                group["lr"] = float(refusals.in_range("lr", group["lr"], 0.0))
            self.check(group)
            self.param_groups.append({"params": list(named.values()), **group})
            self.names.append(list(named))
        self.steps = 0
        self.state: State = self.initial(self.current()[0]) if self.bound else {}

    # What a rule consists of.

    def check(self, settings: Mapping[str, Any]) -> None:
        """Refuse settings that are out of range."""

    def kept(self, settings: Mapping[str, Any]) -> dict[str, float]:
        """Return what is kept for each parameter, in its shape: slot to the number that fills it at first."""
        return {}

    def factors(self, t: Any, lr: Any, settings: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Return what a step needs that depends on the count `t` alone, or `None` if nothing does.

        `t` has one entry for each parameter of the group, counted from 1: computed once for all of them.
        """
        return None

    def rule(
        self, p: Any, g: Any, kept: Values, factors: Any, settings: Mapping[str, Any]
    ) -> tuple[Any, Any]:
        """Return the next value of one parameter, and what is kept next.

        `p` is the value, `g` the gradient, `kept` maps slots to arrays, and `factors` are this parameter's
        entries of `factors`, or the rate alone where there are none.
        """
        raise NotImplementedError(f"{type(self).__name__} has no rule()")  # a subclass has

    # The pure form.

    def initial(self, values: Values) -> State:
        """Return the state before the first step.

        Parameters
        ----------
        values : dict of str to ndarray
            Parameters by name; those of no group stay as they are in `updated`.
        """
        state: State = {}
        for number, (group, names) in enumerate(self._named(values)):
            if missing := [name for name in names if name not in values]:
                raise refusals.names_unknown(missing, list(values))
            for slot, start in self.kept(group).items():
                if slot == "count" or "/" in slot:
                    raise refusals.slot_taken(slot)
                for name in names:
                    state[f"{slot}/{name}"] = np.full_like(np.asarray(values[name]), start)
            if self.factors(np.ones(len(names)), 0.0, group) is not None:
                state[f"count/{number}"] = np.zeros(len(names))
        return state

    def updated(self, values: Values, grads: Values, state: State, lr: Any = None) -> tuple[Values, State]:
        """Return the values and the state after one step; nothing given is changed.

        Parameters
        ----------
        values, grads : dict of str to array, or to Tensor while `compile` records
            Parameters and their gradients by name. A parameter without a gradient stays as it is.
        state : dict of str to array
            From `initial`, or from the call before.
        lr : float or tuple of floats, one for each group, optional
            The rate; that of the settings by default. As an argument it may change without a new recording.

        Returns
        -------
        values, state : dict, dict
            In the order in which they came, so that ``compile(..., donate=...)`` can write in place. A
            compiled step keeps the other settings as they were when it was recorded.
        """
        if not grads.keys() <= values.keys():
            raise refusals.names_unknown([name for name in grads if name not in values], list(values))
        values, new = dict(values), dict(state)
        rates = self._rates(self.lr if lr is None else lr)
        for number, ((group, names), rate) in enumerate(zip(self._named(values), rates, strict=True)):
            count, vectors = f"count/{number}", None
            if count in state or self.factors(np.ones(len(names)), 0.0, group) is not None:
                every = all(name in grads for name in names)
                taken = 1.0 if every else np.array([name in grads for name in names])
                t = new[count] = state.get(count, np.zeros(len(names))) + taken
                # a parameter without a gradient may still stand at 0, where the factors divide by 0
                vectors = self.factors(t if every else np.maximum(t, 1.0), rate, group)
            slots = self.kept(group)
            for i, name in enumerate(names):
                if name not in grads:
                    continue
                factors = rate if vectors is None else [vector[i : i + 1] for vector in vectors]
                kept = {}
                for slot, start in slots.items():
                    # a setting that was changed may ask for a slot that was not there before
                    there = state.get(f"{slot}/{name}")
                    kept[slot] = np.full_like(values[name], start) if there is None else there
                values[name], kept = applied(self.rule, values[name], grads[name], kept, factors, group)
                new.update({f"{slot}/{name}": array for slot, array in kept.items()})
        return values, new

    # On Tensors.

    def step(self) -> None:
        """Write the next values into the parameters, from their ``grad``; those without one stay.

        Raises
        ------
        UsageError
            If no parameter has a gradient.
        """
        grads = {name: t.grad for name, t in self._parameters() if t.grad is not None}
        if not grads:
            raise refusals.no_gradients(self.bound)
        values = {name: t.value for name, t in self._parameters()}
        values, self.state = self.updated(values, grads, self.state)
        for name, t in self._parameters():
            if name in grads:
                t.assign(values[name])
        self.steps += 1

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for _, t in self._parameters():
            t.zero_grad()

    @property
    def lr(self) -> Any:
        """The rate of the coming step: a float, or a tuple with one for each group where they are several.

        Setting it takes a number for all groups, a schedule, or a sequence with one for each group.
        """
        lrs = (group["lr"] for group in self.param_groups)
        rates = tuple(refusals.in_range("lr", lr(self.steps) if callable(lr) else lr, 0.0) for lr in lrs)
        return rates if len(rates) > 1 else rates[0]

    @lr.setter
    def lr(self, lr: Rate | Sequence[Rate]) -> None:
        for group, rate in zip(self.param_groups, self._rates(lr), strict=True):
            group["lr"] = rate if callable(rate) else float(refusals.in_range("lr", rate, 0.0))

    def observe(self, value: float) -> None:
        """Tell the schedules that watch a number (`plateau`) the newest one: a loss, say, once an epoch."""
        watching = {
            id(group["lr"]): group["lr"] for group in self.param_groups
        }  # one may serve several groups
        for schedule in watching.values():
            if hasattr(schedule, "observe"):
                schedule.observe(float(value))

    def current(self) -> tuple[Values, State]:
        """Return copies of the values and of the state, by name: what a compiled step starts from."""
        values = {name: np.array(t.value) for name, t in self._parameters()}
        return values, {key: np.array(array) for key, array in getattr(self, "state", {}).items()}

    def adopt(self, values: Values, state: State, steps: int = 1) -> None:
        """Write back what a compiled step made: values into the parameters, the state, and how many steps."""
        for name, t in self._parameters():
            t.assign(values[name])
        self.state = {key: np.array(array) for key, array in state.items()}
        self.steps += steps

    def name(self, named: Mapping[str, Tensor] | Iterable[tuple[str, Tensor]]) -> Self:
        """Call the parameters as `named` does (``module.named_parameters()``); returns the optimiser.

        Raises
        ------
        UsageError
            If a parameter of this optimiser is not among them.
        """
        found = {id(t): name for name, t in as_pairs(named) if name is not None}
        new: dict[str, str] = {}
        for old, t in self._parameters():
            if id(t) not in found:
                raise refusals.not_of_the_model(old, t.shape)
            new[old] = found[id(t)]
        self.names = [[new[name] for name in names] for names in self.names]
        self.state = {
            key if key.startswith("count/") else f"{slot}/{new[name]}": array
            for key, array in self.state.items()
            for slot, _, name in [key.partition("/")]
        }
        return self

    # To and from files.

    def state_dict(self) -> dict[str, Any]:
        """Return all that the next steps depend on, settings included, as plain arrays (for `np.savez`)."""
        return saved(self)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned; nothing is changed where it does not fit.

        Raises
        ------
        UsageError
            If it comes from another optimiser, other parameters or other settings.
        ShapeError
            If an array has another shape.
        """
        load(self, state_dict)

    def __repr__(self) -> str:
        def shown(group: dict[str, Any]) -> str:
            settings = ", ".join(f"{key}={value!r}" for key, value in group.items() if key != "params")
            return f"{len(group['params'])} parameters: {settings}" if self.bound else settings

        return f"{type(self).__name__}({'; '.join(map(shown, self.param_groups))})"

    # Within.

    def _parameters(self) -> list[tuple[str, Tensor]]:
        return (
            [
                pair
                for group, names in zip(self.param_groups, self.names, strict=True)
                for pair in zip(names, group["params"], strict=True)
            ]
            if self.bound
            else []
        )

    def _named(self, values: Values) -> list[tuple[dict[str, Any], list[str]]]:
        """The groups and the names of their parameters; a rule alone is for all there are."""
        return list(zip(self.param_groups, self.names if self.bound else [list(values)], strict=True))

    def _rates(self, lr: Any) -> Sequence[Any]:
        if not isinstance(lr, list | tuple):
            return [lr] * len(self.param_groups)
        if len(lr) != len(self.param_groups):
            raise ShapeError(
                "There must be one rate for each group.",
                expected=f"{len(self.param_groups)} rates, or one number for all",
                got=f"{len(lr)} rates",
                mend="give one number, or as many as there are groups",
            )
        return lr
