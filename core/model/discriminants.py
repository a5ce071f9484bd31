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

from ..errors import ConfigurationError
from ..types import Array

# Of the scatter within, towards its mean diagonal.
_SHRINKAGE = 0.1
_LEAST_VARIANCE = 1e-12
_ROWS_AT_ONCE = 1024

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

    A direction that varies ``1 + b`` times as much has the weight ``b / (1 + b)``, as in a Wiener
    filter.

    Args:
        rows: ``(n, d)`` float32, centred.
        within: ``(d, d)``, the scatter of what belongs together.
        size: How many directions at most.

    Returns:
        ``(d, at most size)`` float32, to multiply rows with; ``None`` where no direction varies
        more.
    """
    if float(np.trace(within)) / rows.shape[1] < _LEAST_VARIANCE:
        return None
    whiten = _whitening(within)
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


def label_discriminants(rows: Array, labels: Sequence[str | None], size: int) -> Array:
    """Linear discriminants of labelled rows: ``(d, at most size)`` float32.

    The within-class scatter, shrunk, is whitened; then the leading eigenvectors of the
    between-class scatter are kept (Fisher 1936; as a learnt whitening: Mikolajczyk, Matas 2007,
    "Improving descriptors for fast tree matching by optimal linear projection", section 3).

    Raises:
        ConfigurationError: Fewer than two labels have two rows each.
    """
    known = np.array([label is not None for label in labels], bool)
    names, codes, counts = np.unique(
        np.array([label for label in labels if label is not None], str),
        return_inverse=True,
        return_counts=True,
    )
    if np.count_nonzero(counts >= 2) < 2:
        raise ConfigurationError(
            "To learn from folders, expected at least two folders with two images each. "
            f"Received: {len(names)} labels. Choose another fit."
        )
    labelled = rows[known].astype(np.float64)
    width = rows.shape[1]
    means = np.zeros((len(names), width))
    np.add.at(means, codes, labelled)
    means /= counts[:, None]
    within = np.zeros((width, width))
    for start in range(0, len(labelled), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        deviations = labelled[part] - means[codes[part]]
        within += deviations.T @ deviations
    within /= len(labelled)
    centre = labelled.mean(axis=0)
    between = (means - centre) * np.sqrt(counts / len(labelled))[:, None]
    whiten = _whitening(within)
    # The right singular vectors of the whitened means are the eigenvectors of their scatter.
    _, _, directions = np.linalg.svd(between @ whiten, full_matrices=False)
    kept = directions[: min(size, len(names) - 1)].T
    return with_fixed_signs(whiten @ kept)


def _whitening(within: Scatter) -> Scatter:
    """Axes ``(d, d)`` in which the scatter, shrunk towards its mean diagonal, is 1."""
    width = len(within)
    diagonal = max(float(np.trace(within)) / width, _LEAST_VARIANCE)
    shrunk = (1 - _SHRINKAGE) * within
    shrunk[np.diag_indices(width)] += _SHRINKAGE * diagonal
    variances, vectors = np.linalg.eigh(shrunk)
    axes: Scatter = vectors / np.sqrt(variances)
    return axes


def with_fixed_signs(axes: NDArray[np.float64]) -> Array:
    """The same axes ``(d, m)``, float32, each with its largest number positive.

    The signs of eigenvectors are arbitrary and differ between machines.
    """
    largest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
    fixed: Array = (axes * np.where(largest < 0, -1, 1)).astype(np.float32)
    return fixed
