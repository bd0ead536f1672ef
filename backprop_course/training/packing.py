"""Parameters in one vector: a compiled step then updates a whole group in the calls that one parameter takes.

Only rules that work entry by entry can do without the borders between parameters.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from .. import optim

Arrays = dict[str, Any]

_ENTRY_BY_ENTRY = {
    optim.SGD,
    optim.AdaGrad,
    optim.RMSProp,
    optim.Adam,
    optim.AdamW,
}  # not what is made from them


class Packing:
    """How the parameters of each group lie in its vector.

    Parameters
    ----------
    optimizer : Optimizer
    values : dict of str to ndarray
        Its parameters by name.

    Attributes
    ----------
    optimizer : Optimizer
        The same rules and settings for vectors, which are called by the number of their group.
    """

    def __init__(self, optimizer: Any, values: Arrays) -> None:
        self.optimizer = copy.copy(optimizer)  # the groups, and so their settings, are shared
        self.groups: dict[str, list[str]] = {str(k): names for k, names in enumerate(optimizer.names)}
        self.optimizer.names = [[group] for group in self.groups]
        self.shapes = {name: value.shape for name, value in values.items()}
        self.places: dict[str, slice] = {}
        for names in self.groups.values():
            end = 0
            for name in names:
                start, end = end, end + values[name].size
                self.places[name] = slice(start, end)

    @classmethod
    def of(cls, optimizer: Any, values: Arrays, state: Arrays) -> Packing | None:
        """The packing of these parameters, or `None` where they must stay apart."""
        groups = [[values[name] for name in names] for names in optimizer.names]
        fits = (
            type(optimizer) in _ENTRY_BY_ENTRY
            and all(len({value.dtype for value in group}) == 1 for group in groups)
            and any(len(group) > 1 for group in groups)
            # parameters that have taken different numbers of steps are at different points of the rule
            and all(np.ptp(array) == 0 for key, array in state.items() if key.startswith("count/"))
        )
        return cls(optimizer, values) if fits else None

    def vectors(self, values: Arrays) -> Arrays:
        """One new vector for each group."""
        return {
            group: np.concatenate([np.ravel(values[name]) for name in names])
            for group, names in self.groups.items()
        }

    def named(self, vectors: Arrays) -> Arrays:
        """The parameters by name, as views of the vectors (which may be Tensors)."""
        return {
            name: np.reshape(vectors[group][self.places[name]], self.shapes[name])
            for group, names in self.groups.items()
            for name in names
        }

    def state(self, state: Arrays) -> Arrays:
        """The state of the rule for vectors, from that for parameters."""
        found: Arrays = {}
        for group, names in self.groups.items():
            if f"count/{group}" in state:
                found[f"count/{group}"] = np.array(state[f"count/{group}"][:1])
            for slot in dict.fromkeys(key.partition("/")[0] for key in state):
                parts = [np.ravel(state[key]) for name in names if (key := f"{slot}/{name}") in state]
                if parts:
                    found[f"{slot}/{group}"] = np.concatenate(parts)
        return found

    def named_state(self, state: Arrays) -> Arrays:
        """Copies of the state for parameters, from that for vectors."""
        found: Arrays = {}
        for key, array in state.items():
            slot, _, group = key.partition("/")
            names = self.groups[group]
            if slot == "count":
                found[key] = np.repeat(array, len(names))
            else:
                parts = {f"{slot}/{n}": np.reshape(array[self.places[n]], self.shapes[n]) for n in names}
                found |= {name: np.array(part) for name, part in parts.items()}
        return found
