"""Rankings of all images of a gallery by the distance to queries."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.evaluation.measures import Rankings
from core.types import Array, Rows

# Inner products of unit vectors are rounded to about a millionth: smaller differences are rounding
# errors of float32, which would separate images of the same feature.
_STEPS = 1 << 20
_LAST = _STEPS << 1
_ROW_BITS = 31
# Memory of one query: its keys, and the arrays that they are made of.
_BYTES_AN_IMAGE = 28
_BYTES = 128 << 20


def blocks(queries: Rows, images: int) -> Iterator[Rows]:
    """Parts of the queries that can be ranked in some 100 MB, for a gallery of this size."""
    size = max(_BYTES // (_BYTES_AN_IMAGE * images), 1)
    for start in range(0, len(queries), size):
        yield queries[start : start + size]


def rank(
    queries: Array, matrix: Array, *, relevant: Rankings, ignored: Rankings
) -> tuple[Rankings, Rows]:
    """Relevance and row numbers of the ranked images, closest first, ``(q, n)`` each.

    Inner products that agree to a millionth tie; the smaller row number comes first. Ignored images
    come last and are not relevant.

    Args:
        queries: ``(q, d)`` float32 unit rows.
        matrix: ``(n, d)`` float32 unit rows.
        relevant: ``(q, n)``, whether each row is relevant to each query.
        ignored: ``(q, n)``, whether each row is left out for each query.
    """
    # For unit rows the inner product gives the order by distance. One integer holds it, the row and
    # the relevance: sorting these is ten times as fast as a stable argsort.
    similarities = queries @ np.asarray(matrix).T
    similarities *= -_STEPS
    keys = np.rint(similarities, out=similarities).astype(np.int64)
    keys[ignored] = _LAST
    keys <<= _ROW_BITS + 1
    keys |= np.arange(len(matrix)) << 1
    keys |= relevant & ~ignored
    keys.sort(axis=1)
    ranked = (keys & 1).astype(bool)
    keys >>= 1
    keys &= (1 << _ROW_BITS) - 1
    return ranked, keys
