"""Which lines and branches tests run: ``.venv/bin/python .ci/coverage [ARGUMENTS OF PYTEST]``.

Runs the tests of the parts below (or what the arguments say), measures every process that they start, and
prints a table; ``-v`` in front adds the places that no test runs. The exit code is 1 where a part has less
than it must, and pytest's own where tests fail. Needs ``pip install "coverage>=7.10"``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import confined
import coverage
import numpy as np

ROOT = confined.ROOT
LEAST = 95.0  # percent of lines and branches, counted together as coverage does
# Measuring makes objects: garbage is collected in the middle of this answer, which counts on none.
LEFT_OUT = (
    "tests/grading/test_hostile.py::test_an_attack_earns_what_its_answer_deserves[lingers-after-its-end]"
)
# Coverage's own file finds no room either, and it says so where the test expects one sentence.
FULL_DISK = "tests/grading/test_kill.py::test_a_disk_that_fills_up_stops_the_run_and_costs_no_grade"
PARTS = {  # files that match; a ``*`` stays in its folder
    "engine": ("backprop_course/engine/*.py", "backprop_course/engine/*/*.py"),
    "derivatives": ("backprop_course/derivatives/*.py",),
    "judge": ("autograder/*.py",),
    "sandbox": ("autograder/sandbox/*.py",),
    "grading": ("autograder/grading/*.py",),
}
TESTS = (  # arguments of pytest, one run after the other
    (
        *(f"tests/{name}" for name in ("engine", "derivatives", "autograder", "grading", "errors")),
        *("backprop_course/engine", "backprop_course/derivatives", "autograder", "--deselect", LEFT_OUT),
    ),
    (
        *(
            "-m",
            "slow",
            *(f"tests/grading/test_{name}.py" for name in ("cluster", "confined_kernel", "kill")),
        ),
        *("--deselect", FULL_DISK),
    ),
)


def main(arguments: list[str]) -> int:
    """Run the tests and return the exit code."""
    in_detail = arguments[:1] == ["-v"]
    given = arguments[in_detail:]
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        marks, data = Path(folder, "marks"), f"{folder}/data"
        with open(marks, "wb") as file:
            file.truncate(confined.SIZE)
        paths = [str(Path(confined.__file__).parent), str(ROOT)]
        handed = {confined.MARKS: str(marks), "COVERAGE_FILE": data, "PYTHONPATH": os.pathsep.join(paths)}
        codes = [run(tests, os.environ | handed) for tests in ([given] if given else TESTS)]
        add_marks(marks, data)
        measured = coverage.Coverage(data)
        measured.combine()
        measured.save()
        measured.json_report(outfile=f"{folder}/report.json")
        files = json.loads(Path(folder, "report.json").read_text())["files"]
        if in_detail:
            measured.report(show_missing=True, skip_covered=True)
    return max(*codes, table(files))


def run(tests: Sequence[str], environment: dict[str, str]) -> int:
    """Run pytest under coverage and return its exit code."""
    command = [sys.executable, "-m", "coverage", "run", "-m", "pytest", "-q", *tests]
    return subprocess.run(command, env=environment).returncode


def add_marks(marks: Path, data: str) -> None:
    """Write what confined processes have marked as coverage writes it."""
    every = np.memmap(marks, np.uint8, "r").reshape(len(confined.FILES), confined.SIDE, confined.SIDE)
    steps = {}
    for path, marked in zip(confined.FILES, every, strict=True):
        assert len((ROOT / path).read_text().splitlines()) < confined.LINES, (
            f"{path} is too long to be marked"
        )
        pairs = np.argwhere(marked) - confined.LINES
        if len(pairs):
            steps[str(path)] = [(int(start), int(end)) for start, end in pairs]
    written = coverage.CoverageData(data, suffix="confined")
    written.add_arcs(steps)
    written.write()


def table(files: dict[str, Any]) -> int:
    """Print a line for each part; return 1 if one of them has less than it must."""
    code = 0
    print(f"{'part':12}{'lines':>22}{'branches':>22}{'together':>13}")
    for part, patterns in PARTS.items():
        paths = {str(path.relative_to(ROOT)) for pattern in patterns for path in ROOT.glob(pattern)}
        told = [file["summary"] for name, file in files.items() if name in paths]
        line, run, there = f"{part:12}", 0, 0
        for covered, counted in (("covered_lines", "num_statements"), ("covered_branches", "num_branches")):
            done, every = (sum(summary[key] for summary in told) for key in (covered, counted))
            line += f"{f'{done} of {every}':>14}{100 * done / max(every, 1):6.1f} %"
            run, there = run + done, there + every
        share = 100 * run / max(there, 1)
        line += f"{share:11.1f} %"
        code = code if share >= LEAST else 1
        print(line)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
