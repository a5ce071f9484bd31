"""Steps that are learnt on the features of a gallery and applied to its rows and to queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import BinaryIO, Self

import numpy as np

from ..errors import ConfigurationError
from ..types import Array
from .discriminants import (
    discriminants,
    label_discriminants,
    neighbour_scatter,
    with_fixed_signs,
)
from .nearest import nearest_rows
from .pooling import l2_normalise

NONE, CENTRE, NEIGHBOURS, WHITEN, FOLDERS = FITS = (
    *("none", "centre", "neighbours", "whiten", "folders"),
)
DEFAULT_FIT = CENTRE
# Dimensions of the fits that have a size: those allowed, and the default.
SIZES = {NEIGHBOURS: (16, 512, 128), WHITEN: (64, 512, 256), FOLDERS: (1, 512, 64)}
# More features change a fit little, and take memory.
MAX_FIT_FEATURES = 20_000
# The share of the learnt similarity in that of "folders"; the rest is the centred one.
LEARNT_SHARE = 0.5
# Below so many pictures, neighbours show chance: the gallery is centred.
LEAST_TAUGHT = 50
# Nearest pictures of each that teach, and from how many pictures on the larger number does.
FEW_NEIGHBOURS, MANY_NEIGHBOURS, MANY_ROWS = 5, 10, 1_000
# Cosine of centred features from which on two pictures are one: they would teach only themselves.
SAME_PICTURE = 0.95
_ROWS_AT_ONCE = 1024
_LEAST_VARIANCE = 1e-12
# Bounds the scale of an axis of no variance, such as a channel that is always 0: it would be noise.
_LEAST_SHARE = 1e-6

Labels = Sequence[str | None]
"""The label of each row; ``None`` where it has none."""


@dataclass(frozen=True, slots=True)
class FitChoice:
    """The fit that a gallery has.

    Attributes:
        kind: One of ``FITS``.
        size: Dimensions of ``neighbours`` (16 to 512) or ``whiten`` (64 to 512), or discriminants
            of ``folders`` (1 to 512); 0 for the others.

    Raises:
        ConfigurationError: There is no such kind, or it has no such size.
    """

    kind: str = DEFAULT_FIT
    size: int = 0

    def __post_init__(self) -> None:
        if self.kind not in FITS:
            raise ConfigurationError(
                f"Unknown fit: expected one of {', '.join(FITS)}. Received: fit={self.kind!r}"
            )
        least, most, _ = SIZES.get(self.kind, (0, 0, 0))
        if not least <= self.size <= most:
            expected = f"from {least} to {most}" if most else "no size"
            raise ConfigurationError(
                f"Expected {expected} for the fit {self.kind}. Received: fit-size={self.size}"
            )

    def __str__(self) -> str:
        return f"{self.kind} {self.size}" if self.size else self.kind

    @classmethod
    def of(cls, kind: str, size: int | None = None) -> Self:
        """A choice with the default size of its kind where none is given."""
        return cls(kind, SIZES.get(kind, (0, 0, 0))[2] if size is None else size)


@dataclass(frozen=True, eq=False)
class Fit:
    """A learnt step: each part turns a unit feature into a unit vector; they stand side by side.

    Scaled by the square roots of their shares, so that the inner product of two fitted features is
    the weighted mean of those of the parts.

    Attributes:
        choice: What was chosen.
        mean: ``(d,)`` float32, subtracted from each feature.
        axes: ``(d, m)`` float32, the learnt projection of the centred feature; ``None`` for none.
        share: Share of the learnt projection, 0 to 1; the rest is the centred feature itself.
        images: Number of features that it was learnt from; 0 for ``none``.
    """

    choice: FitChoice
    mean: Array
    axes: Array | None = None
    share: float = 0.0
    images: int = 0

    def __str__(self) -> str:
        if self.choice.kind == NEIGHBOURS and self.axes is None:
            return f"{self.choice}: centred, as too few pictures teach nothing"
        return str(self.choice)

    @cached_property
    def digest(self) -> str:
        """Tells fits apart: BLAKE2b-128 of what it does to features, 32 hexadecimal digits."""
        digest = blake2b(digest_size=16)
        digest.update(f"{self.choice} {self.share!r} {self.mean.shape}".encode())
        for part in (self.mean, self.axes):
            digest.update(b"" if part is None else part.tobytes())
        return digest.hexdigest()

    @property
    def dimension(self) -> int:
        """Length of a fitted feature."""
        learnt = 0 if self.axes is None else int(self.axes.shape[1])
        return learnt + (len(self.mean) if self.share < 1 else 0)

    def apply(self, features: Array) -> Array:
        """Fit ``(n, d)`` float32 unit rows to ``(n, dimension)`` float32 unit rows."""
        if self.choice.kind == NONE:
            return features
        centred = features - self.mean
        parts = []
        if self.axes is not None:
            learnt = l2_normalise(np.matmul(centred, self.axes, dtype=np.float32))
            parts.append(learnt * np.float32(self.share**0.5))
        if self.share < 1:
            parts.append(l2_normalise(centred) * np.float32((1 - self.share) ** 0.5))
        fitted: Array = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        return fitted

    def linear(self, feature: Array) -> tuple[Array, Array]:
        """The fit as a linear function, for one unit feature ``(d,)`` float32.

        Returns:
            ``axes`` ``(d, dimension)`` and ``constant`` ``(dimension,)``, both float32:
            ``feature @ axes + constant`` is the fitted feature. Both depend on the feature,
            because the fit scales to length 1.
        """
        if self.choice.kind == NONE:
            return np.eye(len(self.mean), dtype=np.float32), np.zeros_like(self.mean)
        parts = []
        if self.axes is not None:
            parts.append((self.axes, self.share))
        if self.share < 1:
            parts.append((np.eye(len(self.mean), dtype=np.float32), 1 - self.share))
        scaled = []
        for axes, share in parts:
            length = float(np.linalg.norm((feature - self.mean) @ axes))
            scaled.append(axes * np.float32(share**0.5 / (length or 1)))
        together: Array = np.concatenate(scaled, axis=1)
        return together, -self.mean @ together

    def save(self, file: BinaryIO) -> None:
        """Write a NumPy archive."""
        np.savez(
            file,
            kind=self.choice.kind,
            size=self.choice.size,
            mean=self.mean,
            axes=np.empty((len(self.mean), 0), np.float32) if self.axes is None else self.axes,
            share=self.share,
            images=self.images,
        )

    @classmethod
    def load(cls, file: BinaryIO) -> Self:
        """Read what ``save`` wrote; anything else raises ``ValueError``."""
        with np.load(file, allow_pickle=False) as content:
            try:
                mean, axes, images = content["mean"], content["axes"], int(content["images"])
                share = float(content["share"])
                choice = FitChoice(str(content["kind"]), int(content["size"]))
            except (KeyError, TypeError, IndexError, ConfigurationError) as error:
                raise ValueError(f"no fit: {error}") from error
        if mean.dtype != np.float32 or axes.dtype != np.float32 or axes.shape[:1] != mean.shape:
            raise ValueError(f"a fit of {mean.shape} and {axes.shape}")
        return cls(choice, mean, axes if axes.shape[1] else None, share, images)


def learn_fit(features: Array, choice: FitChoice, labels: Labels = ()) -> Fit:
    """Learn a fit from features.

    Args:
        features: ``(n, d)`` float32 unit rows, at least one.
        choice: What to learn.
        labels: For ``folders``, of each row; others need none.

    Raises:
        ConfigurationError: ``folders`` needs two labels that two rows have each.
    """
    if choice.kind == WHITEN:
        return fit_whitening(features, choice.size)
    width, count = features.shape[1], len(features)
    if choice.kind == NONE:
        return Fit(choice, np.zeros(width, np.float32))
    mean = features.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = l2_normalise(features - mean)
    if choice.kind == FOLDERS:
        return Fit(
            choice, mean, label_discriminants(centred, labels, choice.size), LEARNT_SHARE, count
        )
    if choice.kind == NEIGHBOURS and (axes := _neighbour_axes(centred, choice.size)) is not None:
        return Fit(choice, mean, axes, 1.0, count)
    # One image, or copies of one, would be nothing but the mean.
    spread = float(np.square(features - mean).sum(axis=1).mean())
    return Fit(choice, mean if spread > _LEAST_VARIANCE else mean * 0, images=count)


def _neighbour_axes(rows: Array, size: int) -> Array | None:
    """What the neighbours of centred rows teach; ``None`` for too few rows or nothing learnt."""
    if len(rows) < LEAST_TAUGHT:
        return None
    numbers, products = nearest_rows(rows, np.arange(len(rows)), MANY_NEIGHBOURS)
    # Near-copies of an earlier row.
    copies = (products > SAME_PICTURE) & (numbers < np.arange(len(rows))[:, None])
    if copies.any():
        rows = rows[~copies.any(axis=1)]
        if len(rows) < LEAST_TAUGHT:
            return None
        numbers, _ = nearest_rows(rows, np.arange(len(rows)), MANY_NEIGHBOURS)
    k = FEW_NEIGHBOURS if len(rows) < MANY_ROWS else MANY_NEIGHBOURS
    return discriminants(rows, neighbour_scatter(rows, numbers[:, :k]), size)


def fit_whitening(features: Array, dimension: int) -> Fit:
    """Learn PCA-whitening: features are centred, scaled to equal variance on each axis, normalised.

    Jegou, Chum 2012, "Negative evidences and co-occurences in image retrieval: the benefit of PCA
    and whitening", section 3. The covariance is shrunk towards a multiple of the identity (Ledoit,
    Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices", section
    3.3): little for thousands of features, almost entirely for a few, which would else end up
    equally far apart.

    Args:
        features: ``(n, d)`` float32 unit rows, at least one.
        dimension: Number of axes to keep; at most ``d`` are.
    """
    choice = FitChoice(WHITEN, dimension)
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
        zero, unit = np.zeros(width, np.float32), np.eye(width, dimension, dtype=np.float32)
        return Fit(choice, zero, unit, 1.0, count)
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
    return Fit(choice, mean.astype(np.float32), with_fixed_signs(scaled), 1.0, count)
