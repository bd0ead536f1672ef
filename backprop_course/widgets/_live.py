"""Widgets whose runs the kernel makes anew when a setting moves; settings are places in lists."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import traitlets

from ..engine.drawing.text import MINUS
from ..errors import UsageError
from . import _plots
from ._widget import TracedWidget

Trace = dict[str, Any]


@dataclass(frozen=True)
class Control:
    """One setting of a widget.

    Attributes
    ----------
    name, label : str
        Of the trait, and as it is written beside the control.
    kind : str
        ``"slider"``, ``"picker"`` (a list), ``"choice"`` (buttons in a row), ``"switch"`` (False, True) or
        ``"seed"`` (any whole number from 0 on).
    values : sequence
        What it can be, in order; the trait holds the place in it. Of a seed: nothing.
    texts : sequence of str
        How each value is written.
    scrubs : bool
        Whether the browser needs no new run when it moves.
    resets : sequence of str
        Other settings that go back to their first place when it moves in the browser.
    """

    name: str
    label: str
    kind: str
    values: Sequence[Any] = ()
    texts: Sequence[str] = ()
    scrubs: bool = False
    resets: Sequence[str] = ()

    def to_dict(self) -> Trace:
        """Return what the browser has to know."""
        return {
            "name": self.name,
            "label": self.label,
            "kind": self.kind,
            "texts": list(self.texts),
            "scrubs": self.scrubs,
            "resets": list(self.resets),
        }

    def place_of(self, value: Any) -> int:
        """Return the place of a value, of a number the nearest one; refuse what is none."""
        if self.kind in ("slider", "seed"):
            if isinstance(value, bool) or not isinstance(value, int | float | np.number):
                raise self._unlike(value)
            if not math.isfinite(value) or (self.kind == "seed" and (value < 0 or value != int(value))):
                raise self._unlike(value)
            return int(value) if self.kind == "seed" else int(np.abs(np.array(self.values) - value).argmin())
        for place, known in enumerate(self.values):
            if known is value or (isinstance(value, type(known)) and known == value):
                return place
        raise self._unlike(value)

    def _unlike(self, value: Any) -> UsageError:
        if self.kind == "seed":
            expected, example = "a whole number from 0 on", 0
        elif self.kind == "slider":
            expected, example = f"a number from {self.values[0]:g} to {self.values[-1]:g}", self.values[0]
        else:
            expected, example = ", ".join(map(repr, self.values)), self.values[0]
        return UsageError(
            f"There is no such {self.label.lower()}.",
            expected=expected,
            got=repr(value)[:60],
            mend=f"write {self.name}={example!r}, for example",
        )


class Place(traitlets.Int[int, Any]):
    """A place in the values of the control of the same name; outside of them it is the nearest end.

    Where a widget has no such control it is 0.
    """

    def validate(self, obj: Any, value: Any) -> int:
        """Return the place, within the control's values."""
        place = max(int(super().validate(obj, value)), 0)
        control: Control | None = obj.settings.get(self.name)
        if control is None:
            return 0
        return place if control.kind == "seed" else min(place, max(len(control.values) - 1, 0))


class LiveWidget(TracedWidget):
    """A widget with settings; a subclass says what the kernel makes for them.

    Parameters
    ----------
    trace : dict
        What does not change: ``title`` and ``error``.
    controls : sequence of Control
        A trait `Place` of the class for each.
    **values
        Where the settings start: values, not places.

    Attributes
    ----------
    run : dict, plain JSON
        What the kernel made; ``error`` says why there is nothing, ``settings`` for which places it was made.
    """

    run = traitlets.Dict().tag(sync=True)

    def __init__(self, trace: Trace, controls: Sequence[Control], **values: Any) -> None:
        self.settings: Mapping[str, Control] = {control.name: control for control in controls}
        places = {name: self.settings[name].place_of(value) for name, value in values.items()}
        super().__init__(trace={**trace, "controls": [c.to_dict() for c in controls]}, **places)
        self._renew()
        self.observe(self._renew, [control.name for control in controls if not control.scrubs])

    def value(self, name: str) -> Any:
        """Return the present value of a setting."""
        control, place = self.settings[name], getattr(self, name)
        return place if control.kind == "seed" else control.values[place]

    def make_run(self) -> Trace:
        """Return what belongs to the present settings."""
        raise NotImplementedError

    @property
    def sentence(self) -> str:
        """What is said of the present position."""
        return str(self.trace["error"] or self.run["error"] or self.says())

    def says(self) -> str:
        """Return what is said where there is no error."""
        raise NotImplementedError

    def picture(self) -> Any:
        """Return a matplotlib figure of what is to be seen."""
        raise NotImplementedError

    def png(self) -> bytes:
        """Draw what is to be seen, or say why there is nothing."""
        return _plots.sentence_png(self.run["error"]) if self.run["error"] else _plots.to_png(self.picture())

    def text_form(self) -> str:
        """Return the title and what is said."""
        return f"{self.trace['title']}\n\n{self.sentence}"

    def _renew(self, _: Any = None) -> None:
        places = {c.name: getattr(self, c.name) for c in self.settings.values() if not c.scrubs}
        if self.run.get("settings") == places:  # several settings that move together ask once each
            return
        made = {"error": self.trace["error"]} if self.trace["error"] else self.make_run()
        self.run = {**made, "settings": places}


def decimals(x: float, places: int = 4) -> str:
    """Write a number with so many decimals, in powers of ten where they would not show it."""
    if not math.isfinite(x):
        return "not a number" if math.isnan(x) else "∞" if x > 0 else f"{MINUS}∞"
    if 10.0**-places <= abs(x) < 1e6:
        return f"{x:.{places}f}".replace("-", MINUS)
    tiny = x != 0 and abs(x) < 5 * 10.0 ** -(places + 1)
    text = f"{x:.1e}" if tiny or abs(x) >= 1e6 else f"{x:.{places}f}"
    return f"{abs(float(text)):.{places}f}" if float(text) == 0 else text.replace("-", MINUS)


def scientific(x: float) -> str:
    """Write a size of any order with two figures or three: 2.1e−06, 0.0312, 17.3, 0 where it is exactly 0."""
    if not math.isfinite(x):
        return decimals(x)
    text = f"{x:.3g}" if 1e-3 <= abs(x) < 1e4 else f"{x:.1e}"
    return "0" if x == 0 else text.replace("-", MINUS)


def rounded(values: Any, figures: int = 4) -> list[float | None]:
    """Return numbers to be drawn, short; None where one is not finite."""
    return [float(f"{v:.{figures}g}") if math.isfinite(v) else None for v in np.ravel(values).tolist()]
