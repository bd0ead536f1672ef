"""The gallery: one line for each widget, with what `backprop-course explore` needs to show it.

A new widget joins by an entry in `GALLERY`. The settings named in `record` are computed beforehand for the
exported page, where no kernel could answer them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

import numpy as np

from .. import Trainer, data, nn, optim, sigmoid
from ..errors import UsageError
from ._boundary_settings import MODELS, SETS
from ._examples import node_objects, own_tape, tracer
from ._rates import SCHEDULES
from ._widget import TracedWidget
from .activation_explorer import ActivationExplorer
from .backward_debugger import BackwardDebugger
from .chained_arrows import ChainedArrows
from .decision_boundary import DecisionBoundary
from .depth_explorer import DepthExplorer
from .descent_explorer import DescentExplorer
from .difference_microscope import DifferenceMicroscope
from .distribution_bars import DistributionBars
from .dropout_sampler import DropoutSampler
from .granularity_switch import GranularitySwitch
from .graph_stepper import GraphStepper
from .jacobian_builder import JacobianBuilder
from .line_fitter import LineFitter
from .logit_fitter import LogitFitter
from .network_lab import NetworkLab
from .path_highlighter import PathHighlighter
from .perceptron_stepper import PerceptronStepper
from .product_counter import ProductCounter
from .stop_line import StopLine
from .symptom_board import SymptomBoard
from .trace_descent import METHODS
from .trace_symptoms import PATIENTS, TREATMENTS
from .zigzag import ZigZag


@dataclass(frozen=True)
class Entry:
    """A widget of the gallery.

    Parameters
    ----------
    name : str
        What it is called.
    sentence : str
        What one sees, or can try.
    unit : str
        Where the course uses it, ``"NB04"``.
    make : callable
        Makes the widget; takes nothing.
    note : str
        What a page says that holds for whoever has not read the course, such as how a derivative is written.
    record : sequence of mappings of str to sequence
        Traits that the kernel answers, with the values whose answers an exported page holds: within one
        mapping all combinations, all other traits as they were made.
    """

    name: str
    sentence: str
    unit: str
    make: Callable[[], TracedWidget]
    record: Sequence[Mapping[str, Sequence[Any]]] = ()
    note: str = ""

    @property
    def slug(self) -> str:
        """The name as it stands in addresses: ``"graph-stepper"``."""
        return self.name.lower().replace(" ", "-")


BARS = "A bar, as in w̄, marks a derivative: of the final value, with respect to w. Texts write it w_bar."

ARROWS = (
    "A dot, as in ẋ, marks a nudge of a value, and a bar, as in x̄, the slope of the last value with respect "
    "to it. J is a Jacobian: the slopes of one link."
)


def logistic(w: Any, b: Any, x: Any, t: Any) -> Any:
    """Return the squared error of a logistic unit."""
    z = w * x + b
    y = sigmoid(z)
    L = (y - t) ** 2 / 2
    return L


def two_ways_twice(x: Any) -> Any:
    """Return the sum of what two functions make of the sum of what two functions make of x."""
    y = np.sin(x) + x * x
    return np.tanh(y) + np.exp(-y)


def affine(X: Any, W: Any, b: Any) -> Any:
    """Return what an affine layer computes."""
    return X @ W + b


def affine_backward(dY: Any, X: Any, W: Any, b: Any) -> Any:
    """Return its cotangents, one of them with a wrong sign."""
    return dY @ W.T, -X.T @ dY, dY.sum(axis=0)


def wrong_backward() -> BackwardDebugger:
    """Look at the wrong sign of the affine layer."""
    rng = np.random.default_rng(0)
    return BackwardDebugger(affine, affine_backward, *map(rng.standard_normal, ((5, 3), (3, 4), (4,))))


def sine_of_square(x: Any) -> Any:
    """Return sin(x²)."""
    return np.sin(x**2)


ODD_X = np.arange(9.0)  # near a line, except the last one
ODD_Y = np.array([1.1, 1.4, 2.1, 2.3, 3.2, 3.4, 4.1, 4.4, 14.0])


def overfitting() -> StopLine:
    """Let a network learn 60 examples by heart."""
    X, y = data.moons(60, noise=0.35, rng=3)
    model = nn.MLP([2, 32, 32, 2], "relu", rng=0)
    trainer = Trainer(model, nn.cross_entropy, optim.Adam(model.parameters(), lr=0.01), rng=1, progress=False)
    return StopLine(trainer.fit(X, y, epochs=80, validation=data.moons(400, noise=0.35, rng=4)), stop=40)


GALLERY = [
    Entry(
        "Graph stepper",
        "Step through a computation graph: values forward, then products of slopes back, edge by edge.",
        "NB04",
        lambda: GraphStepper(logistic, 2.0, -1.0, 1.5, 0.0),
        note=BARS,
    ),
    Entry(
        "Path highlighter",
        "Follow every route from one value to another, with the product of its slopes, and add them up.",
        "NB04",
        lambda: PathHighlighter(two_ways_twice, 2.0),
    ),
    Entry(
        "Granularity switch",
        "Cut one function into few large steps or many small ones: the gradient stays the same.",
        "NB04",
        lambda: GranularitySwitch(logistic, 2.0, -1.0, 1.5, 0.0),
        note=BARS,
    ),
    Entry(
        "Tape stepper",
        "Watch a tape of closures, as one writes it oneself: which is called when, and what it sends.",
        "NB07",
        own_tape,
        note=BARS,
    ),
    Entry(
        "Tracer stepper",
        "Walk back through traced nodes, beside the dictionary of gradients that fills and empties.",
        "NB08",
        tracer,
        note=BARS,
    ),
    Entry(
        "EDF stepper",
        "Go back through a network of node objects: who calls whose addgrad, with which shape.",
        "NB08",
        node_objects,
        note=BARS,
    ),
    Entry(
        "Product counter",
        "Count the products that backpropagation needs with a cache, and what it would need without.",
        "NB06",
        ProductCounter,
    ),
    Entry(
        "Backward debugger",
        "See a wrong gradient beside the right one and beside finite differences, entry by entry.",
        "NB10",
        wrong_backward,
    ),
    Entry(
        "Descent explorer",
        "Follow gradient descent down the map of a loss, and watch a step size beyond 2/L diverge.",
        "NB02",
        DescentExplorer,
        [{"method": METHODS}, {"rate": range(20, 81)}, {"schedule": tuple(SCHEDULES)}],  # η from 0.001 to 1
    ),
    Entry(
        "Line fitter",
        "Drag points and a line: errors as squares or bars, two losses side by side, gradients tip to tail.",
        "NB02",
        lambda: LineFitter((ODD_X, ODD_Y), beta=(3, 0), view=((-0.5, 8.5), (-2, 16))),
    ),
    Entry(
        "Logit fitter",
        "Drag points and the two weights of a logistic model: what each point pays, and where it pulls.",
        "NB05",
        LogitFitter,
    ),
    Entry(
        "Distribution bars",
        "Drag a true and a believed distribution: entropy, cross entropy, divergence and the gap.",
        "NB05",
        DistributionBars,
    ),
    Entry(
        "Jacobian builder",
        "Build a Jacobian column by column or row by row, and count what each way costs.",
        "NB03",
        JacobianBuilder,
    ),
    Entry(
        "Chained arrows",
        "Drag a point and a small nudge of it, and see the arrow go through each link of a chain, and back.",
        "NB03",
        ChainedArrows,
        [{"x1": range(21), "x2": range(21)}, {"size": range(10)}],
        note=ARROWS,
    ),
    Entry(
        "Finite-difference microscope",
        "Find the step at which a finite difference is best, and what a tolerance makes of it.",
        "NB03",
        lambda: DifferenceMicroscope(sine_of_square, 1.3),
    ),
    Entry(
        "Network lab",
        "Build a network, train it, and scrub through the run: weights, gradients, each unit over the plane.",
        "NB01",
        lambda: NetworkLab("circles", rate=0.3, steps=115),
    ),
    Entry(
        "Perceptron stepper",
        "Correct a perceptron one example at a time: AND and OR settle, XOR comes back to weights it had.",
        "NB01",
        PerceptronStepper,
    ),
    Entry(
        "Decision boundary",
        "Draw points of two classes, and watch the boundary of a logistic model or a network as it learns.",
        "NB05",
        DecisionBoundary,
        [{"dataset": list(SETS), "model": MODELS}],
    ),
    Entry(
        "Activation explorer",
        "Drag weight and bias of one unit, and see where its curve is so flat that nothing is learned.",
        "NB01",
        ActivationExplorer,
        [{"activation": range(8)}, {"weight": range(30, 61)}, {"bias": range(20, 41)}],
    ),
    Entry(
        "Depth explorer",
        "See gradients vanish or explode on the way through many layers, and what keeps them level.",
        "NB09",
        DepthExplorer,
        [{"activation": range(6), "init": range(5), "residual": range(2)}, {"depth": range(20)}],
    ),
    Entry(
        "Stop line",
        "Choose where to stop training before the validation curve is shown, and what patience would choose.",
        "NB09",
        overfitting,
    ),
    Entry(
        "Dropout sampler",
        "Drop terms of a unit at random, mask after mask, and watch the mean settle on the full sum.",
        "NB09",
        DropoutSampler,
        [{"scaled": range(2), "rectified": range(2)}, {"p": range(19)}],
    ),
    Entry(
        "Zig-zag",
        "Watch two weights learn from inputs that are all positive, and from standardised ones.",
        "NB09",
        ZigZag,
        [{"rate": range(11)}, {"centre": range(31)}],
    ),
    Entry(
        "Symptom board",
        "Seven networks on the same data: name what ails each of them, then try a treatment.",
        "NB09",
        SymptomBoard,
        [{"patient": range(len(PATIENTS)), "treatment": range(len(TREATMENTS))}],
    ),
]


def gallery() -> list[Entry]:
    """Return all entries: those above, then those that installed packages add by an entry point."""
    return [*GALLERY, *(point.load() for point in entry_points(group="backprop_course.gallery"))]


def _ours_first() -> Iterator[Entry]:
    """Yield the entries; other packages are not loaded for what is ours."""
    yield from GALLERY
    yield from gallery()[len(GALLERY) :]


def find(slug: str) -> Entry:
    """Return the entry with this slug.

    Raises
    ------
    UsageError
        If there is none.
    """
    for entry in _ours_first():
        if entry.slug == slug:
            return entry
    raise UsageError(
        f"There is no {slug!r} in the gallery.",
        expected=", ".join(entry.slug for entry in gallery()),
        got=repr(slug),
        mend="use one of these names",
    )
