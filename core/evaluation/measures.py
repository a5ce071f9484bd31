"""Measures of rankings whose images are relevant or not, by Manning et al. 2008, chapter 8."""

from collections.abc import Callable
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Rankings = NDArray[np.bool_]
"""``(q, n)``: whether each image is relevant to its query, in the order of the ranking."""
Values = NDArray[np.float64]
"""``(q,)``: a measure of each query, 0 to 1, or ``(q, m)`` for several measures."""


def precision_at(relevant: Rankings, k: int) -> Values:
    """Share of the first ``k`` images that are relevant (section 8.4); missing images are not."""
    return _in_first(relevant, k) / k


def recall_at(relevant: Rankings, k: int) -> Values:
    """Share of the relevant images among the first ``k`` (section 8.3); 0 if none is relevant."""
    return _in_first(relevant, k) / _relevant_in_all(relevant)


def r_precision(relevant: Rankings) -> Values:
    """Precision at the number of relevant images (section 8.4); 0 if none is relevant."""
    total = _relevant_in_all(relevant)
    queries, places = np.nonzero(relevant)
    early = places < total[queries]
    return np.bincount(queries[early], minlength=len(relevant)) / total


def average_precision(relevant: Rankings) -> Values:
    """Mean of the precisions at each relevant image (section 8.4); 0 if none is relevant."""
    queries, places = np.nonzero(relevant)
    firsts = np.searchsorted(queries, queries)
    precisions = (np.arange(len(queries)) - firsts + 1) / (places + 1)
    sums = np.bincount(queries, precisions, minlength=len(relevant))
    return sums / _relevant_in_all(relevant)


def trapezoid_average_precision(relevant: Rankings) -> Values:
    """Area under the curve of precision over recall, in trapezoids; 0 if none is relevant.

    At each relevant image the precision is the mean of that before it and that with it; before the
    first image it is 1. So do ``compute_ap`` of the Oxford Buildings (Philbin et al. 2007), the
    revisited one (Radenovic et al. 2018) and ``holidays_map`` (Jegou et al. 2008). It is never more
    than ``average_precision``.
    """
    queries, places = np.nonzero(relevant)
    before = np.arange(len(queries)) - np.searchsorted(queries, queries)
    precisions = np.where(places == 0, 1.0, before / np.maximum(places, 1))
    heights = (precisions + (before + 1) / (places + 1)) / 2
    sums = np.bincount(queries, heights, minlength=len(relevant))
    return sums / _relevant_in_all(relevant)


def any_in_first(relevant: Rankings, k: int) -> Values:
    """Whether any of the first ``k`` images is relevant, 1 or 0: Recall@k of metric learning.

    That of Oh Song et al. 2016; ``recall_at`` is another one.
    """
    return np.minimum(_in_first(relevant, k), 1)


def precision_within(relevant: Rankings, k: int) -> Values:
    """Precision at ``k``, or at the last relevant image if that is earlier; mP@k of ROxford.

    Radenovic et al. 2018, ``compute_map``. 0 if none is relevant.
    """
    last = relevant.shape[1] - np.argmax(relevant[:, ::-1], axis=1)
    ends: Values = np.minimum(last, k).astype(np.float64)
    return _in_first(relevant, k) / ends


def n_s_score(relevant: Rankings) -> Values:
    """How many of the first four images are relevant, 0 to 4 (Nister, Stewenius 2006)."""
    return _in_first(relevant, 4)


PRECISION_AT_1 = "precision@1"
R_PRECISION = "R-precision"
MEAN_AVERAGE_PRECISION = "mAP"
MACRO = "macro mAP"
MEASURES: MappingProxyType[str, Callable[[Rankings], Values]] = MappingProxyType(
    {
        PRECISION_AT_1: partial(precision_at, k=1),
        "precision@10": partial(precision_at, k=10),
        "precision@30": partial(precision_at, k=30),
        "recall@30": partial(recall_at, k=30),
        R_PRECISION: r_precision,
        MEAN_AVERAGE_PRECISION: average_precision,
    }
)


def _in_first(relevant: Rankings, k: int) -> Values:
    hits: Values = relevant[:, :k].sum(axis=1, dtype=np.float64)
    return hits


def _relevant_in_all(relevant: Rankings) -> Values:
    """Number of relevant images of each query; 1 instead of 0, as it is a divisor."""
    total: Values = relevant.sum(axis=1, dtype=np.float64)
    return np.maximum(total, 1)
