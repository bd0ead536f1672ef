"""The table: every function with its rules, by family. Importing this package fills the registry.

`arithmetic`, `elementwise`: declared by partial derivatives. `reduction`, `shaping`, `joining`, `indexing`
and `rearranging`: mostly linear. `linalg`: products; `determinants`, `decompositions`,
`systems`, `norms`: what matrices are factored into, solved for and measured by.
`activations`, `losses`: what networks are made of. `queries`: what has no derivative to speak of and
returns plain arrays; `out_of_scope`: what has none here, and why.
`methods`: the methods of arrays that `Tensor` does not spell out.
"""

from . import activations as activations
from . import applying as applying
from . import arithmetic as arithmetic
from . import cumulative as cumulative
from . import decompositions as decompositions
from . import determinants as determinants
from . import elementwise as elementwise
from . import functional_updates as functional_updates
from . import indexing as indexing
from . import interpolation as interpolation
from . import joining as joining
from . import linalg as linalg
from . import losses as losses
from . import methods as methods
from . import norms as norms
from . import out_of_scope as out_of_scope
from . import polynomials as polynomials
from . import queries as queries
from . import rearranging as rearranging
from . import reduction as reduction
from . import shaping as shaping
from . import special as special
from . import statistics as statistics
from . import systems as systems
from . import ufunc_methods as ufunc_methods
