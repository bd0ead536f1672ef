"""Whether a declaration holds what it promises: the reference passes, each mistake is refused and named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from backprop_course.errors import CourseError

from .._diagnosis import effect
from .._trial import for_naming, trial
from ..exercise import Exercise, Piece
from ..instances import Instance
from ..judge import judge
from ..mistakes import Kind, Mistake
from .answers import Telling, mistaken
from .finding import Finding, told

SMALLEST = 3  # of a size where mistakes are named: twice and N times are one where N is 2

_CODE = re.compile(r"M\d\d|[a-z]+(-[a-z]+)*")
_PROGRAM = re.compile(r"\.T\b|@|np\.|\bsum\(|axis=|\bdef\b")
_PART = re.compile(r"[A-Z]+\d+\.W\d+")


def declaration(exercise: Exercise, seeds: Sequence[int]) -> Iterator[Finding]:
    """Yield what is found of a reference, its mistakes and their texts; a declaration may fail in any way."""
    try:
        yield _reference(exercise, seeds)
        for piece in exercise.tried:
            alone = exercise.only(piece)
            yield from _mistakes(alone, alone.tried[0], seeds)
        for kind in dict.fromkeys(kind for mistake in exercise.mistakes for kind in mistake.kinds):
            if trouble := text_trouble(kind):
                yield Finding(kind.code, trouble)
    except Exception as error:
        said = str(error) if isinstance(error, CourseError) else f"{type(error).__name__}: {error}"
        yield Finding("declaration", said)


def _reference(exercise: Exercise, seeds: Sequence[int]) -> Finding:
    for piece in exercise.tried:
        alone = exercise.only(piece)
        tried = alone.tried[0]
        for seed in seeds:
            if trouble := sizes_trouble(tried.draw(seed)):
                return Finding("reference", trouble)
            verdict = judge(alone, Telling(tried, tried.expected, seed), seed=seed, visible=True)
            if not verdict.ok or verdict.mistakes:
                return Finding("reference", f"its own numbers do not pass with seed {seed}: {told(verdict)}")
    return Finding("reference", "", "its own numbers pass")


def sizes_trouble(instances: Sequence[Instance]) -> str:
    """Return why mistakes could be taken for each other on these instances; empty where they cannot."""
    naming = [instance for instance in instances if instance.naming]
    if len(naming) < 2:
        return "there is one instance for naming mistakes, and two are needed"
    for instance in naming:
        sizes = instance.sizes
        if len(set(sizes.values())) < len(sizes) or any(size < SMALLEST for size in sizes.values()):
            said = ", ".join(f"{letter} = {size}" for letter, size in sizes.items())
            return (
                f"where mistakes are named, sizes are all different and at least {SMALLEST}, not {said}; "
                "smaller ones can stand beside, N=(1, 5)"
            )
    return ""


def _mistakes(exercise: Exercise, piece: Piece, seeds: Sequence[int]) -> Iterator[Finding]:
    seen: Counter[str] = Counter()
    for mistake in piece.mistakes:
        name = " & ".join(mistake.codes)
        seen[name] += 1
        what = name if seen[name] == 1 else f"{name} ({seen[name]})"
        for seed in seeds:
            if trouble := _mistake_trouble(exercise, piece, mistake, seed):
                yield Finding(what, f"{_place(mistake)} {trouble}")
                break
        else:
            yield Finding(what, "", "accepted, with a remark" if mistake.accepted else "refused and named")


def _mistake_trouble(exercise: Exercise, piece: Piece, mistake: Mistake, seed: int) -> str:
    verdict = judge(exercise, mistaken(piece, mistake, seed), seed=seed, visible=True)
    if verdict.ok != mistake.accepted:
        want = "is a convention and has to pass" if mistake.accepted else "has to be refused, and passes"
        return f"{want}, with seed {seed}: {told(verdict)}"
    if verdict.mistakes == list(mistake.codes):
        return ""
    if alike := _alike(piece, mistake, seed):
        return f"gives the same as {alike}, with seed {seed}: declare only one of the two"
    how = f"is named {' and '.join(verdict.mistakes)}" if verdict.mistakes else "is refused, but not named"
    return f"{how}, with seed {seed}: {told(verdict)}"


def _alike(piece: Piece, mistake: Mistake, seed: int) -> str:
    """Return the other mistakes that give the same wherever mistakes are named."""
    trials = [trial(piece, instance, Telling(piece, piece.expected, seed)) for instance in piece.draw(seed)]

    def same(other: Mistake) -> bool:
        for t in for_naming(trials):
            one, two = (effect(m, piece, t.instance, t.right) for m in (mistake, other))
            if not isinstance(one, dict) or not isinstance(two, dict):
                if one != two:
                    return False
            elif not all(t.alike(one[name], two[name]) for name in one):
                return False
        return True

    others = [m for m in piece.mistakes if m.codes != mistake.codes and same(m)]
    return ", ".join(f"{' & '.join(m.codes)} ({_place(m)})" for m in others)


def _place(mistake: Mistake) -> str:
    """Return the file and line that a mistake's code stands in."""
    for function in (mistake.function, *mistake.answers.values()):
        if code := getattr(function, "__code__", None):
            return f"{Path(code.co_filename).name}:{code.co_firstlineno}"
    return "it"


def text_trouble(kind: Kind) -> str:
    """Return what is wrong with the texts of an entry of the catalogue; empty if nothing is."""
    if not _CODE.fullmatch(kind.code):
        return f"its code is {kind.code!r}: a name in small letters, with hyphens"
    if not kind.name or kind.name[0].isupper() or kind.name.endswith("."):
        return f"its name is {kind.name!r}: it completes 'looks like', without capital and full stop"
    for label in ("footprint", "family", "rule"):
        text = getattr(kind, label)
        if len(text) <= 20 or not text[0].isupper() or not text.endswith("."):
            return f"its {label} is {text!r}: a hint is a sentence"
        if found := _PROGRAM.search(text):
            return f"its {label} holds code, {found[0]!r}: a hint says it in words"
    if not _PART.fullmatch(kind.see):
        return f"its see is {kind.see!r}: the part that teaches the rule, 'MY01.W1'"
    return ""
