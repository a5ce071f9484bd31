"""The nearest rows of each row of a matrix, found once for each published index."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from ..model import best_columns, blocks, nearest_rows
from ..types import Array, Rows

NEIGHBOURS = 10
# Of a row of zeros, which has no direction.
_LEAST_LENGTH = 1e-12
# Lists are made anew where more than this share of the rows is new.
_MOST_NEW = 0.25


Nearest = Callable[[Rows, int], tuple[Rows, Array]]
"""Numbers and inner products ``(m, k)`` of the nearest other rows of ``m`` rows, largest first.

Where fewer were found: -1 and minus infinity.
"""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest other rows of each row, by inner product.

    Attributes:
        rows: ``(n, k)`` int32 row numbers, nearest first; ``k`` is 10, less in a small gallery.
        similarities: ``(n, k)`` float32 inner products; 0 for a neighbour that does not count.
        lengths: ``(n,)`` float32: the length of each row plus its weighted neighbours.
    """

    rows: NDArray[np.int32]
    similarities: Array
    lengths: Array

    @cached_property
    def weights(self) -> Array:
        """``(n, k)`` float32: the cube of the cosine, 0 where it is negative."""
        return weights_of(self.similarities)

    @classmethod
    def of(cls, matrix: Array, rows: NDArray[np.int32], similarities: Array) -> Self:
        """Neighbours of the rows of a matrix ``(n, d)`` float32; see the attributes."""
        return cls(rows, similarities, _lengths(matrix, rows, similarities))

    def without(self, left_out: Rows, matrix: Array) -> "Neighbours":
        """The same lists, in which the rows ``left_out`` do not count, for the same matrix."""
        is_left_out = np.zeros(len(self.rows), bool)
        is_left_out[left_out] = True
        dropped = is_left_out[self.rows]
        changed = np.unique(np.flatnonzero(dropped) // max(self.rows.shape[1], 1))
        similarities, lengths = self.similarities.copy(), self.lengths.copy()
        similarities[dropped] = 0
        sums = _sums(matrix, changed, self.rows[changed], similarities[changed])
        lengths[changed] = np.linalg.norm(sums, axis=1)
        return Neighbours(self.rows, similarities, lengths)

    def augmented(self, rows: Rows, matrix: Array) -> Array:
        """The mean of each row and its neighbours by their weights, of length 1: ``(m, d)``.

        Args:
            rows: Row numbers ``(m,)``.
            matrix: ``(n, d)`` float32, of which these are the neighbours.
        """
        sums = _sums(matrix, rows, self.rows[rows], self.similarities[rows])
        lengths = np.maximum(self.lengths[rows], _LEAST_LENGTH)
        found: Array = (sums / lengths[:, None]).astype(np.float32, copy=False)
        return found

    def augmented_products(self, products: Array, rows: Rows | None = None) -> Array:
        """The inner products of augmented rows with a vector, ``(m,)`` float32.

        Args:
            products: ``(n,)`` float32, of all rows with the vector.
            rows: Row numbers ``(m,)``; by default all.
        """
        part = slice(None) if rows is None else rows
        around = np.einsum("nk,nk->n", self.weights[part], products[self.rows[part]])
        found: Array = (products[part] + around) / np.maximum(self.lengths[part], _LEAST_LENGTH)
        return found

    def save(self, file: BinaryIO) -> None:
        """Write a NumPy archive."""
        np.savez(file, rows=self.rows, similarities=self.similarities, lengths=self.lengths)

    @classmethod
    def load(cls, file: BinaryIO) -> Self:
        """Read what ``save`` wrote; anything else raises ``ValueError``."""
        with np.load(file, allow_pickle=False) as content:
            try:
                found = cls(*(content[name] for name in ("rows", "similarities", "lengths")))
            except (KeyError, TypeError) as error:
                raise ValueError(f"no neighbours: {error}") from error
        sizes = (found.rows.shape, found.similarities.shape, found.lengths.shape)
        if found.rows.ndim != 2 or sizes != (found.rows.shape, found.rows.shape, sizes[0][:1]):
            raise ValueError(f"neighbours of {sizes}")
        return found


def weights_of(similarities: Array) -> Array:
    """Weights of neighbours: the cube of the cosine, 0 where it is negative."""
    positive = np.maximum(similarities, 0)
    # NumPy's power is much slower.
    weights: Array = positive * positive * positive
    return weights


def find_neighbours(
    matrix: Array,
    old: Neighbours | None = None,
    old_rows: Rows | None = None,
    *,
    nearest: Nearest | None = None,
) -> Neighbours:
    """The neighbours of all rows.

    Args:
        matrix: ``(n, d)`` float32 unit rows; may be memory-mapped.
        old: The neighbours of an older matrix that some rows were in, to save work.
        old_rows: For each row its number in the older matrix, -1 for a new row.
        nearest: Finds the nearest rows; by default each row is compared with all others.
    """
    count = len(matrix)
    k = min(NEIGHBOURS, count - 1)
    rows, similarities = np.zeros((count, k), np.int32), np.zeros((count, k), np.float32)
    todo = np.arange(count)
    if old is not None and old_rows is not None and old.rows.shape[1] == k:
        new = np.flatnonzero(old_rows < 0)
        if len(new) <= _MOST_NEW * count:
            todo = _update(matrix, rows, similarities, new, old, old_rows)
    if k and nearest:
        found, products = nearest(todo, k)
        # A neighbour that was not found has no weight.
        missing = found < 0
        rows[todo], similarities[todo] = np.where(missing, 0, found), np.where(missing, 0, products)
    elif k:
        rows[todo], similarities[todo] = nearest_rows(matrix, todo, k)
    return Neighbours.of(matrix, rows, similarities)


def _update(
    matrix: Array,
    rows: NDArray[np.int32],
    similarities: Array,
    new: Rows,
    old: Neighbours,
    old_rows: Rows,
) -> Rows:
    """Fill in the rows whose old lists still hold; returns the others, to be made anew."""
    kept = np.flatnonzero(old_rows >= 0)
    new_number = np.full(len(old.rows), -1, np.int64)
    new_number[old_rows[kept]] = kept
    listed = new_number[old.rows[old_rows[kept]]]
    whole = (listed >= 0).all(axis=1)
    sound = kept[whole]
    rows[sound], similarities[sound] = listed[whole], old.similarities[old_rows[sound]]
    k = rows.shape[1]
    if len(new) and k:
        for block in blocks(sound, len(new) + k):
            products = np.asarray(matrix[block]) @ np.asarray(matrix[new]).T
            nearer = products.max(axis=1) > similarities[block, -1]
            block, products = block[nearer], products[nearer]
            numbers = np.concatenate([rows[block], np.tile(new, (len(block), 1))], axis=1)
            best, similarities[block] = best_columns(
                np.concatenate([similarities[block], products], axis=1), k
            )
            rows[block] = np.take_along_axis(numbers, best, axis=1)
    return np.concatenate([new, kept[~whole]])


def _lengths(matrix: Array, rows: NDArray[np.int32], similarities: Array) -> Array:
    lengths = np.empty(len(matrix), np.float32)
    width = matrix.shape[1] * max(rows.shape[1], 1)
    for block in blocks(np.arange(len(matrix)), width):
        sums = _sums(matrix, block, rows[block], similarities[block])
        lengths[block] = np.linalg.norm(sums, axis=1)
    return lengths


def _sums(matrix: Array, rows: Rows, listed: NDArray[np.int32], similarities: Array) -> Array:
    """Each row plus its neighbours by their weights, ``(m, d)`` float32."""
    matrix = np.asarray(matrix)
    around = np.einsum("nk,nkd->nd", weights_of(similarities), matrix[listed])
    sums: Array = matrix[rows] + around
    return sums
