"""Optimisers: rules that follow a gradient, schedules of their rates, line searches, and `minimize`."""

from . import schedules
from .adaptive import AdaGrad, Adam, AdamW, RMSProp
from .clipping import clip_by_norm, clip_by_value, clip_grad_norm, clip_grad_value, global_norm
from .first_order import SGD, GradientDescent
from .optimizer import Optimizer

__all__ = [
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamW",
    "GradientDescent",
    "Optimizer",
    "RMSProp",
    "clip_by_norm",
    "clip_by_value",
    "clip_grad_norm",
    "clip_grad_value",
    "global_norm",
    "schedules",
]
