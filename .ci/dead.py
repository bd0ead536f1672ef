"""Name the code that nothing uses: ``python .ci/dead.py``; the exit code is 1 when there is any.

vulture looks for each name that is defined in all other code, tests too. What is reached without its name
standing in Python code is in the two tables below; an entry that is needed no more is an error as well.
"""

from __future__ import annotations

import ast
import re
import sys
from fnmatch import fnmatch
from pathlib import Path

from vulture import Vulture
from vulture.core import Item

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("backprop_course", "autograder", "benchmarks", "tests", ".ci", "nbgrader_config.py")

# A decorator that puts what it decorates into a table, from which it is called.
DECORATORS = ["@app.command", "@defjvp", "@pytest.fixture", "@traitlets.*", "@trick", "@wrong"]

# Functions in the first, which strings in the second name: alone, or before their arguments.
NAMED_IN_STRINGS = {
    "autograder/probes/*": "autograder/exercises/*.py",
    "benchmarks/engines/*": "benchmarks/workloads.py",
}

# Where, which names, and who uses them.
USED_BY_OTHERS = (
    ("*", "pytestmark pytest_* collect_ignore_glob", "pytest"),
    ("*", "handle_* log_message", "parsers and servers of the standard library"),
    ("*/exercises/*", "early_stopping repair_backward", "exercises are found by their type"),
    ("autograder/_in_process.py", "writable", "Python's files"),
    ("autograder/cli.py", "sandbox withhold dask", "choices of options are found by their values"),
    ("autograder/gallery.py", "BREAK_IT", "an entry point"),
    ("autograder/nbgrader/configuration.py", "*", "settings of nbgrader and nbconvert"),
    ("autograder/nbgrader/pages.py", "markdown_as_html", "a setting of nbconvert names it"),
    ("autograder/nbgrader/provisioner.py", "launch_kernel cleanup restart pgid", "jupyter_client"),
    ("autograder/nbgrader/source.py", "nbformat_minor", "notebooks have it"),
    ("autograder/probes/nb06.py", "fitted_with_bias", "a string with a place to fill names it"),
    ("autograder/sandbox/linux.py", "effective", "a field of a structure of the kernel"),
    ("autograder/sandbox/runner.py", "writable", "Python's files"),
    ("autograder/sandbox/standins.py", "create_module", "Python's imports"),
    ("backprop_course/__init__.py", "__dir__", "dir()"),
    ("backprop_course/cli/explore.py", "launch_browser", "Voilà"),
    ("backprop_course/docs/*", "setup has_content required_arguments option_spec", "Sphinx"),
    ("backprop_course/docs/conf.py", "*", "Sphinx's settings, and arguments as it hands them over"),
    ("backprop_course/engine/primitives/*", "UPLO hermitian rcond subok", "arguments as NumPy has them"),
    ("backprop_course/training/callbacks.py", "on_start on_end", "called by a name in a string"),
    ("backprop_course/widgets/_steps.py", "phase", "read by the widgets' modules"),
    ("tests/autograder/bank/*", "*", "answers as students write them"),
    ("tests/autograder/test_declarations.py", "unused", "an argument that has no effect is the test"),
    ("tests/classroom/other_course/*", "unit_rows_backward", "an exercise and its answer"),
    ("tests/engine/test_function.py", "Later", "its definition is refused"),
    ("tests/engine/test_graph.py", "x5", "an argument that has no effect is the test"),
    ("tests/notebooks/test_plain_nbgrader.py", "schema_version", "nbgrader reads it"),
    ("tests/training/test_trainer.py", "on_start on_end", "called by a name in a string"),
    ("tests/widgets/test_pictures.py", "spare", "an argument that has no effect is the test"),
    ("tests/widgets/test_trace_graph.py", "unused", "an argument that has no effect is the test"),
)


def in_strings(pattern: str) -> set[str]:
    """The names that stand in strings of some files, alone or before a bracket."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in ROOT.glob(pattern)]
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    texts = [node.value for node in nodes if isinstance(node.value, str)]
    return {name for text in texts for name in re.findall(r"^\w+$|\w+(?=\()", text)}


def place(item: Item) -> str:
    """The file of what was found, as the tables write it."""
    return Path(item.filename).resolve().relative_to(ROOT).as_posix()


def unnamed() -> list[Item]:
    """What vulture finds, without what strings name."""
    finder = Vulture(ignore_decorators=DECORATORS)
    finder.scavenge([str(ROOT / source) for source in SOURCES])
    named = {where: in_strings(strings) for where, strings in NAMED_IN_STRINGS.items()}
    return [
        item
        for item in finder.get_unused_code()
        if not any(fnmatch(place(item), where) and item.name in names for where, names in named.items())
    ]


def main() -> int:
    """Print what is dead, and what is excused for nothing."""
    found = unnamed()
    needed, complaints = set(), []
    for item in found:
        excuses = {
            (where, name)
            for where, names, _ in USED_BY_OTHERS
            for name in names.split()
            if fnmatch(place(item), where) and fnmatch(item.name, name)
        }
        needed |= excuses
        if not excuses:
            complaints.append(f"{place(item)}:{item.first_lineno}: {item.message}")
    for where, names, _ in USED_BY_OTHERS:
        complaints += [
            f".ci/dead.py: {name} in {where} is excused and need not be"
            for name in names.split()
            if (where, name) not in needed
        ]
    sys.stdout.writelines(f"{complaint}\n" for complaint in complaints)
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
