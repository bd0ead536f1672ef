"""Freed memory stays with the process, and what a walk needs no more is freed."""

from __future__ import annotations

import platform
import subprocess
import sys

import numpy as np
import pytest

from backprop_course import Tensor
from backprop_course.engine.walks import pullback, topological_order

# Blocks of 2 MiB, several at a time, as the gradients of a network are. A page is 4 KiB or more: without
# further ado each round faults thousands of times.
_SCRIPT = """
import resource
import numpy as np
{imported}

def step():
    return [np.ones(2**18) for _ in range(8)]

for _ in range(3):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 10)
"""


def faults_per_step(imported: str) -> float:
    script = _SCRIPT.format(imported=imported)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a matter of glibc's allocator")
def test_steps_find_the_memory_that_the_step_before_has_freed():
    without = faults_per_step("")
    if without < 1000:
        pytest.skip(f"this system has {without} page faults anyway")
    assert faults_per_step("import backprop_course") < without / 10


def test_a_walk_forgets_the_cotangents_that_were_sent_on_unless_it_is_to_keep_them():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = np.tanh(x)
    out = y.sum()
    order, one = topological_order([out]), np.float64(1.0)
    everything = pullback(order, {out: one})
    assert everything.keys() == {x, y, out}
    rest = pullback(order, {out: one}, kept={x})
    assert rest.keys() == {x}
    np.testing.assert_array_equal(rest[x], everything[x])


def test_backward_leaves_the_cotangents_of_inner_nodes_where_learners_look():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = np.tanh(x)
    y.sum().backward()
    np.testing.assert_array_equal(y.grad, [1.0, 1.0])
