"""Networks: layers, where their weights start, losses and penalties.

Read `module` first, then `linear`, `activations`, `containers`. A module is called like a function; `pure`
makes it a function of its parameters, which `grad`, `jvp`, `hvp` and `compile` take like any other.
"""

from . import init, losses
from .activations import (
    ELU,
    GELU,
    SELU,
    Activation,
    HardThreshold,
    Identity,
    LeakyReLU,
    Maxout,
    PReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
    activation,
)
from .containers import MLP, Residual, Sequential
from .dropout import Dropout
from .functional import buffers, pure, values
from .init import SymmetryWarning, initialize
from .linear import Linear
from .losses import (
    absolute_error,
    binary_cross_entropy,
    cross_entropy,
    huber,
    kl_from_logits,
    max_margin,
    squared_error,
)
from .module import Module
from .norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm
from .penalties import l1, l2
from .units import McCullochPitts, Perceptron, gate

__all__ = [
    "ELU",
    "GELU",
    "MLP",
    "SELU",
    "Activation",
    "BatchNorm",
    "Dropout",
    "GroupNorm",
    "HardThreshold",
    "Identity",
    "InstanceNorm",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "Maxout",
    "McCullochPitts",
    "Module",
    "PReLU",
    "Perceptron",
    "ReLU",
    "Residual",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "SymmetryWarning",
    "Tanh",
    "absolute_error",
    "activation",
    "binary_cross_entropy",
    "buffers",
    "cross_entropy",
    "gate",
    "huber",
    "init",
    "initialize",
    "kl_from_logits",
    "l1",
    "l2",
    "losses",
    "max_margin",
    "pure",
    "squared_error",
    "values",
]
