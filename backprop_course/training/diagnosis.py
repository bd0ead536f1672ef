"""Reading a history: which of the well-known symptoms it shows, in numbers, and what to try.

Each symptom is one function from a history to a finding or nothing. The bounds are rules of thumb, stated
beside each; tests provoke every symptom by training, and train soundly to see all of them silent.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..errors import UsageError
from .history import History


@dataclass(frozen=True)
class Finding:
    """One symptom.

    Attributes
    ----------
    symptom : str
        Its name.
    saw : str
        The numbers that speak for it.
    advice : str
        What to try.
    """

    symptom: str
    saw: str
    advice: str

    def __str__(self) -> str:
        return f"{self.symptom}\n  saw: {self.saw}\n  try: {self.advice}"


class Diagnosis(tuple[Finding, ...]):
    """The findings, in the order in which to follow them up; empty, and so false, when there are none."""

    __slots__ = ()

    @property
    def symptoms(self) -> list[str]:
        """The names alone."""
        return [finding.symptom for finding in self]

    def __repr__(self) -> str:
        if not self:
            return "None of the known symptoms."
        return "\n".join(map(str, self))


def diagnose(history: History) -> Diagnosis:
    """Look for the symptoms that training is known for.

    Parameters
    ----------
    history : History
        From ``fit``. Without norms (``Trainer(..., norms=False)``), only what the losses show can be seen.

    Returns
    -------
    Diagnosis
        A tuple of findings that prints itself; ``.symptoms`` has the names: ``"wrong backward"`` (of
        those put in by ``use_backward``), ``"exploding gradients"``, ``"rate too high"``, ``"symmetry"``,
        ``"vanishing gradients"``, ``"dead units"``, ``"rate too low"``,
        ``"overfitting"``.

    Raises
    ------
    UsageError
        If it is no `History`.

    References
    ----------
    Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010), for
    gradients layer by layer; Prechelt, "Early stopping - but when?" (1998), for losses on held-out data.

    Examples
    --------
    >>> from backprop_course.training import History
    >>> history = History()
    >>> for loss in (0.7, 1.9, 5.3, 14.8):
    ...     history.record(loss=loss, lr=2.0, seconds=0.0)
    >>> diagnose(history).symptoms
    ['rate too high']
    """
    if not isinstance(history, History):
        raise UsageError(
            "Only a history can be diagnosed.",
            expected="the History that fit returned",
            got=type(history).__name__,
            mend="write diagnose(trainer.history), or history = trainer.fit(...) first",
        )
    return Diagnosis(found for symptom in _SYMPTOMS for found in symptom(history))


def _wrong_backward(history: History) -> Iterator[Finding]:
    """A backward of the learner's own was off by a thousandth: rounding, in float32 too, is far below."""
    for kind, differences in history.differences.items():
        if (worst := max(differences, default=0.0)) > 1e-3:
            yield Finding(
                "wrong backward",
                f"your backward for {kind!r} differs from the reference by {worst:.3g} of its largest entry",
                "compare it with vjp on a small input, one cotangent at a time, before anything else",
            )


def _exploding(history: History) -> Iterator[Finding]:
    """Gradients that are large before anything was learned: their size is the network's, not the rate's.

    Sound starts have gradients of about the size of the weights, or below, in every layer, and norms that
    differ little from layer to layer.
    """
    norms = _weighted(history, "gradient")
    if not norms:
        return
    layer, steep = max(((name, _ratio(history, name, 0)) for name in norms), key=lambda pair: pair[1])
    first, *_, last = [*norms, *norms]
    growth = norms[first][0] / max(norms[last][0], 1e-300)
    if steep > 100 or (len(norms) > 2 and growth > 50) or not math.isfinite(norms[first][0]):
        yield Finding(
            "exploding gradients",
            f"at step {history.norm_steps[0]} layer {layer} has a gradient {steep:.3g} times its weights, "
            f"with a norm of {norms[first][0]:.3g} in the first layer, {norms[last][0]:.3g} in the last",
            "start with smaller weights (init by fan-in: xavier, kaiming), standardize the inputs, "
            "clip gradients, or use normalisation or residual blocks",
        )


def _vanishing(history: History) -> Iterator[Finding]:
    """The first layer's gradient is a thousandth of the largest in the network, at half of all looks or more.

    In a sound network the layers' norms stay within a factor of a hundred of each other.
    """
    norms = history.norms["gradient"]
    weighted = list(_weighted(history, "gradient"))
    if len(weighted) < 2:
        return
    first = weighted[0]
    shares = [
        values[0] / max(values)
        for values in zip(*(norms[name] for name in (first, *(n for n in norms if n != first))), strict=True)
        if 0 < max(values) < math.inf
    ]
    shares = [share for share in shares if share > 0]  # exactly 0 is symmetry, or dead units
    if shares and statistics.median(shares) < 1e-3:
        yield Finding(
            "vanishing gradients",
            f"the gradient of the first layer ({first}) is {statistics.median(shares):.2g} of the largest, "
            f"the median over {len(shares)} steps",
            "another activation (relu instead of sigmoid), fan-in initialisation, residual blocks, "
            "normalisation, or fewer layers",
        )


def _symmetry(history: History) -> Iterator[Finding]:
    """All units of a hidden layer have the same weights, at the end as at the start."""
    spreads = history.norms["spread"]
    hidden = list(spreads)[:-1]  # equal weights into the outputs do no harm: the targets tell them apart
    same = [name for name in hidden if spreads[name] and spreads[name][-1] < 1e-9]
    if same:
        yield Finding(
            "symmetry",
            f"all units of layer {', '.join(same)} have the same weights, to 1e-9 of the largest, after "
            f"{history.norm_steps[-1]} steps",
            "draw the weights at random (xavier, kaiming); constant weights give all units the same gradient",
        )


def _dead(history: History) -> Iterator[Finding]:
    """Units that give 0 for a whole batch, at the last three looks: some are usual, 40 % are not."""
    for name, shares in history.norms["dead"].items():
        if len(shares) >= 3 and (share := min(shares[-3:])) > 0.4:
            yield Finding(
                "dead units",
                f"{share:.0%} of the units of layer {name} gave 0 for all examples of a batch, at each of "
                f"the last three looks (up to step {history.norm_steps[-1]})",
                "a lower rate, leaky relu or elu, kaiming initialisation, inputs standardized around 0",
            )


def _too_high(history: History) -> Iterator[Finding]:
    """The loss ended above its start or was no number, or went up and down at a height near its start."""
    loss = history.loss if history.first_loss is None else [history.first_loss, *history.loss]
    advice = "divide the rate by 3 or by 10; warm up; a schedule that lowers it"
    if history.diverged or not all(map(math.isfinite, loss)):
        seen = f"losses {_few(loss)}; " if loss else ""
        yield Finding("rate too high", f"{seen}{history.stopped or 'a loss that is not finite'}", advice)
        return
    if len(loss) < 3:
        return
    least = min(loss)
    if loss[-1] > 1.5 * loss[0] > 0 or (loss[-1] > 1.05 * loss[0] and loss[-1] > 2 * least > 0):
        yield Finding("rate too high", f"the loss rose from {loss[0]:.4g} to {loss[-1]:.4g}", advice)
        return
    late = loss[len(loss) // 2 :]
    steps = [b - a for a, b in itertools.pairwise(late)]
    middle = statistics.median(late)
    if len(steps) < 4 or middle < 0.2 * loss[0]:
        return
    ups = sum(step > 0 for step in steps) / len(steps)
    swing = statistics.fmean(map(abs, steps)) / middle
    if ups > 0.3 and swing > 0.2:
        yield Finding(
            "rate too high",
            f"in the second half the loss rose in {ups:.0%} of the epochs; from one to the next it moves by "
            f"{swing:.0%} of {middle:.4g}, having started at {loss[0]:.4g}",
            advice,
        )


def _too_low(history: History) -> Iterator[Finding]:
    """The loss still falls as fast as in the beginning, and has hardly come anywhere."""
    loss = history.loss
    if len(loss) < 5 or not all(map(math.isfinite, loss)):
        return
    half = len(loss) // 2
    early, late = loss[0] - loss[half], loss[half] - loss[-1]
    share = (loss[0] - loss[-1]) / abs(loss[0]) if loss[0] else 0.0
    steady = late > 0.4 * early > 0
    updates = [_ratio(history, name, -1, "update") for name in _weighted(history, "update")]
    small = not updates or max(updates) < 1e-3
    if steady and 0 < share < 0.3 and small:
        moved = f"; a step changes the weights by {max(updates):.2g} of their size at most" if updates else ""
        yield Finding(
            "rate too low",
            f"the loss fell by {share:.1%} in {len(loss)} epochs, by {early:.3g} in the first half and "
            f"still by {late:.3g} in the second{moved}",
            "multiply the rate by 3 or by 10, add momentum, or use Adam",
        )


def _overfitting(history: History) -> Iterator[Finding]:
    """Loss on held-out data rose by a tenth or more from its least while the training loss kept falling."""
    held = history.val_loss
    if len(held) < 3 or not all(map(math.isfinite, held + history.loss)):
        return
    best = held.index(min(held))
    end, train_then, train_now = held[-1], history.loss[best], history.loss[-1]
    if end > 1.1 * held[best] and train_now < 0.95 * train_then and end > train_now:
        yield Finding(
            "overfitting",
            f"validation loss was least, {held[best]:.4g}, in epoch {best + 1} and is {end:.4g} now; the "
            f"training loss went on from {train_then:.4g} to {train_now:.4g}",
            "stop early (patience=...), more data, weight decay, dropout, a smaller network",
        )


_SYMPTOMS: tuple[Callable[[History], Iterator[Finding]], ...] = (
    _wrong_backward,
    _exploding,
    _too_high,
    _symmetry,
    _vanishing,
    _dead,
    _too_low,
    _overfitting,
)


def _weighted(history: History, kind: str) -> dict[str, list[float]]:
    """The layers that have a weight matrix, in order: those whose units can be compared."""
    return {
        name: history.norms[kind][name] for name in history.norms["spread"] if name in history.norms[kind]
    }


def _ratio(history: History, layer: str, at: int, kind: str = "gradient") -> float:
    """Norm of a layer's gradient or update by the norm of its parameters; 0 where these are all 0."""
    weight = history.norms["weight"][layer][at]
    return history.norms[kind][layer][at] / weight if weight > 0 else 0.0


def _few(values: list[float]) -> str:
    shown = [f"{v:.4g}" for v in values]
    return ", ".join(shown if len(shown) < 5 else [*shown[:2], "...", *shown[-2:]])
