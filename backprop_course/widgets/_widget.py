"""What every widget with a trace has: the trace, a text form, and a picture where it cannot run."""

from __future__ import annotations

import base64
from typing import Any

import anywidget
import traitlets

from ._plots import sentence_png


class TracedWidget(anywidget.AnyWidget):
    """A widget that shows a recorded trace; a subclass says how it is written and drawn.

    Attributes
    ----------
    trace : dict, plain JSON
        All numbers and texts. Its ``error`` says why there is nothing to see; empty where there is.
    """

    trace = traitlets.Dict().tag(sync=True, echo_update=False)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Send no trait back to the browser that has just set it: the answer would wait behind it."""
        super().__init_subclass__(**kwargs)
        for trait in vars(cls).values():
            if isinstance(trait, traitlets.TraitType) and trait.metadata.get("sync"):
                trait.tag(echo_update=False)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the browser has set; all that follows from it goes back in one message."""
        with self.hold_sync():
            super().set_state(sync_data)

    @property
    def asks(self) -> frozenset[str]:
        """Names of the traits whose change Python answers; a page without a kernel has to do without."""
        return frozenset(self.__dict__.get("_asks", ()))

    def observe(self, handler: Any, names: Any = traitlets.All, type: Any = "change") -> None:
        """Observe traits as always, and remember which."""
        super().observe(handler, names, type)
        known = self.trait_names() if names is traitlets.All else [names] if isinstance(names, str) else names
        self.__dict__.setdefault("_asks", set()).update(
            set(known) - set(anywidget.AnyWidget.class_trait_names())
        )

    def text_form(self) -> str:
        """Return what is to be seen as text."""
        raise NotImplementedError

    def png(self) -> bytes:
        """Return a picture of what is to be seen."""
        raise NotImplementedError

    def __str__(self) -> str:
        return str(self.trace["error"] or self.text_form())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.trace['title'] or self.trace['error']}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Add the text and the picture that stand in where the widget cannot run; see `IPython.display`."""
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        forms = {"text/plain": str(self)}
        if "image/png" not in (kwargs.get("exclude") or ()):
            picture = sentence_png(self.trace["error"]) if self.trace["error"] else self.png()
            forms["image/png"] = base64.b64encode(picture).decode("ascii")
        return {**data, **forms}, metadata
