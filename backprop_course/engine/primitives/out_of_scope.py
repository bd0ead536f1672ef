"""What has no rule, and why: the error says so, and `COVERAGE.md` lists it."""

from __future__ import annotations

import numpy as np

from ..rule_refusals import reasons

_WHY = {
    "it writes into an array (np.full and np.full_like call it); t * np.ones(shape) is an array full of t, "
    "np.where(mask, t, x) holds t in places": (np.copyto,),
    "it writes into an array, and a graph needs the old values; what makes new ones is np.where, "
    "x.at[i].set(v), x.at[i].add(v), np.broadcast_to(v, shape)": (
        *(np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal),
        *(np.add.at, np.subtract.at, np.multiply.at, np.true_divide.at, np.maximum.at, np.minimum.at),
    ),
    "its results are complex numbers, which are out of scope": (
        *(np.linalg.eig, np.linalg.eigvals, np.roots, np.sort_complex),
    ),
    "it works on integers, which have no derivative": (
        *(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift),
        *(np.gcd, np.lcm, np.packbits, np.unpackbits, np.bitwise_count),
    ),
    "it asks how floating-point numbers are spaced, not about a smooth function": (np.nextafter, np.spacing),
    "it works on sets, whose size depends on the values; np.unique has a rule": (
        *(np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d),
        *(np.unique_values, np.unique_counts, np.unique_inverse, np.unique_all),
    ),
    "it cuts where the values say; a slice does the same": (np.trim_zeros,),
    "it counts, and counts have no slope; np.bincount(x, weights) has a rule": (
        *(np.histogram, np.histogram2d, np.histogramdd),
    ),
    "it works on dates": (
        *(np.busday_count, np.busday_offset, np.is_busday, np.isnat, np.datetime_as_string),
    ),
}
reasons.update({function: why for why, functions in _WHY.items() for function in functions})
