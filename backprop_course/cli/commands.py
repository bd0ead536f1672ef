"""The commands of ``backprop-course`` and their options; each says what it did in a line or two."""

from __future__ import annotations

import dataclasses
import json
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from backprop_course.cli import explore as gallery
from backprop_course.cli.checks import Checked, run_checks
from backprop_course.cli.doctor import examine, missing_extra
from backprop_course.cli.kernel import KernelError
from backprop_course.cli.lab import address_of_running, can_open_browser, serve
from backprop_course.cli.overview import INDEX, overview, write_index
from backprop_course.cli.units import NotebookError, find_unit, released_units
from backprop_course.cli.workspace import (
    Copied,
    copy_units,
    require_course,
    reset_exercise,
    reset_unit,
    working_folder,
)
from backprop_course.errors import UsageError

app = typer.Typer(
    help="Learn how gradients are really computed: open the course, check your notebooks, start over.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_OPENING = "Opening it in your browser. Ctrl-C here ends it."
_OPEN = "Open this address in a browser. Ctrl-C here ends it."

Dir = Annotated[Path | None, typer.Option("--dir", help="The working folder.", show_default="./course")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]


@app.command()
def start(
    folder: Dir = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port; 8888 or the next free.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show JupyterLab's own log.")] = False,
) -> None:
    """Copy the units into a working folder and open JupyterLab on it. Ctrl-C ends it."""
    folder = working_folder(folder)
    typer.echo(f"Opening the course in {folder} ...")
    for copied in copy_units(released_units(), folder):
        _say_copied(copied)
    written = write_index(folder)
    browser = browser and can_open_browser()

    def announce(address: str) -> None:
        typer.echo(f"\nThe course is in {folder} and open at\n\n    {address}\n")
        typer.echo(_OPENING if browser else _OPEN)

    try:
        if running := address_of_running(folder, INDEX):
            typer.echo(f"\nThe course in {folder} is open already, at\n\n    {running}\n")
            if browser:
                webbrowser.open(running)
            typer.echo("Ctrl-C where it was started ends it.")
            return
        serve(folder, announce, opens=INDEX, sign=written, port=port, browser=browser, verbose=verbose)
    except ModuleNotFoundError as error:
        raise missing_extra(error, "course") from error
    except KeyboardInterrupt:
        pass  # Ctrl-C before the server was up, or a second one that would not wait
    typer.echo("\nEnded. Your work is kept in " + str(folder))


@app.command()
def explore(
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="DIR", help="Write pages that work offline, without Python."),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port; 8866 or one near it.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show Voilà's own log.")] = False,
) -> None:
    """Open the gallery of widgets as a web page, or write it as pages. Ctrl-C ends it."""
    browser = browser and can_open_browser()
    typer.echo(f"Writing the gallery into {export} ..." if export else "Opening the gallery ...")

    def announce(address: str) -> None:
        typer.echo(f"\nThe gallery is open at\n\n    {address}\n")
        typer.echo(_OPENING if browser else _OPEN)

    try:
        if export is not None:
            first, *others = gallery.export(export)
            typer.echo(f"{_many(len(others), 'page')} and {first}: open it in a browser")
            return
        gallery.serve(announce, port=port, browser=browser, verbose=verbose)
    except ModuleNotFoundError as error:
        raise missing_extra(error, "course") from error
    except KeyboardInterrupt:
        pass
    typer.echo("\nEnded.")


@app.command()
def units(folder: Dir = None, as_json: Json = False) -> None:
    """List the units that exist and which of them are in the working folder."""
    folder = working_folder(folder)
    for unit in released_units():
        here = (folder / unit.id / unit.notebook.name).is_file()
        if as_json:
            _say_json(unit=unit.id, title=unit.title, exercises=unit.exercises, copied=here)
        else:
            place = f"in {folder}" if here else "not copied yet"
            typer.echo(f"{unit.id}  {unit.title}  ({_many(len(unit.exercises), 'exercise')}, {place})")


@app.command()
def progress(folder: Dir = None, as_json: Json = False) -> None:
    """Count the checks that passed in your notebooks, as they were last saved."""
    folder = working_folder(folder)
    require_course(folder)
    table = overview(folder)
    if not as_json:
        typer.echo(repr(table))
        return
    for row in table.rows:
        _say_json(unit=row.unit, passed=sorted(row.passed), exercises=row.exercises, trouble=row.trouble)


@app.command()
def check(
    notebooks: Annotated[list[Path], typer.Argument(help="Notebooks of the course.", metavar="NOTEBOOK")],
    timeout: Annotated[int, typer.Option(min=1, help="Seconds one cell may take.")] = 120,
    as_json: Json = False,
) -> None:
    """Run notebooks from the top and report every check in them. Nothing is written."""
    for path in notebooks:
        if not path.is_file():
            raise UsageError(
                f"There is no notebook {path}.",
                expected="the path of a notebook",
                got="a folder" if path.is_dir() else "nothing at that place",
                mend=f"backprop-course check {path}/*.ipynb"
                if path.is_dir()
                else "give its path, such as course/NB06/NB06.ipynb",
            )
    passed = [_check_one(path, timeout, as_json) for path in notebooks]
    if not all(passed):
        raise typer.Exit(1)


@app.command()
def reset(
    unit: Annotated[str, typer.Argument(help="Such as NB04.")],
    exercise: Annotated[str | None, typer.Argument(help="Such as E01; the whole unit without it.")] = None,
    folder: Dir = None,
) -> None:
    """Put a unit, or one exercise of it, back as it was released. A copy of your notebook is kept."""
    folder = working_folder(folder)
    found = find_unit(unit)
    what = found.id if exercise is None else found.exercise(exercise)
    require_course(folder)
    backup = reset_unit(found, folder) if exercise is None else reset_exercise(found, exercise, folder)
    typer.echo(f"{what} is as released in {folder / found.id / found.notebook.name}")
    if backup is not None:
        typer.echo(f"Your notebook as it was: {backup}")
        typer.echo("If it is open in JupyterLab: File > Reload Notebook from Disk")


@app.command()
def doctor(folder: Dir = None, as_json: Json = False) -> None:
    """Say what is missing or too old, and how to mend it."""
    findings = examine(working_folder(folder))
    for finding in findings:
        if as_json:
            _say_json(**dataclasses.asdict(finding))
            continue
        sign = "ok" if finding.ok else "MEND" if finding.needed else "note"
        typer.echo(f"{sign:4}  {finding.name}  {finding.found}")
        if finding.mend:
            typer.echo(f"      to mend: {finding.mend}")
    if not all(finding.ok for finding in findings if finding.needed):
        raise typer.Exit(1)


def _check_one(path: Path, timeout: int, as_json: bool) -> bool:
    try:
        results = run_checks(path, timeout=timeout)
    except (NotebookError, KernelError) as error:
        typer.echo(str(error), err=True)
        return False
    except ModuleNotFoundError as error:
        raise missing_extra(error, "course") from error
    for result in results:
        if as_json:
            _say_json(notebook=str(path), **dataclasses.asdict(result))
        else:
            typer.echo(f"{path}  {_describe(result)}")
    passed = sum(result.ok for result in results)
    if not as_json:
        typer.echo(f"{path}  {passed} of {_many(len(results), 'check')} passed")
    return passed == len(results)


def _describe(result: Checked) -> str:
    points = f"{result.score:g}/{result.max_score:g} points" if result.max_score else "a warm-up, no points"
    points = "no verdict" if result.score is None else points
    detail = f"  {result.detail}" if result.detail and not result.ok else ""
    return f"{result.exercise}  {'ok' if result.ok else 'NOT YET'}  {points}{detail}"


def _say_copied(copied: Copied) -> None:
    if copied.what == "new":
        typer.echo(f"copied  {copied.target}")
    elif copied.what == "beside":
        typer.echo(f"kept    {copied.target}  (yours; a newer release of it is in {copied.newer})")


def _say_json(**fields: Any) -> None:
    typer.echo(json.dumps(fields, ensure_ascii=False))


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
