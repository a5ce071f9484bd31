"""Directions that tell pictures apart, learnt from pictures that belong together.

What differs between such pictures does not matter: the light, the angle, the background. Linear
discriminants weigh the directions of a feature by how much they vary between all pictures, compared
with how much they vary within what belongs together (Fisher 1936). With the nearest pictures of
each as what belongs together, no labels are needed (relevant component analysis: Bar-Hillel, Hertz,
Shental, Weinshall 2005).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..types import Array, Rows

# Of the scatter within, towards its mean diagonal.
_SHRINKAGE = 0.1
_LEAST_VARIANCE = 1e-12

Scatter = NDArray[np.float64]
Mask = NDArray[np.bool_]


def neighbour_scatter(
    matrix: Array, rows: Rows, neighbours: NDArray[np.int32], counted: Mask
) -> Scatter:
    """Half the mean of the outer products of the differences of rows to their neighbours.

    Args:
        matrix: ``(n, d)`` float32.
        rows: Row numbers ``(m,)``.
        neighbours: Row numbers ``(m, k)``.
        counted: ``(m, k)``: which of these pairs count.

    Returns:
        ``(d, d)``; zeros where no pair counts.
    """
    exact = matrix.astype(np.float64)
    # How often each row is in a pair.
    times = np.bincount(neighbours[counted], minlength=len(matrix)).astype(np.float64)
    times[rows] += counted.sum(axis=1)
    sums = np.zeros((len(rows), exact.shape[1]))
    for column, counts in zip(neighbours.T, counted.T, strict=True):
        sums[counts] += exact[column[counts]]
    mixed = exact[rows].T @ sums
    pairs = max(int(counted.sum()), 1)
    scatter: Scatter = ((exact.T * times) @ exact - mixed - mixed.T) / (2 * pairs)
    return scatter


def label_scatter(rows: Array, labels: Sequence[str | None]) -> Scatter | None:
    """The covariance of rows ``(n, d)`` float32 around the means of their labels, ``(d, d)``.

    It is half the mean of the outer products of the differences of rows with the same label, each
    label weighted by its rows less one. ``None`` where no two rows have the same label, or all do.
    """
    of_label = _rows_of_labels(labels)
    if not of_label or len(of_label[0]) == len(rows):
        return None
    scatter = np.zeros((rows.shape[1], rows.shape[1]))
    for group in of_label:
        deviations = rows[group].astype(np.float64)
        deviations -= deviations.mean(axis=0)
        scatter += deviations.T @ deviations
    scatter /= sum(len(group) - 1 for group in of_label)
    return scatter


def discriminants(rows: Array, within: Scatter, size: int, least: float = 0) -> Array | None:
    """The directions in which rows vary most, compared with what belongs together, weighted.

    A direction that varies ``1 + b`` times as much has the weight ``b / (1 + b)``, as in a Wiener
    filter.

    Args:
        rows: ``(n, d)`` float32, centred.
        within: ``(d, d)``, the scatter of what belongs together.
        size: How many directions at most.
        least: The least weight, 0 to 1; with 0 there are only directions that vary more.

    Returns:
        ``(d, at most size)`` float32, to multiply rows with; ``None`` where no direction varies
        more.
    """
    from scipy.linalg import eigh

    width = rows.shape[1]
    diagonal = float(np.trace(within)) / width
    if diagonal < _LEAST_VARIANCE:
        return None
    shrunk = (1 - _SHRINKAGE) * within
    shrunk[np.diag_indices(width)] += _SHRINKAGE * diagonal
    exact = rows.astype(np.float64)
    exact -= exact.mean(axis=0)
    covariance = exact.T @ exact / len(exact)
    # Along each direction the shrunk scatter is 1. They rise.
    largest = [max(width - size, 0), width - 1]
    ratios, directions = eigh(covariance, shrunk, subset_by_index=largest)
    if ratios[-1] <= 1:
        return None
    weights = np.maximum(1 - 1 / np.maximum(ratios, 1), least)
    kept = np.flatnonzero(weights)[::-1]
    return with_fixed_signs(directions[:, kept] * weights[kept])


def with_fixed_signs(axes: NDArray[np.float64]) -> Array:
    """The same axes ``(d, m)``, float32, each with its largest number positive.

    The signs of eigenvectors are arbitrary and differ between machines.
    """
    largest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
    fixed: Array = (axes * np.where(largest < 0, -1, 1)).astype(np.float32)
    return fixed


def labelled_rows(labels: Sequence[str | None]) -> int:
    """The number of rows that share their label with another row."""
    return sum(map(len, _rows_of_labels(labels)))


def _rows_of_labels(labels: Sequence[str | None]) -> list[Rows]:
    """The rows of each label that two rows have."""
    groups: dict[str, list[int]] = {}
    for row, label in enumerate(labels):
        if label is not None:
            groups.setdefault(label, []).append(row)
    return [np.array(rows) for rows in groups.values() if len(rows) > 1]
