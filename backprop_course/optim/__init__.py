"""Optimisers: rules that follow a gradient, schedules of their rates, line searches, and `minimize`."""

from . import schedules
from .adaptive import AdaGrad, Adam, AdamW, RMSProp
from .clipping import clip_by_norm, clip_by_value, clip_grad_norm, clip_grad_value, global_norm
from .first_order import SGD, GradientDescent
from .line_search import Length, backtracking, wolfe
from .minimize import Minimum, minimize
from .optimizer import Optimizer

__all__ = [
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamW",
    "GradientDescent",
    "Length",
    "Minimum",
    "Optimizer",
    "RMSProp",
    "backtracking",
    "clip_by_norm",
    "clip_by_value",
    "clip_grad_norm",
    "clip_grad_value",
    "global_norm",
    "minimize",
    "schedules",
    "wolfe",
]
