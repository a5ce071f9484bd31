"""Inverted lists of FAISS: the rows of a matrix, in 8 bits a number, by the centre they lie at."""

import math
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError
from ..program import install
from ..types import Array, Rows

# Of the k-means, for each list; more rows train the lists no better.
_TRAINING_ROWS = 40
_ROWS_AT_ONCE = 50_000
# The lists are made anew when the gallery is this many times as large as when they were made, or
# when so large a share of their rows is gone.
_GROWTH = 2
_MOST_GONE = 0.2
# Lists near a row that its nearest rows are looked for in.
_LISTS_OF_A_ROW = 5


def installed() -> bool:
    """Whether FAISS can be imported."""
    try:
        faiss()
    except ConfigurationError:
        return False
    return True


@cache
def faiss() -> Any:
    """The library; raises ``ConfigurationError`` where it is not installed."""
    try:
        import faiss as library
    except ImportError as error:
        raise ConfigurationError(
            "An approximate index needs FAISS: expected it to be installed. Received: "
            f"{error}. Run: {install('large')}"
        ) from error
    if sys.platform == "darwin":
        # TensorFlow and FAISS bring an OpenMP each there; two teams of threads end the process.
        library.omp_set_num_threads(1)
    return library


def make_lists(matrix: Array) -> Any:
    """Lists of all rows of a matrix ``(n, d)`` of float32 unit rows."""
    count, width = matrix.shape
    lists = _lists_for(count)
    index = faiss().index_factory(width, f"IVF{lists},SQ8", faiss().METRIC_INNER_PRODUCT)
    rows = np.linspace(0, count - 1, min(count, _TRAINING_ROWS * lists)).astype(np.int64)
    # A small gallery whose user asks for an index needs no advice on standard error.
    index.cp.min_points_per_centroid = 1
    index.train(np.ascontiguousarray(matrix[rows]))
    _add(index, matrix, np.arange(count))
    return index


def extend_lists(matrix: Array, old: Path, old_rows: Rows) -> Any | None:
    """Older lists with the rows of a newer matrix; ``None`` where too many changed."""
    try:
        index = faiss().read_index(str(old))
    except RuntimeError:
        # It is damaged.
        return None
    lists = [row_numbers(index, number) for number in range(index.nlist)]
    numbers = np.concatenate(lists)
    new_number = np.full(numbers.max(initial=-1) + 2, -1, np.int64)
    kept = np.flatnonzero((old_rows >= 0) & (old_rows < len(new_number) - 1))
    new_number[old_rows[kept]] = kept
    # The last one stands for rows that were gone before.
    renumbered = new_number[numbers]
    gone = int((renumbered < 0).sum())
    grown = _lists_for(len(matrix)) > index.nlist * _GROWTH**0.5 * 1.01
    if grown or gone > _MOST_GONE * len(matrix):
        return None
    for numbers_of_list in lists:
        numbers_of_list[:] = new_number[numbers_of_list]
    _add(index, matrix, np.setdiff1d(np.arange(len(matrix)), renumbered))
    return index


def row_numbers(index: Any, number: int) -> NDArray[np.int64]:
    """The row numbers in one list of an index that is in memory; they may be changed."""
    lists = index.invlists
    numbers: NDArray[np.int64] = faiss().rev_swig_ptr(
        lists.get_ids(number), lists.list_size(number)
    )
    return numbers


def nearest_others(index: Any, matrix: Array, rows: Rows, k: int) -> tuple[Rows, Array]:
    """About the ``k`` nearest other rows of rows ``(m,)`` of a matrix, by inner product.

    Each list is compared with all rows that lie near it in one matrix product: that reads every
    list once, and takes half as long as a search for each row.

    Returns:
        Row numbers and inner products float32, ``(m, k)`` each, largest first; -1 and minus
        infinity where fewer were found.
    """
    found = np.full((len(rows), k), -1, np.int64)
    products = np.full((len(rows), k), -np.inf, np.float32)
    near = _lists_near(index, matrix, rows)
    for number, asking in enumerate(near):
        members = row_numbers(index, number)
        members = members[members >= 0]
        for start in range(0, len(asking) if len(members) else 0, _ROWS_AT_ONCE):
            part = asking[start : start + _ROWS_AT_ONCE]
            # One more: a row is its own nearest.
            to_members, places = faiss().knn(
                np.ascontiguousarray(matrix[rows[part]]),
                np.ascontiguousarray(matrix[members]),
                min(k + 1, len(members)),
                metric=faiss().METRIC_INNER_PRODUCT,
            )
            listed = members[places]
            to_members[listed == rows[part, None]] = -np.inf
            both = np.concatenate([products[part], to_members], axis=1)
            best = np.argsort(-both, axis=1, kind="stable")[:, :k]
            products[part] = np.take_along_axis(both, best, axis=1)
            both_rows = np.concatenate([found[part], listed], axis=1)
            found[part] = np.take_along_axis(both_rows, best, axis=1)
    found[np.isneginf(products)] = -1
    return found, products


def selector(rows: Rows, count: int) -> Any:
    """What restricts a search to some of ``count`` rows."""
    wanted = np.zeros(count, bool)
    wanted[rows] = True
    bits = np.packbits(wanted, bitorder="little")
    return faiss().IDSelectorBitmap(bits)


def _lists_near(index: Any, matrix: Array, rows: Rows) -> list[Rows]:
    """For each list the places in ``rows`` of those that have it among their nearest lists."""
    count = min(_LISTS_OF_A_ROW, index.nlist)
    lists = np.empty((len(rows), count), np.int32)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        lists[part] = index.quantizer.search(np.ascontiguousarray(matrix[rows[part]]), count)[1]
    order = np.argsort(lists, axis=None, kind="stable")
    ends = np.searchsorted(lists.ravel()[order], np.arange(1, index.nlist))
    return np.split(order // count, ends)


def _lists_for(rows: int) -> int:
    """A power of two near twice the root of the rows, at most as many as rows."""
    return min(1 << round(math.log2(2 * rows**0.5)), rows)


def _add(index: Any, matrix: Array, rows: Rows) -> None:
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        block = rows[start : start + _ROWS_AT_ONCE]
        index.add_with_ids(np.ascontiguousarray(matrix[block]), block)
