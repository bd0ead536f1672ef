"""Runs submissions in processes of their own: they compute, the grader judges.

Read in this order: `session` (a submission), `zygote` (its processes), `starting` (how one of them begins and
ends), `frames` and `values` (what crosses), then the child's side, which is loaded without this package:
`zygote_main`; its walls `namespaces`, `tree` and `confine`; `runner`, `program`.
"""

from .limits import LEVELS as LEVELS
from .limits import Limits as Limits
from .ran import Place as Place
from .session import Question as Question
from .session import Session as Session
from .session import Trouble as Trouble
from .zygote import SandboxError as SandboxError
from .zygote import Zygote as Zygote
