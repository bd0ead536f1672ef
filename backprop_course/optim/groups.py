"""Parameters as they may be given to an optimiser, brought into one form: groups of named Tensors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..engine import Tensor
from ..errors import UsageError

Group = tuple[dict[str, Tensor], dict[str, Any]]  # parameters by name, and the settings of its own


def as_pairs(params: Any) -> list[tuple[str | None, Tensor]]:
    """Bring Tensors, pairs or a dict of them into pairs of a name, where there is one, and a Tensor.

    Raises
    ------
    UsageError
        If something else is among them.
    """
    if isinstance(params, Tensor):
        params = [params]
    if isinstance(params, str) or not isinstance(params, Iterable):
        raise _not_parameters(params)
    found: list[tuple[str | None, Tensor]] = []
    for item in params.items() if isinstance(params, Mapping) else params:
        name, t = item if isinstance(item, tuple) and len(item) == 2 else (None, item)
        if not isinstance(t, Tensor) or not isinstance(name, str | None):
            raise _not_parameters(item)
        if t.node is not None:
            raise UsageError(
                "An optimiser changes leaves; this Tensor was computed.",
                expected="Tensor(..., requires_grad=True), not the result of a calculation",
                got=repr(t),
                mend="hand over the parameters it was computed from, or .detach() it into a leaf of its own",
            )
        found.append((name, t))
    return found


def as_groups(params: Any, known: Mapping[str, Any]) -> list[Group]:
    """Bring what an optimiser was given into groups; `known` are the settings that a group may have.

    Tensors without a name are called by their number, counted through all groups.

    Raises
    ------
    UsageError
        If there are no parameters, one comes twice, two have one name, or a setting is unknown.
    """
    given = [params] if isinstance(params, Mapping) and "params" in params else params
    if isinstance(given, Iterable) and not isinstance(given, Mapping | Tensor | str):
        given = list(given)
    if not isinstance(given, list) or not given or not all(isinstance(item, Mapping) for item in given):
        given = [{"params": given}]
    seen: set[int] = set()
    names: set[str] = set()
    groups: list[Group] = []
    for group in given:
        if strange := [key for key in group if key != "params" and key not in known]:
            raise UsageError(
                "A group has a setting that this optimiser does not know.",
                expected=", ".join(["params", *known]),
                got=", ".join(map(repr, strange)),
                mend="leave it out, or look at the spelling",
            )
        if "params" not in group:
            raise _not_parameters(dict(group))
        named: dict[str, Tensor] = {}
        for name, t in as_pairs(group["params"]):
            name = str(len(seen)) if name is None else name
            if id(t) in seen or name in names:
                what = "A parameter was given twice." if id(t) in seen else "Two parameters have one name."
                raise UsageError(
                    what,
                    expected="parameters that differ, under names that differ",
                    got=f"{name!r}: {t!r}",
                    mend="give each parameter once, under its own name",
                )
            seen.add(id(t))
            names.add(name)
            named[name] = t
        groups.append((named, {key: value for key, value in group.items() if key != "params"}))
    if not seen:
        raise UsageError(
            "There is nothing to optimise.",
            expected="at least one Tensor",
            got="no parameters (a generator may have been used up)",
            mend="hand over model.parameters(), or None for the rule alone",
        )
    return groups


def _not_parameters(got: Any) -> UsageError:
    return UsageError(
        "An optimiser takes Tensors.",
        expected="a list of Tensors, of pairs (name, Tensor), a dict of them, or groups {'params': [...]}",
        got=repr(got)[:200],
        mend="make arrays Tensors: Tensor(w, requires_grad=True)",
    )
