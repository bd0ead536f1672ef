"""NB07, continued: the walk back through a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import made
from ..mistakes import M11, M12, M24, Kind
from ..reference import answered_by, values_of
from .nb07_order import DIAMOND, MEETING, WIDE, after_parents, level_by_level, on_the_way_in

NOT_SEEDED = Kind(
    "not-seeded",
    "the root's own gradient is never set",
    "Every gradient stays zero.",
    "The walk has no beginning.",
    "The derivative of the root with respect to itself is one: that is where the walk begins, unless "
    "another gradient is given.",
    "NB07.W3",
)
SEEDED_ONCE = Kind(
    "seeded-once",
    "the root is set only if its gradient is zero",
    "A second call begins with what the first one left in the root.",
    "What is there already decides about the beginning.",
    "What stands in the root is left over from an earlier call. Each call begins anew: with the given "
    "gradient, or with one.",
    "NB07.W4",
)
LEAVES_FORGET = Kind(
    "leaves-forget",
    "gradients of the leaves are set to zero too",
    "After a second call the leaves hold the second gradient alone.",
    "Leaves and inner nodes are treated alike.",
    "Inner nodes begin each call at zero, leaves keep what they have and add: who wants a fresh gradient "
    "sets it to zero beforehand.",
    "NB07.W4",
)
TRUTH_OF_A_GRADIENT = Kind(
    "truth-of-a-gradient",
    "it is asked whether the given gradient is true, not whether there is one",
    "A given gradient of 0 is taken for none, and an array raises.",
    "The truth of a number stands where its presence is meant.",
    "An array has no single truth, and zero counts as false though it is a gradient like any other. Ask "
    "whether nothing was given.",
    "NB07.W4",
)
CONSTANT_ROOT = Kind(
    "constant-root",
    "a root that wants no gradient is walked back from",
    "Nothing is raised where nothing can be differentiated.",
    "A question at the beginning is missing.",
    "If no operand wanted a gradient there is nothing to compute. Say so loudly, instead of leaving zeros "
    "behind that look like a result.",
    "NB07.W4",
)
ONES_FOR_AN_ARRAY = Kind(
    "ones-for-an-array",
    "an array without a given gradient is walked back from",
    "Nothing is raised, and the gradient of the sum of the root is computed.",
    "A choice is made that the caller should make.",
    "Only a single number has an obvious gradient to begin with. For an array the caller has to say which "
    "combination of its entries is meant.",
    "NB07.W4",
)

# Walks back: a list of nodes in the order of the walk, the root first.


def _back_in(
    order: Callable[[Any], list[Any]],
    *,
    fresh: Callable[[Any], bool] = lambda node: bool(node._prev),
    seed: Callable[[Any, Any], Any] = lambda root, grad: grad,
    given: Callable[[Any], bool] = lambda grad: grad is not None,
    constants_too: bool = False,
    arrays_too: bool = False,
) -> Any:
    """Return `backward`, or one with a slip in it."""

    def backward(self: Any, grad: Any = None) -> None:
        if not self.requires_grad and not constants_too:
            raise RuntimeError("this wants no gradient")
        if not given(grad):
            if np.size(self.value) != 1 and not arrays_too:
                raise ValueError("an array needs a gradient to begin with")
            grad = np.ones(np.shape(self.value))
        nodes, before = order(self), self.grad
        for node in nodes:
            if fresh(node):
                node.grad = np.zeros(np.shape(node.value))
        self.grad = seed(before, np.asarray(grad, float))
        for node in nodes:
            node._backward()

    return backward


def _from_root(root: Any) -> list[Any]:
    return after_parents(root)[::-1]


def _along_each_path(root: Any) -> list[Any]:
    return [root] + [node for parent in root._prev for node in _along_each_path(parent)]


def _weighted(shape: tuple[tuple[int, ...], ...], entries: tuple[int, ...], *seeds: Any) -> Any:
    """Return a draw of weights for the edges of a graph, and of the seeds that are not given as None or 0."""

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        parents = dict(enumerate(shape))
        weights = {
            i: [rng.uniform(0.5, 2.0, entries) * rng.choice((-1.0, 1.0)) for _ in prev]
            for i, prev in parents.items()
        }
        given = [rng.uniform(1.5, 3.0, entries) if seed is ... else seed for seed in seeds]
        return {"parents": parents, "weights": weights, "seeds": given}

    return draw


def _calls(name: str, instances: Any, *mistakes: Any) -> Piece:
    return Piece(
        answer="backward(self, grad=None)",
        uses=("Tensor",),
        probe=f"nb07.walked(parents, weights, seeds) -> {name}",
        reference=answered_by(_back_in(_from_root)),
        instances=instances,
        mistakes=mistakes,
    )


backward = Exercise(
    id="NB07.E04",
    points=5,
    see="NB07.W3",
    pieces=[
        _calls(
            "from_a_number",
            made(
                _weighted(MEETING, (), None),
                _weighted(WIDE, (), None),
                no_fork=_weighted(((), (0,)), (), None),
            ),
            M11(_back_in(on_the_way_in)),
            M11(_back_in(level_by_level)),
            M11(_back_in(after_parents)),
            M11(_back_in(_along_each_path)),
            NOT_SEEDED(_back_in(_from_root, seed=lambda before, grad: 0.0 * grad)),
        ),
        _calls(
            "from_a_given_gradient",
            made(
                _weighted(MEETING, (3,), ...),
                _weighted(WIDE, (4, 2), ...),
                the_gradient_of_a_number_is_given=_weighted(DIAMOND, (), ...),
                a_gradient_of_0_is_given=_weighted(DIAMOND, (), 0.0),
                a_gradient_of_0_is_given_to_a_wider_graph=_weighted(WIDE, (), 0.0),
            ),
            M12(_back_in(_from_root, seed=lambda before, grad: np.ones(grad.shape))),
            TRUTH_OF_A_GRADIENT(_back_in(_from_root, given=bool)),
            TRUTH_OF_A_GRADIENT(_back_in(_from_root, given=lambda grad: bool(np.any(grad)))),
        ),
        _calls(
            "after_several_calls",
            made(_weighted(MEETING, (), ..., None, ...), _weighted(WIDE, (), ..., None)),
            M24(_back_in(_from_root, fresh=lambda node: False)),
            M24(_back_in(_from_root, seed=lambda before, grad: before + grad)),
            M24(_back_in(_from_root, fresh=lambda node: False, seed=lambda before, grad: before + grad)),
            LEAVES_FORGET(_back_in(_from_root, fresh=lambda node: True)),
            SEEDED_ONCE(_back_in(_from_root, seed=lambda before, grad: before if np.any(before) else grad)),
        ),
        Piece(
            answer="backward(self, grad=None)",
            uses=("Tensor",),
            probe="nb07.refused(shape) -> no_gradient_wanted, array_without_a_gradient",
            reference=values_of(lambda: ("RuntimeError", "ValueError")),
            instances=made(
                lambda rng: {"shape": (3,)}, lambda rng: {"shape": (4, 2)}, lambda rng: {"shape": (2,)}
            ),
            see="NB07.W4",
            mistakes=[
                CONSTANT_ROOT(_back_in(_from_root, constants_too=True)),
                ONES_FOR_AN_ARRAY(_back_in(_from_root, arrays_too=True)),
            ],
        ),
    ],
)
