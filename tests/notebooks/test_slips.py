"""Slips of the lecture texts as the units put them: the line first, its answer folded or in the solution."""

from __future__ import annotations

import pytest
from notebook_units import cells_of, released, solved

# Item of the inventory, where it stands, what the slip says, what the answer says.
SLIPS = [
    ("X-46", "NB00.W3", "product_in_three_loops(A, B).shape", "the rows of $A$ and the\ncolumns of $B$"),
    (
        "X-19",
        "NB03.W5",
        r"\frac{\partial x_1}{\partial x_1}",
        r"there must follow $\partial x_2/\partial x_1$",
    ),
    ("X-36", "NB06.W2", r"J_{\mathcal{L}}(W_{L-3})", r"is $\bigl(J_{\mathcal{L}}(W_0)\bigr)^\top$"),
    ("X-37", "NB06.W2", r"\delta_{i+1}\,J_{h_i}(h_{i-1})", r"$J_{h_{i+1}}(h_i)$"),
    ("X-55", "NB06.R1", r"= (y-\hat y) = e", r"$\partial C/\partial\hat y = -(y-\hat y) = -e"),
    ("X-58", "NB06.W6", r"\frac{d\mathcal{L}}{d\hat y}\;\text{out}_1 .", r"\hat y(1-\hat y)\;\text{out}_1"),
    ("X-59", "NB06.W6", "Surely descent finds eight numbers", "**Claim.** Without an output bias no choice"),
    ("X-41", "NB07.W4", "if root.grad == 0:", "The seed depends on what is left over"),
]


@pytest.mark.parametrize(("item", "place", "slip", "answer"), SLIPS, ids=[row[0] for row in SLIPS])
def test_a_slip_is_asked_before_it_is_answered(item: str, place: str, slip: str, answer: str) -> None:
    text = "\n".join(cell.source for cell in cells_of(solved(place.partition(".")[0]), place))
    assert slip in text
    assert text.index(slip) < text.index(answer)


@pytest.mark.parametrize(("item", "place", "slip", "answer"), SLIPS, ids=[row[0] for row in SLIPS])
def test_an_answer_is_folded_or_not_handed_out(item: str, place: str, slip: str, answer: str) -> None:
    text = "\n".join(cell.source for cell in cells_of(released(place.partition(".")[0]), place))
    before, found, _ = text.partition(answer)
    if item == "X-59":  # found by descent, then proved in the open
        assert "Think before you read on" in before
    else:
        assert not found or before.count("<details>") == before.count("</details>") + 1
