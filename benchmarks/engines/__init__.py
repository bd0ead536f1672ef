"""The engines: one module each, with one function for each kind of workload that makes its `Case`.

A kind without a function is not offered; `ABSENT` of a module may say why. The parent process reads only this
list: a module is imported in the process of its own worker.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Engine:
    """Who computes: the `module` here, and the `package` it needs to be installed (none for our own)."""

    name: str
    title: str
    module: str
    package: str = ""


ENGINES = (
    Engine("floor", "NumPy, the floor", "floor"),
    Engine("tuned", "NumPy, tuned", "tuned"),
    Engine("textbook", "NumPy, textbook", "textbook"),
    Engine("tape", "**ours, `value_and_grad`**", "tape"),
    Engine("tensors", "**ours, `backward`**", "tensors"),
    Engine("compiled", "**ours, `compile`**", "compiled"),
    Engine("autograd", "HIPS autograd", "with_autograd", "autograd"),
    Engine("mygrad", "MyGrad", "with_mygrad", "mygrad"),
    Engine("micrograd", "micrograd", "with_micrograd", "micrograd"),
    Engine("torch", "PyTorch eager", "with_torch", "torch"),
    Engine("jax", "JAX jit", "with_jax", "jax"),
)
BY_NAME = {engine.name: engine for engine in ENGINES}
