"""The engine: Tensors record what NumPy does with them, two walks differentiate it.

Read in this order: `rules` (the registry), `tensor` (recording), `walks` (the two walks), then one family of
`primitives`. `graph` shows a recording to people and widgets, `custom` lets readers add functions.
"""

from . import backward as backward
from . import primitives as primitives
from . import rules
from .allocation import keep_freed_memory
from .custom import defjvp as defjvp
from .custom import defvjp as defvjp
from .custom import primitive as primitive
from .function import Function as Function
from .graph import Graph as Graph
from .graph import trace as trace
from .modes import detect_anomaly as detect_anomaly
from .modes import no_grad as no_grad
from .names_elsewhere import answer_for
from .plan import compile as compile
from .tensor import Tensor as Tensor

keep_freed_memory()
answer_for(Tensor, (*rules.table, *rules.compositions))
