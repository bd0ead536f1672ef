"""Every layer, with a way to make it and the shape of an input."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import nn

LAYERS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "Linear": (lambda **k: nn.Linear(4, 3, **k), (5, 4)),
    "Linear of one vector": (lambda **k: nn.Linear(4, 3, **k), (4,)),
    "Linear with leading axes": (lambda **k: nn.Linear(4, 3, **k), (2, 5, 4)),
    "Linear without bias": (lambda **k: nn.Linear(4, 3, bias=False, **k), (5, 4)),
    "Maxout": (lambda **k: nn.Maxout(4, 3, pieces=3, **k), (5, 4)),
    "PReLU": (lambda dtype, **k: nn.PReLU(dtype=dtype), (5, 4)),
    "PReLU, a slope each": (lambda dtype, **k: nn.PReLU(4, slope=0.1, dtype=dtype), (5, 4)),
    **{
        name: (lambda name=name, **k: nn.activation(name), (5, 4))
        for name in ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "softplus", "silu")
    },
    "leaky_relu 0.3": (lambda **k: nn.LeakyReLU(0.3), (5, 4)),
    "elu 0.5": (lambda **k: nn.ELU(0.5), (5, 4)),
    "gelu": (lambda **k: nn.GELU(), (5, 4)),
    "gelu by tanh": (lambda **k: nn.GELU("tanh"), (5, 4)),
    "Dropout": (lambda rng, **k: nn.Dropout(0.3, rng=rng), (5, 4)),
    "BatchNorm": (lambda dtype, **k: nn.BatchNorm(4, dtype=dtype), (6, 4)),
    "BatchNorm of images": (lambda dtype, **k: nn.BatchNorm(3, momentum=0.3, dtype=dtype), (2, 3, 4, 2)),
    "BatchNorm, not affine": (lambda dtype, **k: nn.BatchNorm(4, affine=False, dtype=dtype), (6, 4)),
    "LayerNorm": (lambda dtype, **k: nn.LayerNorm(4, dtype=dtype), (5, 4)),
    "LayerNorm of two axes": (lambda dtype, **k: nn.LayerNorm((3, 4), eps=1e-3, dtype=dtype), (2, 3, 4)),
    "GroupNorm": (lambda dtype, **k: nn.GroupNorm(2, 6, dtype=dtype), (5, 6)),
    "GroupNorm of images": (lambda dtype, **k: nn.GroupNorm(2, 4, dtype=dtype), (2, 4, 3, 2)),
    "InstanceNorm": (lambda dtype, **k: nn.InstanceNorm(3, dtype=dtype), (2, 3, 5)),
    "InstanceNorm, affine": (lambda dtype, **k: nn.InstanceNorm(3, affine=True, dtype=dtype), (2, 3, 2, 3)),
    "Residual": (
        lambda **k: nn.Residual(nn.Linear(4, 5, **k), nn.Tanh(), nn.Linear(5, 4, **k)),
        (5, 4),
    ),
    "Residual, with all": (
        lambda **k: nn.Residual(nn.Linear(4, 3, **k), shortcut=nn.Linear(4, 3, **k), activation="relu"),
        (5, 4),
    ),
    "MLP": (lambda **k: nn.MLP([4, 5, 3, 2], ["tanh", "prelu"], output="sigmoid", **k), (5, 4)),
    "MLP of maxout": (lambda **k: nn.MLP([4, 3, 2], "maxout", **k), (5, 4)),
    "Sequential of many": (
        lambda rng, dtype: nn.Sequential(
            nn.Linear(4, 6, bias=False, rng=rng, dtype=dtype),  # what follows takes a constant away again
            nn.BatchNorm(6, dtype=dtype),
            np.tanh,
            nn.Dropout(0.2, rng=rng),
            nn.Residual(nn.LayerNorm(6, dtype=dtype), nn.Linear(6, 6, rng=rng, dtype=dtype)),
        ),
        (7, 4),
    ),
}


def make(name: str, rng: np.random.Generator, dtype: Any = np.float64) -> tuple[nn.Module, Any]:
    """A layer with parameters and buffers away from 0 and 1, and an input away from kinks at 0."""
    layer, shape = LAYERS[name]
    module = layer(rng=rng, dtype=dtype)
    for parameter in module.parameters():
        parameter.assign(parameter.value + 0.3 * rng.normal(size=parameter.shape))
    for place in module._places():
        if place.name in dict(module.named_buffers()):
            place.store[place.key] = rng.uniform(0.5, 1.5, size=place.value.shape).astype(dtype)
    x = rng.normal(size=shape)
    return module, (x + 0.05 * np.sign(x)).astype(dtype)
