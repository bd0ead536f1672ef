"""Trainer: a model, a loss and an optimiser, and one call that trains. Read next: `loop`, `steps`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np

from ..errors import UsageError
from ..nn import Module
from . import examples
from .callbacks import as_callbacks
from .evaluation import evaluate, predict
from .history import History
from .loop import Loop
from .metrics import Metric, by_name
from .steps import Steps
from .swapping import Swapped


class Trainer:
    """Trains a model by batches, and evaluates it.

    Parameters
    ----------
    model : nn.Module
    loss : callable ``(output, target) -> scalar``
        A mean over examples, such as `cross_entropy`, so that batches of different sizes weigh right.
    optimizer : optim.Optimizer
        Made with parameters of the model; the model's others stay as they are.
    metrics : iterable of callables ``(output, target) -> float``, or of names, or a dict of name to callable
        Means over examples too; ``"accuracy"`` is known by name. They see plain arrays.
    callbacks : iterable
        `Callback` objects, and functions ``(trainer, history)``, which are called after each epoch.
    rng : Generator or int, optional
        Draws the order of the examples. With a seed, here and in the layers that draw, runs repeat exactly.
    compile : bool
        Whether steps are compiled where they can be; `path` and `why` say what became of it.
    progress : bool
        Whether to show a bar, where `tqdm` is installed.
    norms : bool
        Whether to measure norms layer by layer: at the first steps, and at every 200th later on.
    penalty : callable, optional
        Maps a dict of the parameters by name to a number that is added to the loss of each batch:
        ``lambda values: nn.l2(values, 0.01)``. Evaluation leaves it out.

    Attributes
    ----------
    history : History
        Of the last call of `fit`; also while it runs, and after an error.
    path, why : str
        How the last run took its steps: ``"compiled"``, or ``"tape"`` and the reason.

    Raises
    ------
    UsageError
        If the model is no module or the loss no function, or if the optimiser has no parameters, or others
        than the model's.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import Trainer, binary_cross_entropy_with_logits, data, nn, optim
    >>> X, y = data.moons(200, rng=np.random.default_rng(0))
    >>> model = nn.MLP([2, 16, 1], rng=np.random.default_rng(1))
    >>> optimizer = optim.Adam(model.parameters(), lr=0.02)
    >>> trainer = Trainer(
    ...     model, binary_cross_entropy_with_logits, optimizer, metrics=["accuracy"], rng=2, progress=False
    ... )
    >>> history = trainer.fit(X, y[:, None], epochs=60)
    >>> history.path, history.loss[-1] < history.loss[0], trainer.evaluate(X, y[:, None])["accuracy"] > 0.9
    ('compiled', True, True)
    """

    def __init__(
        self,
        model: Any,
        loss: Any,
        optimizer: Any,
        *,
        metrics: Mapping[str, Metric] | Iterable[Metric | str] = (),
        callbacks: Iterable[Any] = (),
        rng: np.random.Generator | int | None = None,
        compile: bool = True,
        progress: bool = True,
        norms: bool = True,
        penalty: Any = None,
    ) -> None:
        if not isinstance(model, Module) or not callable(loss):
            raise UsageError(
                "A Trainer takes a model, a loss and an optimiser, in this order.",
                expected="a Module, such as nn.MLP(...), and a function (output, target) -> number",
                got=f"model {type(model).__name__}, loss {loss!r}",
                mend="hand in the functions themselves: loss=nn.squared_error; nn.Sequential(f) makes a "
                "module of a function",
            )
        if not getattr(optimizer, "bound", False):
            raise UsageError(
                "The optimiser holds no parameters.",
                expected="an optimiser made with parameters, such as SGD(model.parameters(), lr=0.1)",
                got=repr(optimizer),
                mend="hand the model's parameters over when making it",
            )
        self.model, self.loss, self.optimizer = model, loss, optimizer.name(model.named_parameters())
        self.metrics, self.callbacks = by_name(metrics), as_callbacks(callbacks)
        self.rng = np.random.default_rng(rng)
        self.compile, self.progress, self.norms, self.penalty = compile, progress, norms, penalty
        self.history = History()
        self.swapped = Swapped()

    path = property(lambda self: self.history.path, doc="How the steps of the last run were taken.")
    why = property(lambda self: self.history.why, doc="Why they were not compiled.")

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        epochs: int | None = None,
        steps: int | None = None,
        batch_size: int = 32,
        validation: tuple[Any, Any] | None = None,
        patience: int | None = None,
        schedule: Any = None,
        checkpoint: str | Path | None = None,
        resume: bool = False,
    ) -> History:
        """Train.

        The loss of an epoch is the mean over its examples, each at the moment its batch came by. A run stops
        early when a callback says so, when Ctrl-C is pressed (what was learned is kept),
        or when a number is not finite: then the model gets the last good parameters back,
        ``history.stopped`` names the operation, and a `RuntimeWarning` says so.

        Parameters
        ----------
        X, y : array_like, N rows each
            Floats are taken in the dtype of the model's parameters.
        epochs, steps : int
            How many passes over the examples, or how many steps; one of the two. With `resume`, those of the
            checkpoint are counted in.
        batch_size : int
            The last batch of an epoch is shorter where it does not divide N. With N or more, the examples
            keep their order; otherwise each epoch has a new one.
        validation : (X, y), optional
            Looked at after each epoch.
        patience : int, optional
            Stop after so many epochs without a lower validation loss. The weights of the best epoch are kept.
        schedule : callable, optional
            Maps the number of steps taken to a rate; takes the place of the optimiser's.
        checkpoint : path, optional
            Written after each epoch, and when the run stops, so that it is always a whole file.
        resume : bool
            Go on from the checkpoint, if it is there: to the same numbers as without the pause. It holds
            parameters, optimiser, generators and history; callbacks keep what they remember to themselves.

        Returns
        -------
        History

        Raises
        ------
        UsageError
            If arguments do not go together, or the checkpoint belongs to another run.
        ShapeError, DtypeError
            If X and y do not belong together, or are not real numbers.
        """
        limit, epochs = _limits(epochs, steps)
        if batch_size < 1:
            raise _out_of_range("batch_size", batch_size)
        if patience is not None and (validation is None or patience < 1):
            raise UsageError(
                "patience watches the loss on validation data.",
                expected="validation=(X, y) and patience at least 1",
                got="no validation data" if validation is None else f"patience={patience}",
                mend="keep some examples apart and hand them in: validation=(X_val, y_val)",
            )
        if resume and checkpoint is None:
            raise UsageError(
                "There is nothing to resume from.",
                expected="checkpoint=path together with resume=True",
                got="no checkpoint",
                mend="name the file that an earlier fit(checkpoint=...) wrote",
            )
        if schedule is not None:
            self.optimizer.lr = schedule
        reason = self.swapped.reason()
        loss = self.swapped.loss(self.loss)
        run = Steps(
            self.model, loss, self.optimizer, compile=self.compile, reason=reason, penalty=self.penalty
        )
        X, y = examples.as_examples(X, y, run.dtype)
        if validation is not None:
            validation = examples.as_examples(*validation, run.dtype)
        path = None if checkpoint is None else Path(checkpoint)
        marks = {"examples": examples.fingerprint(X, y), "batch_size": batch_size} if path else {}
        loop = Loop(
            self,
            run,
            examples.Epochs(X, y, batch_size),
            validation=validation,
            epochs=epochs,
            limit=limit,
            patience=patience,
            path=path,
            marks=marks,
        )
        if path is not None and resume and path.exists():
            loop.load(path)
        training = [(module, module.training) for _, module in self.model.named_modules()]
        self.model.train()
        try:
            run.look_at_loss(X[:batch_size], y[:batch_size])
            with self.swapped.inside(self.model):
                return loop.run()
        finally:
            for module, before in training:
                module.training = before

    def evaluate(self, X: Any, y: Any) -> dict[str, float]:
        """Loss and metrics by name, of the model in evaluation, as means over the examples."""
        values = self.model.state_dict()
        X, y = examples.as_examples(X, y, self._dtype())
        return evaluate(self.model, values, self.loss, X, y, self.metrics)

    def predict(self, X: Any) -> Any:
        """Outputs of the model in evaluation, an ndarray with one row for each row of X."""
        return predict(self.model, self.model.state_dict(), np.asarray(X, self._dtype()))

    def use_backward(self, kind: str, backward: Any) -> Self:
        """Train on a backward function of your own, in all layers of a kind; returns the trainer.

        Its values are used as they come, right or wrong; the shapes must be right. After each step
        ``history.differences[kind]`` gets the largest difference to the reference, as a share of the
        reference's largest entry.

        Parameters
        ----------
        kind : str
            ``"affine"`` (called with dY, X, W), ``"relu"`` and other activations (dY, X), ``"dropout"`` (dY,
            mask), ``"batch_norm"`` and ``"layer_norm"`` (dY, cache, axis; for rows of features), ``"loss"``
            (output, target); an unknown one is answered with the list.
        backward : callable, or None
            Takes and returns plain arrays; `None` goes back to the engine's own.

        Examples
        --------
        >>> import numpy as np
        >>> from backprop_course import Trainer, mse_loss, nn, optim
        >>> def affine_backward(dY, X, W):
        ...     return dY @ W.T, X.T @ dY, dY.sum(axis=0)
        >>> model = nn.Linear(2, 1, rng=np.random.default_rng(0))
        >>> trainer = Trainer(model, mse_loss, optim.SGD(model.parameters(), lr=0.1), progress=False)
        >>> trainer = trainer.use_backward("affine", affine_backward)
        >>> history = trainer.fit(np.eye(2), np.eye(2)[:, :1], epochs=3)
        >>> max(history.differences["affine"]) < 1e-12
        True
        """
        self.swapped.put(kind, backward)
        return self

    def _dtype(self) -> Any:
        return np.result_type(*(p.dtype for p in self.model.parameters()))

    def __repr__(self) -> str:
        path = f", last run {self.path}" if self.path else ""
        return f"Trainer({type(self.model).__name__}, {self.optimizer!r}{path})"


def _limits(epochs: int | None, steps: int | None) -> tuple[Any, Any]:
    """How many steps and epochs at most; the one that was not given does not limit."""
    if (epochs is None) == (steps is None):
        raise UsageError(
            "How long to train is not clear.",
            expected="one of epochs=... and steps=...",
            got="none of them" if epochs is None else "both",
            mend="write fit(X, y, epochs=20), for example",
        )
    for name, value in (("epochs", epochs), ("steps", steps)):
        if value is not None and value < 0:
            raise _out_of_range(name, value)
    return (math.inf if steps is None else steps), (math.inf if epochs is None else epochs)


def _out_of_range(name: str, value: Any) -> UsageError:
    return UsageError(
        f"{name} is out of range.",
        expected="an integer from 1 on" if name == "batch_size" else "an integer from 0 on",
        got=repr(value),
        mend=f"look at the value of {name}",
    )
