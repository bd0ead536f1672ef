"""The depth explorer: gradient norms layer by layer, and how activations and gradients are spread there."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from . import _assets, _plots
from ._failures import failure
from ._live import Control, LiveWidget, Place, Trace
from .trace_depth import ACTIVATIONS, BINS, GRADIENT_VIEW, INITS, trace_depth

DEPTHS = list(range(1, 31))
_CONTROLS = (
    Control("residual", "Residual blocks", "switch", (False, True), ("off", "on")),
    Control(
        "shown",
        "Spread of",
        "choice",
        ("activations", "gradients"),
        ("Activations", "Gradients"),
        scrubs=True,
    ),
    Control("activation", "Activation", "picker", ACTIVATIONS, ACTIVATIONS),
    Control("init", "Weights", "picker", list(INITS), list(INITS)),
    Control("depth", "Layers", "slider", DEPTHS, [str(d) for d in DEPTHS]),
    Control(
        "layer", "Layer", "slider", range(1, 32), [str(k) for k in range(1, 32)], scrubs=True
    ),  # the output layer is the last
    Control("seed", "Seed", "seed"),
)


class DepthExplorer(LiveWidget):
    """See what depth, activation, starting weights and residual blocks do to a network at its start.

    A line on a logarithmic axis shows the norm of the gradient of each layer's weights, another one the
    product of the mean slopes; columns show how activations and gradients are spread in each layer, and how
    many units are dead. Lines can be kept for comparison.

    Parameters
    ----------
    depth : int, 1 to 30
    activation : str
        ``"sigmoid"``, ``"tanh"``, ``"relu"``, ``"leaky_relu"``, ``"elu"`` or ``"identity"``.
    init : str
        ``"Xavier"``, ``"Kaiming"``, ``"deviation 0.05"``, ``"deviation 1"`` or ``"zeros"``.
    residual : bool
    seed : int
        Draws examples, targets and weights.

    Attributes
    ----------
    run : dict
        See `trace_depth`.
    depth, activation, init, residual, seed, layer, shown : int
        Places in the lists of what they can be, synced with the browser; ``value("init")`` is the value.
    kept : list of dict
        Lines kept for comparison, with ``label`` and ``norms``.

    Raises
    ------
    UsageError
        If a setting is none.

    Examples
    --------
    >>> from backprop_course.widgets import DepthExplorer
    >>> print(DepthExplorer(10, "sigmoid", "Xavier").sentence)  # doctest: +ELLIPSIS
    Layer 1 of 10: the gradient of its weights has the norm ...
    """

    _esm = _assets.module("depth_explorer")
    _css = _assets.style("controls", "live", "depth_explorer")
    depth = Place().tag(sync=True)
    activation = Place().tag(sync=True)
    init = Place().tag(sync=True)
    residual = Place().tag(sync=True)
    seed = Place().tag(sync=True)
    layer = Place().tag(sync=True)
    shown = Place().tag(sync=True)
    kept: Any = traitlets.List().tag(sync=True)

    def __init__(
        self,
        depth: int = 10,
        activation: str = "sigmoid",
        init: str = "Xavier",
        *,
        residual: bool = False,
        seed: int = 0,
    ) -> None:
        trace = {
            "error": "",
            "title": "Gradients through many layers, at the start",
            "powers": GRADIENT_VIEW,
            "bins": BINS,
        }
        super().__init__(
            trace, _CONTROLS, depth=depth, activation=activation, init=init, residual=residual, seed=seed
        )

    def make_run(self) -> Trace:
        """Return the measurements of a network with the present settings."""
        names = ("depth", "activation", "init", "residual", "seed")
        depth, activation, init, residual, seed = (self.value(name) for name in names)
        label = f"{activation}, {init}, {depth} {'layer' if depth == 1 else 'layers'}"
        try:
            run = trace_depth(depth, activation, init, residual, seed)
        except (ArithmeticError, ValueError) as error:  # numbers that no histogram can take
            return {"error": failure(error)}
        return {**run, "label": label + (", residual" if residual else "")}

    def says(self) -> str:
        """Return what is said of the layer looked at."""
        return f"{self.run['sentences'][min(self.layer, self.run['last']['layer'])]}\n{self.run['summary']}"

    def text_form(self) -> str:
        """Return a line for each of some layers, and what is said of all."""
        said = self.run["sentences"]
        few = said if len(said) <= 8 else [*said[:3], "...", *said[-3:]]
        head = [self.trace["title"], self.run["label"], ""]
        return "\n".join([*head, *few, "", self.run["summary"]])

    def picture(self) -> Any:
        """Draw the norms, the product of slopes, and the lines kept."""
        figure = _plots.new_figure(6.8, 3.8)
        axes = figure.add_subplot()
        rows = [(self.run["norms"], "o-", _plots.FORWARD, self.run["label"])]
        rows += [(line["norms"], "x:", _plots.SOFT, line["label"]) for line in self.kept]
        rows.append((self.run["products"], "--", _plots.BACKWARD, "product of the mean slopes"))
        for logs, style, colour, label in rows:
            values = 10.0 ** np.array([np.nan if v is None else v for v in logs])
            axes.semilogy(range(1, len(logs) + 1), values, style, color=colour, label=label, markersize=4)
        axes.set(xlabel="layer (1 is next to the input)", ylabel="norm of the weights' gradient")
        axes.set_title(self.trace["title"], fontsize=10)
        axes.grid(color=_plots.LINE, linewidth=0.4)
        axes.legend(fontsize=8, loc="upper left")
        return figure
