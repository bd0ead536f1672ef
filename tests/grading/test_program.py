"""Which statements of a notebook run: the answers and what they need, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from autograder.sandbox import program as program_module
from autograder.sandbox.program import Program, read_in_advance


def needed(cells: Sequence[str], name: str = "f", *, definitions_only: bool = False) -> list[str]:
    """First lines of the statements that run."""
    program = Program(cells)
    chosen = program.needed([name], definitions_only=definitions_only)
    return [program.line(statement.cell, statement.node.lineno) for statement in chosen]


def test_what_the_answer_loads_is_run_and_nothing_else() -> None:
    cells = ["import numpy as np\nimport matplotlib.pyplot as plt", "scale = 2\nplt.plot([1])\nother = 3"]
    answer = "def f(x):\n    other = 1\n    return np.sum(x) * scale * other"
    assert needed([*cells, answer]) == ["import numpy as np", "scale = 2", "def f(x):"]


def test_needs_are_followed_through_functions_classes_defaults_and_decorators() -> None:
    cell = (
        "a = 1\nb = a\nc = b\nd = 4\ne = 5\ndef g(): return c\nclass K:\n    x = d\n@g\ndef f(y=e): return K"
    )
    assert needed([cell]) == [
        "a = 1",
        "b = a",
        "c = b",
        "d = 4",
        "e = 5",
        "def g(): return c",
        "class K:",
        "@g",
    ] or (
        needed([cell])[:7] == ["a = 1", "b = a", "c = b", "d = 4", "e = 5", "def g(): return c", "class K:"]
    )


def test_all_definitions_of_a_name_run_in_order_so_that_the_last_wins() -> None:
    assert needed(["def f(): return 1", "x = 0", "def f(): return 2"]) == [
        "def f(): return 1",
        "def f(): return 2",
    ]


def test_statements_that_change_a_needed_object_run() -> None:
    cells = ["W = [0, 0]\nnames = []\nV = [1]", "W[0] = 1\nnames.append('a')\nV[0] = 2\nW.x = 3"]
    assert needed([*cells, "def f(): return W, names"]) == [
        *("W = [0, 0]", "names = []", "W[0] = 1", "names.append('a')", "W.x = 3"),
        "def f(): return W, names",
    ]


def test_a_call_on_a_module_runs_only_if_it_does_not_use_the_notebook() -> None:
    cells = [
        "import numpy as np",
        "def f(x): return np.sum(x)",
        "np.random.seed(0)",
        "np.testing.assert_equal(f(1), 1)",
    ]
    assert needed(cells) == ["import numpy as np", "def f(x): return np.sum(x)", "np.random.seed(0)"]


def test_loops_at_top_level_do_not_run_unless_they_bind_what_is_needed() -> None:
    cells = ["while True: pass", "for i in range(3):\n    total = i", "def f(): return total"]
    assert needed(cells) == ["for i in range(3):", "def f(): return total"]


def test_a_cell_that_cannot_be_parsed_costs_only_itself() -> None:
    program = Program(["def f(): return 1", "def g(:", "x = '\0'", "(" * 5000])
    assert [s.cell for s in program.needed(["f"])] == [0]
    assert set(program.broken) == {1, 2, 3}


def test_magics_do_not_cost_the_cell() -> None:
    magics = "%matplotlib inline\n!pip install numpy\nnp?\nfiles = !ls\n"
    cell = f"{magics}import numpy as np\ndef f(x): return np.sum(x)"
    assert needed([cell]) == ["import numpy as np", "def f(x): return np.sum(x)"]
    assert needed(["%%time\ndef f(x): return x"]) == ["def f(x): return x"]
    assert needed(["%%bash\ndef f(x): return x"]) == []


def test_a_percent_sign_in_a_cell_that_is_python_stays() -> None:
    cell = 'text = """\n%matplotlib inline\n"""\ndef f(a, b):\n    return (a\n% b), text'
    namespace: dict[str, object] = {}
    program = Program([cell])
    for statement in program.needed(["f"]):
        exec(program.compiled(statement), namespace)
    assert namespace["f"](7, 4) == (3, "\n%matplotlib inline\n")  # type: ignore[operator]


def test_definitions_only_leaves_out_what_computes() -> None:
    cells = [
        "import math\nrate = 0.1\nweights = train()\ntable = {'a': 1}",
        "def f(): return rate, weights, table, math",
    ]
    assert needed(cells, definitions_only=True) == [
        *("import math", "rate = 0.1", "table = {'a': 1}"),
        "def f(): return rate, weights, table, math",
    ]


def test_annotations_of_the_future_stay_unevaluated() -> None:
    program = Program(["from __future__ import annotations", "def f(x: Unknown) -> Unknown: return x"])
    namespace: dict[str, object] = {}
    for statement in program.needed(["f"]):
        exec(program.compiled(statement), namespace)
    assert namespace["f"](3) == 3  # type: ignore[operator]


@pytest.mark.parametrize("cell", ["from math import *", "from math import *\nx = 1"])
def test_a_star_import_always_runs(cell: str) -> None:
    assert needed([cell, "def f(x): return sqrt(x)"])[0] == "from math import *"


RELEASED = [
    "import math\nscale = 2\nscale += 1",
    "def g(x):\n    return math.sin(x)",
    "def f(x: T): ...",
    "(",
    "3 +",
]


@pytest.mark.parametrize(
    "cells",
    [
        [*RELEASED, "def f(x): return g(scale)"],
        ["# mine", *RELEASED, "def f(x): return g(scale)"],
        ["from __future__ import annotations", *RELEASED],
        [RELEASED[1], RELEASED[0], RELEASED[0], "def f(x): return g(scale)"],
        ["(", "def f(x): return 1"],
    ],
)
def test_cells_that_were_read_in_advance_are_the_same_statements_at_their_places(
    cells: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> object:
        program = Program(cells)
        chosen = program.needed(["f"])
        codes = [program.compiled(statement) for statement in chosen]
        where = [(s.cell, s.node.lineno, s.binds, s.changes) for s in chosen]
        return where, [(code.co_filename, code.co_code, code.co_names) for code in codes], set(program.broken)

    monkeypatch.setattr(program_module, "_READ", {})
    before = told()
    read_in_advance(RELEASED)
    assert len(program_module._READ) == 3
    assert told() == before


def test_the_names_that_code_loads_are_those_that_dis_finds() -> None:
    many = "\n".join(f"    name_{i}, part.field_{i}, name_{i}()" for i in range(600))
    function = f"def f(part, own=default):\n    own = other\n{many}\n    return lambda: own + inner"
    source = f"{function}\nclass K(Base): a = b"
    code = compile(source, "<test>", "exec")
    assert program_module._global_names(code) == {
        *(f"name_{i}" for i in range(600)),
        *("default", "other", "inner", "Base", "b", "__name__"),
    }
