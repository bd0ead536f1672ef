"""The trace of the chained arrows: a nudge through the links of a chain, and a slope back through them.

For one place of the input it holds every direction of the nudge, so that the browser turns the arrow alone.
Values are numbers or pairs of numbers: what can be drawn on a line or in a plane.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from itertools import pairwise, product
from typing import Any

import numpy as np

from ..derivatives import jacobian
from ..engine.drawing.text import shape_text
from ..errors import CourseError, UsageError
from ._failures import failure, name_of
from ._live import Trace, decimals, rounded
from ._pulls import pair_text, three

Links = Sequence[Callable[..., Any]]

MOST = 5  # links
DEGREES = {1: [0, 180], 2: list(range(0, 360, 15))}  # by the number of entries
WAYS = {
    entries: [[float(np.cos(a)), float(np.sin(a))][:entries] for a in np.deg2rad(degrees)]
    for entries, degrees in DEGREES.items()
}
_SUBSCRIPTS = "₁₂₃₄₅"
_DOT, _BAR = "\u0307", "\u0304"


def layer(x: Any) -> Any:
    """Return the activations of two units."""
    return np.tanh(np.array([[1.2, -0.5], [0.4, 0.9]]) @ x)


def loss(a: Any) -> Any:
    """Return half the squared distance to a target."""
    return np.sum((a - np.array([0.6, -0.2])) ** 2) / 2


_EXAMPLE = """
def layer(x):
    return np.tanh(np.array([[1.2, -0.5], [0.4, 0.9]]) @ x)

def loss(a):
    return np.sum((a - np.array([0.6, -0.2])) ** 2) / 2
"""
_CODE = """import numpy as np
from backprop_course import jvp, vjp
{definitions}
links = {links}
x = np.array({x})
nudge = {size} * np.array({way})
slope = np.array({bar})  # on the way back

def chain(x):
    for link in links:
        x = link(x)
    return x

out, predicted = jvp(chain, (x,), (nudge,))
_, pull = vjp(chain, x)
print(predicted, chain(x + nudge) - out, *pull(slope))
"""


def marked(name: str, mark: str) -> str:
    """Return a name with a dot or a bar above its first letter."""
    return unicodedata.normalize("NFC", name[0] + mark + name[1:])


def names_of(names: Any, links: int) -> list[str]:
    """Return the names of all values of a chain, or refuse them with a UsageError."""
    if names is None:
        return ["x", "z"] if links == 1 else list("xyzuvw")[: links + 1]
    given = list(names) if isinstance(names, Sequence) else []
    if len(given) == links + 1 == len(set(map(str, given))):
        if all(isinstance(name, str) and 0 < len(name) <= 8 for name in given):
            return given
    raise UsageError(
        "Each value of the chain has a name of its own.",
        expected=f"{links + 1} different texts of up to 8 letters, the input's first",
        got=repr(names)[:60],
        mend=f"write names={tuple('xyzuvw'[: links + 1])!r}, for example, or leave them out",
    )


def links_of(links: Any) -> list[Callable[..., Any]]:
    """Return the links as a list of functions, or refuse them with a UsageError."""
    given = list(links) if isinstance(links, Sequence) and not isinstance(links, str) else []
    if 0 < len(given) <= MOST and all(map(callable, given)):
        return given
    raise UsageError(
        "The chain is a list of functions, each of which takes what the one before returns.",
        expected=f"1 to {MOST} functions",
        got=f"{len(given)} entries" if given else repr(links)[:60],
        mend="write ChainedArrows([np.square, np.sin], 0.8), for example",
    )


def value_of(value: Any, whose: str) -> Any:
    """Return a number or a pair of numbers as an array of floats, or refuse it with a UsageError."""
    try:
        array = np.asarray(value, dtype=float)
        got = f"shape {shape_text(array.shape)}"
    except (TypeError, ValueError):
        array, got = np.empty(0), repr(value)[:60]
    if array.ndim > 1 or array.size not in (1, 2):
        raise UsageError(
            f"{whose} cannot be drawn on a line or in a plane.",
            expected="a number, or an array of one or two numbers",
            got=got,
            mend="make the chain of functions of one or two numbers, or use JacobianBuilder",
        )
    if not np.isfinite(array).all():
        raise UsageError(
            f"{whose} is not finite.",
            expected="finite numbers",
            got=", ".join(decimals(v, 3) for v in array.ravel()),
            mend="choose another x",
        )
    return array


def symbols(links: int) -> Trace:
    """Return how the Jacobians and the products of the first and of the last ones are written."""
    each = [f"J{_SUBSCRIPTS[i]}" if links > 1 else "J" for i in range(links)]
    return {
        "each": each,
        "forward": ["", *(" ".join(each[k - 1 :: -1]) for k in range(1, links + 1))],
        "back": ["", *(" ".join(each[: -k - 1 : -1]) for k in range(1, links + 1))],
    }


def sentences_of(links: Links, names: Sequence[str]) -> dict[str, list[str]]:
    """Return what is said after each number of links, with places to fill; both ways."""
    n, signs = len(links), symbols(len(links))
    dots, bars = ([marked(name, mark) for name in names] for mark in (_DOT, _BAR))
    forward = [f"At {names[0]} = {{value}} the nudge is {dots[0]} = {{tip}}. It has passed no link yet."]
    back = [f"The way back begins at {names[-1]} = {{value}} with {bars[-1]} = {{bar}}: no link passed yet."]
    for k in range(1, n + 1):
        forward.append(
            f"Link {k} of {n}, {_called(links[k - 1])}: {dots[k]} = {signs['each'][k - 1]} {dots[k - 1]} = "
            f"{{tip}}. Really {names[k]} moves by {{moved}}."
        )
        i = n - k
        back.append(
            f"Back through link {i + 1} of {n}, {_called(links[i])}: {bars[i]} = {signs['each'][i]}ᵀ "
            f"{bars[i + 1]} = {{bar}}."
        )
    if n > 1:
        forward[n] += (
            f"\n{signs['forward'][n]}, the Jacobian of the whole chain, takes {dots[0]} there at once."
        )
    back[n] += f"\n{bars[0]} · {dots[0]} = {{meets}} = {bars[n]} · {dots[n]}: both ways predict the same."
    return {"forward": forward, "back": back}


def frame_arrows(links: Any, x: Any, names: Any = None, view: Any = None) -> Trace:
    """Return what stays while the input and the nudge move: names, sentences, how far each plot goes.

    Parameters
    ----------
    links : sequence of callable
        Up to five functions, each of a number or a pair of numbers.
    x : float or array_like of one or two floats
    names : sequence of str, optional
        Of the input and of each link's value.
    view : pair of floats, or pair of such pairs, optional
        From where to where the input goes.

    Returns
    -------
    dict
        ``error`` says why there is nothing to see, in place of all else.

    Raises
    ------
    UsageError
        If links, names or view are none.
    """
    links = links_of(links)
    names = names_of(names, len(links))
    try:
        start = value_of(x, "The input")
    except CourseError as error:
        return {"error": str(error), "title": ""}
    bounds = view_of(view, start)
    try:
        with np.errstate(all="ignore"):
            values = values_of(links, names, start)
    except Exception as error:  # the learner's functions may raise anything: the widget says what it was
        return {"error": failure(error, *links), "title": ""}
    entries = [value.size for value in values]
    heads = [
        names[0],
        *(f"{name} = {_called(f)}({of})" for f, (of, name) in zip(links, pairwise(names), strict=True)),
    ]
    return {
        "error": "",
        "title": f"A nudge on its way: {' → '.join(names)}",
        "names": names,
        "dots": [marked(name, _DOT) for name in names],
        "bars": [marked(name, _BAR) for name in names],
        "heads": heads,
        "entries": entries,
        "bounds": bounds,
        "views": _views(links, names, values, bounds),
        "symbols": symbols(len(links)),
        "sentences": sentences_of(links, names),
        "inCode": {"way": [str(_plain(np.reshape(way, start.shape))) for way in WAYS[entries[0]]]},
    }


def trace_arrows(links: Any, x: Any, nudge: float = 0.4, bar: float = 0.0, names: Any = None) -> Trace:
    """Carry every direction of a nudge through a chain, and one cotangent back.

    Parameters
    ----------
    links : sequence of callable
        Up to five functions, each of a number or a pair of numbers.
    x : float or array_like of one or two floats
    nudge : float
        Length of the nudge.
    bar : float
        Direction of the last value's cotangent in degrees. Its length is 1; of a number it is 1 itself.
    names : sequence of str, optional
        Of the input and of each link's value.

    Returns
    -------
    dict
        For the input and each value: ``values``, ``bars`` (cotangents, as shares of the longest), and for
        each of ``WAYS`` ``tips`` (what the Jacobians predict) and ``moved`` (what really happens; nothing for
        the input, None where that is not finite); ``texts`` of all these; ``jacobians`` of the links and the
        products ``forward`` and ``back``, written; ``meets`` (the inner product of nudge and cotangent at the
        input); ``code`` with a place for the way. ``error`` says why there is nothing to see, in place of
        all else.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course.widgets import trace_arrows
    >>> run = trace_arrows([np.square, np.sin], 0.8, nudge=0.2)
    >>> [text[0] for text in run["texts"]["tips"]], [text[0] for text in run["texts"]["moved"][1:]]
    (['0.200', '0.320', '0.257'], ['0.360', '0.244'])
    """
    links = links_of(links)
    names = names_of(names, len(links))
    try:
        with np.errstate(all="ignore"):
            return _run(links, names, value_of(x, "The input"), nudge, bar)
    except Exception as error:  # the learner's functions may raise anything: the widget says what it was
        return {"error": failure(error, *links)}


def look_up(trace: Trace, run: Trace, mode: str, passed: int, way: int) -> str:
    """Return what is said after some links; the browser fills the same places."""
    texts = run["texts"]
    at = passed if mode == "forward" else -1 - passed
    return str(trace["sentences"][mode][passed]).format(
        value=texts["values"][at],
        tip=texts["tips"][at][way],
        moved=texts["moved"][at][way] if texts["moved"][at] else "",
        bar=texts["bars"][at],
        meets=texts["meets"][way],
    )


def values_of(links: Links, names: Sequence[str], x: Any) -> list[Any]:
    """Return the input and the value of each link, all of which can be drawn and are finite."""
    values = [x]
    for f, name in zip(links, names[1:], strict=True):
        values.append(value_of(f(values[-1]), f"{name} = {_called(f)}"))
    return values


def _run(links: Links, names: Sequence[str], x: Any, nudge: float, bar: float) -> Trace:
    values = values_of(links, names, x)
    jacobians = [
        _jacobian(f, value, after) for f, value, after in zip(links, values, values[1:], strict=False)
    ]
    ways = nudge * np.array(WAYS[x.size])
    tips, products = [ways], [np.eye(x.size)]
    for J in jacobians:
        tips.append(tips[-1] @ J.T)
        products.append(J @ products[-1])
    angle = np.deg2rad(bar)
    bars = [np.array([np.cos(angle), np.sin(angle)]) if values[-1].size == 2 else np.ones(1)]
    back = [np.eye(values[-1].size)]
    for J in reversed(jacobians):
        bars.insert(0, bars[0] @ J)
        back.append(back[-1] @ J)
    moved = [_moved(links, values, way) for way in ways]  # for each way, then for each value
    longest = max(float(np.linalg.norm(b)) for b in bars) or 1.0
    return {
        "error": "",
        "values": [rounded(v) for v in values],
        "tips": [[rounded(tip) for tip in of] for of in tips],
        "moved": [[_seen(of[k]) for of in moved] if k else [] for k in range(len(values))],
        "bars": [rounded(b / longest) for b in bars],
        "texts": {
            "values": [_text(v) for v in values],
            "tips": [[_text(tip) for tip in of] for of in tips],
            "moved": [[_text(of[k]) for of in moved] if k else [] for k in range(len(values))],
            "bars": [_text(b) for b in bars],
            "meets": [three(bars[0] @ way) for way in ways],
        },
        "jacobians": [_table(J) for J in jacobians],
        "forward": [[], *map(_table, products[1:])],
        "back": [[], *map(_table, back[1:])],
        "code": _code(links, x, nudge, bars[-1].reshape(values[-1].shape)),
    }


def _jacobian(f: Callable[..., Any], value: Any, after: Any) -> Any:
    """Return the Jacobian of a link as a matrix."""
    J = np.asarray(jacobian(f)(value), dtype=float).reshape(after.size, value.size)
    if not np.isfinite(J).all():
        raise UsageError(
            f"The Jacobian of {_called(f)} is not finite at {_text(value)}.",
            expected="finite slopes",
            got=", ".join(decimals(v, 3) for v in J.ravel()),
            mend="choose another x",
        )
    return J


def _moved(links: Links, values: Sequence[Any], way: Any) -> list[Any]:
    """Return by how much each value really moves."""
    at = values[0] + way.reshape(values[0].shape)
    moved = [way]
    for f, value in zip(links, values[1:], strict=True):
        at = np.asarray(f(at), dtype=float)
        moved.append((at - value).ravel())
    return moved


def _views(links: Links, names: Sequence[str], values: Sequence[Any], bounds: Any) -> list[Any]:
    """Return from where to where each plot goes: wide enough for all places of the input, as wide as high."""
    places = [np.linspace(low, high, 13) for low, high in bounds]
    reached = [[np.ravel(value)] for value in values]
    for place in product(*places):
        try:
            with np.errstate(all="ignore"):
                found = values_of(links, names, np.reshape(place, values[0].shape))
        except Exception:  # a learner's function may raise anything: it does not reach this far
            continue
        for known, value in zip(reached, found, strict=True):
            known.append(value.ravel())
    return [_view_around(np.array(of)) for of in reached]


def _view_around(reached: Any) -> list[list[float]]:
    """Return a view of all values but those that are very far out; the first one is always in it."""
    low, high = reached.min(axis=0), reached.max(axis=0)
    core = np.quantile(reached, [0.1, 0.9], axis=0)
    if (high - low > 10 * (core[1] - core[0])).any():
        low, high = np.minimum(core[0], reached[0]), np.maximum(core[1], reached[0])
    half = 0.56 * (float(np.max(high - low)) or 1.0)
    return [[float(f"{m - half:.3g}"), float(f"{m + half:.3g}")] for m in (low + high) / 2]


def view_of(view: Any, x: Any) -> list[list[float]]:
    """Return from where to where each entry of the input goes, or refuse the view with a UsageError."""
    if view is None:
        middles = [round(float(v)) for v in x.ravel()]
        return [[m - 2.0, m + 2.0] for m in middles]
    try:
        bounds = np.asarray(view, dtype=float).reshape(-1, 2)
        if len(bounds) == x.size and np.isfinite(bounds).all() and (bounds[:, 0] < bounds[:, 1]).all():
            sides = zip(bounds, x.ravel(), strict=True)
            return [[float(min(low, v)), float(max(high, v))] for (low, high), v in sides]
    except (TypeError, ValueError):
        pass
    pair = "(low, high)" if x.size == 1 else "((low, high), (low, high))"
    raise UsageError(
        "The chain needs a view of its input.",
        expected=f"{pair} of finite numbers",
        got=repr(view)[:60],
        mend=f"write view={'(0, 2)' if x.size == 1 else '((-1, 1), (-1, 1))'}, for example, or leave it out",
    )


def _seen(values: Any) -> list[float | None] | None:
    return rounded(values) if np.isfinite(values).all() else None


def _called(f: Callable[..., Any]) -> str:
    return name_of(f)[:20]


def _text(values: Any) -> str:
    values = np.ravel(values)
    return three(values[0]) if values.size == 1 else pair_text(values)


def _table(J: Any) -> list[list[str]]:
    return [[three(v) for v in row] for row in J]


def _plain(values: Any) -> Any:
    return (np.round(values, 8) + 0.0).tolist()


def _code(links: Links, x: Any, nudge: float, bar: Any) -> str:
    names = [name_of(f) for f in links]
    known = all(name.isidentifier() for name in names)
    code = _CODE.replace("{definitions}", _EXAMPLE if list(links) == [layer, loss] else "")
    code = code.replace(
        "{links}", f"[{', '.join(names)}]" if known else "[...]  # the functions of your chain"
    )
    code = code.replace("{x}", str(x.tolist())).replace("{size}", f"{nudge:.6g}")
    return code.replace("{bar}", str(_plain(bar)))
