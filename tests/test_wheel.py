"""The built wheel and sdist, and the wheel installed in an empty environment, away from the repository."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from backprop_course.cli.units import released_units
from backprop_course.widgets.gallery import gallery

from .cli.running import Started, ask, environment_for

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

pytestmark = pytest.mark.slow

CHECKED = """
import backprop_course
from autograder import check

def affine_backward(dY, X, W):
    return dY @ W.T, X.T @ dY, dY

print(backprop_course.grad(lambda x: x**3)(2.0))
print(check("NB06.E06", affine_backward))
"""
EXAMINED = """
import json
from pathlib import Path
from backprop_course.cli.doctor import examine

print(json.dumps({f.name: f.mend for f in examine(Path("course")) if not f.ok}))
"""


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and an empty folder to run its commands in."""

    folder: Path
    outside: Path

    def call(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = environment_for(self.outside.parent)
        environment.pop("PYTHONPATH", None)
        return subprocess.run(
            [self.folder / "bin" / command, *arguments],
            cwd=self.outside,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def run(self, command: str, *arguments: str) -> str:
        done = self.call(command, *arguments)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    @property
    def site(self) -> Path:
        (site,) = self.folder.glob("lib/python*/site-packages")
        return site


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    scratch = tmp_path_factory.mktemp("built")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(scratch / "tools")]
    subprocess.run([*pip, *PYPROJECT["build-system"]["requires"]], check=True)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(scratch / "dist")],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(scratch / "tools")},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return scratch / "dist"


@pytest.fixture(scope="module")
def core(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An empty environment with the wheel and what it asks for by itself."""
    scratch = tmp_path_factory.mktemp("installed")
    (scratch / "outside").mkdir()
    subprocess.run([sys.executable, "-m", "venv", str(scratch / "venv")], check=True)
    environment = Environment(scratch / "venv", scratch / "outside")
    (wheel,) = built.glob("*.whl")
    environment.run("pip", "install", "--quiet", "--only-binary", ":all:", str(wheel))  # no compiler
    return environment


@pytest.fixture(scope="module")
def course(built: Path, core: Environment) -> Environment:
    """The same environment with ``[course]``: the tests of `core` have to stand before its own."""
    (wheel,) = built.glob("*.whl")
    core.run("pip", "install", "--quiet", "--only-binary", ":all:", f"{wheel}[course]")
    return core


@pytest.fixture(scope="module")
def grader(built: Path, course: Environment) -> Environment:
    """The same environment with ``[grader]``: the tests of `course` have to stand before its own."""
    (wheel,) = built.glob("*.whl")
    course.run("pip", "install", "--quiet", "--only-binary", ":all:", f"{wheel}[grader]")
    return course


def tracked(*folders: str) -> list[str]:
    """Return the files of these folders that the repository knows."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listing.stdout.rstrip("\0").split("\0")


def test_the_sdist_holds_the_packages_the_units_and_their_sources(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    wanted = tracked("backprop_course", "autograder", "notebooks", "solutions", "tests")
    assert {"autograder/exercises/nb06.py", "notebooks/NB06/NB06.ipynb"} <= set(wanted)
    assert "backprop_course/widgets/static/graph_stepper.js" in wanted
    assert [name for name in wanted if name not in held] == []
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"} <= held


def test_the_sdist_is_installed_as_the_wheel_is(built: Path, core: Environment) -> None:
    (sdist,) = built.glob("*.tar.gz")
    core.run("pip", "install", "--quiet", "--no-deps", "--target", "from-sdist", str(sdist))
    names = [*tracked("backprop_course", "autograder"), "backprop_course/notebooks/NB06/NB06.ipynb"]
    assert [name for name in names if not (core.outside / "from-sdist" / name).is_file()] == []


@pytest.mark.parametrize("package", ["backprop_course", "autograder"])
def test_every_file_of_a_package_is_in_the_wheel(package: str, core: Environment) -> None:
    names = tracked(package)
    assert f"{package}/py.typed" in names
    assert [name for name in names if not (core.site / name).is_file()] == []


def test_the_units_are_in_the_wheel_as_they_are_released(core: Environment) -> None:
    for unit in released_units():
        packaged = core.site / "backprop_course" / "notebooks" / unit.id / unit.notebook.name
        assert packaged.read_bytes() == unit.notebook.read_bytes()


@pytest.mark.parametrize("folder", ["solutions", "tests", "benchmarks", ".ci"])
def test_what_only_the_repository_needs_is_not_in_the_wheel(folder: str, core: Environment) -> None:
    assert (ROOT / folder).is_dir()
    assert not (core.site / folder).exists()


def test_the_wheel_alone_brings_numpy_alone(core: Environment) -> None:
    listed = {package["name"] for package in json.loads(core.run("pip", "list", "--format", "json"))}
    assert listed - {"pip", "setuptools"} == {"backprop-course", "numpy"}


def test_the_wheel_alone_differentiates_and_judges(core: Environment) -> None:
    slope, card = core.run("python", "-W", "error", "-c", CHECKED).split("\n", 1)
    assert float(slope) == 12.0
    assert card.startswith("NB06.E06 affine_backward: 2 of 3 points")
    assert "Looks like M03" in card


@pytest.mark.parametrize("command", ["backprop-course", "autograder"])
def test_without_an_extra_a_command_says_how_to_install_it(command: str, core: Environment) -> None:
    done = core.call(command, "--help")
    assert done.returncode == 1
    assert "-m pip install 'backprop-course[" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_asks_for_the_lower_bounds_of_the_project(core: Environment) -> None:
    mend = json.loads(core.run("python", "-c", EXAMINED))
    extras = PYPROJECT["project"]["optional-dependencies"]
    for extra in ("course", "grader"):
        for requirement in extras[extra]:
            name, _, oldest = requirement.partition(">=")
            if name != "backprop-course[course]":
                assert mend.pop(name).startswith(
                    f"install {name} {oldest} or later: {core.folder}/bin/python"
                )
    assert mend == {}


def test_with_course_the_commands_find_the_units_and_nothing_to_mend(course: Environment) -> None:
    listing = course.run("backprop-course", "units", "--json")
    listed = {json.loads(line)["unit"] for line in listing.splitlines()}
    assert listed == {unit.id for unit in released_units()}
    assert "MEND" not in course.run("backprop-course", "doctor")


def test_with_course_the_gallery_is_written_by_the_wheel_alone(course: Environment) -> None:
    course.run("backprop-course", "explore", "--export", "pages")
    written = {path.name for path in (course.outside / "pages").iterdir()}
    assert written == {"index.html", *(f"{entry.slug}.html" for entry in gallery())}


def test_with_course_the_wheel_alone_opens_the_course_and_checks_a_notebook(course: Environment) -> None:
    scratch = course.outside.parent
    started = Started(
        [str(course.folder / "bin" / "backprop-course"), "start", "--no-browser"],
        folder=course.outside,
        scratch=scratch,
    )
    try:
        assert ask(started.address(), "/api/contents/index.ipynb")[0] == 200
        started.send(signal.SIGINT)
        assert started.end() == 0
    finally:
        started.close()
    checked = course.call("backprop-course", "check", "course/NB00/NB00.ipynb")
    assert checked.returncode == 1
    assert "NB00.E01" in checked.stdout
    assert "Traceback" not in checked.stderr


def test_with_grader_the_wheel_alone_grades(grader: Environment) -> None:
    submitted = grader.outside / "submitted"
    submitted.mkdir()
    (submitted / "ana.py").write_text(
        "def affine_backward(dY, X, W):\n    return dY @ W.T, X.T @ dY, dY\n", encoding="utf-8"
    )
    grader.run("autograder", "grade", "submitted", "--unit", "NB06")
    said = grader.run("autograder", "explain", "grades/NB06", "ana")
    assert "M03" in said
