"""The loop of `Trainer.fit`: epochs, batches, steps, and all that may happen between two of them."""

from __future__ import annotations

import copy
import dataclasses
import math
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import checkpoint
from .anomaly import first_bad
from .callbacks import listens
from .evaluation import evaluate
from .examples import Epochs
from .history import History
from .interrupts import Pressed, held_back
from .measures import Watch, next_look
from .progress import Bar
from .steps import Kept

if TYPE_CHECKING:
    from .steps import Steps
    from .trainer import Trainer


@dataclass
class Place:
    """Where a run is; with the arrays and the states of the generators all that a checkpoint needs."""

    epoch: int = 0  # complete ones
    step: int = 0  # in all
    within: int = 0  # steps of the epoch that is running
    examples: int = 0  # of that epoch, so far
    loss: float = 0.0  # sums over them
    metrics: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    waited: int = 0  # epochs without a better validation loss
    best_loss: float = math.inf
    next_look: int = 0  # the step at which norms are due


class Loop:
    """One call of `Trainer.fit`.

    Parameters
    ----------
    trainer : Trainer
    steps : Steps
        Holds the parameters while the run lasts.
    batches : Epochs
    validation : tuple of ndarray, or None
    epochs, limit : int
        How many epochs in all, and how many steps.
    patience : int or None
    path : Path or None
        Of the checkpoint.
    marks : dict
        What a checkpoint must agree in with this run.
    """

    def __init__(
        self,
        trainer: Trainer,
        steps: Steps,
        batches: Epochs,
        *,
        validation: tuple[Any, Any] | None,
        epochs: int,
        limit: int,
        patience: int | None,
        path: Path | None,
        marks: dict[str, Any],
    ) -> None:
        self.trainer, self.steps, self.batches = trainer, steps, batches
        self.validation, self.epochs, self.limit = validation, epochs, limit
        self.patience, self.path, self.marks = patience, path, marks
        self.history = trainer.history = History()
        self.place = Place()
        self.order: Any = None
        self.best: Kept | None = None
        self.watch = Watch(steps, trainer.swapped.pending.clear) if trainer.norms else None
        self.pressed = Pressed()
        self.since = 0.0  # when the epoch, or the rest of it, was begun
        self.on_step = listens(trainer.callbacks, "on_step")
        self.on_epoch = listens(trainer.callbacks, "on_epoch")
        self.unsaved = False

    # From the outside in: the run, an epoch, a step.

    def run(self) -> History:
        """Train until the end, or until something stops it."""
        bar = Bar(
            min(self.limit, self.epochs * self.batches.count), self.place.step, shown=self.trainer.progress
        )
        stop = any([self._told(f, self.history) for f in listens(self.trainer.callbacks, "on_start")])
        with held_back() as self.pressed, np.errstate(all="ignore"):
            try:
                while not stop and self._to_do():
                    stop = self._epoch(bar)
            except KeyboardInterrupt:  # where it could not be held back
                self.pressed.once = True
            finally:
                bar.close()
                if self.place.step:
                    self.history.path, self.history.why = self.steps.path, self.steps.why
                self.steps.show()
        if self.pressed:
            self.history.stopped = f"Ctrl-C in epoch {self.place.epoch + 1}, after {self.place.step} steps"
        if self.path and self.unsaved and not self.history.diverged:
            self.save(self.path)
        if self.place.step >= self.limit and self.place.within:
            self._record(self.trainer.optimizer.lr)  # what there was of the last epoch
        if self.best is not None:
            self.steps.put(self.best)
            self.steps.show()
        for f in listens(self.trainer.callbacks, "on_end"):
            f(self.trainer, self.history)
        if self.history.diverged:
            warnings.warn(f"Training stopped: {self.history.stopped}", RuntimeWarning, stacklevel=3)
        return self.history

    def _to_do(self) -> bool:
        waited_enough = self.patience is not None and self.place.waited >= self.patience
        return self.place.epoch < self.epochs and self.place.step < self.limit and not waited_enough

    def _epoch(self, bar: Bar) -> bool:
        """One epoch, or what is left of it; whether to stop."""
        place, steps, optimizer = self.place, self.steps, self.trainer.optimizer
        self.since = time.perf_counter()
        if place.within == 0:
            self.order = self.batches.draw(self.trainer.rng)
        self.batches.arrange(self.order)
        begun, kept = copy.copy(place), steps.keep()
        begun.metrics = dict(place.metrics)
        scheduled = any(callable(group["lr"]) for group in optimizer.param_groups)
        lr = optimizer.lr
        stop, metrics, swapped = False, self.trainer.metrics, self.trainer.swapped
        while place.within < self.batches.count and place.step < self.limit:
            X, y = self.batches.batch(place.within)
            lr = optimizer.lr if scheduled or self.on_step else lr
            if self.watch and place.step >= place.next_look:
                loss, out = self.watch.step(X, y, lr, place.step, self.history)
                place.next_look = next_look(place.step)
            else:
                loss, out = steps(X, y, lr)
            if swapped.own:
                swapped.commit(self.history)
            if loss - loss != 0:  # nan or infinite
                self._diverged(kept, begun)
                return True
            if place.step == 0:
                self.history.first_loss = loss
            n = len(X)
            place.loss += loss * n
            place.examples += n
            for name, metric in metrics.items():
                place.metrics[name] = place.metrics.get(name, 0.0) + float(metric(out, y)) * n
            place.within += 1
            place.step += 1
            optimizer.steps += 1
            self.unsaved = True
            bar.move(place.step, f"epoch {place.epoch + 1}, loss {place.loss / place.examples:.4g}")
            if self.on_step:
                steps.show()
                stop = any([self._told(f, place.step, loss) for f in self.on_step])
                steps.look_back()
            if stop or self.pressed:
                break
        if place.within < self.batches.count:  # a checkpoint can go on from here
            place.seconds += time.perf_counter() - self.since
            return True
        if not steps.is_finite():
            self._diverged(kept, begun)
            return True
        return self._finish_epoch(lr) or stop or bool(self.pressed)

    def _finish_epoch(self, lr: Any) -> bool:
        """Validate, record, tell and save; whether to stop."""
        place, history = self.place, self.history
        loss, val_loss = self._record(lr)
        self.trainer.optimizer.observe(loss if val_loss is None else val_loss)
        place.epoch += 1
        place.within = place.examples = 0
        place.loss = place.seconds = 0.0
        place.metrics = {}
        if self.patience is not None and val_loss is not None:
            self._compare(val_loss)
        stop = False
        if self.on_epoch:
            self.steps.show()
            stop = any([self._told(f, history) for f in self.on_epoch])
            self.steps.look_back()
        if self.path:
            self.save(self.path)
        return stop

    def _record(self, lr: Any) -> tuple[float, float | None]:
        """Validate, and enter the epoch into the history; its loss and validation loss."""
        place = self.place
        metrics = {name: total / place.examples for name, total in place.metrics.items()}
        val_loss = None
        if self.validation is not None:
            steps, metrics_of = self.steps, self.trainer.metrics
            found = evaluate(steps.model, steps.all_values, steps.loss, *self.validation, metrics_of)
            val_loss = found.pop("loss")
            metrics |= {f"val_{name}": value for name, value in found.items()}
        loss = place.loss / place.examples
        place.seconds += time.perf_counter() - self.since
        self.history.record(loss=loss, lr=lr, seconds=place.seconds, val_loss=val_loss, metrics=metrics)
        return loss, val_loss

    def _compare(self, val_loss: float) -> None:
        """Keep the best weights so far; a nan is never better."""
        place, history = self.place, self.history
        if val_loss < place.best_loss:
            place.best_loss, place.waited = val_loss, 0
            self.best, history.best_epoch = self.steps.keep(weights_only=True), place.epoch
        else:
            place.waited += 1
            if place.waited >= (self.patience or 0):
                history.stopped = f"no better validation loss for {place.waited} epochs"

    def _told(self, callback: Any, *args: Any) -> bool:
        """Call a callback; whether it wants to stop, and then its words are kept."""
        answer = callback(self.trainer, *args)
        if answer:
            self.history.stopped = answer if isinstance(answer, str) else "a callback asked for it"
        return bool(answer)

    # When numbers go bad.

    def _diverged(self, kept: Kept, begun: Place) -> None:
        """Go back to the last good parameters, by running the epoch again, and name what went bad.

        Nothing of this costs the steps before anything: one copy of the parameters for each epoch is enough.
        """
        steps, optimizer = self.steps, self.trainer.optimizer
        failed = self.place.step
        self.steps.put(kept)
        optimizer.steps -= failed - begun.step
        self.place = place = begun
        while True:
            X, y = self.batches.batch(place.within)
            lr, before = optimizer.lr, steps.keep()
            loss, _ = steps(X, y, lr)
            if not math.isfinite(loss) or not steps.is_finite() or place.step >= failed:
                break
            place.within += 1
            place.step += 1
            place.examples += len(X)
            place.loss += loss * len(X)
            optimizer.steps += 1
        steps.put(before)
        what = f"the loss is {loss:g}" if not math.isfinite(loss) else "the parameters are not finite"
        where = f"at step {place.step + 1}, in epoch {place.epoch + 1}"
        self.history.diverged = True
        self.history.stopped = f"{what} {where}: {first_bad(steps, X, y, lr)}"
        steps.put(before)

    # Checkpoints.

    def save(self, path: Path) -> None:
        """Write a checkpoint of this very moment."""
        self.steps.show()
        trainer = self.trainer
        arrays = {f"model/{name}": a for name, a in trainer.model.state_dict().items()}
        arrays |= {f"optimizer/{name}": a for name, a in trainer.optimizer.state_dict().items()}
        if self.best is not None:
            arrays |= {f"best/{name}": a for name, a in self.best.arrays().items()}
        if self.order is not None:
            arrays["order"] = self.order
        facts = {
            "marks": self.marks,
            "place": dataclasses.asdict(self.place),
            "history": self.history.facts(),
            "rng": trainer.rng.bit_generator.state,
            "generators": self.steps.generator_states(),
        }
        checkpoint.write(path, arrays, facts)
        self.unsaved = False

    def load(self, path: Path) -> None:
        """Take up a run where its checkpoint left it."""
        trainer = self.trainer
        arrays, facts = checkpoint.read(path)
        checkpoint.compare(path, facts["marks"], self.marks)
        parts: dict[str, dict[str, Any]] = {"model": {}, "optimizer": {}, "best": {}, "order": {}}
        for key, array in arrays.items():
            kind, _, name = key.partition("/")
            parts[kind][name] = array
        trainer.model.load_state_dict(parts["model"])
        trainer.optimizer.load_state_dict(parts["optimizer"])
        trainer.rng.bit_generator.state = facts["rng"]
        self.steps.set_generators(facts["generators"])
        self.steps.reload()
        self.best = Kept.of(parts["best"]) if parts["best"] else None
        self.order = parts["order"].get("")
        self.place = Place(**facts["place"])
        self.history = trainer.history = History.from_facts(facts["history"])
        if self._to_do():
            self.history.stopped = ""
