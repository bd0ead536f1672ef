"""Where there is nothing of Linux, limits hold as far as they go, and what is missing is said."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no limits")

_CONFINED = """
import json, os, resource, socket, sys
from pathlib import Path
from autograder.sandbox import confine

sys.platform = "darwin"
vars(confine).pop("linux", None)
user = {user}
{gone}
walls = confine.Plain(Path({home!r}), user, [])
ours, theirs = socket.socketpair()
if walls.fork() == 0:
    try:
        said = walls.confine(theirs.fileno(), dict(memory=1 << 30, processor=10, file=1 << 20))
        said += (resource.getrlimit(resource.RLIMIT_FSIZE),)
    except BaseException as error:
        said = "none", [repr(error)], ()
    socket.socket(fileno=confine.SOCKET).sendall(json.dumps(said).encode())
    os._exit(0)
theirs.close()
print(ours.recv(1 << 16).decode())
"""
NOT_ROOT = "61184 if os.geteuid() == 0 else None"
REMARK = "programs that run with their owner's rights are not forbidden: only Linux can do that"


def confined(home: Path, gone: str = "", user: str = NOT_ROOT) -> tuple[str, list[str], list[int]]:
    """Return the level that a child comes to, what is said of it, and its limit on files."""
    program = _CONFINED.format(home=str(home), gone=gone, user=user)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    level, notes, limit = json.loads(done.stdout)
    return level, notes, limit


def test_limits_that_hold_are_the_level_and_what_is_missing_is_a_remark(tmp_path: Path) -> None:
    assert confined(tmp_path) == ("limits", [REMARK], [1 << 20, 1 << 20])


def test_a_limit_that_cannot_be_set_lowers_the_level(tmp_path: Path) -> None:
    level, notes, limit = confined(tmp_path, "del resource.RLIMIT_NPROC")
    assert level == "process"
    assert notes[0].startswith("RLIMIT_NPROC could not be set")
    assert notes[1:] == [REMARK]
    assert limit == [1 << 20, 1 << 20]


def test_a_user_who_cannot_be_taken_lowers_the_level(tmp_path: Path) -> None:
    level, notes, _ = confined(tmp_path, "del os.setresgid, os.setresuid", user="61184")
    assert level == "process"
    assert notes[0].startswith("user 61184 could not be taken")
