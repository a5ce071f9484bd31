"""Axes on which features have equal variance (PCA-whitening)."""

import numpy as np

from ..types import Array
from .discriminants import with_fixed_signs

_ROWS_AT_ONCE = 1024
_LEAST_VARIANCE = 1e-12
# Bounds the scale of an axis of no variance, such as a channel that is always 0: it would be noise.
_LEAST_SHARE = 1e-6


def whitening_axes(features: Array, dimension: int) -> Array | None:
    """Axes that scale centred features to equal variance, those of most variance first.

    Jegou, Chum 2012, "Negative evidences and co-occurences in image retrieval: the benefit of PCA
    and whitening", section 3. The covariance is shrunk towards a multiple of the identity (Ledoit,
    Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices", section
    3.3): little for thousands of features, almost entirely for a few, which would else end up
    equally far apart.

    Args:
        features: ``(n, d)`` float32 unit rows, at least one.
        dimension: Number of axes to keep; at most ``d`` are.

    Returns:
        ``(d, dimension)`` float32; ``None`` of one image or copies of one, which have no axes.
    """
    count, width = features.shape
    mean = features.mean(axis=0, dtype=np.float64)
    products = np.zeros((width, width))
    fourth = 0.0
    for start in range(0, count, _ROWS_AT_ONCE):
        rows = features[start : start + _ROWS_AT_ONCE] - mean
        products += rows.T @ rows
        fourth += float((np.square(rows).sum(axis=1) ** 2).sum())
    covariance = products / count
    variance = float(np.trace(covariance)) / width
    if variance < _LEAST_VARIANCE:
        return None
    squares = float(np.square(covariance).sum())
    distance = squares / width - variance**2
    error = (fourth / count - squares) / (count * width)
    shrinkage = min(error / distance, 1.0) if distance > 0 else 1.0
    covariance *= 1 - shrinkage
    covariance[np.diag_indices(width)] += shrinkage * variance
    variances, axes = np.linalg.eigh(covariance)
    # The eigenvalues rise: the principal axes are the last ones.
    keep = slice(None, -min(dimension, width) - 1, -1)
    least = variance * _LEAST_SHARE
    return with_fixed_signs(axes[:, keep] / np.sqrt(np.maximum(variances[keep], least)))
