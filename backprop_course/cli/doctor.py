"""What the course needs, what is here, and how to mend the difference."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from backprop_course.cli.units import released_units
from backprop_course.errors import CourseError, MissingExtra

DISTRIBUTION = "backprop-course"
PACKAGE = Path(__file__).resolve().parents[1]
PROJECT = PACKAGE.parent / "pyproject.toml"
OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    name : str
        What it is.
    ok : bool
        Whether it is as it should be.
    found : str
        What is there.
    mend : str
        What to do about it; empty where there is nothing to do.
    needed : bool
        Whether the course cannot do without it.
    """

    name: str
    ok: bool
    found: str
    mend: str = ""
    needed: bool = True


def install_command(extra: str) -> str:
    """Return the line that installs an extra into the Python that runs this."""
    what = f"-e '{PROJECT.parent}[{extra}]'" if _in_clone() else f"'{DISTRIBUTION}[{extra}]'"
    return f"{sys.executable} -m pip install {what}"


def missing_extra(error: ImportError, extra: str) -> MissingExtra:
    """Return our error for a package that could not be imported."""
    return MissingExtra(
        f"The package {error.name} is needed for this and not installed.",
        expected=f"the extra {extra!r} of {DISTRIBUTION}",
        got=str(error) or type(error).__name__,
        mend=install_command(extra),
    )


def examine(folder: Path) -> list[Finding]:
    """Look at Python, NumPy and the packages of the extras, the units, and the working folder."""
    return [_python(), *_packages(), _units(), _writable(folder), *_shadowing(folder)]


def shadowing_files(folder: Path) -> list[Path]:
    """Return the files in `folder` that a notebook there would import in place of the module meant."""
    installed = {name for name, _ in _requirements("course")} | {"numpy", "backprop_course", "autograder"}
    hidden = sys.stdlib_module_names | installed
    return sorted(path for path in folder.glob("*.py") if path.stem in hidden)


def _in_clone() -> bool:
    """Whether this is a clone, and not a wheel, which has the units inside and may lie beside any file."""
    return PROJECT.is_file() and not (PACKAGE / "notebooks").is_dir()


def _python() -> Finding:
    oldest = ".".join(map(str, OLDEST_PYTHON))
    ok = sys.version_info >= OLDEST_PYTHON
    mend = "" if ok else f"make the environment again with Python {oldest} or later"
    return Finding("Python", ok, sys.version.split()[0], mend)


def _packages() -> Iterator[Finding]:
    """Every package the project's own metadata asks for: the core, `course`, and, if begun, `grader`."""
    course = dict(_requirements("")) | dict(_requirements("course"))
    for name, oldest in course.items():
        yield _package(name, oldest, "course", needed=True)
    for name, oldest in _requirements("grader"):
        if name not in course:
            yield _package(name, oldest, "grader", needed=False)


def _requirements(extra: str) -> Iterator[tuple[str, str]]:
    """Yield name and oldest version of what is required, by one extra or (with ``""``) always."""
    for line in _declared(extra) if _in_clone() else _packaged(extra):
        found = re.match(r"([\w.-]+)(?:>=([\d.]+))?", line)
        if found and found[1] != DISTRIBUTION:  # one extra may ask for another
            yield found[1], found[2] or "0"


def _declared(extra: str) -> list[str]:
    """Return the requirements in a clone: its metadata are those of the day it was installed."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    return list(project["optional-dependencies"][extra] if extra else project["dependencies"])


def _packaged(extra: str) -> Iterator[str]:
    """Yield the requirements in the metadata of an installed wheel."""
    for line in metadata.requires(DISTRIBUTION) or ():
        wanted_by = re.search(r"extra == ['\"]([\w-]+)['\"]", line)
        if (wanted_by[1] if wanted_by else "") == extra:
            yield line


def _package(name: str, oldest: str, extra: str, *, needed: bool) -> Finding:
    wanted = f"{name} {oldest} or later"
    what_for = "" if needed else " (for grading)"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(
            name, False, f"missing{what_for}", f"install {wanted}: {install_command(extra)}", needed
        )
    if _numbers(version) < _numbers(oldest):
        return Finding(
            name,
            False,
            f"{version}, too old{what_for}",
            f"install {wanted}: {install_command(extra)}",
            needed,
        )
    return Finding(name, True, version, needed=needed)


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: (2, 13, 0) for ``2.13.0+cpu``, (3, 0) for ``3.0rc1``."""
    release = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, release[0].split("."))) if release else ()


def _units() -> Finding:
    try:
        units = released_units()
    except CourseError as error:
        return Finding("units", False, error.what, error.mend)
    return Finding("units", True, ", ".join(unit.id for unit in units))


def _writable(folder: Path) -> Finding:
    existing = next(path for path in (folder.resolve(), *folder.resolve().parents) if path.exists())
    ok = existing.is_dir() and os.access(existing, os.W_OK)
    mend = "" if ok else "give another folder with --dir, or change its permissions"
    state = " cannot be written to" if not ok else "" if folder.is_dir() else ", which start will make"
    return Finding("working folder", ok, f"{folder}{state}", mend)


def _shadowing(folder: Path) -> Iterator[Finding]:
    for place in (folder, *filter(Path.is_dir, folder.glob("*"))):
        for path in shadowing_files(place):
            what = f"notebooks beside it import it in place of the module {path.stem}"
            yield Finding(str(path), False, what, "give it another name")
