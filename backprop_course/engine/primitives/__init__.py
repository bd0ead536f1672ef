"""The table: every function with its rules, by family. Importing this package fills the registry.

`arithmetic` and `elementwise` are declared by partial derivatives, `reduction`, `shaping` and `indexing` are
mostly linear, `linalg` holds products of matrices, `losses` what networks end with. `queries` lists what has
no derivative to speak of and returns plain arrays.
"""

from . import arithmetic as arithmetic
from . import elementwise as elementwise
from . import indexing as indexing
from . import linalg as linalg
from . import losses as losses
from . import queries as queries
from . import reduction as reduction
from . import shaping as shaping
