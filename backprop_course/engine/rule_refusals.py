"""What the engine says no to about rules: functions that have none, and what learners declare."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..errors import CourseError, NoDerivativeError, UsageError


def rule_missing(name: str, kind: str, position: int) -> NoDerivativeError:
    """Refuse to differentiate by an argument that no rule was declared for."""
    return NoDerivativeError(
        f"'{name}' has no {kind} rule for its input {position}.",
        expected=f"a rule, declared with def{kind}({name}, ...)",
        got="none",
        mend=f"declare it (see help(def{kind})), or keep that input free of gradients",
    )


reasons: dict[Any, str] = {}  # why a function has no rule
modules = {
    "numpy.fft": "Fourier transforms are out of scope",
    "numpy.lib.scimath": "its results may be complex numbers, which are out of scope",
}


def reason(function: Any) -> str:
    """Why `function` has no rule here, where there is something to say."""
    module = (getattr(function, "__module__", None) or "").replace("_scimath_impl", "scimath")
    return reasons.get(function) or modules.get(module, "")


def no_rule(function: Any, known: Iterable[str]) -> NoDerivativeError:
    """Refuse a function without any rule; say why, or name the nearest ones that have one."""
    name, module = _name_of(function), _module_of(function)
    why = reason(function)
    public = sorted({other for other in known if other.startswith("special.") or _is_numpys(other)})
    near = [] if why else difflib.get_close_matches(name, public, n=3, cutoff=0.65)
    if module == "numpy.fft":
        mend = "write it as a product with a matrix of cosines and sines, or .detach() first"
    else:
        mend = "write it with functions that have a rule, add one with defvjp and defjvp, or .detach() first"
    return NoDerivativeError(
        f"'{name}' has no derivative rule here" + (f": {why}." if why else "."),
        expected="a function with a derivative rule"
        + (f"; the nearest are {', '.join(near)}" if near else ""),
        got=f"{module}.{name}",
        mend=mend,
    )


def _is_numpys(name: str) -> bool:
    return hasattr(np, name) or hasattr(np.linalg, name)


def _name_of(function: Any) -> str:
    """What a function is called by: ``add.at`` for a method of a ufunc, ``zeta`` for SciPy's ``_zeta``."""
    name = str(getattr(function, "__name__", repr(function)))
    of = getattr(function, "__self__", None)
    return f"{of.__name__}.{name}" if isinstance(of, np.ufunc) else name.removeprefix("_")


def _module_of(function: Any) -> str:
    """Where a function is from; ufuncs do not say."""
    if isinstance(function, np.ufunc):
        return "numpy" if getattr(np, function.__name__, None) is function else "scipy.special"
    return getattr(function, "__module__", None) or "numpy"


def yours_to_write(what: str) -> UsageError:
    """Refuse a `Function` without its two methods."""
    return UsageError(
        f"This Function has no {what.split('(')[0]}.",
        expected=f"a static method {what} in the subclass",
        got="none",
        mend="write it with @staticmethod above it",
    )


def wrong_count(name: str, expected: int, got: int) -> UsageError:
    """Refuse a `backward` that does not return one cotangent per input."""
    return UsageError(
        f"backward of {name} returned another number of cotangents than forward has inputs.",
        expected=f"{expected}, one per input, None for those without a derivative",
        got=f"{got}",
        mend="return them as a tuple in the order of the inputs",
    )


def not_a_primitive(name: str, by: str) -> UsageError:
    """Refuse rules for a function that is not recorded."""
    return UsageError(
        f"{by} was called for '{name}', whose calls are not recorded: its rules would never be used.",
        expected="a function made with primitive, or one of NumPy's",
        got="a plain function, whose own calls of NumPy are recorded",
        mend=f"write @primitive above 'def {name}', or {name} = primitive({name})",
    )


def not_a_rule(name: str, by: str, position: int, handed: Sequence[str], rule: Any) -> UsageError:
    """Refuse a rule that cannot be called as rules are."""
    if callable(rule):
        names = ", ".join(parameter.name for parameter in inspect.signature(rule).parameters.values())
        got = f"a function of ({names})"
    else:
        got = f"a {type(rule).__name__}"
    return UsageError(
        f"Rule {position} of {by}({name}, ...) does not take what it will be handed.",
        expected=f"a function of ({', '.join(handed)}), or None",
        got=got,
        mend="take the cotangent (or tangent), the output, and then all inputs, needed or not",
    )


def too_many_rules(name: str, by: str, arguments: Sequence[str], got: int) -> UsageError:
    """Refuse more rules than a function has arguments."""
    return UsageError(
        f"{by}({name}, ...) was given more rules than '{name}' has arguments.",
        expected=f"one rule, or None, for each of ({', '.join(arguments)}) at most",
        got=f"{got} rules",
        mend="leave the others out; a function of several outputs stacks them into one array",
    )


def not_static(name: str, method: str) -> UsageError:
    """Refuse a `Function` whose methods ask for a self."""
    return UsageError(
        f"{method} of {name} is no static method: it would be handed ctx in place of its first argument.",
        expected=f"@staticmethod above 'def {method}(ctx, ...)'",
        got=f"a method of an instance, and a {name} has none",
        mend="write @staticmethod above it, and leave out self",
    )


def no_cotangent(name: str, position: int) -> NoDerivativeError:
    """Refuse `None` from a `backward` where a gradient is wanted."""
    return NoDerivativeError(
        f"backward of {name} returned None for input {position}, whose gradient is wanted.",
        expected="the cotangent of that input, in its shape",
        got="None, which stands for an input without a derivative",
        mend="return it, or pass that input as a constant: .detach(), or an array in place of a Tensor",
    )


def not_applied(name: str) -> UsageError:
    """Refuse to make an instance of a `Function`."""
    return UsageError(
        f"A {name} is applied, not made.",
        expected=f"{name}.apply(x, ...)",
        got=f"{name}(...)",
        mend="write .apply; what backward needs is kept by ctx",
    )


def not_transposed(name: str, error: CourseError) -> NoDerivativeError:
    """Refuse forward mode through a `backward` that cannot be recorded."""
    return NoDerivativeError(
        f"'{name}' has no forward mode: its backward could not be recorded. {error.what}",
        expected="a backward written in NumPy functions, which are applied to the cotangent",
        got=error.got,
        mend=error.mend or "write it without loops over entries and without writing into arrays",
    )


def saved_on_the_way(name: str) -> NoDerivativeError:
    """Refuse a second derivative that would silently treat a saved value as a constant."""
    return NoDerivativeError(
        f"A derivative of the backward of {name} was asked for, but it uses a value computed inside forward.",
        expected="saved values that are inputs of forward, or its output",
        got="another array, which would count as a constant",
        mend="save the inputs and compute the value again in backward",
    )
