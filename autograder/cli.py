"""The command ``autograder``: release units, grade a class, say why, show an example.

Exit codes: 0 done, whatever state single submissions ended in; 1 something asked for failed; 2 wrong use.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from backprop_course.cli.doctor import missing_extra
from backprop_course.cli.lab import load_quickly
from backprop_course.errors import CourseError, UsageError

try:
    import typer

    from .grading.progress import ProgressBar, busy, counted
except ModuleNotFoundError as error:
    sys.stderr.write(f"{missing_extra(error, 'grader')}\n")
    sys.exit(1)

from ._verdict import in_points
from .grading.backend import Backend
from .grading.classroom import UNIT, build
from .grading.cluster import DaskBackend
from .grading.deciding import decide, undo
from .grading.explain import explanation, find_result
from .grading.exports import export as write_export
from .grading.grade import DIFFERENCES
from .grading.gradebook import GRADEBOOK, has_password, url_in, without_password
from .grading.local import LocalBackend
from .grading.overrides import read_overrides, read_undone
from .grading.result import Row
from .grading.run import Grading, exercises_of, grade_class
from .grading.similar_page import write_similarity
from .grading.similarity import similar_submissions
from .grading.stored import read_run
from .grading.tables import points
from .sandbox import Limits

app = typer.Typer(
    help="Release the course's units, grade a class, say why each point was given.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_INTERRUPTED = 130  # as a shell reports a program that Ctrl-C ended
_SHOWN = 50  # changes of points
_FIRST = 5  # files that are left out

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
Db = Annotated[
    str | None,
    typer.Option(
        "--db",
        help="nbgrader's gradebook, a database URL.",
        show_default="that of the last run, or one beside the grades",
    ),
]
Jobs = Annotated[int | None, typer.Option("--jobs", help="How many at once.", show_default="all processors")]


class Level(StrEnum):
    """Isolation, as `--require` names it."""

    sandbox = "sandbox"
    limits = "limits"
    process = "process"


class OnDifferences(StrEnum):
    """What happens to points for answers that look computed by differences."""

    withhold = "withhold"
    flag = "flag"


_ON_DIFFERENCES = OnDifferences(DIFFERENCES)


class Where(StrEnum):
    """Where submissions are graded."""

    local = "local"
    dask = "dask"


class Form(StrEnum):
    """What `export` writes."""

    csv = "csv"
    canvas = "canvas"
    gradescope = "gradescope"


MEANING = {
    "sandbox": "answers saw no file of yours, no network, no other process, and could not stay",
    "limits": "answers had limits and no rights, but may have read files and used the network;\n"
    "           grade code that nobody has looked at where `autograder grade --require sandbox` works",
    "process": "NOT SAFE for code that nobody has looked at: answers ran with your own rights",
}


def main() -> None:
    """Run the command line and leave with its exit code."""
    load_quickly()  # nbgrader imports Jupyter's server
    try:
        app()
    except ModuleNotFoundError as error:
        sys.stderr.write(f"{missing_extra(error, 'grader')}\n")
        sys.exit(1)
    except CourseError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except SystemExit as left:
        if left.code == _INTERRUPTED:  # typer's, in the place of KeyboardInterrupt
            sys.stderr.write("Interrupted. What is graded is kept; the same command goes on from here.\n")
        raise


@app.command()
def release(
    units: Annotated[list[str] | None, typer.Argument(help="Such as NB04; all by default.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if one is stale.")] = False,
    root: Annotated[
        Path | None,
        typer.Option("--root", help="A course's folder, with solutions/.", show_default="this repository"),
    ] = None,
) -> None:
    """Make the notebooks learners receive from the solutions."""
    from .release import REPOSITORY
    from .release import release as release_units

    raise typer.Exit(release_units(units or (), check=check, root=root or REPOSITORY))


@app.command("try")
def try_(
    wanted: Annotated[list[str], typer.Argument(metavar="UNIT...", help="Such as MY01, or MY01.E01.")],
    root: Annotated[
        Path | None,
        typer.Option(
            "--root",
            help="The course's folder, with solutions/.",
            show_default="this folder if it has the unit's text, else this repository",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="With how many seeds.")] = 5,
) -> None:
    """Try exercises before anybody works at them: solution, empty stub, each declared mistake."""
    from .trying.unit import try_out

    failed = 0
    for name in wanted:
        for title, findings in try_out(name, root, range(seeds)):
            typer.echo(title)
            for finding in findings:
                failed += bool(finding.trouble)
                sign, said = ("✗", finding.trouble) if finding.trouble else ("✓", finding.held)
                typer.echo(f"  {sign} {finding.what}: " + "\n    ".join(said.splitlines()))
    if failed:
        typer.echo(f"{failed} of these {'do' if failed > 1 else 'does'} not hold.")
        raise typer.Exit(1)


@app.command()
def grade(
    path: Annotated[
        Path, typer.Argument(help="nbgrader's submitted/, a folder or zip of notebooks, or one notebook.")
    ],
    unit: Annotated[str, typer.Option("--unit", help="Such as NB06.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Where the grades go.", show_default="grades/UNIT")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="Of the hidden inputs.", show_default="a secret one, kept in --out"),
    ] = None,
    seed_file: Annotated[Path | None, typer.Option("--seed-file", help="A file with the seed.")] = None,
    jobs: Jobs = None,
    db: Db = None,
    backend: Annotated[Where, typer.Option("--backend", help="Where answers are run.")] = Where.local,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="Of the cluster, tcp://host:8786; for --backend dask.")
    ] = None,
    require: Annotated[
        Level, typer.Option("--require", help="The least isolation to run answers under.")
    ] = Level.process,
    differences: Annotated[
        OnDifferences,
        typer.Option("--differences", help="Points for answers that look computed by differences."),
    ] = _ON_DIFFERENCES,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            help="Write points that a corrected exercise changes without asking; needed without a terminal.",
        ),
    ] = False,
    similarity: Annotated[
        bool,
        typer.Option("--similarity", help="Also list submissions that have much code in common: a hint."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Grade a class. A second run grades only what is new; Ctrl-C keeps what is finished."""
    unit = exercises_of(unit)[0].unit
    may_ask = not as_json and bool(sys.stdin and sys.stdin.isatty())
    folder = out or Path("grades") / unit
    settings = {
        "seed": seed,
        "seed_file": seed_file,
        "db_url": db,
        "limits": Limits(isolation=require.value),
        "differences": differences.value,
        "backend": _backend(backend, scheduler, jobs),
        "confirm": lambda grading: _confirmed(grading, yes=yes, may_ask=may_ask, as_json=as_json),
    }
    grading = _graded(path, unit, folder, as_json, settings)
    if not as_json:
        _say(grading)
    if similarity and grading.complete:
        _compare(path, grading, as_json)
    if grading.kept_back and grading.complete and not may_ask:
        raise UsageError(
            "Points that were given would change; nothing is written.",
            expected="--yes, where nobody can be asked",
            got="no --yes and no terminal" if not as_json else "--json without --yes",
            mend="look at the changes, then give the same command with --yes: nothing is graded again",
        )
    _leave(grading)


@app.command()
def explain(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where a class was graded.")],
    student: Annotated[str, typer.Argument()],
    exercise: Annotated[str | None, typer.Argument(help="Such as NB06.E06; all by default.")] = None,
    as_json: Json = False,
) -> None:
    """Say why each point was given or not."""
    result = find_result(folder, student)
    decided = read_overrides(folder).get(student, {})
    undone = read_undone(folder).get(student, {})
    listed = read_run(folder).listing.get(student, [])[1:]
    typer.echo(
        json.dumps(result.to_json()) if as_json else explanation(result, exercise, decided, listed, undone)
    )


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where a class was graded.")],
    form: Annotated[Form, typer.Option("--format", help="For whom.")] = Form.csv,
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="Without names, and without what may tell them.")
    ] = False,
    db: Db = None,
) -> None:
    """Write the grades as other systems read them, with what was entered in formgrader.

    What was never graded is empty, never 0.
    """
    typer.echo(write_export(folder, form.value, anonymous=anonymous, db_url=db))
    if not read_run(folder).complete:
        sys.stderr.write(
            "The grading was interrupted: who is not graded yet is not in it. Grade again first.\n"
        )


@app.command()
def override(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where a class was graded.")],
    student: Annotated[str, typer.Argument()],
    exercise: Annotated[str, typer.Argument(help="Such as E06.")],
    given: Annotated[
        float | None, typer.Argument(metavar="POINTS", help="From 0 to the exercise's points.")
    ] = None,
    why: Annotated[
        str | None, typer.Option("--why", help="Said beside the points, to the student too.")
    ] = None,
    take_back: Annotated[
        bool, typer.Option("--undo", help="Take back what was decided: the grader's points count again.")
    ] = False,
    db: Db = None,
) -> None:
    """Give an answer points by hand. They stay when the class is graded again, until --undo."""
    if take_back and given is None:
        before = undo(folder, student, exercise, why or "", db)
        typer.echo(f"{student} {exercise}: {in_points(before.points)} by hand taken back")
    elif given is not None and why is not None and not take_back:
        decide(folder, student, exercise, given, why, db)
        typer.echo(f"{student} {exercise}: {in_points(given)} by hand")
    else:
        raise UsageError(
            "Points are given, with the reason, or taken back.",
            expected='POINTS and --why "...", or --undo without POINTS',
            got=f"{'no points' if given is None else in_points(given)}{', --undo' if take_back else ''}"
            f"{', no --why' if why is None else ''}",
            mend="give the one or the other; a decision is replaced by the next one without --undo",
        )


@app.command()
def demo(
    folder: Annotated[Path, typer.Option("--dir", help="Where the example goes.")] = Path("demo"),
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Make an example class, broken and hostile submissions among it, and grade it."""
    submitted = build(folder / "submitted")
    grading = _graded(submitted, UNIT, folder / "grades", as_json, {"backend": LocalBackend(jobs)})
    if not as_json:
        _say(grading)
        look = grading.folder / "feedback" / "bias-not-summed.html"
        typer.echo(f"\nLook at {grading.folder / 'report.html'}, then at {look},\nor ask for one student:\n")
        typer.echo(f"    autograder explain {grading.folder} wrong-sign")
    _leave(grading)


def _graded(path: Path, unit: str, folder: Path, as_json: bool, settings: dict[str, Any]) -> Grading:
    """Grade with a bar or lines on stderr, or with a line of JSON for each submission."""
    confirm = settings.pop("confirm", None)
    with ExitStack() as shown:
        bar = shown.enter_context(ProgressBar(quiet=as_json))

        if isinstance(local := settings.get("backend"), LocalBackend):  # others do not know it
            bar.waiting_for(local.longest)

        def told(row: Row) -> None:
            bar.told(row)
            if as_json:
                typer.echo(json.dumps(_plain(row)))

        def asked(grading: Grading) -> bool:
            shown.close()  # the bar would be drawn over the question
            return confirm is None or bool(confirm(grading))

        return grade_class(
            path,
            unit,
            folder,
            begun=lambda grading: bar.begin(grading.unit, grading.expected),
            told=told,
            confirm=asked,
            **settings,
        )


def _backend(where: Where, scheduler: str | None, jobs: int | None) -> Backend:
    if where is Where.local and scheduler is None:
        return LocalBackend(jobs)
    if where is Where.local or scheduler is None:
        raise UsageError(
            "A cluster is named by both options.",
            expected="--backend dask --scheduler tcp://host:8786",
            got="only one of them",
            mend="give both, or neither to grade on this machine",
        )
    if importlib.util.find_spec("distributed") is None:
        raise UsageError(
            "Grading on a cluster needs dask.distributed.",
            expected="the package distributed",
            got="it is not installed",
            mend="pip install 'backprop-course[cluster]'",
        )
    return DaskBackend(scheduler)


def _confirmed(grading: Grading, *, yes: bool, may_ask: bool, as_json: bool) -> bool:
    """Show which points change, and whether they are to be written: as the options or a person say."""
    changes = ["The exercises or the seed have changed since the last run. Points that change:"]
    for student, exercise, before, now in grading.changes[:_SHOWN]:
        changes.append(f"  {student}  {exercise}  {points(before) or 'none'} -> {points(now) or 'none'}")
    if len(grading.changes) > _SHOWN:
        changes.append(f"  and {len(grading.changes) - _SHOWN} more")
    typer.echo("\n".join(changes), err=as_json)
    try:
        return yes or (may_ask and typer.confirm("Write them?"))
    except typer.Abort:  # Ctrl-C and the end of the input are a no
        typer.echo()
        return False


def _plain(row: Row) -> dict[str, Any]:
    mistakes = [{"exercise": exercise, "code": code} for exercise, code, _ in row.mistakes]
    return {
        "student": row.student,
        "file": row.file,
        "state": row.state,
        "score": row.score,
        "scores": row.scores,
        "mistakes": mistakes,
        "flags": row.flags,
        "reason": row.reason,
        "isolation": row.isolation,
    }


def _say(grading: Grading) -> None:
    counts = Counter[str](row.state for row in grading.rows.values())
    before = f", {grading.reused} of them by an earlier run" if grading.reused else ""
    there = sum(row.state != "not_submitted" for row in grading.rows.values())
    before += ", nothing graded anew" if grading.reused and grading.reused == there else ""
    ending = "s" * (grading.expected != 1)
    students = f"{len(grading.rows)} of {grading.expected} student{ending}{before}"
    typer.echo(f"{grading.unit}: {students}: {counted(counts)}")
    if grading.isolation:
        typer.echo(f"isolation  {grading.isolation}: {MEANING[grading.isolation]}")
        for note in grading.notes:
            typer.echo(f"           {note}")
    if grading.left_out:
        typer.echo(f"left out   {_counted_names(grading.left_out)}; of each student one file counts")
    if grading.ignored:
        typer.echo(
            f"ignored    {_counted_names(grading.ignored)}; no notebook with an answer, or out of place"
        )
    if grading.elsewhere:
        who = _counted_names(grading.elsewhere, "student")
        typer.echo(f"no answer  {who}; none of the functions asked for: a notebook of another unit?")
    if grading.kept_back:
        typer.echo("Not written: tables, pages and gradebook are those of the last run.")
        return
    own = grading.database == url_in(grading.folder)
    for name, where in (
        ("grades", grading.folder / "grades.csv"),
        ("feedback", grading.folder / "feedback"),
        ("report", grading.folder / "report.html"),
        ("gradebook", grading.folder / GRADEBOOK if own else without_password(grading.database)),
    ):
        typer.echo(f"{name:10} {where}")
    if has_password(grading.database):
        typer.echo("           its password is not kept: repeat --db for override, export and the next run")


def _counted_names(names: Sequence[str], what: str = "file") -> str:
    """Return how many there are, and the first of them."""
    first = ", ".join(names[:_FIRST]) + ", ..." * (len(names) > _FIRST)
    return f"{len(names)} {what}{'s' * (len(names) != 1)}: {first}"


def _compare(path: Path, grading: Grading, as_json: bool) -> None:
    """Write which submissions have much in common, and say where."""
    with busy("comparing submissions", quiet=as_json):
        found = similar_submissions(path, grading.unit)
    where = write_similarity(grading.folder, grading.unit, found)
    if not as_json:
        pairs = len(found.pairs) + found.more
        typer.echo(f"similarity {where}: {pairs} pair{'s' * (pairs != 1)} to look at, a hint and no verdict")


def _leave(grading: Grading) -> None:
    """Leave with 1 where something is missing; what is finished is written."""
    for error in grading.trouble:
        sys.stderr.write(f"{error}\n")
    if not grading.complete:
        left = grading.expected - len(grading.rows)
        sys.stderr.write(f"Interrupted; {left} not graded yet. The same command goes on from here.\n")
    if grading.trouble or not grading.complete:
        raise typer.Exit(1)
