"""Directions that tell pictures apart, learnt from pictures that belong together.

What differs between such pictures does not matter: the light, the angle, the background. Linear
discriminants weigh the directions of a feature by how much they vary between all pictures, compared
with how much they vary within what belongs together (Fisher 1936). With the nearest pictures of
each as what belongs together, no labels are needed (relevant component analysis: Bar-Hillel, Hertz,
Shental, Weinshall 2005).
"""

import numpy as np
from numpy.typing import NDArray

from ..types import Array

# Of the scatter within, towards its mean diagonal.
_SHRINKAGE = 0.1
_LEAST_VARIANCE = 1e-12

Scatter = NDArray[np.float64]


def neighbour_scatter(rows: Array, neighbours: NDArray[np.int32]) -> Scatter:
    """Half the mean of the outer products of the differences of rows to their neighbours.

    Args:
        rows: ``(n, d)`` float32.
        neighbours: ``(n, k)`` row numbers.

    Returns:
        ``(d, d)``.
    """
    exact = rows.astype(np.float64)
    count, k = neighbours.shape
    # How often each row is in a pair.
    times = k + np.bincount(neighbours.ravel(), minlength=count)
    sums = np.zeros_like(exact)
    for column in neighbours.T:
        sums += exact[column]
    mixed = exact.T @ sums
    scatter: Scatter = ((exact.T * times) @ exact - mixed - mixed.T) / (2 * count * k)
    return scatter


def discriminants(rows: Array, within: Scatter, size: int) -> Array | None:
    """The directions in which rows vary more than what belongs together does, weighted.

    A direction that varies ``1 + b`` times as much has the weight ``b / (1 + b)``, as in a filter
    of Wiener.

    Args:
        rows: ``(n, d)`` float32, centred.
        within: ``(d, d)``, the scatter of what belongs together.
        size: How many directions at most.

    Returns:
        ``(d, at most size)`` float32, to multiply rows with; ``None`` where no direction varies
        more.
    """
    width = rows.shape[1]
    diagonal = float(np.trace(within)) / width
    if diagonal < _LEAST_VARIANCE:
        return None
    shrunk = (1 - _SHRINKAGE) * within
    shrunk[np.diag_indices(width)] += _SHRINKAGE * diagonal
    variances, vectors = np.linalg.eigh(shrunk)
    whiten = vectors / np.sqrt(variances)
    exact = rows.astype(np.float64)
    exact -= exact.mean(axis=0)
    covariance = exact.T @ exact / len(exact)
    ratios, directions = np.linalg.eigh(whiten.T @ covariance @ whiten)
    # They rise.
    kept = np.flatnonzero(ratios > 1)[::-1][:size]
    if not len(kept):
        return None
    beyond = ratios[kept] - 1
    return with_fixed_signs(whiten @ directions[:, kept] * (beyond / (1 + beyond)))


def with_fixed_signs(axes: NDArray[np.float64]) -> Array:
    """The same axes ``(d, m)``, float32, each with its largest number positive.

    The signs of eigenvectors are arbitrary and differ between machines.
    """
    largest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
    fixed: Array = (axes * np.where(largest < 0, -1, 1)).astype(np.float32)
    return fixed
