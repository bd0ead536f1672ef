"""Landlock alone, without the walls in front of it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Landlock is Linux's")

_TRYING = """
import json, os, socket, sys
from autograder.sandbox import landlock, linux

private, outside, port, name = *sys.argv[1:4], sys.argv[4].encode()
landlock.PRIVATE = private
linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
landlock.restrict_files()
came = {}


def tried(what, act):
    try:
        act()
        came[what] = "done"
    except PermissionError:
        came[what] = "refused"


def connect(kind, address):
    with socket.socket(kind) as sock:
        sock.connect(address)


def bind(address):
    with socket.socket() as sock:
        sock.bind(address)


tried("read outside", lambda: open(outside + "/there").read())
tried("list outside", lambda: os.listdir(outside))
tried("write in private", lambda: open(private + "/new", "w").write("x"))
tried("remove in private", lambda: os.remove(private + "/new"))
tried("write outside", lambda: open(outside + "/there", "a").write("x"))
tried("create outside", lambda: open(outside + "/new", "w"))
tried("remove outside", lambda: os.remove(outside + "/there"))
tried("rename outside", lambda: os.rename(outside + "/there", outside + "/here"))
tried("folder outside", lambda: os.mkdir(outside + "/folder"))
tried("link outside", lambda: os.symlink("there", outside + "/link"))
tried("pipe in private", lambda: os.mkfifo(private + "/pipe"))
tried("connect to a port", lambda: connect(socket.AF_INET, ("127.0.0.1", int(port))))
tried("listen at a port", lambda: bind(("127.0.0.1", 0)))
tried("abstract socket", lambda: connect(socket.AF_UNIX, b"\\0" + name))
tried("signal to the parent", lambda: os.kill(os.getppid(), 0))
print(json.dumps(came))
"""


def test_it_lets_read_and_write_in_private_and_nothing_else(tmp_path: Path) -> None:
    version = _version()
    private, outside = tmp_path / "private", tmp_path / "outside"
    private.mkdir()
    outside.mkdir()
    (outside / "there").write_text("text")
    name = f"backprop-course-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(b"\0" + name.encode())
        abstract.listen()
        given = (str(private), str(outside), str(server.getsockname()[1]), name)
        done = subprocess.run([sys.executable, "-c", _TRYING, *given], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    came = json.loads(done.stdout)
    allowed = {"read outside", "list outside", "write in private", "remove in private"}
    if version < 4:
        allowed |= {"connect to a port", "listen at a port"}
    if version < 6:
        allowed |= {"abstract socket", "signal to the parent"}
    assert {what for what, how in came.items() if how == "done"} == allowed
    assert (outside / "there").read_text() == "text"
    assert os.listdir(outside) == ["there"]


def _version() -> int:
    """Return how much of Landlock the kernel has; skip where it has none."""
    asking = (
        "from autograder.sandbox import landlock, linux\n"
        "print(linux.syscall(landlock._CREATE, None, 0, landlock._ASK_VERSION, what='Landlock'))"
    )
    done = subprocess.run([sys.executable, "-c", asking], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"this kernel has no Landlock: {done.stderr.strip().splitlines()[-1]}")
    return int(done.stdout)
