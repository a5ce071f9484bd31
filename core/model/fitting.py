"""PCA-whitening: what a gallery teaches about its own features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from core.errors import ConfigurationError
from core.model.pooling import l2_normalise
from core.types import Array

FEWEST, MOST = 64, 512
# More images teach it nothing new, and take memory.
LEARNT_FROM = 20_000
_ROWS_AT_ONCE = 1024
_LEAST_VARIANCE = 1e-12
# An axis along which nothing varies, as of a channel that is always 0, must not become noise.
_LEAST_SHARE = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class Whitening:
    """Unit features, centred, turned to their main axes, scaled alike along each, of length 1.

    PCA-whitening of descriptors (Jegou, Chum 2012, "Negative evidences and co-occurences in image
    retrieval: the benefit of PCA and whitening", section 3).

    Attributes:
        mean: ``(d,)`` float32.
        axes: ``(d, dimension)`` float32, the main axes as columns, each divided by the standard
            deviation along it.
        images: Number of features that it was learnt from.
    """

    mean: Array
    axes: Array
    images: int

    @property
    def dimension(self) -> int:
        """Length of a processed feature."""
        return int(self.axes.shape[1])

    def apply(self, features: Array) -> Array:
        """Process features.

        Args:
            features: ``(n, d)`` float32 unit rows.

        Returns:
            ``(n, dimension)`` float32 unit rows.
        """
        return l2_normalise(np.matmul(features - self.mean, self.axes, dtype=np.float32))

    def save(self, file: BinaryIO) -> None:
        """Write as a NumPy archive."""
        np.savez(file, mean=self.mean, axes=self.axes, images=self.images)

    @classmethod
    def load(cls, file: BinaryIO) -> Whitening:
        """Read what ``save`` wrote.

        Raises:
            ValueError: It is something else.
        """
        with np.load(file, allow_pickle=False) as content:
            try:
                mean, axes, images = content["mean"], content["axes"], int(content["images"])
            except (KeyError, TypeError) as error:
                raise ValueError(f"no whitening: {error}") from error
        if mean.dtype != np.float32 or axes.dtype != np.float32 or axes.shape[:1] != mean.shape:
            raise ValueError(f"a whitening of {mean.shape} and {axes.shape}")
        return cls(mean, axes, images)


def check_dimension(dimension: int) -> int:
    """A dimension to whiten to, 0 for none.

    Raises:
        ConfigurationError: It is not 0 and not 64 to 512.
    """
    if dimension and not FEWEST <= dimension <= MOST:
        raise ConfigurationError(
            f"Expected 0 (no whitening) or from {FEWEST} to {MOST} dimensions to whiten to. "
            f"Received: whiten={dimension}"
        )
    return dimension


def fit_whitening(features: Array, dimension: int) -> Whitening:
    """Learn the whitening of a gallery of any size.

    The covariance is shrunk towards that of a sphere by what Ledoit and Wolf (2004, "A
    well-conditioned estimator for large-dimensional covariance matrices", section 3.3) derive
    from the features themselves: almost nothing for thousands of images, almost all for a few,
    whose axes mean nothing yet and would otherwise make all images equally far apart.

    Args:
        features: ``(n, d)`` float32 unit rows, at least one.
        dimension: To keep; more than ``d`` keeps ``d``.
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
    # Of one image, or of copies of one, there is nothing to learn.
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
    # Rising: the main axes are the last ones.
    keep = slice(None, -dimension - 1, -1)
    least = variance * _LEAST_SHARE
    scaled = axes[:, keep] / np.sqrt(np.maximum(variances[keep], least))
    # The signs of axes are arbitrary: without this they would differ between machines.
    scaled *= np.where(scaled[np.abs(scaled).argmax(axis=0), np.arange(scaled.shape[1])] < 0, -1, 1)
    return Whitening(mean.astype(np.float32), scaled.astype(np.float32), count)
