"""Training: the `Trainer`, what it records, and how to read that. Read next: `trainer`, `loop`."""

from .callbacks import Callback
from .diagnosis import Diagnosis, Finding, diagnose
from .history import History
from .metrics import accuracy
from .overfit import OverfitReport, overfit_check
from .trainer import Trainer

__all__ = [
    "Callback",
    "Diagnosis",
    "Finding",
    "History",
    "OverfitReport",
    "Trainer",
    "accuracy",
    "diagnose",
    "overfit_check",
]
