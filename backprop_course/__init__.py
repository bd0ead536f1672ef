"""Backpropagation, taken apart: an engine over NumPy and derivatives of functions."""

from importlib import import_module as _import_module
from typing import Any as _Any

from .derivatives import (
    elementwise_grad,
    grad,
    gradient_check,
    hessian,
    hvp,
    jacobian,
    jvp,
    numerical_gradient,
    numerical_jacobian,
    value_and_grad,
    vjp,
)
from .engine import (
    Function,
    Graph,
    Tensor,
    compile,
    defjvp,
    defvjp,
    detect_anomaly,
    no_grad,
    primitive,
    trace,
)
from .engine.primitives.activations import elu, gelu, leaky_relu, maxout, relu, sigmoid, silu, softplus
from .engine.primitives.linalg import affine
from .engine.primitives.losses import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    kl_divergence,
    log_softmax,
    logsumexp,
    mae_loss,
    mse_loss,
    softmax,
)
from .errors import (
    AnomalyError,
    CourseError,
    DtypeError,
    GraphError,
    ImmutableError,
    NoDerivativeError,
    NoEntriesError,
    NoNameError,
    NotScalarError,
    ShapeError,
    StaleValueError,
    UsageError,
)

__all__ = [
    "AnomalyError",
    "CourseError",
    "DtypeError",
    "Function",
    "Graph",
    "GraphError",
    "ImmutableError",
    "NoDerivativeError",
    "NoEntriesError",
    "NoNameError",
    "NotScalarError",
    "ShapeError",
    "StaleValueError",
    "Tensor",
    "Trainer",
    "UsageError",
    "affine",
    "binary_cross_entropy_with_logits",
    "compile",
    "cross_entropy",
    "data",
    "defjvp",
    "defvjp",
    "detect_anomaly",
    "diagnose",
    "edf",
    "elementwise_grad",
    "elu",
    "gelu",
    "grad",
    "gradient_check",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "kl_divergence",
    "leaky_relu",
    "log_softmax",
    "logsumexp",
    "mae_loss",
    "maxout",
    "mse_loss",
    "nn",
    "no_grad",
    "numerical_gradient",
    "numerical_jacobian",
    "optim",
    "overfit_check",
    "primitive",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tape",
    "trace",
    "value_and_grad",
    "vjp",
]

# Reached as ``backprop_course.name``, and imported only then, so that the engine alone stays quick to load.
# A name stands for the module of that name, or for what another module here has under it:
# {"nn": "nn", "Trainer": "training"}. Add the name to `__all__` too, unless it needs more than NumPy.
_LAZY = {
    "Trainer": "training",
    "data": "data",
    "diagnose": "training",
    "edf": "edf",
    "nn": "nn",
    "optim": "optim",
    "overfit_check": "training",
    "tape": "tape",
    "widgets": "widgets",
}


def __getattr__(name: str) -> _Any:
    if (where := _LAZY.get(name)) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = _import_module(f".{where}", __name__)
    if where != name:
        found = globals()[name] = getattr(found, name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
