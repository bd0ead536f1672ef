"""The walk back, one edge at a time: ours over the operations of a recording, or one that was watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._operations import Recording

Edge = tuple[int, int, Any, Any, Any, Any, Any]  # the first seven fields of Carried


@dataclass(frozen=True)
class Carried:
    """What the backward walk does on one edge: upstream × local = downstream, and the sum it is added to."""

    source: int
    target: int
    upstream: Any
    local: Any  # a number, the diagonal of the Jacobian for an operation entry by entry, or None
    downstream: Any
    before: Any  # what the source had accumulated until now; None for the first edge
    sum: Any
    path: int  # 1 for the first edge that brings something to the source
    paths: int
    note: str = ""  # said before the product


@dataclass(frozen=True)
class Walk:
    """A walk back as somebody's own engine has done it, to be shown in the place of ours."""

    carried: list[Carried]
    seed: Any
    opening: str  # said of the seed
    closing: str = ""  # said at the end


def carry(recording: Recording) -> list[Carried]:
    """Walk back once, from the output, and list what each edge carries, in walking order."""
    operations = recording.operations
    bars: dict[int, Any] = {recording.output: np.ones(operations[recording.output].shape)[()]}
    edges: list[Edge] = []
    for target in range(len(operations) - 1, -1, -1):
        op = operations[target]
        if target not in bars or op.kind != "compute":
            continue
        downstreams, locals_ = op.pull(bars[target]), op.pull(np.ones(op.shape)[()])
        for position, source in enumerate(op.inputs):
            downstream = downstreams[position]
            if downstream is None:
                continue
            before = bars.get(source)
            bars[source] = downstream if before is None else before + downstream
            single = np.size(op.value) == np.size(operations[source].value) == 1
            diagonal = op.ufunc and op.shape == operations[source].shape
            local = locals_[position] if single or diagonal else None
            edges.append((source, target, bars[target], local, downstream, before, bars[source]))
    return counted(edges)


def counted(edges: Sequence[Edge], notes: Sequence[str] = ()) -> list[Carried]:
    """Number the edges that bring something to one source."""
    sources = [edge[0] for edge in edges]
    return [
        Carried(
            *edge,
            path=sources[: i + 1].count(edge[0]),
            paths=sources.count(edge[0]),
            note=notes[i] if notes else "",
        )
        for i, edge in enumerate(edges)
    ]
