"""Reads the one line that says what an answer is called, what it takes and what it returns."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from backprop_course.errors import UsageError

Dimensions: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Signature:
    """An answer's form.

    Parameters
    ----------
    name : str
    parameters, returns : tuple of str
    keys : tuple of str or None
        The keys when a dict is returned, else None.
    shapes : mapping of str to tuple
        Dimensions of each parameter and returned gradient, as letters or numbers; ``()`` where none are
        given.
    """

    name: str
    parameters: tuple[str, ...]
    returns: tuple[str, ...]
    keys: tuple[str, ...] | None
    shapes: Mapping[str, Dimensions]

    def shape(self, variable: str, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """Return the shape of `variable` when the letters have these sizes."""
        return tuple(sizes[d] if isinstance(d, str) else d for d in self.shapes.get(variable, ()))

    def letters(self, variable: str) -> str:
        """Return the shape in letters, ``(N, k)``; empty for a scalar."""
        dimensions = self.shapes.get(variable, ())
        return str(dimensions).replace("'", "") if dimensions else ""


def parse_forms(answer: str) -> tuple[Signature, ...]:
    """Parse the forms of what a learner writes: functions, classes or names, with semicolons between.

    Parameters
    ----------
    answer : str
        ``"dropout_forward(x, p, train, rng) -> y, mask; dropout_backward(g, mask) -> dx"``. What is driven by
        a probe needs no arrow, and a bare name stands for a value: ``"GATES"``.

    Raises
    ------
    UsageError
        If a form cannot be read.
    """
    return tuple(_form(part.strip()) for part in answer.split(";"))


def parse_probe(probe: str) -> tuple[str, Signature]:
    """Return a probe's name and the form of what it takes and gives.

    Parameters
    ----------
    probe : str
        ``"nb03.counted(A: (m, n), mode) -> J: (m, n), calls"``: a function of ``probes/nb03.py``, what it is
        handed behind the learner's functions, and the keys of the dict that it gives.

    Raises
    ------
    UsageError
        If the line cannot be read.
    """
    module, _, form = probe.partition(".")
    signature = parse(form)
    return f"{module}.{signature.name}", replace(signature, keys=signature.returns)


def _form(text: str) -> Signature:
    if "->" in text:
        return parse(text)
    if text.isidentifier():
        return Signature(text, (), (), None, {})
    return replace(parse(f"{text} -> returned"), returns=())


def parse(answer: str) -> Signature:
    """Parse an answer line.

    Parameters
    ----------
    answer : str
        ``"affine_backward(dY: (N, k), X: (N, d), W: (d, k)) -> dX: (N, d), dW: (d, k), db: (k,)"``, or
        ``"f(x, y) -> dict(x_bar, y_bar)"`` for an answer that returns a dict. Without a shape a name is a
        scalar.

    Raises
    ------
    UsageError
        If the line does not have this form.
    """
    left, arrow, right = (part.strip() for part in answer.partition("->"))
    inner = right.removeprefix("dict(").removesuffix(")") if right.startswith("dict(") else right
    try:
        function, results = _definition(left), _definition(f"returned({inner})")
        named = (*function.args.args, *results.args.args)
        shapes = {argument.arg: _dimensions(argument.annotation) for argument in named}
    except SyntaxError:
        arrow = ""
    if not arrow or not inner:
        raise UsageError(
            "An exercise's answer line could not be read.",
            expected="name(argument: (N, d), ...) -> gradient: (N, d), ...",
            got=repr(answer),
            mend="write each name with its shape after a colon, and dict(...) around a returned dict",
        )
    returns = tuple(argument.arg for argument in results.args.args)
    return Signature(
        name=function.name,
        parameters=tuple(argument.arg for argument in function.args.args),
        returns=returns,
        keys=returns if inner != right else None,
        shapes=shapes,
    )


def _definition(text: str) -> ast.FunctionDef:
    definition = ast.parse(f"def {text}: ...").body[0]
    if not isinstance(definition, ast.FunctionDef):  # cannot happen: the text begins with def
        raise SyntaxError(text)
    return definition


def _dimensions(annotation: ast.expr | None) -> Dimensions:
    if annotation is None:
        return ()
    if not isinstance(annotation, ast.Tuple):
        raise SyntaxError("a shape is written as a tuple")
    return tuple(_dimension(element) for element in annotation.elts)


def _dimension(element: ast.expr) -> str | int:
    if isinstance(element, ast.Name):
        return element.id
    if isinstance(element, ast.Constant) and isinstance(element.value, int):
        return element.value
    raise SyntaxError("a dimension is a letter or a number")
