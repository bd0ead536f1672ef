"""The filter of system calls, run by a small machine as the kernel runs it, for both processors."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest

from autograder.sandbox import seccomp
from autograder.sandbox.seccomp import _ARCHITECTURES, _REFUSED

ALLOWED, KILLED = "allowed", "killed"
EPERM, ENOSYS = 1, 38

# From the kernel's headers: (x86_64, aarch64)
READ, MMAP, CLONE, CLONE3, FORK, SOCKET = (0, 63), (9, 222), (56, 220), (435, 435), (57, None), (41, 198)
NEW_USER, THREAD, OF_A_THREAD = 0x10000000, 0x10000, 0x3D0F00
UNIX, INTERNET, NETLINK = 1, 2, 16


def verdict(code: bytes, architecture: int, number: int, first: int = 0) -> str | int:
    """What the kernel does with a call: `ALLOWED`, `KILLED`, or the error that the call returns."""
    data = struct.pack("=IIQ6Q", number, architecture, 0, first, *[0] * 5)  # struct seccomp_data
    words = list(struct.iter_unpack("=HBBI", code))
    at, loaded = 0, 0
    while True:
        operation, if_true, if_false, value = words[at]
        at += 1
        if operation == 0x20:
            (loaded,) = struct.unpack_from("=I", data, value)
        elif operation == 0x15:
            at += if_true if loaded == value else if_false
        elif operation == 0x45:
            at += if_true if loaded & value else if_false
        else:
            assert operation == 0x06
            kinds = {0x7FFF0000: ALLOWED, 0x80000000: KILLED}
            return kinds.get(value) or value & 0xFFFF


@pytest.fixture(params=list(_ARCHITECTURES))
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(seccomp.platform, "machine", lambda: request.param)
    seccomp.instructions.cache_clear()
    yield str(request.param)
    seccomp.instructions.cache_clear()


@pytest.mark.parametrize("kernel", [False, True], ids=["an answer", "a kernel"])
def test_what_is_listed_is_refused_and_what_computes_is_not(machine: str, kernel: bool) -> None:
    column, architecture = _ARCHITECTURES[machine]
    code = seccomp.instructions(kernel=kernel)
    for name, numbers in _REFUSED.items():
        if (number := numbers[column]) is not None:
            came = verdict(code, architecture, number, INTERNET)
            assert came == EPERM, f"{name} on {machine}"
    listed = {numbers[column] for numbers in _REFUSED.values()}
    others = set(range(460)) - listed - {CLONE[column], CLONE3[column], FORK[column], 58}
    assert {READ[column], MMAP[column]} <= others
    assert {verdict(code, architecture, number) for number in others} == {ALLOWED}


def test_no_call_makes_a_namespace_and_a_thread_is_one(machine: str) -> None:
    column, architecture = _ARCHITECTURES[machine]
    for kernel in (False, True):
        code = seccomp.instructions(kernel=kernel)
        assert verdict(code, architecture, CLONE[column], NEW_USER | THREAD) == EPERM
        assert verdict(code, architecture, CLONE[column], OF_A_THREAD) == ALLOWED
        assert verdict(code, architecture, CLONE3[column]) == ENOSYS  # the C library then takes clone


def test_a_kernel_has_unix_sockets_and_no_process(machine: str) -> None:
    column, architecture = _ARCHITECTURES[machine]
    code = seccomp.instructions(kernel=True)
    assert verdict(code, architecture, SOCKET[column], UNIX) == ALLOWED
    assert verdict(code, architecture, SOCKET[column], NETLINK) == EPERM
    assert verdict(code, architecture, CLONE[column], 17) == EPERM  # SIGCHLD: a fork
    if FORK[column] is not None:
        assert verdict(code, architecture, FORK[column]) == EPERM


def test_calls_by_another_numbering_come_to_nothing(machine: str) -> None:
    """32-bit calls have other numbers, and x32 calls a bit more: neither may get past the list."""
    column, architecture = _ARCHITECTURES[machine]
    code = seccomp.instructions()
    for other in (0x40000003, *(a for _, a in _ARCHITECTURES.values() if a != architecture)):
        assert verdict(code, other, READ[column]) == KILLED
    if machine == "x86_64":
        assert verdict(code, architecture, 0x40000000 | SOCKET[column]) == ENOSYS
