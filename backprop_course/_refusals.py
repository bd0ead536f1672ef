"""What the two short engines, `tape` and `edf`, say no to: apart, so that they read as one text each."""

from __future__ import annotations

from typing import Any

from .errors import DtypeError, GraphError, NoDerivativeError, NotScalarError, ShapeError, UsageError


def seen_by_numpy() -> NoDerivativeError:
    """Refuse to become an array, which a function of NumPy asks of a node."""
    return NoDerivativeError(
        "A function of NumPy itself was called on a Node; the tape cannot see it.",
        expected="functions of the tape, which are recorded",
        got="one of NumPy's own, or np.asarray(node)",
        mend="call the tape's (tape.exp), or wrap it with primitive and defvjp",
    )


def dot_of(x: tuple[int, ...], y: tuple[int, ...], axes: Any) -> ShapeError:
    """Refuse products that `tape.dot` does not make."""
    return ShapeError(
        "dot takes vectors and matrices.",
        expected="one or two axes each, summed over one; or two vectors with axes=0",
        got=f"{x}, {y}, axes={axes}",
        mend="reshape them, or use exp, multiply and sum for other products",
    )


def unlike(what: str, expected: tuple[int, ...], got: tuple[int, ...]) -> ShapeError:
    """Refuse a cotangent of another shape than its value."""
    return ShapeError(
        what,
        expected=f"{expected}, the shape of the value",
        got=f"{got}",
        mend="sum over the axes that broadcasting added, or look for a missing transpose",
    )


def no_rule(node: Any, argnum: int) -> NoDerivativeError:
    """Refuse to walk through a function without a rule."""
    return NoDerivativeError(
        f"{node} has no rule for argument {argnum}.",
        expected="one rule for each argument that a node was handed for",
        got="none in primitive_vjps",
        mend="add one by defvjp",
    )


def no_floats(x: Any) -> DtypeError:
    """Refuse integers and what is no number."""
    return DtypeError(
        "Only floats have a derivative.",
        expected="a float, or an array of floats",
        got=repr(x)[:200],
        mend="write 3.0 for 3",
    )


def no_value(end: Any) -> DtypeError:
    """Refuse a function that does not return a number or an array."""
    return DtypeError(
        "fun(x) is not a number or an array.",
        expected="one of these, made from x by functions of the tape",
        got=repr(end)[:200],
        mend="check that it ends with a return",
    )


def no_argument(argnum: int, there: int) -> UsageError:
    """Refuse to differentiate by an argument that was not handed in."""
    return UsageError(
        f"There is no argument {argnum}.",
        expected="the place of a positional argument, from 0",
        got=f"{there} positional arguments",
        mend="hand the argument in by its place, or change argnum",
    )


def not_one_number(shape: tuple[int, ...]) -> NotScalarError:
    """Refuse the gradient of an array."""
    return NotScalarError(
        "grad needs one number.",
        expected="fun(x) of one entry",
        got=f"shape {shape}",
        mend="use make_vjp, or sum",
    )


def not_set() -> UsageError:
    """Refuse to compute with an `edf.Input` that holds nothing."""
    return UsageError(
        "An Input has no value.",
        expected="data in every Input before Forward()",
        got="None",
        mend="set it before Forward(): x.value = data",
    )


def not_per_example(shape: tuple[int, ...], got: tuple[int, ...]) -> ShapeError:
    """Refuse gradients of a parameter that are not one for each example."""
    return ShapeError(
        "A Parameter was sent a gradient of the wrong shape.",
        expected=f"(N, *{shape}), one gradient per example",
        got=str(got),
        mend="do not sum over the batch in backward(); addgrad does it",
    )


def not_in_the_graph(node: Any, parent: Any) -> GraphError:
    """Refuse a parent that was forgotten, or that is no node."""
    return GraphError(
        f"{type(node).__name__} was given a parent that is not in the graph.",
        expected="an Input, or a Parameter or node made since clear_compgraph()",
        got=type(parent).__name__,
        mend="call clear_compgraph() before making parameters; wrap data: Input(data)",
    )


def weights_first(params: Any) -> UsageError:
    """Refuse data where the weights of an `edf.Affine` stand."""
    return UsageError(
        "Affine takes its weights first.",
        expected="Affine(AffineParams(n_in, n_out), x)",
        got=type(params).__name__,
        mend="make them with AffineParams(n_in, n_out); the data comes second",
    )


def no_input_for(n_in: int, got: tuple[int, ...]) -> ShapeError:
    """Refuse an input that does not fit the weights."""
    return ShapeError(
        "Affine cannot take this input.",
        expected=f"(N, {n_in})",
        got=str(got),
        mend="make AffineParams with as many inputs, or reshape each example to one row",
    )


def labels_apart(labels: tuple[int, ...], p: tuple[int, ...]) -> ShapeError:
    """Refuse labels that are not one for each row."""
    return ShapeError(
        "Labels do not fit.",
        expected="(N,) beside probabilities (N, C)",
        got=f"{labels} beside {p}",
        mend="hand in one label for each row, labels.argmax(axis=1) if they are one-hot",
    )


def no_integers(dtype: Any) -> DtypeError:
    """Refuse labels that are not integers."""
    return DtypeError(
        "Labels are integers.", expected="class numbers", got=str(dtype), mend="write labels.astype(int)"
    )


def no_class(classes: int, lowest: int, highest: int) -> UsageError:
    """Refuse labels without a column."""
    return UsageError(
        "A label names no class.",
        expected=f"0 to {classes - 1}",
        got=f"{lowest} to {highest}",
        mend="count classes from 0",
    )


def forgotten(loss: Any) -> GraphError:
    """Refuse to go back from what is not in the graph."""
    return GraphError(
        "This loss is not in the graph.",
        expected="a node made since clear_compgraph()",
        got=type(loss).__name__,
        mend="make all nodes anew after clear_compgraph()",
    )


def nothing_computed() -> GraphError:
    """Refuse to go back before going forward."""
    return GraphError(
        "There are no values to go back from.",
        expected="a value in every node",
        got="nodes without one",
        mend="call Forward() before Backward(loss)",
    )


def one_loss() -> ShapeError:
    """Refuse a loss that is averaged already."""
    return ShapeError(
        "A loss has one value per example.",
        expected="(N,)",
        got="()",
        mend="leave the mean out of the loss: Backward divides by N",
    )
