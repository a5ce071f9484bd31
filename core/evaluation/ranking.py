"""Rankings of all images of a gallery by their scores for queries."""

from collections.abc import Iterator

import numpy as np

from ..types import Array, Rows
from .measures import Rankings

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


def rank(scores: Array, *, relevant: Rankings, ignored: Rankings) -> tuple[Rankings, Rows]:
    """Relevance and row numbers of the ranked images, highest score first, ``(q, n)`` each.

    Scores that agree to a millionth tie; the smaller row number comes first. Ignored images come
    last and are not relevant.

    Args:
        scores: ``(q, n)`` float32, see ``Scorer``.
        relevant: ``(q, n)``, whether each row is relevant to each query.
        ignored: ``(q, n)``, whether each row is left out for each query.
    """
    # One integer holds the score, the row and the relevance: sorting these is ten times as fast as
    # a stable argsort.
    keys = np.rint(scores * np.float32(-_STEPS)).astype(np.int64)
    keys[ignored] = _LAST
    keys <<= _ROW_BITS + 1
    keys |= np.arange(scores.shape[1]) << 1
    keys |= relevant & ~ignored
    keys.sort(axis=1)
    ranked = (keys & 1).astype(bool)
    keys >>= 1
    keys &= (1 << _ROW_BITS) - 1
    return ranked, keys
