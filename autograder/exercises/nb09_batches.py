"""NB09: batches, initial weights and dropout, all of which draw at random."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..exercise import Exercise
from ..instances import made
from ..mistakes import M25, Kind
from ..reference import answered_by

REST_DROPPED = Kind(
    "rest-dropped",
    "the examples that do not fill a batch are left out",
    "A batch is missing, and with it some examples.",
    "A loop ends too early.",
    "The number of examples need not be a multiple of the batch size. What is left at the end makes a "
    "shorter batch.",
    "NB09.W1",
)
REST_FILLED_UP = Kind(
    "rest-filled-up",
    "the last batch is filled up with examples that had their turn",
    "All batches have the same length, and some examples come twice.",
    "The end of the data is treated as if there were more.",
    "An epoch shows every example once. What is left at the end makes a shorter batch.",
    "NB09.W1",
)
REST_FIRST = Kind(
    "rest-first",
    "the short batch comes first",
    "The lengths are right but for their order.",
    "The remainder is taken at the wrong end.",
    "The full batches come first; what is left over makes the last one.",
    "NB09.W1",
)
EMPTY_BATCH = Kind(
    "empty-batch",
    "an empty batch follows where the size divides the number of examples",
    "There is one batch too many, of length 0.",
    "The number of batches is off by one in a special case.",
    "Where nothing is left over there is no further batch: a mean over no examples is not a number.",
    "NB09.W1",
)
SHUFFLED_APART = Kind(
    "shuffled-apart",
    "rows and labels are shuffled apart",
    "Every row is there and every label is there, but they do not belong together.",
    "Two orders are drawn where one is needed.",
    "Draw one order of the indices, and take rows and labels by it. A row without its own label teaches "
    "nothing.",
    "NB09.W1",
)
NEVER_SHUFFLED = Kind(
    "never-shuffled",
    "the examples come in the order in which they are stored",
    "The first batch holds the first examples, in every epoch.",
    "Chance is missing from the order.",
    "Data are often sorted by class. Draw a new order of the indices at the start of each epoch.",
    "NB09.W1",
)
WITH_REPLACEMENT = Kind(
    "with-replacement",
    "examples are drawn with replacement",
    "Some examples come several times in an epoch, some never.",
    "A draw takes the place of an order.",
    "An epoch is a permutation: every example has exactly one turn.",
    "NB09.W1",
)
OWN_CHANCE = Kind(
    "own-chance",
    "the generator that is handed in is not used",
    "The same seed gives other numbers, or the next call gives the same ones.",
    "Chance comes from another source.",
    "All randomness comes from the generator that the caller hands in: then a run can be repeated, and the "
    "next draw is a new one.",
    "NB09.W1",
)

Rng = np.random.Generator


def _batches(X: Any, y: Any, starts: Any, size: int, rows: Any, labels: Any) -> Iterator[tuple[Any, Any]]:
    for start in starts:
        yield X[rows[start : start + size]], y[labels[start : start + size]]


def _minibatches(X: Any, y: Any, size: int, rng: Rng) -> Iterator[tuple[Any, Any]]:
    order = rng.permutation(len(X))
    return _batches(X, y, range(0, len(X), size), size, order, order)


def _by(orders: Any) -> Any:
    """Return batches by two orders, of rows and of labels."""
    return lambda X, y, size, rng: _batches(X, y, range(0, len(X), size), size, *orders(len(X), size, rng))


def _twice(order: Any) -> tuple[Any, Any]:
    return order, order


def _without_rest(X: Any, y: Any, size: int, rng: Rng) -> Any:
    order = rng.permutation(len(X))
    return _batches(X, y, range(0, len(X) - size + 1, size), size, order, order)


def _one_more(X: Any, y: Any, size: int, rng: Rng) -> Any:
    order = rng.permutation(len(X))
    return _batches(X, y, [i * size for i in range(len(X) // size + 1)], size, order, order)


def _short_one_first(X: Any, y: Any, size: int, rng: Rng) -> Any:
    order = rng.permutation(len(X))
    cuts = list(range(len(X) % size, len(X), size))
    for rows in np.split(order, cuts if cuts and cuts[0] else cuts[1:]):
        yield X[rows], y[rows]


def _in_place(X: Any, y: Any, size: int, rng: Rng) -> Any:
    order = rng.permutation(len(X))
    X[:], y[:] = X[order], y[order]
    for i in range(0, len(X), size):
        yield X[i : i + size].copy(), y[i : i + size].copy()


def _filled_up(X: Any, y: Any, size: int, rng: Rng) -> Any:
    order = np.resize(rng.permutation(len(X)), -(-len(X) // size) * size)
    return _batches(X, y, range(0, len(order), size), size, order, order)


def _examples(N: int, d: int, size: int) -> Any:
    def draw(rng: Rng) -> dict[str, Any]:
        # Labels that are all different tell whose they are. So many rows that chance repeats no order.
        X, y = rng.standard_normal((N, d)), rng.permutation(N).astype(float)
        return {"X": X, "y": y, "size": size, "seed": int(rng.integers(1 << 30))}

    return draw


minibatches = Exercise(
    id="NB09.E01",
    answer="minibatches(X, y, size, rng)",
    probe="nb09.epoch(X: (N, d), y: (N,), size, seed) -> sizes, each_example_once, labels_stay_with_rows, "
    "order_is_shuffled, next_epoch_differs, same_seed_same_order",
    reference=answered_by(_minibatches),
    instances=made(
        _examples(41, 3, 6),
        _examples(53, 4, 7),
        the_size_divides_the_number_of_examples=_examples(40, 3, 8),
        a_batch_is_one_example=_examples(30, 4, 1),
        a_batch_is_everything=_examples(36, 2, 36),
        there_are_fewer_examples_than_a_batch_holds=_examples(33, 2, 50),
    ),
    points=2,
    see="NB09.W1",
    mistakes=[
        REST_DROPPED(_without_rest),
        REST_FILLED_UP(_filled_up),
        REST_FIRST(_short_one_first),
        EMPTY_BATCH(_one_more),
        SHUFFLED_APART(_by(lambda N, size, rng: (rng.permutation(N), rng.permutation(N)))),
        SHUFFLED_APART(_by(lambda N, size, rng: (rng.permutation(N), np.arange(N)))),
        SHUFFLED_APART(_by(lambda N, size, rng: (np.arange(N), rng.permutation(N)))),
        NEVER_SHUFFLED(_by(lambda N, size, rng: _twice(np.arange(N)))),
        WITH_REPLACEMENT(_by(lambda N, size, rng: _twice(rng.integers(N, size=N)))),
        OWN_CHANCE(_by(lambda N, size, rng: _twice(np.random.default_rng(0).permutation(N)))),
        OWN_CHANCE(_by(lambda N, size, rng: _twice(np.random.default_rng().permutation(N)))),
        M25(_in_place),
    ],
)
