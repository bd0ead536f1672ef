"""Attacks on the machine: time, memory, processes, files, and signals to others."""

from __future__ import annotations

from tests.classroom import RIGHT

from .attack import CRASHED, ENDLESS, FULL, HUNGRY, NOTHING, Attack, doing, of_cells

_LOOP = """
while True:
    try:
        while True: pass
    except BaseException: pass
"""
_DEAF = """
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: time.sleep(1)
"""
_IN_C = "10 ** (10 ** 9) % 7"  # one operation of Python, in which no interrupt is looked at
_STEPS = "held = [np.ones(1 << 20) for _ in range(1 << 10)]"
_DISK = """
for n in range(200):
    with open(f"{n}", "wb") as file: file.write(bytes(4 << 20))
"""
_FILES = """
for n in range(20_000): open(f"file-{n}", "w").close()
"""
# Not as somebody who could kill more than a submission may: without walls it would end the machine's user.
_KILLS = """
alone = os.getpid() == 1 or 61184 <= os.getuid() < 65536
for target in (os.getppid(), 0, -1, 1, *range(2, 400)) if alone else ():
    for number in (signal.SIGSTOP, signal.SIGKILL):
        try: os.kill(target, number)
        except OSError: pass
"""
_EXEC = """
for program in ("/bin/sh", sys.executable):
    try: subprocess.run([program, "-c", "exit 0"])
    except OSError: pass
"""
_DEEP = """
sys.setrecursionlimit(1 << 30)
def down(n): return down(n + 1)
down(0)
"""
_LINGERS = """
import atexit
class Lingers:
    def __del__(self):
        while True: pass
atexit.register(lambda: time.sleep(1000))
held = Lingers()
held.self = held
"""
_MORE = """
import resource
for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE):
    try: resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (OSError, ValueError): pass
os.nice(-20)
"""
_STOPS = """
for number in (signal.SIGSTOP, signal.SIGTSTP): os.kill(os.getpid(), number)
"""
_MANY = "x = 1\n" * 50

_SLOW_ERROR = """
class Slow(Exception):
    def __str__(self):
        while True: pass
def affine_backward(dY, X, W): raise Slow
"""

ATTACKS: list[Attack] = [
    doing("loop-that-swallows-interrupts", _LOOP, ENDLESS),
    doing("deaf-to-signals", _DEAF, ENDLESS),
    doing("long-operation-in-c", _IN_C, ENDLESS, HUNGRY, FULL),
    doing("sleeps", "time.sleep(1000)", ENDLESS),
    doing("memory-at-once", "", HUNGRY, returns="return np.ones((1 << 20, 1 << 20))"),
    doing("memory-in-steps", _STEPS, HUNGRY, FULL, ENDLESS),
    doing("mapped-memory", "import mmap; [mmap.mmap(-1, 1 << 26) for _ in range(1 << 8)]"),
    doing("forks", "for _ in range(20): os.fork()"),
    doing("threads", "for _ in range(50): threading.Thread(target=time.sleep, args=(60,)).start()"),
    doing("starts-programs", _EXEC),
    doing("replaces-itself", "os.execv('/bin/true', ['true'])"),
    doing("fills-the-disk", _DISK),
    doing("takes-all-files", _FILES),
    doing("one-large-file", "open('large', 'wb').truncate(1 << 40)"),
    doing("kills-everyone", _KILLS),
    doing("leaves", "os._exit(0)", CRASHED),
    doing("aborts", "os.abort()", CRASHED),
    doing("reads-address-zero", "ctypes.string_at(0)", CRASHED),
    doing("recurses", _DEEP, CRASHED, NOTHING, FULL, HUNGRY, ENDLESS),
    doing("lingers-after-its-end", _LINGERS),
    doing("raises-its-limits", _MORE),
    doing("stops-itself", _STOPS, FULL, ENDLESS),
    of_cells(
        "hundreds-of-cells", *[_MANY] * 400, f"def affine_backward(dY, X, W): {RIGHT}", deserves=(FULL,)
    ),
    of_cells("loops-in-its-error", _SLOW_ERROR, deserves=(ENDLESS,)),
]
