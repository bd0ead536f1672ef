"""A second round of wrong answers to NB01 to NB10, to measure the diagnosis: it is not mended by these."""

from __future__ import annotations

from .. import Wrong
from . import nb01, nb02, nb03, nb04, nb05, nb06, nb07, nb08, nb09, nb10

_MODULES = (nb01, nb02, nb03, nb04, nb05, nb06, nb07, nb08, nb09, nb10)
WRONG: list[Wrong] = [wrong for module in _MODULES for wrong in module.WRONG]
