"""JAX with `jit`, on the CPU; float64 is switched on, and each run waits until its results are there."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ..workloads import LEARNING_RATE, Case, NotOffered, Workload, inputs, scalar_graph

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_cpu_enable_async_dispatch", False)  # handing each call to a thread costs 10 to 50 us


def _loss(workload: Workload) -> Any:
    def loss(params: list[Any], X: Any, y: Any) -> Any:
        h = X
        for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
            z = h @ W + b
            h = jax.nn.relu(z) if workload.classifies else jnp.tanh(z)
        out = h @ params[-2] + params[-1]
        if workload.classifies:
            return -jnp.mean(jax.nn.log_softmax(out)[jnp.arange(len(out)), y])
        return jnp.mean((out - y) ** 2)

    return loss


def _step(workload: Workload) -> Any:
    f = jax.value_and_grad(_loss(workload))

    def step(params: list[Any], X: Any, y: Any) -> Any:
        loss, bars = f(params, X, y)
        return [p - LEARNING_RATE * bar for p, bar in zip(params, bars, strict=True)], loss

    return step


def _flattened(result: Any) -> list[Any]:
    return [result[0], *result[1]]


def scalar(workload: Workload, dtype: str) -> Case:
    """Value and derivatives of `scalar_graph`."""
    x, y = (jnp.asarray(v, dtype) for v in inputs(workload, dtype))
    f = jax.jit(jax.value_and_grad(scalar_graph, (0, 1)))
    return Case(lambda: jax.block_until_ready(f(x, y)), _flattened)


def op10(workload: Workload, dtype: str) -> Case:
    """Value of tanh(x*w + b).sum(), and its gradients of w and b."""
    x, w, b = (jnp.asarray(v) for v in inputs(workload, dtype))
    f = jax.jit(jax.value_and_grad(lambda w, b, x: jnp.tanh(x * w + b).sum(), (0, 1)))
    return Case(lambda: jax.block_until_ready(f(w, b, x)), _flattened)


def mlp(workload: Workload, dtype: str) -> Case:
    """One training step; the parameters are donated, so that it may write them in place."""
    params, X, y = jax.tree.map(jnp.asarray, inputs(workload, dtype))
    step = jax.jit(_step(workload), donate_argnums=0)

    def run() -> Any:
        nonlocal params
        params, loss = jax.block_until_ready(step(params, X, y))
        return loss

    return Case(run, lambda loss: [loss, *params])


def jacobian(workload: Workload, dtype: str) -> Case:
    """Jacobian of tanh(W @ x + b) by x."""
    W, b, x = (jnp.asarray(v) for v in inputs(workload, dtype))
    f = jax.jit(jax.jacrev(lambda x, W, b: jnp.tanh(W @ x + b)))
    return Case(lambda: jax.block_until_ready(f(x, W, b)), lambda J: [J])


def chain(workload: Workload, dtype: str) -> Case:
    """Refuse: tracing would unroll the loop."""
    raise NotOffered("jit would unroll the loop, and compile it as one function")


def first_mlp(workload: Workload, dtype: str) -> Case:
    """Trace, compile and run a training step for the first time."""
    arguments = jax.tree.map(jnp.asarray, inputs(workload, dtype))

    def run() -> Any:
        jax.clear_caches()
        return jax.block_until_ready(jax.jit(_step(workload))(*arguments))

    return Case(run, lambda result: [result[1], *result[0]])


def first_scalar(workload: Workload, dtype: str) -> Case:
    """Trace, compile and run `scalar_graph` for the first time."""
    point = tuple(jnp.asarray(v, dtype) for v in inputs(workload, dtype))

    def run() -> Any:
        jax.clear_caches()
        return jax.block_until_ready(jax.jit(jax.value_and_grad(scalar_graph, (0, 1)))(*point))

    return Case(run, _flattened)
