"""What has no derivative to speak of: answers about arrays come back as plain arrays."""

from __future__ import annotations

import numpy as np

from ..rules import plain, static

plain.update(
    {
        *(np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal),
        *(np.isfinite, np.isnan, np.isinf, np.signbit),
        *(np.logical_and, np.logical_or, np.logical_not, np.logical_xor),
        *(np.isclose, np.allclose, np.array_equal, np.array_equiv, np.any, np.all),
        *(np.argmax, np.argmin, np.argsort, np.argwhere, np.nonzero, np.flatnonzero, np.count_nonzero),
        *(
            np.searchsorted,
            np.digitize,
            np.array2string,
            np.array_repr,
        ),
    }
)
static.update(
    {np.shape, np.ndim, np.size, np.result_type, np.zeros_like, np.ones_like, np.full_like, np.empty_like}
)
