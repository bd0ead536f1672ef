"""The decision boundary: points of two classes, and what a model in training says all over the plane."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from ..errors import CourseError
from . import _assets, _plots
from ._boundary_settings import (
    DRAWN,
    EDITABLE,
    HIDDEN,
    LEVELS,
    MODELS,
    MOST,
    RATES,
    SETS,
    YOURS,
    choices,
    one_of,
    place_of,
    points_of,
    whole,
)
from ._pasted import points_from_text
from ._plane import two_classes, view_of
from ._widget import TracedWidget
from .trace_boundary import CROSS, GRID, NO_MODEL, SCALE, surfaces_of, trace_training

_SETTINGS = ("points", "dataset", "model", "hidden", "rate", "seed")


class DecisionBoundary(TracedWidget):
    """Watch the boundary of a logistic model or a small network while it is trained.

    The map shows the probability of class 1 by its shade, and lines where it is 0.1, 0.5 and 0.9. Points are
    drawn by hand, pasted, passed, or one of the course's sets. Every change trains anew, by `Trainer`; the
    training is stepped through.

    Parameters
    ----------
    X : array_like of floats, shape (N, 2), optional
        Up to 10,000 points; up to 500 are drawn.
    y : array_like, shape (N,), optional
        Their labels, of two kinds.
    dataset : str
        Without data of your own: ``"moons"``, ``"circles"``, ``"two clouds"``, ``"labels by chance"`` or
        ``"XOR"``.
    model : str
        ``"logistic regression"`` or ``"network"``.
    hidden : int
        Units of the network's hidden layer, from 1 to 8.
    lr : float
        Step size; the nearest of 1, 2, 5 in each power of ten, from 0.001 to 10.
    steps : int
        How many steps of training, from 1 to 500.
    seed : int
        Draws the points of a set, and the network's weights.
    step : int, optional
        At which step to begin; by default at the end.

    Attributes
    ----------
    trace : dict
        What can be chosen. Where the data are none, its ``error`` says so.
    run, surface : dict, bytes
        See `trace_training`.
    dataset, model, hidden, rate, seed, points, moment : traits
        What is chosen: `rate` is a place in ``trace["rates"]``, `points` are those drawn by hand, as (x1, x2,
        class), `moment` a place in ``run["moments"]``; all are synced with the browser.

    Raises
    ------
    UsageError
        If a setting is none.

    Examples
    --------
    >>> from backprop_course.widgets import DecisionBoundary
    >>> boundary = DecisionBoundary(dataset="XOR", model="network", hidden=4)
    >>> print(boundary.sentence)  # doctest: +ELLIPSIS
    Step 150 of 150: mean loss 0.00..., 100% of the points are right.
    A network of 4 tanh units, 17 weights drawn with seed 0: gradient descent with momentum 0.9 ...
    """

    _esm = _assets.module("decision_boundary")
    _css = _assets.style("controls", "points", "decision_boundary")
    run = traitlets.Dict().tag(sync=True)
    surface = traitlets.Bytes().tag(sync=True)
    dataset = traitlets.Unicode().tag(sync=True)
    points: Any = traitlets.List().tag(sync=True)
    model = traitlets.Enum(MODELS, MODELS[0]).tag(sync=True)
    hidden = traitlets.Int(4).tag(sync=True)
    rate = traitlets.Int(RATES.index(0.5)).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    moment = traitlets.Int(0).tag(sync=True)
    pasted = traitlets.Unicode("").tag(sync=True)
    pasted_answer = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        X: Any = None,
        y: Any = None,
        *,
        dataset: str = "moons",
        model: str = MODELS[0],
        hidden: int = 4,
        lr: float = 0.5,
        steps: int = 150,
        seed: int = 0,
        step: int | None = None,
    ) -> None:
        self._steps = whole("steps", steps, 1, 500)
        self._given, error = None, ""
        if X is not None or y is not None:
            try:
                self._given = two_classes(X, y, MOST)
            except CourseError as refusal:
                error = str(refusal)
        names = [*([YOURS] if self._given is not None else []), *SETS, DRAWN]
        self._view: Any = None  # of the points drawn by hand
        self._made: Any = None
        super().__init__(
            trace=choices(names, error)
            | {
                "grid": GRID,
                "scale": SCALE,
                "cross": CROSS,
                "no_model": NO_MODEL,
            },
            dataset=YOURS if self._given is not None else one_of(dataset, list(SETS), "set of points"),
            model=one_of(model, MODELS, "model"),
            hidden=whole("hidden", hidden, 1, HIDDEN),
            rate=place_of(lr),
            seed=whole("seed", seed, 0, 2**31),
        )
        self._train()
        self.moment = self._moment_of(step if step is None else whole("step", step, 0, 500))
        self.observe(self._train, _SETTINGS)
        self.observe(self._paste, "pasted")

    @property
    def sentence(self) -> str:
        """What is said of the moment looked at."""
        if self.trace["error"] or self.run["error"]:
            return str(self.trace["error"] or self.run["error"])
        return f"{self.run['sentences'][self.moment]}\n{self.run['setting']}"

    @traitlets.validate("hidden", "rate", "seed", "moment")
    def _within(self, proposal: Any) -> int:
        name, least = proposal["trait"].name, int(proposal["trait"].name == "hidden")
        most = {"hidden": HIDDEN, "rate": len(RATES) - 1, "seed": 2**31}
        last = max(len(self.run.get("moments", ())) - 1, 0)
        return int(min(max(proposal["value"], least), most.get(name, last)))

    @traitlets.validate("dataset")
    def _known(self, proposal: Any) -> str:
        return str(one_of(proposal["value"], self.trace["sets"], "set of points"))

    @traitlets.validate("points")
    def _in_order(self, proposal: Any) -> list[list[float]]:
        """Keep what is a point, as many as can be edited."""
        kept = [list(map(float, p)) for p in proposal["value"] if len(p) == 3 and p[2] in (0, 1)]
        return [p for p in kept if np.isfinite(p).all()][:EDITABLE]

    def _moment_of(self, step: int | None) -> int:
        moments = self.run["moments"] or [0]
        return len(moments) - 1 if step is None else int(np.abs(np.array(moments) - step).argmin())

    def _now(self) -> tuple[Any, Any, str]:
        """Return the points to train on, and the code that makes them, where there is some."""
        if self.dataset == YOURS and self._given is not None:
            return (*self._given, "")
        if self.dataset == DRAWN:
            drawn = np.array(self.points, dtype=float).reshape(-1, 3)
            return drawn[:, :2], drawn[:, 2].astype(np.int64), ""
        return points_of(self.dataset, self.seed)

    def _train(self, _: Any = None) -> None:
        settings = (self.dataset, self.points, self.model, self.hidden, self.rate, self.seed)
        if settings == self._made:  # several settings that move together ask once each
            return
        self._made = settings
        X, y, made = self._now()
        view = None
        if self.dataset == DRAWN:
            view = self._view = self._view_of_drawn(X)
        run, surface = trace_training(
            X,
            y,
            model=self.model,
            hidden=self.hidden,
            lr=RATES[self.rate],
            steps=self._steps,
            seed=self.seed,
            view=view,
            made=made,
        )
        # What was asked for goes with the answer, so that one that has changed nothing is an answer too.
        run |= {
            "asked": [*settings[:1], *settings[2:]],
            "chance": self.model == MODELS[1] or "{}" in SETS.get(self.dataset, ("", ""))[1],
        }
        with self.hold_sync():  # both in one message
            self.surface, self.run = surface, run
            self.moment = min(self.moment, max(len(run["moments"]) - 1, 0))

    def _view_of_drawn(self, X: Any) -> list[list[float]]:
        """Keep the frame while one draws in it; what lies outside, as pasted points may, moves it."""
        frame = self._view or self.run.get("view") or [[-1.0, 1.0], [-1.0, 1.0]]
        (left, right), (low, high) = frame
        inside = (X >= [left, low]) & (X <= [right, high])
        return frame if inside.all() else view_of(X, 0.15)

    def _paste(self, _: Any = None) -> None:
        if not self.pasted:
            return
        try:
            X, y = two_classes(*points_from_text(self.pasted), EDITABLE)
        except CourseError as refusal:
            self.pasted_answer = str(refusal)
        else:
            self._view = view_of(X, 0.15)
            with self.hold_sync(), self.hold_trait_notifications():
                self.points = np.column_stack([X, y]).tolist()
                self.dataset = DRAWN
            self.pasted_answer = f"{len(X)} point{'s' if len(X) > 1 else ''} taken."
        self.pasted = ""  # so that the same text can be handed over again

    def text_form(self) -> str:
        """Return some moments of the training, and what the settings mean."""
        if self.run["error"]:
            return str(self.run["error"])
        said = self.run["sentences"]
        few = said if len(said) <= 8 else [*said[:2], *said[5:-1:5], said[-1]]
        return "\n".join([f"{self.trace['title']}: {self.dataset}", "", *few, "", self.run["setting"]])

    def png(self) -> bytes:
        """Draw the map at four moments of the training."""
        if self.run["error"]:
            return _plots.sentence_png(self.run["error"])
        from matplotlib.colors import LinearSegmentedColormap

        shades = LinearSegmentedColormap.from_list("classes", [_plots.FORWARD, "white", _plots.BACKWARD])
        moments, surfaces = self.run["moments"], surfaces_of(self.surface)
        shown = sorted({self._moment_of(step) for step in (1, 5, 25, moments[-1])})
        figure = _plots.new_figure(2.6 * len(shown) + 0.4, 2.9)
        X, y = np.array(self.run["points"]), np.array(self.run["labels"])
        x_side, y_side = self.run["view"]
        nodes = [np.linspace(low, high, GRID) for low, high in (x_side, y_side)]
        for plot, k in zip(np.ravel(figure.subplots(1, len(shown), sharey=True)), shown, strict=True):
            p = 1 / (1 + np.exp(-surfaces[k]))
            ends = {"extent": (*x_side, *y_side), "vmin": -0.7, "vmax": 1.7, "cmap": shades}
            plot.imshow(p, origin="lower", aspect="auto", interpolation="bilinear", **ends)
            if surfaces[k].min() < surfaces[k].max():
                look: dict[str, Any] = {
                    "colors": _plots.INK,
                    "linewidths": (0.9, 1.8, 0.9),
                    "linestyles": (":", "-", "--"),
                }
                plot.contour(*nodes, surfaces[k], levels=[float(np.log(p / (1 - p))) for p in LEVELS], **look)
            for label, marker, colour in ((0, "o", _plots.FORWARD), (1, "^", _plots.BACKWARD)):
                plot.scatter(*X[y == label].T, s=10, marker=marker, color=colour)
            plot.set_title(f"step {moments[k]}: loss {self.run['losses'][moments[k]]:.3f}", fontsize=9)
            plot.set(xlabel="x₁", xlim=x_side, ylim=y_side)
            plot.tick_params(labelsize=7)
        figure.axes[0].set_ylabel("x₂")
        return _plots.to_png(figure)
