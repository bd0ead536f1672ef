"""Every item of the lecture texts' inventory is where the coverage table says: in a cell or in the package."""

from __future__ import annotations

import csv
import importlib
from pathlib import Path

import pytest
from notebook_units import solved

INVENTORY = Path(__file__).with_name("inventory.csv")

# The names that a feature of the package stands for.
FEATURES = {
    "F02": ("backprop_course:defvjp", "backprop_course:defjvp"),
    "F03": ("backprop_course:Tensor.backward",),
    "F04": ("backprop_course:Function",),
    "F05": (
        "backprop_course:grad",
        "backprop_course:vjp",
        "backprop_course:jvp",
        "backprop_course:jacobian",
        "backprop_course:hvp",
    ),
    "F08": ("backprop_course.engine.graph:Graph.cost",),
    "F09": ("backprop_course.nn:Linear", "backprop_course.nn:Dropout", "backprop_course.nn:LayerNorm"),
    "F10": ("backprop_course.optim:SGD", "backprop_course.optim:minimize"),
    "F11": ("backprop_course:Trainer", "backprop_course:overfit_check"),
    "F12": ("backprop_course.edf:CompNode",),
    "F13": ("backprop_course.tape:Node",),
    "F16": ("autograder:check", "autograder.release:release"),
    "F17": ("backprop_course:gradient_check",),
}

with INVENTORY.open(newline="", encoding="utf-8") as file:
    ROWS = [(row["id"], row["places"].split()) for row in csv.DictReader(file)]


def test_the_inventory_is_whole() -> None:
    assert len({item for item, _ in ROWS}) == len(ROWS) == 284
    assert all(places for _, places in ROWS)


@pytest.mark.parametrize(("item", "places"), ROWS, ids=[item for item, _ in ROWS])
def test_an_item_is_where_the_table_says(item: str, places: list[str]) -> None:
    for place in places:
        if place in FEATURES:
            assert all(resolved(name) is not None for name in FEATURES[place])
        else:
            assert place in tags(place.partition(".")[0])


def tags(unit: str) -> set[str]:
    return {tag for cell in solved(unit).cells for tag in cell.metadata.get("tags", [])}


def resolved(name: str) -> object:
    module, _, path = name.partition(":")
    found: object = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found
