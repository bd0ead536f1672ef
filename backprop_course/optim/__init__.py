"""Optimisers: rules that follow a gradient, schedules of their rates, line searches, and `minimize`."""

from .first_order import SGD, Adam
from .optimizer import Optimizer

__all__ = ["SGD", "Adam", "Optimizer"]
