"""The trace of the distribution bars: entropy, cross entropy, divergence, and each outcome's share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .. import kl_divergence
from ..engine.drawing.text import number_text
from ..errors import UsageError
from ._pulls import three

Trace = dict[str, Any]

MOST = 12  # more bars than these cannot be dragged apart
SENTENCES = {
    "gap": "H(p) = {H}, CE(p, q) = {CE}, KL(p, q) = {KL} nats: CE is longer than H by the divergence.",
    "equal": "H(p) = {H}, CE(p, q) = {CE}, KL(p, q) = {KL} nats: q is p, and nothing is paid beyond H.",
    "infinite": "H(p) = {H}; CE(p, q) and KL(p, q) are infinite: q calls {never} impossible, "
    "and it happens with probability {p_never}.",
    "chosen": "At {name}: p = {p}, q = {q}; this adds {share} to CE.",
    "exchanged": "With p and q exchanged the divergence is KL(q, p) = {exchanged}.",
}
CODE = """import numpy as np
from backprop_course import kl_divergence

p = np.array({p})
q = np.array({q})

H = -np.sum(p * np.log(np.where(p > 0, p, 1)))  # where p is 0, nothing is added
KL = kl_divergence(p, q, reduction="none")
print(H, H + KL, KL)
"""


def trace_distributions(p: Any, q: Any, names: Any = None) -> Trace:
    """Return entropy, cross entropy and divergence of two distributions, and what each outcome adds.

    Parameters
    ----------
    p, q : array_like, shape (k,)
        What is true and what is believed, k from 2 to 12; not below 0, and scaled to add up to 1.
    names : sequence of str, optional
        Of the outcomes; they are counted from 1 without any.

    Returns
    -------
    dict
        ``p``, ``q`` (scaled), ``H``, ``CE``, ``KL`` (floats, None where infinite), ``shares`` (each outcome's
        part of the cross entropy, None where infinite), their texts, ``names``, and ``kind``, which sentence
        is true.

    Raises
    ------
    UsageError
        If p or q are no distributions, or p, q and names differ in length.
    """
    p, q = distribution(p, "p"), distribution(q, "q")
    if p.shape != q.shape:
        raise UsageError(
            "p and q are about the same outcomes.",
            expected="two distributions of one length",
            got=f"{p.size} and {q.size} entries",
            mend="give as many entries to q as to p",
        )
    if names is None:
        names = [f"outcome {i + 1}" for i in range(p.size)]
    called = [str(name) for name in names] if isinstance(names, Iterable) else []
    if len(called) != p.size:
        raise UsageError(
            "Each outcome has one name.",
            expected=f"{p.size} names",
            got=f"{len(called)} names",
            mend="give as many names as p has entries, or none",
        )
    surprise = _times_log(p, q)
    H = float(np.sum(_times_log(p, p)))
    KL, exchanged = divergence(p, q), divergence(q, p)
    never = int(np.argmax((p > 0) & (q == 0)))
    kind = "infinite" if np.isinf(KL) else "equal" if np.allclose(p, q, rtol=0, atol=5e-7) else "gap"
    return {
        "error": "",
        "p": p.tolist(),
        "q": q.tolist(),
        "H": H,
        "CE": _finite(H + KL),
        "KL": _finite(KL),
        "shares": [_finite(v) for v in surprise],
        "kind": kind,
        "names": called,
        "texts": {
            "H": three(H),
            "CE": three(H + KL),
            "KL": three(KL),
            "exchanged": three(exchanged),
            "never": called[never],
            "p_never": three(p[never]),
        },
        "p_texts": [three(v) for v in p],
        "q_texts": [three(v) for v in q],
        "share_texts": [three(v) for v in surprise],
    }


def divergence(p: Any, q: Any) -> float:
    """Return KL of two distributions, infinite where q is 0 and p is not."""
    with np.errstate(divide="ignore"):
        found = float(kl_divergence(p, q, reduction="none"))
    return max(found, 0.0)  # rounding can take it below


def moved(entries: Any, place: int, to: float) -> list[float]:
    """Return a distribution with one entry set, and the others scaled so that all add up to 1.

    Where the others are all 0, they share what is left equally.

    Examples
    --------
    >>> moved([0.5, 0.25, 0.25], 0, 0.2)
    [0.2, 0.4, 0.4]
    >>> moved([1.0, 0.0, 0.0], 0, 0.5)
    [0.5, 0.25, 0.25]
    """
    kept = np.array(entries, dtype=float)
    kept[place] = 0.0
    if kept.sum() == 0:
        kept[:] = 1.0
        kept[place] = 0.0
    to = min(max(float(to), 0.0), 1.0)
    kept *= (1 - to) / kept.sum()
    kept[place] = to
    return [float(v) for v in kept]


def distribution(entries: Any, name: str) -> Any:
    """Return entries scaled to add up to 1, or refuse them with a UsageError."""
    try:
        values = np.asarray(entries, dtype=float)
        got = f"shape {values.shape}"
        if values.ndim == 1 and 2 <= values.size <= MOST:
            got = f"{name} = [{', '.join(number_text(v) for v in values)}]"
            if np.isfinite(values).all() and (values >= 0).all() and 0 < values.sum() < np.inf:
                return values / values.sum()
    except (TypeError, ValueError):
        got = repr(entries)[:60]
    raise UsageError(
        f"{name} is no distribution.",
        expected=f"2 to {MOST} finite numbers, none below 0 and one above",
        got=got,
        mend=f"write {name}=[0.5, 0.3, 0.2], for example",
    )


def look_up(run: Trace, place: int) -> str:
    """Return what is said when the outcome at `place`, counted from 0, is looked at."""
    chosen = SENTENCES["chosen"].format(
        name=run["names"][place],
        p=run["p_texts"][place],
        q=run["q_texts"][place],
        share=run["share_texts"][place],
    )
    texts = run["texts"]
    exchanged = SENTENCES["exchanged"].format(**texts)
    return f"{SENTENCES[run['kind']].format(**texts)}\n{chosen} {exchanged}"


def _times_log(p: Any, q: Any) -> Any:
    with np.errstate(divide="ignore"):
        return np.where(p > 0, -p * np.log(np.where(p > 0, q, 1.0)), 0.0) + 0.0


def _finite(x: float) -> float | None:
    return float(x) if np.isfinite(x) else None
