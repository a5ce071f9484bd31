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


PRECISION_AT_1 = "precision@1"
R_PRECISION = "R-precision"
MEAN_AVERAGE_PRECISION = "mAP"
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
