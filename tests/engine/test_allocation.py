"""Freed memory stays with the process: the system need not clear it anew in each step."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

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
