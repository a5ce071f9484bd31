"""Steps that are learnt on the features of a gallery; so far PCA-whitening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from core.errors import ConfigurationError
from core.model.pooling import l2_normalise
from core.types import Array

MIN_DIMENSION, MAX_DIMENSION = 64, 512
# More features change the whitening little, and take memory.
MAX_FIT_FEATURES = 20_000
_ROWS_AT_ONCE = 1024
_LEAST_VARIANCE = 1e-12
# Bounds the scale of an axis of no variance, such as a channel that is always 0: it would be noise.
_LEAST_SHARE = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class Whitening:
    """PCA-whitening: features are centred, scaled to equal variance on each axis, normalised.

    Jegou, Chum 2012, "Negative evidences and co-occurences in image retrieval: the benefit of PCA
    and whitening", section 3.

    Attributes:
        mean: ``(d,)`` float32.
        axes: ``(d, dimension)`` float32: the principal axes, each divided by its deviation.
        images: Number of features that it was learnt from.
    """

    mean: Array
    axes: Array
    images: int

    @property
    def dimension(self) -> int:
        """Length of a whitened feature."""
        return int(self.axes.shape[1])

    def apply(self, features: Array) -> Array:
        """Whiten ``(n, d)`` float32 unit rows to ``(n, dimension)`` float32 unit rows."""
        return l2_normalise(np.matmul(features - self.mean, self.axes, dtype=np.float32))

    def save(self, file: BinaryIO) -> None:
        """Write a NumPy archive."""
        np.savez(file, mean=self.mean, axes=self.axes, images=self.images)

    @classmethod
    def load(cls, file: BinaryIO) -> Whitening:
        """Read what ``save`` wrote; anything else raises ``ValueError``."""
        with np.load(file, allow_pickle=False) as content:
            try:
                mean, axes, images = content["mean"], content["axes"], int(content["images"])
            except (KeyError, TypeError) as error:
                raise ValueError(f"no whitening: {error}") from error
        if mean.dtype != np.float32 or axes.dtype != np.float32 or axes.shape[:1] != mean.shape:
            raise ValueError(f"a whitening of {mean.shape} and {axes.shape}")
        return cls(mean, axes, images)


def check_dimension(dimension: int) -> int:
    """The given dimension to whiten to.

    Raises:
        ConfigurationError: It is neither 0 (no whitening) nor 64 to 512.
    """
    if dimension and not MIN_DIMENSION <= dimension <= MAX_DIMENSION:
        raise ConfigurationError(
            f"Expected 0 (no whitening) or from {MIN_DIMENSION} to {MAX_DIMENSION} dimensions to "
            f"whiten to. Received: whiten={dimension}"
        )
    return dimension


def fit_whitening(features: Array, dimension: int) -> Whitening:
    """Learn a whitening from features.

    The covariance is shrunk towards a multiple of the identity (Ledoit, Wolf 2004, "A
    well-conditioned estimator for large-dimensional covariance matrices", section 3.3): little
    for thousands of features, almost entirely for a few, which would else end up equally far
    apart.

    Args:
        features: ``(n, d)`` float32 unit rows, at least one.
        dimension: Number of axes to keep, at most ``d``.
    """
    count, width = features.shape
    dimension = min(dimension, width)
    mean = features.mean(axis=0, dtype=np.float64)
    products = np.zeros((width, width))
    fourth = 0.0
    for start in range(0, count, _ROWS_AT_ONCE):
        rows = features[start : start + _ROWS_AT_ONCE] - mean
        products += rows.T @ rows
        fourth += float((np.square(rows).sum(axis=1) ** 2).sum())
    covariance = products / count
    variance = float(np.trace(covariance)) / width
    # One image, or copies of one, have no axes: features stay as they are.
    if variance < _LEAST_VARIANCE:
        return Whitening(
            np.zeros(width, np.float32), np.eye(width, dimension, dtype=np.float32), count
        )
    squares = float(np.square(covariance).sum())
    distance = squares / width - variance**2
    error = (fourth / count - squares) / (count * width)
    shrinkage = min(error / distance, 1.0) if distance > 0 else 1.0
    covariance *= 1 - shrinkage
    covariance[np.diag_indices(width)] += shrinkage * variance
    variances, axes = np.linalg.eigh(covariance)
    # The eigenvalues rise: the principal axes are the last ones.
    keep = slice(None, -dimension - 1, -1)
    least = variance * _LEAST_SHARE
    scaled = axes[:, keep] / np.sqrt(np.maximum(variances[keep], least))
    # The signs of eigenvectors are arbitrary and would differ between machines.
    scaled *= np.where(scaled[np.abs(scaled).argmax(axis=0), np.arange(scaled.shape[1])] < 0, -1, 1)
    return Whitening(mean.astype(np.float32), scaled.astype(np.float32), count)
