"""Which function of PyTorch and of JAX is the same as which of ours, name by name, and which have none."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.oracles.in_jax import jax_functions
from tests.oracles.in_torch import torch_functions
from tests.oracles.signs import signed

# Parts of others that no peer has in this form; what is made of them is compared.
WITHOUT = {
    "engine.cholesky_of_symmetric_part": "compared as linalg.cholesky",
    "engine.cofactors": "the slope of linalg.det, and compared there",
    "engine.cofactors_slope": "the second derivative of linalg.det, and compared there",
    "engine.eigenvalues_of_symmetric_part": "compared as linalg.eigvalsh",
    "engine.eigh_packed": "compared as linalg.eigh, whose two results it lays side by side",
    "engine.pick": "the vjp rule of engine.put, and compared there",
    "engine.qr_packed": "compared as linalg.qr",
    "engine.svd_packed": "compared as linalg.svd",
    "partition": "the order inside the two parts is each implementation's own; sort is compared",
}

WITHOUT |= {
    name: "compared with PyTorch's, with all its settings, in test_losses"
    for name in (
        *("mse_loss", "mae_loss", "binary_cross_entropy_with_logits", "cross_entropy", "kl_divergence"),
        *("softmax", "log_softmax", "logsumexp"),
    )
}

# Why only JAX is asked where PyTorch has a function of the same name.
NOT_TORCH = {
    "heaviside": "PyTorch has no derivative for it",
    "sinc": "PyTorch's second derivative at 0 is nan",
}
NOT_JAX = {"gradient": "JAX has no edge_order, and takes no coordinates"}


# What of ours is compared in another form than it has.
OURS = {
    "linalg.eigh": lambda a: signed(np.linalg.eigh(a), np),
    "linalg.svd": lambda a, full_matrices: signed(np.linalg.svd(a, full_matrices=full_matrices), np),
}


def peers_of(names: Any, torch: Any, jax: Any) -> dict[str, tuple[Any, Any]]:
    """Name -> (PyTorch function or None, JAX function or None); most of JAX's are NumPy's names."""
    by_torch, by_jax = torch_functions(torch), jax_functions(jax)
    numpys = {name: _numpys(name, jax.numpy) for name in names if name not in {*WITHOUT, *NOT_JAX}}
    return {name: (by_torch.get(name), by_jax.get(name) or numpys.get(name)) for name in names}


def _numpys(name: str, jnp: Any) -> Any:
    found = jnp
    for part in name.split("."):
        found = getattr(found, part, None)
    return found
