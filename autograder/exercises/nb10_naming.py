"""NB10: giving a wrong gradient the name of its mistake."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..exercise import Exercise
from ..instances import made
from ..mistakes import Kind
from ..reference import answered_by

BY_SHAPE = Kind(
    "guessed-by-shape",
    "the name is guessed from the shape alone",
    "Mistakes that keep the shape all get one name.",
    "Too little is compared.",
    "A shape can rule a mistake out. Only the numbers tell which of the others it is.",
    "NB10.W2",
)
EXACTLY = Kind(
    "compared-exactly",
    "numbers are compared for exact equality",
    "Gradients that differ by rounding get no name.",
    "A comparison has no tolerance.",
    "The same formula written in another order rounds differently. Compare with a relative tolerance.",
    "NB10.W2",
)
TOO_TOLERANT = Kind(
    "too-tolerant",
    "the tolerance is so wide that neighbours are mixed up",
    "A gradient gets the name of a mistake that gives nearly the same numbers.",
    "A setting of a comparison is too weak.",
    "Rounding changes the tenth digit or so. A tolerance of a per cent lets other mistakes in.",
    "NB10.W2",
)
NEAREST = Kind(
    "nearest-always",
    "the nearest mistake is named, however far it is",
    "A gradient that no mistake explains, or a right one, gets a name all the same.",
    "A search has no bound.",
    "A name is a claim. Give one only where the numbers agree, else say that there is none.",
    "NB10.W2",
)
RIGHT_UNNOTICED = Kind(
    "right-one-unnoticed",
    "a right gradient is not told from a wrong one",
    "The right gradient gets a name.",
    "The first question is left out.",
    "Compare with the right gradient first. Where it agrees, there is no mistake to name.",
    "NB10.W2",
)
BY_RATIO = Kind(
    "by-one-number",
    "one number of the gradient is compared instead of all",
    "Mistakes that agree in one entry, or in a sum, are mixed up.",
    "Too little is compared.",
    "Two arrays are the same when every entry is.",
    "NB10.W2",
)


def _close(a: Any, b: Any, rtol: float = 1e-6) -> bool:
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=rtol, atol=1e-9))


def _named(close: Any = _close, right_first: bool = True) -> Any:
    """Return the function that names mistakes, or one with a slip in it."""

    def name_the_mistake(student_grad: Any, problem: Any) -> str:
        if right_first and close(student_grad, problem.reference):
            return "none"
        return next((c for c, wrong in problem.mistakes.items() if close(student_grad, wrong)), "none")

    return name_the_mistake


def _nearest(student_grad: Any, problem: Any) -> str:
    fitting = {c: g for c, g in problem.mistakes.items() if np.shape(g) == np.shape(student_grad)}
    return min(fitting, key=lambda c: np.linalg.norm(student_grad - fitting[c]), default="none")


def _of_weights(X: Any, dY: Any) -> Any:
    right = X.T @ dY
    return right, {
        "M02": right.T,
        "M04": right / len(X),
        "M06": -right,
        "M07": 2.0 * right,
        "M10": np.outer(X[-1], dY[-1]),
        "M12": X.T @ np.ones_like(dY),
        "M15": X.T @ (dY * (dY > 0)),
        "M28": np.trunc(right),
        "M32": right.sum(),
        "M36": right[None],
    }


def _of_bias(X: Any, dY: Any) -> Any:
    right = dY.sum(axis=0)
    return right, {
        "M03": dY,
        "M04": dY.mean(axis=0),
        "M06": -right,
        "M07": 2.0 * right,
        "M10": dY[-1],
        "M12": np.ones_like(dY).sum(axis=0),
        "M20": dY.sum(axis=1),
        "M28": np.trunc(right),
        "M32": right.sum(),
        "M36": right[None],
    }


def _problem(mistakes: Any) -> Any:
    """Draw six mistakes, and gradients of each, a right one, one near to a mistake, and one of none."""

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        N, d, k = 7, 3, 4
        X, dY = rng.standard_normal((N, d)), 2.0 * rng.standard_normal((N, k))
        right, every = mistakes(X, dY)
        same = [code for code, wrong in every.items() if wrong.shape == right.shape]
        others = [code for code in every if code not in same]
        codes = [*rng.permutation(same)[:4].tolist(), *rng.permutation(others)[:2].tolist()]
        chosen = {code: every[code] for code in rng.permutation(codes).tolist()}
        rounding = 1.0 + 1e-10 * rng.choice((-1.0, 1.0))
        gradients = [wrong * rounding for wrong in chosen.values()]
        first = next(wrong for code, wrong in chosen.items() if code in same)
        near = first * 1.003  # near a mistake, and not one
        moved = np.array(first)  # equal to that mistake in its first entry, and in its sum
        moved.flat[1] += 0.7
        moved.flat[-1] -= 0.7
        gradients += [right * rounding, near, moved, rng.standard_normal(right.shape)]
        problem = {"reference": right, "inputs": {"X": X, "dY": dY}, "mistakes": chosen}
        return {"gradients": gradients, "problem": problem}

    return draw


name_the_mistake = Exercise(
    id="NB10.E03",
    answer="name_the_mistake(student_grad, problem)",
    probe="nb10.named(gradients, problem) -> codes",
    reference=answered_by(_named()),
    instances=made(_problem(_of_weights), _problem(_of_bias), another_problem=_problem(_of_weights)),
    points=4,
    see="NB10.W2",
    mistakes=[
        BY_SHAPE(_named(lambda a, b: np.shape(a) == np.shape(b))),
        BY_SHAPE(_named(lambda a, b: np.shape(a) == np.shape(b), right_first=False)),
        EXACTLY(_named(lambda a, b: np.array_equal(a, b))),
        TOO_TOLERANT(_named(lambda a, b: _close(a, b, rtol=0.01))),
        NEAREST(_nearest),
        RIGHT_UNNOTICED(
            lambda student_grad, problem: (
                next(iter(problem.mistakes))
                if _close(student_grad, problem.reference)
                else _named()(student_grad, problem)
            )
        ),
        BY_RATIO(_named(lambda a, b: np.shape(a) == np.shape(b) and _close(np.ravel(a)[0], np.ravel(b)[0]))),
        BY_RATIO(_named(lambda a, b: np.shape(a) == np.shape(b) and _close(np.sum(a), np.sum(b)))),
    ],
)
