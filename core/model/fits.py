"""The last step of a feature: a linear map that a gallery taught."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError
from ..types import Array
from .pooling import l2_normalise

NONE, CENTRE, NEIGHBOURS, WHITEN, FOLDERS = FITS = (
    *("none", "centre", "neighbours", "whiten", "folders"),
)
DEFAULT_FIT = NEIGHBOURS
# Dimensions of the fits that have a size: those allowed, and the default. 0 leaves it to the number
# of pictures.
SIZES = {NEIGHBOURS: (16, 512, 0), WHITEN: (64, 512, 256), FOLDERS: (1, 512, 0)}

Labels = Sequence[str | None]
"""The label of each row; ``None`` where it has none."""


@dataclass(frozen=True, slots=True)
class FitChoice:
    """The fit that a gallery has.

    Attributes:
        kind: One of ``FITS``.
        size: Most dimensions of ``neighbours`` (16 to 512), ``whiten`` (64 to 512) or ``folders``
            (1 to 512); 0 for the others, and for a number that depends on the gallery.

    Raises:
        ConfigurationError: There is no such kind, or it has no such size.
    """

    kind: str
    size: int = 0

    def __post_init__(self) -> None:
        if self.kind not in FITS:
            raise ConfigurationError(
                f"Unknown fit: expected one of {', '.join(FITS)}. Received: fit={self.kind!r}"
            )
        least, most, default = SIZES.get(self.kind, (0, 0, 0))
        if self.size != default and not least <= self.size <= most:
            expected = f"from {least} to {most}" if most else "no size"
            raise ConfigurationError(
                f"Expected {expected} for the fit {self.kind}. Received: fit-size={self.size}"
            )

    def __str__(self) -> str:
        return f"{self.kind} {self.size}" if self.size else self.kind

    @classmethod
    def of(cls, kind: str = DEFAULT_FIT, size: int | None = None) -> Self:
        """A choice with the default size of its kind where none is given."""
        return cls(kind, SIZES.get(kind, (0, 0, 0))[2] if size is None else size)


@dataclass(frozen=True, eq=False)
class Fit:
    """A learnt step that turns a unit feature into a unit vector.

    Attributes:
        choice: What was chosen.
        mean: ``(d,)`` float32, of the gallery: subtracted from each feature, but for ``none``.
        axes: ``(d, m)`` float32, the projection of the centred feature; ``None`` for none.
        images: Number of images of the gallery that it was learnt on.
        taught: ``(t,)`` uint64, rising: ``content_numbers`` of the images that taught it.
        share: 1; less in a fit of an older version, whose projection has only this share of the
            likeness, beside the centred feature.
    """

    choice: FitChoice
    mean: Array
    axes: Array | None = None
    images: int = 0
    taught: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    share: float = 1.0

    def __str__(self) -> str:
        if self.choice.kind == NEIGHBOURS and self.axes is None:
            return f"{self.choice}: centred, as too few pictures teach nothing"
        return str(self.choice)

    @cached_property
    def digest(self) -> str:
        """Tells fits apart: BLAKE2b-128 of what it does to features, 32 hexadecimal digits."""
        digest = blake2b(digest_size=16)
        digest.update(f"{self.choice} {self.share!r} {self.mean.shape}".encode())
        # Without a fit, the mean of the gallery does nothing to features.
        for part in () if self.choice.kind == NONE else (self.mean, self.axes):
            digest.update(b"" if part is None else part.tobytes())
        return digest.hexdigest()

    @property
    def dimension(self) -> int:
        """Length of a fitted feature."""
        if self.axes is None:
            return len(self.mean)
        return int(self.axes.shape[1]) + (len(self.mean) if self.share < 1 else 0)

    def centred(self, features: Array) -> Array:
        """``(n, d)`` float32 unit rows without the mean of the gallery, as unit rows."""
        return l2_normalise(features - self.mean)

    def apply(self, features: Array) -> Array:
        """Fit ``(n, d)`` float32 unit rows to ``(n, dimension)`` float32 unit rows."""
        if self.choice.kind == NONE:
            return features
        if self.axes is None:
            return self.centred(features)
        learnt = l2_normalise(np.matmul(features - self.mean, self.axes, dtype=np.float32))
        if self.share == 1:
            return learnt
        parts = learnt * self.share**0.5, self.centred(features) * (1 - self.share) ** 0.5
        return np.concatenate(parts, axis=1).astype(np.float32)

    def linear(self, feature: Array) -> tuple[Array, Array]:
        """The fit as a linear function, for one unit feature ``(d,)`` float32.

        Returns:
            ``axes`` ``(d, dimension)`` and ``constant`` ``(dimension,)``, both float32:
            ``feature @ axes + constant`` is the fitted feature. Both depend on the feature,
            because the fit scales to length 1.
        """
        unchanged = np.eye(len(self.mean), dtype=np.float32)
        if self.choice.kind == NONE:
            return unchanged, np.zeros_like(self.mean)
        parts = [(unchanged if self.axes is None else self.axes, self.share)]
        if self.share < 1:
            parts.append((unchanged, 1 - self.share))
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
            images=self.images,
            taught=self.taught,
            share=self.share,
        )

    @classmethod
    def load(cls, file: BinaryIO) -> Self:
        """Read what ``save`` wrote; anything else raises ``ValueError``."""
        with np.load(file, allow_pickle=False) as content:
            try:
                mean, axes, images = content["mean"], content["axes"], int(content["images"])
                choice = FitChoice(str(content["kind"]), int(content["size"]))
                # An older version wrote no such array.
                taught = content.get("taught", np.empty(0, np.uint64))
                share = float(content["share"])
            except (KeyError, TypeError, IndexError, ConfigurationError) as error:
                raise ValueError(f"no fit: {error}") from error
        if mean.dtype != np.float32 or axes.dtype != np.float32 or axes.shape[:1] != mean.shape:
            raise ValueError(f"a fit of {mean.shape} and {axes.shape}")
        if not axes.shape[1]:
            return cls(choice, mean, None, images, taught)
        return cls(choice, mean, axes, images, taught, share)
