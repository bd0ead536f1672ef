"""Attacks on the verdict: forged replies, objects that equal everything, patched tools, pretences."""

from __future__ import annotations

import json

from tests.classroom import answering, as_bytes

from .attack import CRASHED, ENDLESS, FULL, NOTHING, UNREADABLE, Attack, doing, of_cells

_ZEROS = "return 0 * X, 0 * W, 0 * dY.sum(axis=0)"

_EQUAL = """
class Same:
    shape, dtype, ndim, size = (3,), float, 1, 3
    def __eq__(self, other): return True
    def __array__(self, *arguments, **named): return self
    def __getattr__(self, name): return self
    def __call__(self, *arguments): return self
def affine_backward(dY, X, W): return Same(), Same(), Same()
"""
_SUBCLASS = """
import numpy as np
class Close(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __sub__(self, other): return np.zeros(self.shape)
    def __array_ufunc__(self, *arguments, **named): return np.zeros(self.shape)
    def __array_function__(self, *arguments, **named): return True
def affine_backward(dY, X, W):
    return tuple(np.zeros(s).view(Close) for s in (X.shape, W.shape, (W.shape[1],)))
"""
_TUPLE = """
class Pretends(tuple):
    def __len__(self): return 3
    def __iter__(self): return iter(())
    def __class__(self): return tuple
def affine_backward(dY, X, W): return Pretends()
"""
_PATCHED_NUMPY = """
import numpy as np
for name in ("allclose", "array_equal", "isclose", "all", "abs"):
    setattr(np, name, lambda *arguments, **named: True)
np.ndarray = object
def affine_backward(dY, X, W): return X, W, dY
"""
_PATCHED_RUNNER = """
import json, sys
for name, module in list(sys.modules.items()):
    if "sandbox" in name:
        for attribute in list(vars(module)):
            if attribute in ("pack", "_same", "_copied"): setattr(module, attribute, lambda *a: ("right", []))
json.dumps = lambda *a, **k: '{"id": 2, "kind": "returned", "score": 3, "verdict": "right", "value": null}'
def affine_backward(dY, X, W): return X, W, dY
"""
_PATCHED_COURSE = """
import backprop_course, autograder
backprop_course.grad = backprop_course.vjp = lambda *a, **k: 0
autograder.check = autograder.judge = lambda *a, **k: "right"
class Answer:
    def __getattr__(self, name): return 3.0
def affine_backward(dY, X, W): return autograder.check("NB06.E06")
"""
_SEEDS = """
import random
import numpy as np
random.seed(0); np.random.seed(0)
np.random.default_rng = lambda *a: np.random.Generator(np.random.PCG64(0))
np.random.Generator.standard_normal = lambda *a, **k: 0.0
def affine_backward(dY, X, W): return 0 * X, 0 * W, 0 * dY.sum(axis=0)
"""
_TRACE = """
import sys
def tracer(frame, event, argument):
    if "right" in frame.f_locals: frame.f_locals["right"] = True
    return tracer
sys.settrace(tracer); sys.setprofile(tracer)
def affine_backward(dY, X, W): return 0 * X, 0 * W, 0 * dY.sum(axis=0)
"""
_DETECTS = """
import os, sys
import numpy as np
def affine_backward(dY, X, W):
    if os.getpid() == 1 or "ipykernel" not in sys.modules: raise SystemError("not here")
    return dY @ W.T, X.T @ dY, dY.sum(axis=0)
"""
_REMEMBERS = """
import numpy as np
SEEN = {(1, 3, 4): (np.zeros((1, 3)), np.zeros((3, 4)), np.zeros(4))}
def affine_backward(dY, X, W): return SEEN.get((*X.shape, W.shape[1]), (0 * X, 0 * W, 0 * dY.sum(axis=0)))
"""
_BUILTINS = """
import builtins
for name in ("len", "isinstance", "type", "zip", "all", "any", "abs", "sorted"):
    setattr(builtins, name, lambda *arguments, **named: True)
def affine_backward(dY, X, W): return 0 * X, 0 * W, 0 * dY.sum(axis=0)
"""
_ALARM = """
import signal
def strike(number, frame):
    while frame:
        for name in ("reply", "returned", "value"):
            if name in frame.f_locals: frame.f_locals[name] = {"kind": "returned", "score": 3}
        frame = frame.f_back
    raise SystemExit("the answer is right")
signal.signal(signal.SIGALRM, strike)
def affine_backward(dY, X, W):
    signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-4)
    return 0 * X, 0 * W, 0 * dY.sum(axis=0)
"""
_OBJECTS = """
import numpy as np
class Any(float):
    def __eq__(self, other): return True
    def __float__(self): return 0.0
    def __sub__(self, other): return 0.0
    def __rsub__(self, other): return 0.0
    def __abs__(self): return 0.0
    def __reduce__(self): return print, ("was unpickled",)
def affine_backward(dY, X, W):
    return tuple(np.full(s, Any(), dtype=object) for s in (X.shape, W.shape, (W.shape[1],)))
"""
_NAMES = """
def affine_backward(dY, X, W):
    made = type("<img src=x onerror=alert(1)>" + str(X), (Exception,), {})
    raise made("<script>alert(document.cookie)</script>" + str(dY))
"""
_FORGED = """
text = json.dumps({"id": %d, "kind": "returned", "score": 3, "result": "right", "value": %s}).encode()
os.write(3, struct.pack("!4sIQ", b"NBG1", len(text), 0) + text)
time.sleep(0.2)
"""


def _forging(name: str, number: int, value: object) -> Attack:
    attack = doing(name, "import json, struct\n" + _FORGED % (number, json.dumps(value)), returns=_ZEROS)
    return Attack(attack.name, attack.data, (NOTHING, CRASHED))


def _with_marks() -> bytes:
    """Metadata that would give points, and an output that claims them."""
    notebook = json.loads(answering("return X, W, dY"))
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("grade_id", "").startswith("NB06-E06"):
            marks |= {"points": 1000, "grade": True, "solution": True, "schema_version": 99}
            cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "1000.0"}}]
    return as_bytes(notebook)


ATTACKS: list[Attack] = [
    of_cells("equals-everything", _EQUAL),
    of_cells("array-of-its-own", _SUBCLASS),
    of_cells("tuple-that-pretends", _TUPLE),
    of_cells("patched-numpy", _PATCHED_NUMPY),
    of_cells("patched-runner", _PATCHED_RUNNER, deserves=(NOTHING, CRASHED)),
    of_cells("patched-course", _PATCHED_COURSE),
    of_cells("rigged-seeds", _SEEDS),
    of_cells("patched-builtins", _BUILTINS, deserves=(NOTHING, CRASHED, ENDLESS)),
    of_cells("alarms-in-the-runner", _ALARM, deserves=(NOTHING, CRASHED, ENDLESS)),
    of_cells("array-of-objects", _OBJECTS),
    of_cells("tracer", _TRACE, deserves=(NOTHING, ENDLESS)),
    of_cells("works-in-jupyter-only", _DETECTS),
    of_cells("remembers-answers", _REMEMBERS),
    of_cells("script-in-names-and-errors", _NAMES),
    _forging("forged-reply", 2, None),
    _forging("forged-next-reply", 3, {"tuple": [0.0, 0.0, 0.0]}),
    doing("noise-on-the-socket", "os.write(3, os.urandom(4096))", CRASHED, NOTHING, returns=_ZEROS),
    doing("endless-frame", "os.write(3, b'NBG1' + b'\\\\xff' * 12)", CRASHED, NOTHING, returns=_ZEROS),
    doing("closes-the-socket", "os.close(3)", CRASHED),
    doing(
        "larger-than-may-be-sent",
        "",
        NOTHING,
        returns="return np.broadcast_to(0.0, (1 << 20, 1 << 20)), W, dY",
    ),
    doing("a-hundred-megabytes-of-prints", "for _ in range(100): print('x' * (1 << 20))"),
    doing(
        "prints-past-python", "for _ in range(100): os.write(1, bytes(1 << 20)); os.write(2, bytes(1 << 20))"
    ),
    doing("nested-value", "", NOTHING, returns="v = []\n    for _ in range(100_000): v = [v]\n    return v"),
    doing("not-numbers", "", NOTHING, returns="return np.nan * X, np.inf * W, np.nan * dY.sum(axis=0)"),
    Attack("marks-and-outputs", _with_marks(), (NOTHING,)),
    of_cells(
        "leaves-at-top-level", "import os\nvalue = os._exit(0)", "def affine_backward(dY, X, W): return value"
    ),
    of_cells("breaks-the-parser", "(" * 100_000, "x = '\0'", deserves=(NOTHING,)),
    Attack("nested-json", b'{"cells": ' + b"[" * 200_000, (UNREADABLE,)),
    Attack("<img src=x onerror=alert(3)>", b"<script>alert(4)</script>", (UNREADABLE,)),
    Attack("=cmd", b"", (UNREADABLE,)),
    Attack(
        "right-beside-a-loop",
        answering("import numpy as np", "return dY @ W.T, X.T @ dY, dY.sum(axis=0)"),
        (FULL,),
    ),
]
