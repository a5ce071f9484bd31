"""Compression of region descriptors: fewer numbers, and half a byte each.

Twice as many numbers of 4 bits find more than numbers of 8 bits, see benchmarks/RESULTS.md.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from ..model import l2_normalise
from ..types import Array

Codes = NDArray[np.uint8]
"""Compressed descriptors, ``(r, d / 2)``: the lower bits hold the first half of the numbers."""

DIMENSION = 120
_FIELDS = ("mean", "basis", "step")
# Of the variance that is taken out of each direction; 1 would be whitening.
WHITENING = 0.5
# Share of the numbers within the 16 levels; the others become the lowest or the highest. The error
# is least about there for normally distributed numbers (Max 1960).
_WITHIN = 0.993
_BITS = 4
_LEVELS = 1 << _BITS
# Of the numbers that levels stand for, in steps.
_MIDDLE = np.float32((_LEVELS - 1) / 2)
# Of the mean variance: keeps directions in which a small sample does not vary.
_SHRINKAGE = 1e-3


@dataclass(frozen=True, eq=False)
class Compression:
    """A linear map of region descriptors, learnt on the regions of some pictures.

    Attributes:
        mean: ``(channels,)`` float32, of the descriptors.
        basis: ``(channels, d)`` float32: principal directions, each divided by a power of its
            standard deviation; ``d`` is even.
        step: Difference between two levels.
    """

    mean: Array
    basis: Array
    step: float

    @cached_property
    def digest(self) -> str:
        """BLAKE2b-64 of the numbers, 16 hexadecimal digits: codes of another one differ."""
        content = b"".join(np.ascontiguousarray(part).tobytes() for part in (self.mean, self.basis))
        return hashlib.blake2b(content, digest_size=8).hexdigest()

    def reduce(self, descriptors: Array) -> Array:
        """Descriptors ``(r, channels)`` with fewer numbers: ``(r, d)`` float32 unit rows."""
        reduced: Array = np.matmul(descriptors - self.mean, self.basis)
        return l2_normalise(reduced)

    def encode(self, descriptors: Array) -> Codes:
        """Compress descriptors ``(r, channels)``."""
        levels = np.floor(self.reduce(descriptors) / self.step + _LEVELS / 2)
        numbers = np.clip(levels, 0, _LEVELS - 1).astype(np.uint8)
        lower, upper = np.split(numbers, 2, axis=1)
        codes: Codes = lower | (upper << _BITS)
        return codes

    def decode(self, codes: Codes) -> Array:
        """The unit rows ``(r, d)`` float32 that codes stand for, up to their rounding."""
        centred: Array = np.concatenate(_levels(codes), axis=1) - _MIDDLE
        return l2_normalise(centred)

    def products(self, codes: Codes, queries: Array) -> Array:
        """The inner products ``(r, q)`` of codes with reduced queries ``(q, d)``.

        The rows that codes stand for are taken as they are, of a length near 1.
        """
        scaled = (queries * np.float32(self.step)).T
        parts = np.split(scaled, 2)
        lower, upper = (part @ half for part, half in zip(_levels(codes), parts, strict=True))
        products: Array = lower + upper - _MIDDLE * scaled.sum(axis=0)
        return products

    def save(self, file: BinaryIO) -> None:
        """Write a NumPy archive."""
        np.savez(file, mean=self.mean, basis=self.basis, step=np.float64(self.step))

    @classmethod
    def load(cls, file: BinaryIO) -> Self:
        """Read what ``save`` wrote; anything else raises ``ValueError``."""
        with np.load(file, allow_pickle=False) as content:
            try:
                mean, basis, step = (content[name] for name in _FIELDS)
            except KeyError as error:
                raise ValueError(f"no compression: {error}") from error
        fitting = basis.ndim == 2 and basis.shape[0] == len(mean) and basis.shape[1] % 2 == 0
        if mean.ndim != 1 or not fitting or step.shape != () or not step > 0:
            raise ValueError(f"a compression of {mean.shape} and {basis.shape}")
        return cls(mean, basis, float(step))


def learn_compression(descriptors: Array, dimension: int = DIMENSION) -> Compression:
    """Learn a compression of region descriptors ``(r, channels)`` float32 unit rows, at least one.

    By principal component analysis; the variances are equalised in part, as Jegou and Chum (2012,
    section 3) do in full. The compressed ones have ``dimension`` numbers, an even number; fewer if
    there are fewer channels.
    """
    mean = descriptors.mean(axis=0, dtype=np.float64)
    centred = descriptors - mean.astype(np.float32)
    covariance = (centred.T @ centred).astype(np.float64) / len(descriptors)
    variances, directions = np.linalg.eigh(covariance)
    dimension = min(dimension, len(mean) // 2 * 2)
    kept = slice(None, -dimension - 1, -1)
    floor = _SHRINKAGE * max(variances.mean(), np.finfo(np.float32).tiny)
    scales = np.maximum(variances[kept], floor) ** (-WHITENING / 2)
    basis = (directions[:, kept] * (scales / scales.max())).astype(np.float32)
    unit = Compression(mean.astype(np.float32), basis, 1.0)
    largest = float(np.quantile(np.abs(unit.reduce(descriptors)), _WITHIN))
    return Compression(unit.mean, unit.basis, 2 * max(largest, 1 / _LEVELS) / _LEVELS)


def _levels(codes: Codes) -> tuple[Array, Array]:
    """The two halves of the numbers as levels, ``(r, d / 2)`` each."""
    return (codes & (_LEVELS - 1)).astype(np.float32), (codes >> _BITS).astype(np.float32)
