"""Break it: one of the catalogue's mistakes, what the check says of it, and what the training does."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import traitlets

from ..errors import UsageError
from . import _assets, _plots
from ._widget import TracedWidget
from .trace_break import EXAMPLES, HIGH, RATE, SIZES, STEPS, Training, compare, sound_backward, train

EXERCISE = "NB06.E07"
_NONE = "none: the sound one"


class Check(Protocol):
    """What is handed in as the check: that of the autograder."""

    def __call__(self, id: str, answer: object) -> Any:
        """Judge an answer."""

    def broken(self, id: str, right: Callable[..., Any]) -> list[dict[str, Any]]:
        """Return the standard mistakes of an exercise as functions."""


class BreakIt(TracedWidget):
    """Switch a mistake on in the backward pass of a network, and see who notices: the check, or the training.

    Two networks of the same seed are trained on moons with full batches, one by the engine's gradients, one
    by the broken function.

    Parameters
    ----------
    check : object
        The autograder's, ``from autograder import check``.
    mistake : int
        Which one; 0 is none.
    seed : int
        Draws the points and the weights.

    Attributes
    ----------
    trace : dict, plain JSON
        ``mistakes`` (labels), ``title``, ``setting``, ``axes``, ``sentence`` (with places to fill) and
        ``error``.
    run : dict, plain JSON
        What `compare` returns, with ``ok`` and ``verdict`` of the check, and ``code``.
    step : int
        The step that is looked at; all are synced with the browser.

    Raises
    ------
    UsageError
        If there is no such check.

    Examples
    --------
    >>> from autograder import check
    >>> from backprop_course.widgets import BreakIt
    >>> print(BreakIt(check, mistake=6).sentence)  # doctest: +ELLIPSIS
    The check refuses it: 0 of 6 points. It looks like M04: a mean and a sum are confused.
    Step 150 of 150: loss 0... sound, 0... broken.
    The broken one still learns: ...
    """

    _esm = _assets.module("break_it")
    _css = _assets.style("controls", "break_it")
    run = traitlets.Dict().tag(sync=True)
    mistake = traitlets.Int(0).tag(sync=True)
    seed = traitlets.Int(1).tag(sync=True)
    step = traitlets.Int(STEPS).tag(sync=True)

    def __init__(self, check: Check, *, mistake: int = 0, seed: int = 1) -> None:
        if not (callable(check) and hasattr(check, "broken")):
            raise UsageError(
                "The mistakes come from the check.",
                expected="the autograder's check",
                got=repr(check)[:60],
                mend="from autograder import check; BreakIt(check)",
            )
        self._check = check
        self._known = check.broken(EXERCISE, sound_backward)
        self._verdicts: dict[int, tuple[bool, str]] = {}
        self._sound = functools.lru_cache(maxsize=8)(lambda seed: train(sound_backward, seed))
        super().__init__(trace=_trace(self._known), mistake=mistake, seed=seed)
        self._train()
        self.observe(self._train, ["mistake", "seed"])

    @property
    def backward(self) -> Callable[..., Any]:
        """The backward function that is broken now."""
        found: Callable[..., Any] = (
            self._known[self.mistake - 1]["function"] if self.mistake else sound_backward
        )
        return found

    @property
    def sentence(self) -> str:
        """What is said of the mistake, of the step looked at, and of the whole training."""
        return look_up(self.trace, self.run, self.step)

    def _train(self, _: Any = None) -> None:
        sound: Training = self._sound(self.seed)
        broken = train(self.backward, self.seed) if self.mistake else sound
        ok, verdict = self._judged()
        code = (
            "from autograder import check\nfrom backprop_course.widgets import BreakIt\n\n"
            f"broken = BreakIt(check, mistake={self.mistake}, seed={self.seed})\n"
            f'print(check("{EXERCISE}", broken.backward))\nbroken'
        )
        compared = compare(sound, broken)
        if not self.mistake:
            compared |= {"kind": "sound", "outcome": "Nothing is broken: both curves are one."}
        self.run = {**compared, "ok": ok, "verdict": verdict, "code": code}

    def _judged(self) -> tuple[bool, str]:
        """Ask the check once for each mistake."""
        if self.mistake not in self._verdicts:
            found = self._check(EXERCISE, self.backward)
            points = f"{found.score:g} of {found.max_score:g} points"
            named = [_named(d.codes, d.names) for d in found.diagnoses]
            looks = f" It looks like {'; or '.join(named)}." if named else " It has no name for it."
            told = f"passes it: {points}." if found.ok else f"refuses it: {points}.{looks}"
            self._verdicts[self.mistake] = bool(found.ok), f"The check {told}"
        return self._verdicts[self.mistake]

    @traitlets.validate("mistake", "step")
    def _within(self, proposal: Any) -> int:
        most = {"mistake": len(self._known), "step": STEPS}[proposal["trait"].name]
        return int(min(max(proposal["value"], 0), most))

    @traitlets.validate("seed")
    def _not_negative(self, proposal: Any) -> int:
        return max(int(proposal["value"]), 0)

    def text_form(self) -> str:
        """Return the mistake, some losses of both, and what they say."""
        steps = [*range(0, STEPS, 30), STEPS]
        rows = [f"  {'step':>5}  {'sound':>8}  {'broken':>8}"]
        texts = self.run["texts"]
        rows += [f"  {k:>5}  {texts[k][0]:>8}  {texts[k][1]:>8}" for k in steps if k < len(texts)]
        title = f"{self.trace['title']}: {self.trace['mistakes'][self.mistake]}"
        return "\n".join([title, self.trace["setting"].format(seed=self.seed), "", *rows, "", self.sentence])

    def png(self) -> bytes:
        """Draw both curves."""
        figure = _plots.new_figure(7.2, 3.6)
        plot = figure.add_subplot()
        for name, style, colour in (("sound", "-", _plots.FORWARD), ("broken", "--", _plots.BACKWARD)):
            losses = np.array([np.nan if loss is None else loss for loss in self.run[name]])
            plot.plot(losses, style, color=colour, label=name, marker="x" if len(losses) < 2 else "")
        plot.set(xlim=(0, STEPS), ylim=(0, HIGH), xlabel="step", ylabel="loss")
        plot.set_title(self.trace["mistakes"][self.mistake], fontsize=9)
        plot.grid(color=_plots.LINE, linewidth=0.4)
        plot.legend(fontsize=8, loc="upper right")
        return _plots.to_png(figure)


def look_up(trace: dict[str, Any], run: dict[str, Any], step: int) -> str:
    """Return what is said of one step, as the browser does."""
    place = min(step, len(run["texts"]) - 1)
    sound, broken = run["texts"][place]
    last = len(run["texts"]) - 1
    said = trace["sentence"].format(step=place, last=last, sound=sound, broken=broken)
    return f"{run['verdict']}\n{said}\n{run['outcome']}"


def _named(codes: Sequence[str], names: Sequence[str]) -> str:
    """Write a mistake, or two at once; a code that stands in the course's table goes before its name."""
    pairs = zip(codes, names, strict=True)
    return ", together with ".join(
        f"{code}: {name}" if code.startswith("M") else name for code, name in pairs
    )


def _trace(known: list[dict[str, Any]]) -> dict[str, Any]:
    labels = [_named(one["codes"], one["names"]) for one in known]
    numbered = [
        f"{label} ({labels[: k + 1].count(label)} of {labels.count(label)})"
        if labels.count(label) > 1
        else label
        for k, label in enumerate(labels)
    ]
    return {
        "error": "",
        "title": "Break a backward pass",
        "setting": f"A {'-'.join(map(str, SIZES))} network with ReLU, {EXAMPLES} points of two moons, full "
        f"batches, step size {RATE:g}. Seed {{seed}}.",
        "mistakes": [_NONE, *numbered],
        "axes": {"steps": STEPS, "high": HIGH},
        "sentence": "Step {step} of {last}: loss {sound} sound, {broken} broken.",
    }
