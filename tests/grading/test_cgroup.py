"""Control groups: used where they are delegated, and a reason where they are not."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path

import pytest

from autograder.sandbox import Limits, Session, Zygote, cgroup
from autograder.sandbox.cgroup import NotDelegated, new_group, own_group

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")

FILES = ("cgroup.procs", "memory.max", "memory.swap.max", "pids.max")
MIB = 1 << 20


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like a group, in which new folders have a group's files."""
    made = Path.mkdir

    def mkdir(self: Path, *arguments: bool, **named: bool) -> None:
        made(self, *arguments, **named)
        for name in FILES:
            (self / name).touch()

    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    for name in ("cgroup.subtree_control", "cgroup.procs"):
        (tmp_path / name).touch()
    monkeypatch.setattr(Path, "mkdir", mkdir)
    return tmp_path


def test_a_group_gets_its_limits(base: Path) -> None:
    group = new_group(64 * MIB, 20, base)
    assert (base / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert int((group.path / "memory.max").read_text()) >= 64 * MIB
    assert (group.path / "memory.swap.max").read_text() == "0"
    assert (group.path / "pids.max").read_text() == "20"
    assert new_group(64 * MIB, 20, base).path != group.path


def test_where_the_grader_stands_in_the_way_it_goes_to_a_group_of_its_own(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy(monkeypatch, times=1)
    new_group(64 * MIB, 20, base)
    assert (base / "autograder" / "cgroup.procs").read_text() == str(os.getpid())
    assert (base / "cgroup.subtree_control").read_text() == "+memory +pids"


def test_where_others_stand_in_the_way_it_goes_back_and_says_so(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "rmdir", lambda self: None)  # a real group's files go with it
    busy(monkeypatch, times=2)
    with pytest.raises(NotDelegated, match="Device or resource busy"):
        new_group(64 * MIB, 20, base)
    assert (base / "cgroup.procs").read_text() == str(os.getpid())


def busy(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Refuse to divide a group so many times."""
    write, left = cgroup._write, [times]

    def refusing(file: Path, text: str) -> None:
        if file.name == "cgroup.subtree_control" and left[0]:
            left[0] -= 1
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        write(file, text)

    monkeypatch.setattr(cgroup, "_write", refusing)


@pytest.mark.parametrize("there", ["", "cpu", "cpu memory"])
def test_controllers_that_are_not_given_are_named(base: Path, there: str) -> None:
    (base / "cgroup.controllers").write_text(there)
    with pytest.raises(NotDelegated, match=r"the controllers for .*pids are not given"):
        new_group(64 * MIB, 20, base)
    assert not list(base.glob("autograder*"))


def test_the_own_group_is_found_below_what_is_mounted(tmp_path: Path) -> None:
    (tmp_path / "cgroup").write_text("4:memory:/elsewhere\n0::/user.slice/grading.scope\n")
    mounts = (
        "29 23 0:26 / /proc rw - proc proc rw\n31 23 0:27 /user.slice /sys/fs/cgroup rw - cgroup2 none rw\n"
    )
    (tmp_path / "mountinfo").write_text(mounts)
    assert own_group(tmp_path) == Path("/sys/fs/cgroup/grading.scope")
    (tmp_path / "cgroup").write_text("0::/user.slice/grading.scope/autograder\n")
    assert own_group(tmp_path) == Path("/sys/fs/cgroup/grading.scope")
    (tmp_path / "cgroup").write_text("4:memory:/elsewhere\n")
    with pytest.raises(NotDelegated, match="version 2"):
        own_group(tmp_path)


def test_a_zygote_says_that_it_has_no_group(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise NotDelegated("the controllers for memory and pids are not given to /x")

    monkeypatch.setattr(cgroup, "new_group", refuse)
    with Zygote() as zygote:
        child = zygote.child()
        child.end()
    assert any(note.startswith("no control group: the controllers for memory") for note in child.notes)


def test_what_a_group_may_not_have_costs_the_answer_and_no_one_else() -> None:
    try:
        new_group(64 * MIB, 20).remove()
    except NotDelegated as error:
        pytest.skip(f"no control group here: {error}")
    # More in files than the group may have in memory, although no process has more than it may.
    greedy = "def f():\n    for n in range(90): open(f'{n}', 'wb').write(bytes(8 << 20))\n    return 1.0"
    with Zygote(Limits(memory=64 * MIB, folder=1 << 30)) as zygote:
        with Session(zygote, [greedy, "def g(): return 2.0"], ["f", "g"]) as session:
            assert session.question("f")(()).kind != "returned"
            assert session.question("g")(()).value == 2.0
        assert zygote._own is not None
        group = zygote._own.group
        assert group is not None
    assert not group.path.exists()


def test_a_process_enters_a_group_and_what_is_in_it_ends_with_it(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = new_group(64 * MIB, 20, base)
    group.enter()
    assert (group.path / "cgroup.procs").read_text() == "0"  # the kernel's word for who writes it
    killed: list[str] = []

    def gone_at_the_second_look(folder: Path) -> None:
        killed.append((folder / "cgroup.kill").read_text())
        if len(killed) == 1:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        shutil.rmtree(folder)

    monkeypatch.setattr(Path, "rmdir", gone_at_the_second_look)
    group.remove()
    assert killed == ["1", "1"]
    assert not group.path.exists()


def test_a_group_without_its_limits_is_none(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = cgroup._write

    def refusing(file: Path, text: str) -> None:
        if file.name == "pids.max":
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        write(file, text)

    monkeypatch.setattr(cgroup, "_write", refusing)
    monkeypatch.setattr(Path, "rmdir", shutil.rmtree)  # a real group's files go with it
    with pytest.raises(NotDelegated, match="Permission denied"):
        new_group(64 * MIB, 20, base)
    assert not list(base.glob("autograder-*"))


def test_a_kernel_without_swap_limits_the_rest(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "FILES", tuple(name for name in FILES if name != "memory.swap.max"))
    group = new_group(64 * MIB, 20, base)
    assert not (group.path / "memory.swap.max").exists()
    assert (group.path / "pids.max").read_text() == "20"


def test_a_refusal_that_nobody_stands_behind_is_told_as_it_is(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(file: Path, text: str) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(cgroup, "_write", refusing)
    with pytest.raises(NotDelegated, match="Read-only file system"):
        new_group(64 * MIB, 20, base)
    assert not (base / "autograder").exists()


def test_groups_that_are_mounted_nowhere_are_none(tmp_path: Path) -> None:
    (tmp_path / "cgroup").write_text("0::/user.slice\n")
    (tmp_path / "mountinfo").write_text("29 23 0:26 / /proc rw - proc proc rw\n")
    with pytest.raises(NotDelegated, match="version 2"):
        own_group(tmp_path)
