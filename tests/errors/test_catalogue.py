"""Every error of the two packages, as its place in the source shows it: our own class, and all four parts."""

from __future__ import annotations

import ast
import builtins
import re

import pytest

from backprop_course.docs.errors_page import anchor
from tests.errors.source import HOLE, PARTS, Made, bases_of, classes, error_names, made, makers, raised, trees

# What an advice tells to do: one of these words, or a call or an assignment to copy.
VERBS = set(
    "add ask assign attach begin build call check choose clear close compare compute convert copy "
    "correct count declare do download drop end give go grade hand index install keep leave load "
    "look make move name open pack pass pip pull put reduce remove rename replace require reset "
    "reshape restore resume return run save say see set show stack start store submit sum take trace "
    "train try turn unpack use wait walk write".split()
)
CODE = re.compile(r"\w\(.*\)|\w = ")

# Raised in the packages, and not ours: with the reason, by the names' own places.
NOT_OURS = {
    "NotImplementedError": "a method that a subclass has to write",
    # They end a call on this side of a module, and never leave it.
    "_Stop": "caught in minimize",
    "_Misfit": "caught in trace_break",
    "_Lost": "caught in the session of a child",
    "OutOfTime": "caught where an answer is run",
    "_hopeless": "makes a _Lost",
    "WrongStructure": "caught by the judge",
    "KernelGone": "caught by the checks of a notebook",
    "NotDelegated": "caught where a zygote starts",
    "BadFrame": "caught where a child is asked",
    "TooLarge": "caught where a child is asked",
    "Closed": "caught where a child is asked",
    "TimeoutError": "caught where a child is asked",
    # Asked for by a protocol of others.
    "Exit": "how a command of typer ends",
    "HTTPError": "how a page of Jupyter is refused",
    "SkipNode": "how docutils leaves a node",
    "AttributeError": "what Python's own protocol of attributes asks for",
    "ImportError": "a stand-in for a module that is hidden from submissions",
    "Misfit": "told to a learner as an answer of the wrong form",
    "SyntaxError": "caught where a signature or a cell is read",
    # An error that was caught before goes on.
    "error": "the error that was caught",
    "said": "the error that a worker sent",
    "failure": "the error that an answer raised",
    "without": "the error that the other call raised",
    "call_failed": "ours about shapes, or NumPy's own",
    "no_number": "ours about what is no number, or NumPy's own",
}
# What stays a built-in error in its module: answer keys, which fail as a learner does, and what is caught.
IN_MODULES = {
    "autograder/exercises/": "an answer key, whose errors are compared with the learner's",
    "autograder/probes/": "run beside a learner's code, told to the learner as the answer's own error",
    "autograder/sandbox/": "an OSError of the system, caught where isolation is chosen",
    "autograder/_trial.py": "told as the outcome of a call",
    "autograder/compared.py": "a declaration that has nothing to be tried on",
    "autograder/grading/classroom.py": "made classes, for trying the grader out",
    "backprop_course/docs/": "a page that names what is not there: the build of the site fails",
    "backprop_course/training/checkpoint.py": "what json asks of its default",
    "backprop_course/widgets/trace_activation.py": "caught with whatever the learner's function raises",
}


def test_the_source_is_read_whole() -> None:
    """The numbers are floors: so that a reader that finds nothing cannot pass."""
    assert len(made()) > 300
    assert len(classes()) >= 30


def test_every_error_says_what_was_expected_what_was_got_and_how_to_mend_it() -> None:
    untold = []
    for site in made():
        missing = [part for part in PARTS if not all(text.strip() for text in site.texts.get(part, [""]))]
        untold += [f"{site.where}: {site.error} without {part}" for part in missing]
        untold += [
            f"{site.where}: {what!r} is no sentence" for what in site.texts["what"] if not sentence(what)
        ]
        untold += [f"{site.where}: {mend!r} tells nothing to do" for mend in told(site) if not advice(mend)]
    assert untold == []


def sentence(what: str) -> bool:
    return what.endswith((".", HOLE))


def told(site: Made) -> list[str]:
    return site.texts.get("mend", [])


def advice(mend: str) -> bool:
    if mend == HOLE or mend.startswith("did you mean"):
        return True
    return bool(VERBS & set(re.findall("[a-z]+", mend)) or CODE.search(mend))


def test_no_advice_is_a_whole_text_from_elsewhere_but_for_the_places_known() -> None:
    """What is known only when it runs: texts kept under a name, or the advice of the error before."""
    holes = {site.where.partition(":")[0] for site in made() if HOLE in site.texts["mend"]}
    assert holes == {
        "autograder/grading/submissions.py",
        "autograder/nbgrader/preprocessor.py",
        "backprop_course/cli/checks.py",
        "backprop_course/cli/doctor.py",
        "backprop_course/cli/units.py",
        "backprop_course/engine/names_elsewhere.py",
        "backprop_course/engine/refusals.py",
        "backprop_course/engine/rule_refusals.py",
    }


def test_what_is_raised_is_ours_or_has_a_reason_not_to_be() -> None:
    ours = {name for names in error_names().values() for name in names} | makers()
    strange = [
        f"{one.where} raises {one.name}"
        for one in raised()
        if one.name not in ours
        and one.name not in NOT_OURS
        and not any(one.module.startswith(module) for module in IN_MODULES)
    ]
    assert strange == [], "raise one of backprop_course.errors, or say here why not"


def test_no_reason_is_left_over() -> None:
    names = {one.name for one in raised()}
    assert [name for name in NOT_OURS if name not in names] == []
    assert [module for module in IN_MODULES if not any(path.startswith(module) for path in trees())] == []


@pytest.mark.parametrize("name", sorted({name for _, name in classes()} - {"CourseError"}))
def test_every_class_is_a_built_in_error_too(name: str) -> None:
    bases = bases_of(name)
    assert "CourseError" in bases
    built_in = {base for base in bases if base.endswith("Error") and hasattr(builtins, base)}
    assert built_in


def test_no_two_classes_share_an_anchor_and_each_says_what_it_is_for() -> None:
    anchors = [anchor(name) for _, name in classes()]
    assert len(anchors) == len(set(anchors)) >= 30
    untold = [name for (_, name), node in classes().items() if not (ast.get_docstring(node) or "").strip()]
    assert untold == []
