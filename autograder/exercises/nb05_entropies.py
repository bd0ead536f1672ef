"""NB05: entropy, cross entropy and divergence."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..exercise import Exercise
from ..instances import made
from ..mistakes import M04, M06, M20, M32, M34, M36, Kind
from ..reference import values_of

LOG_OF_ZERO = Kind(
    "log-of-zero",
    "the logarithm of a zero probability is taken",
    "The numbers are nan where a probability is exactly 0.",
    "A limit is left to floating-point arithmetic.",
    "What cannot happen adds nothing: p log p goes to 0 with p. Leave such entries out before the logarithm "
    "is taken.",
    "NB05.W4",
)
KL_REVERSED = Kind(
    "divergence-reversed",
    "the two distributions have exchanged their roles",
    "The numbers are right after exchanging p and q.",
    "Something that is not symmetric is taken the other way round.",
    "Cross entropy and divergence average over what is true, p, and take the logarithm of what is believed, "
    "q. The order matters.",
    "NB05.W4",
)
BITS = Kind(
    "bits",
    "the logarithm has another base",
    "The ratio to the right numbers is a constant of the logarithm's base.",
    "The unit differs: bits or decimal digits in place of nats.",
    "The course measures in nats: the natural logarithm, base e.",
    "NB05.W4",
)


def _xlog(p: Any, q: Any, log: Any = np.log) -> Any:
    """Return p log q, and 0 where p is 0."""
    return np.where(p > 0, p * log(np.where(p > 0, q, 1.0)), 0.0)


def _entropies(p: Any, q: Any, total: Any = lambda a: a.sum(axis=-1), log: Any = np.log) -> Any:
    H, CE = -total(_xlog(p, p, log)), -total(_xlog(p, q, log))
    return H, CE, CE - H


def _careless(p: Any, q: Any) -> Any:
    return -(p * np.log(p)).sum(-1), -(p * np.log(q)).sum(-1), (p * np.log(p / q)).sum(-1)


def _distributions(*shape: int, zeros: int = 0) -> Any:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        p, q = rng.uniform(0.1, 1.0, size=(2, *shape))
        p[..., :zeros] = 0.0
        return {"p": p / p.sum(axis=-1, keepdims=True), "q": q / q.sum(axis=-1, keepdims=True)}

    return draw


def _certain(k: int) -> Any:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        return {**_distributions(k)(rng), "p": np.eye(k)[rng.integers(k)]}

    return draw


def _read_only(rng: np.random.Generator) -> dict[str, Any]:
    drawn: dict[str, Any] = _distributions(3, 5)(rng)
    for array in drawn.values():
        array.flags.writeable = False
    return drawn


entropy_ce_kl = Exercise(
    id="NB05.E05",
    answer="entropy_ce_kl(p: (k,), q: (k,)) -> H, CE, KL",
    reference=values_of(_entropies),
    instances=made(
        _distributions(3, 5),
        _distributions(6, 4),
        one_distribution=_distributions(5),
        one_distribution_of_two=_distributions(2),
        there_are_two_batch_axes=_distributions(2, 3, 4),
        p_has_a_zero=_distributions(5, zeros=1),
        p_has_zeros_in_each_row=_distributions(3, 5, zeros=2),
        p_is_certain=_certain(4),
        p_and_q_are_equal=lambda rng: {"p": np.full(4, 0.25), "q": np.full(4, 0.25)},
        the_inputs_are_read_only=_read_only,
    ),
    points=2,
    see="NB05.W4",
    mistakes=[
        LOG_OF_ZERO(_careless),
        KL_REVERSED(lambda p, q: (_entropies(p, q)[0], _entropies(p, q)[1], _entropies(q, p)[2])),
        KL_REVERSED(lambda p, q: (_entropies(p, q)[0], _entropies(q, p)[1], _entropies(q, p)[2])),
        KL_REVERSED(lambda p, q: (_entropies(p, q)[0], _entropies(q, p)[1], _entropies(p, q)[2])),
        KL_REVERSED(lambda p, q: _entropies(q, p)),
        BITS(lambda p, q: _entropies(p, q, log=np.log2)),
        BITS(lambda p, q: _entropies(p, q, log=np.log10)),
        M06.each(lambda g: -g),
        M06(lambda p, q: (*_entropies(p, q)[:2], _entropies(p, q)[0] + _entropies(p, q)[1])),
        M04(lambda p, q: _entropies(p, q, total=lambda a: a.mean(axis=-1))),
        M20(lambda p, q: _entropies(p, q, total=lambda a: a.sum(axis=0))),
        M32(lambda p, q: _entropies(p, q, total=np.sum)),
        M34(lambda p, q: tuple(_entropies(p, q)[i] for i in (0, 2, 1))),
        M34(lambda p, q: tuple(_entropies(p, q)[i] for i in (1, 0, 2))),
        M34(lambda p, q: tuple(_entropies(p, q)[i] for i in (2, 1, 0))),
        M36(lambda p, q: _entropies(p, q, total=lambda a: a.sum(axis=-1, keepdims=True))),
    ],
)
