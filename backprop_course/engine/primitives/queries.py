"""What has no derivative to speak of: answers about arrays come back as plain arrays."""

from __future__ import annotations

import numpy as np

from ..rules import plain, static

plain.update(
    {
        # comparisons and questions of yes or no
        *(np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal),
        *(np.isfinite, np.isnan, np.isinf, np.isposinf, np.isneginf, np.isreal, np.iscomplex, np.signbit),
        *(np.logical_and, np.logical_or, np.logical_not, np.logical_xor),
        *(np.isclose, np.allclose, np.array_equal, np.array_equiv, np.any, np.all, np.isin),
        *(np.may_share_memory, np.shares_memory),
        # positions and counts
        *(np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.argsort, np.argpartition, np.lexsort),
        *(np.argwhere, np.nonzero, np.flatnonzero, np.count_nonzero, np.searchsorted, np.digitize),
        *(np.histogram_bin_edges, np.ravel_multi_index, np.unravel_index, np.ix_, np.linalg.matrix_rank),
        # to be read, or kept
        *(np.array2string, np.array_repr, np.array_str),
        *(np.save, np.savez, np.savez_compressed, np.savetxt),
    }
)
static.update(
    {
        *(np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like),
        *(np.result_type, np.common_type, np.min_scalar_type, np.can_cast, np.isrealobj, np.iscomplexobj),
        *(np.tril_indices_from, np.triu_indices_from, np.diag_indices_from, np.einsum_path),
    }
)
