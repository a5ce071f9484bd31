"""The measures of retrieval, over rankings of which each image is right or wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Rankings = NDArray[np.bool_]
"""``(q, n)``: whether each image of a ranking is relevant to its query, best first; all ``n`` are
ranked."""
Values = NDArray[np.float64]


def precision_at(relevant: Rankings, k: int) -> Values:
    """Share of relevant images among the first ``k`` (Manning et al. 2008, section 8.4).

    Args:
        relevant: ``(q, n)``.
        k: The cutoff; a ranking that is shorter counts as filled up with misses.

    Returns:
        ``(q,)``, 0 to 1.
    """
    return _in_first(relevant, k) / k


def recall_at(relevant: Rankings, k: int) -> Values:
    """Share of the relevant images that is among the first ``k`` (Manning et al. 2008, 8.3).

    Args:
        relevant: ``(q, n)``.
        k: The cutoff.

    Returns:
        ``(q,)``, 0 to 1; 0 where nothing is relevant.
    """
    return _in_first(relevant, k) / _relevant_in_all(relevant)


def r_precision(relevant: Rankings) -> Values:
    """Precision after as many images as are relevant (Manning et al. 2008, section 8.4).

    Args:
        relevant: ``(q, n)``.

    Returns:
        ``(q,)``, 0 to 1; 0 where nothing is relevant.
    """
    total = _relevant_in_all(relevant)
    queries, places = np.nonzero(relevant)
    early = places < total[queries]
    return np.bincount(queries[early], minlength=len(relevant)) / total


def average_precision(relevant: Rankings) -> Values:
    """Mean of the precisions at each relevant image (Manning et al. 2008, section 8.4).

    Args:
        relevant: ``(q, n)``.

    Returns:
        ``(q,)``, 0 to 1; 0 where nothing is relevant.
    """
    queries, places = np.nonzero(relevant)
    firsts = np.searchsorted(queries, queries)
    precisions = (np.arange(len(queries)) - firsts + 1) / (places + 1)
    sums = np.bincount(queries, precisions, minlength=len(relevant))
    return sums / _relevant_in_all(relevant)


PRECISION_AT_1 = "precision@1"
MEAN_AVERAGE_PRECISION = "mAP"
# Each of a query; the mean over the queries is what is told.
MEASURES: MappingProxyType[str, Callable[[Rankings], Values]] = MappingProxyType(
    {
        PRECISION_AT_1: partial(precision_at, k=1),
        "precision@10": partial(precision_at, k=10),
        "precision@30": partial(precision_at, k=30),
        "recall@30": partial(recall_at, k=30),
        "R-precision": r_precision,
        MEAN_AVERAGE_PRECISION: average_precision,
    }
)


def _in_first(relevant: Rankings, k: int) -> Values:
    hits: Values = relevant[:, :k].sum(axis=1, dtype=np.float64)
    return hits


def _relevant_in_all(relevant: Rankings) -> Values:
    """How many are relevant; 1 where none is, for nothing to be divided by 0."""
    total: Values = relevant.sum(axis=1, dtype=np.float64)
    return np.maximum(total, 1)
