"""The nearest rows of rows, by comparing with every row."""

import numpy as np
from numpy.typing import NDArray

from ..types import Array, Rows

# Of the inner products that are held at a time.
_BYTES = 128 << 20
# Columns whose largest product is found first.
_GROUP = 64


def nearest_rows(matrix: Array, rows: Rows, k: int) -> tuple[NDArray[np.int32], Array]:
    """The ``k`` other rows with the largest inner product, for some rows of a matrix.

    Args:
        matrix: ``(n, d)`` float32; may be memory-mapped.
        rows: Row numbers ``(m,)``.
        k: 0 to n - 1.

    Returns:
        Row numbers ``(m, k)`` int32 and inner products ``(m, k)`` float32, largest first.
    """
    count = len(matrix)
    numbers = np.zeros((len(rows), k), np.int32)
    largest = np.zeros((len(rows), k), np.float32)
    if not k:
        return numbers, largest
    # Columns of minus infinity fill the last group, see ``best_columns``.
    width = -(-count // _GROUP) * _GROUP
    for block in blocks(np.arange(len(rows)), width):
        products = np.full((len(block), width), -np.inf, np.float32)
        np.matmul(matrix[rows[block]], np.asarray(matrix).T, out=products[:, :count])
        products[np.arange(len(block)), rows[block]] = -np.inf
        numbers[block], largest[block] = best_columns(products, k)
    return numbers, largest


def best_columns(products: Array, k: int) -> tuple[NDArray[np.intp], Array]:
    """The columns of the ``k`` largest products of each row, largest first, and the products."""
    count, width = products.shape
    columns = np.broadcast_to(np.arange(width), products.shape)
    if width % _GROUP == 0 and width > k * _GROUP:
        # They are in the groups of the k largest maxima: partitioning a whole row takes longer.
        maxima = products.reshape(count, -1, _GROUP).max(axis=2)
        groups = np.argpartition(maxima, -k, axis=1)[:, -k:]
        columns = (groups[:, :, None] * _GROUP + np.arange(_GROUP)).reshape(count, -1)
    candidates = np.take_along_axis(products, columns, axis=1)
    largest = np.argpartition(candidates, -k, axis=1)[:, -k:]
    columns = np.take_along_axis(columns, largest, axis=1)
    found = np.take_along_axis(candidates, largest, axis=1)
    order = np.lexsort((columns, -found), axis=1)
    return np.take_along_axis(columns, order, axis=1), np.take_along_axis(found, order, axis=1)


def blocks(rows: Rows, width: int) -> list[Rows]:
    """Rows in blocks whose inner products with so many others take a bounded memory."""
    size = max(_BYTES // (4 * width), 1)
    return [rows[start : start + size] for start in range(0, len(rows), size)]
