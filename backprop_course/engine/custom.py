"""Primitives of our own and of the reader's: `primitive`, `defvjp`, `defjvp`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from . import refusals, rule_refusals, rules
from .calls import parameter_names
from .tensor import Tensor, dispatch, record

F = TypeVar("F", bound=Callable[..., Any])
_SEVERAL = (tuple, list, dict)


def primitive(function: F) -> F:
    """Make a function of arrays recordable: called on Tensors it becomes one node of the graph.

    Arrays are the positional arguments, settings the keyword arguments. Its rules are declared with
    `defvjp` and `defjvp`.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import Tensor, defvjp, primitive
    >>> @primitive
    ... def swish(x):
    ...     return x / (1 + np.exp(-x))
    >>> defvjp(swish, lambda out_bar, out, x: out_bar * (out + (1 - out) / (1 + np.exp(-x))))
    >>> x = Tensor([0.0, 2.0], requires_grad=True)
    >>> swish(x).sum().backward()
    >>> x.grad.round(6)
    array([0.5     , 1.090784])
    """

    @functools.wraps(function)
    def recorded(*args: Any, **params: Any) -> Any:
        for x in args:
            if isinstance(x, Tensor):
                return dispatch(recorded, args, params) if params else record(entry, args)
        try:
            out = function(*args, **params)
        except TypeError as error:
            raise refusals.no_number(function.__name__, args, error) from error
        if out is None or type(out) in _SEVERAL:
            raise refusals.not_one_array(f"The primitive '{function.__name__}'", out)
        return out

    entry = rules.entry(recorded)
    entry.names = ()  # what is positional is an array
    return recorded  # type: ignore[return-value]  # same parameters as `function`


def defvjp(function: rules.Function, *vjps: rules.Function | None, batched: bool = False) -> Any:
    """Declare vector-Jacobian products of `function`: one rule an argument, or one for all of them.

    Parameters
    ----------
    function : callable
        Made with `primitive`, or a NumPy function that the table does not hold.
    *vjps : callables ``(out_bar, out, *inputs, **params) -> x_bar``
        One per argument, `None` for an argument without a derivative. With none at all, ``defvjp(function)``
        is a decorator for a function that returns the cotangents of all inputs as a tuple.
    batched : bool
        Whether the rules take an `out_bar` with extra leading axes; if not, `jacobian` calls them in a loop.

    Raises
    ------
    UsageError
        If `function` would never ask for its rules, or a rule does not take what it will be handed.

    Examples
    --------
    >>> from backprop_course import defvjp, grad, primitive
    >>> @primitive
    ... def product(x, y):
    ...     return x * y
    >>> @defvjp(product)
    ... def product_vjp(out_bar, out, x, y):
    ...     return out_bar * y, out_bar * x
    >>> grad(product, argnums=(0, 1))(2.0, 5.0)
    (5.0, 2.0)
    """
    p = _declared(function, vjps, "defvjp", "out_bar")
    p.batched, p.ours = batched, False
    if vjps:
        p.vjp, p.joint, p.arrays = vjps, None, len(vjps)
        return None

    def register(joint: rules.Function) -> rules.Function:
        p.joint = joint
        return joint

    return register


def defjvp(function: rules.Function, *jvps: rules.Function | None) -> Any:
    """Declare Jacobian-vector products: one rule ``(x_dot, out, *inputs, **params)`` per argument.

    ``defjvp(function)`` without rules is a decorator for the rule of a function of one argument.

    Examples
    --------
    >>> from backprop_course import defjvp, jvp, primitive
    >>> @primitive
    ... def cube(x):
    ...     return x**3
    >>> @defjvp(cube)
    ... def cube_jvp(x_dot, out, x):
    ...     return x_dot * 3 * x**2
    >>> jvp(cube, (2.0,), (1.0,))
    (8.0, 12.0)
    """
    p = _declared(function, jvps, "defjvp", "x_dot")
    p.ours = False

    def register(rule: rules.Function) -> rules.Function:
        p.jvp = (rule,)
        return rule

    if not jvps:
        return register
    p.jvp = jvps
    return None


def _declared(
    function: rules.Function, given: tuple[rules.Function | None, ...], by: str, first: str
) -> rules.Primitive:
    """The entry of `function`, whose rules are about to be declared; refuses what could never be called."""
    module = getattr(function, "__module__", None) or ""
    ufunc = isinstance(getattr(function, "__self__", function), np.ufunc)  # one, or a method of one
    numpys = ufunc or hasattr(function, "__wrapped__") or module.startswith("numpy")
    if function not in rules.table and not numpys:
        raise rule_refusals.not_a_primitive(getattr(function, "__name__", repr(function)), by)
    p = rules.entry(function)
    if not ufunc and not _takes(function, len(given)):
        by_position = [n for n, kind in inspect.signature(function).parameters.items() if kind.kind < 2]
        raise rule_refusals.too_many_rules(p.name, by, by_position, len(given))
    names = parameter_names(function)[: len(given)]
    for position, rule in enumerate(given):
        if rule is None:
            continue
        handed = [first, "out", *(names or [f"x{i}" for i in range(len(given))])]
        if not callable(rule) or not _takes(rule, len(handed)):
            raise rule_refusals.not_a_rule(p.name, by, position, handed, rule)
    return p


def _takes(rule: rules.Function, count: int) -> bool:
    """Whether a function can be called with `count` arguments, and perhaps settings by name."""
    try:
        signature = inspect.signature(rule)
    except (TypeError, ValueError):  # it hides them
        return True
    try:
        signature.bind_partial(*range(count))
    except TypeError:
        return False
    return True
