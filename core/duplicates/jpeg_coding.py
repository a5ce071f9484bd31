"""The difference between a picture and its copy, without what the encoding of a JPEG explains."""

import io
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, JpegImagePlugin

from ..images import TO_UPRIGHT

Array = NDArray[Any]

# Sides of the parts that a JPEG with any subsampling is encoded in divide it.
STEP = 32
_BLOCK = 8
_TO_YCC = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32
)
_TO_RGB = np.linalg.inv(_TO_YCC).astype(np.float32)
_FREQUENCIES = np.arange(_BLOCK)[:, None]
COSINES = (
    np.sqrt(np.where(_FREQUENCIES == 0, 1, 2) / _BLOCK)
    * np.cos(np.pi * _FREQUENCIES * (2 * _FREQUENCIES.T + 1) / (2 * _BLOCK))
).astype(np.float32)
# Back from upright to as it is stored, by EXIF orientation: only the quarter turns differ.
_TO_STORED = TO_UPRIGHT | {6: TO_UPRIGHT[8], 8: TO_UPRIGHT[6]}


@dataclass(frozen=True, eq=False)
class JpegCoding:
    """How a JPEG was encoded.

    Attributes:
        tables: For luma and the two of chroma, the ``(8, 8)`` steps of the coefficients.
        factors: Rows and columns of pixels that have one value of chroma.
        orientation: By EXIF; the blocks are those of the picture as it is stored.
    """

    tables: tuple[Array, ...]
    factors: tuple[int, int]
    orientation: int

    @classmethod
    def of(cls, content: bytes) -> Self | None:
        """The coding of a file; ``None`` if it is no JPEG, or one of an unusual kind."""
        if not content.startswith(b"\xff\xd8"):
            return None
        try:
            with Image.open(io.BytesIO(content)) as image:
                if not isinstance(image, JpegImagePlugin.JpegImageFile):
                    return None
                if image.mode not in ("L", "RGB") or image.info.get("adobe_transform") == 0:
                    return None
                # A grey picture has no chroma, and none is explained.
                tables = [np.zeros((_BLOCK, _BLOCK), np.float32)] * 3
                for number, (_, _, _, table) in enumerate(image.layer):
                    steps = np.array(image.quantization[table], np.float32)
                    tables[number] = steps.reshape(_BLOCK, _BLOCK)
                (_, across, down, _), *others = image.layer
                if any((h, v) != (1, 1) for _, h, v, _ in others):
                    return None
                orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
                factors = (down, across) if others else (1, 1)
                return cls(tuple(tables), factors, orientation)
        # Damaged headers of any kind: the picture was read all the same.
        except Exception:
            return None

    @property
    def coarseness(self) -> float:
        """The mean step of luma."""
        return float(self.tables[0].mean())

    def as_stored(self, image: Image.Image) -> Image.Image:
        """An upright picture as the file stores it."""
        turn = _TO_STORED.get(self.orientation)
        return image if turn is None else image.transpose(turn)

    def residual(self, copy: Array, expected: Array) -> Array:
        """What the encoding does not explain, ``(h, w, 3)`` in luma and chroma.

        A coefficient of the copy is explained by any within half a step of it.

        Args:
            copy: ``(h, w, 3)`` decoded RGB, 0 to 255, from a whole block on.
            expected: Likewise, what may have been encoded.
        """
        height, width = copy.shape[:2]
        pad = [(0, -height % STEP), (0, -width % STEP), (0, 0)]
        expected = np.pad(expected, pad, mode="edge")
        encoded = self._encoded(expected)
        # The decoder leaves out what is beyond the edge, and what is darker than black or brighter
        # than white: there the copy is taken for what the encoding makes of the expected picture.
        copy = np.pad(copy, pad, constant_values=-1)
        hidden = (copy < 0) | ((copy == 0) & (encoded < 0)) | ((copy == 255) & (encoded > 255))
        planes = [
            np.moveaxis(pixels @ _TO_YCC.T, -1, 0)
            for pixels in (np.where(hidden, encoded, copy), expected)
        ]
        residual = np.stack(
            [
                self._unexplained(stored - self._subsampled(plane, number), number)
                for number, (stored, plane) in enumerate(zip(*planes, strict=True))
            ],
            axis=-1,
        )
        return residual[:height, :width]

    def _subsampled(self, plane: Array, number: int) -> Array:
        """A plane with no more detail than the file has of it."""
        return plane if number == 0 else _enlarged(_reduced(plane, self.factors), self.factors)

    def _encoded(self, pixels: Array) -> Array:
        """RGB after encoding and decoding, not limited to 0 to 255."""
        planes = []
        for number, plane in enumerate(np.moveaxis(pixels @ _TO_YCC.T, -1, 0)):
            steps = np.maximum(self.tables[number], 1)[:, None]
            small = plane if number == 0 else _reduced(plane, self.factors)
            coefficients = _transformed(small - 128 * (number == 0))
            small = _restored(np.round(coefficients / steps) * steps) + 128 * (number == 0)
            planes.append(small if number == 0 else _enlarged(small, self.factors))
        return np.stack(planes, axis=-1) @ _TO_RGB.T

    def _unexplained(self, plane: Array, number: int) -> Array:
        small = plane if number == 0 else _reduced(plane, self.factors)
        coefficients = _transformed(small)
        excess = np.abs(coefficients) - self.tables[number][:, None] / 2
        left = _restored(np.sign(coefficients) * np.maximum(excess, 0))
        return left if number == 0 else left.repeat(self.factors[0], 0).repeat(self.factors[1], 1)


def difference_of_colours(copy: Array, expected: Array) -> Array:
    """The difference of RGB in luma and chroma."""
    difference: Array = (copy - expected) @ _TO_YCC.T
    return difference


def _transformed(plane: Array) -> Array:
    """The coefficients of the blocks, ``(rows, 8, columns, 8)``."""
    return _blockwise(plane, COSINES).reshape(-1, _BLOCK, plane.shape[1] // _BLOCK, _BLOCK)


def _restored(coefficients: Array) -> Array:
    rows, _, columns, _ = coefficients.shape
    return _blockwise(coefficients.reshape(rows * _BLOCK, columns * _BLOCK), COSINES.T)


def _blockwise(plane: Array, matrix: Array) -> Array:
    """The matrix times each block times the matrix transposed."""
    height, width = plane.shape
    down = matrix @ plane.reshape(-1, _BLOCK, width)
    across: Array = down.reshape(-1, _BLOCK) @ matrix.T
    return across.reshape(height, width)


def _reduced(plane: Array, factors: tuple[int, int]) -> Array:
    """Means of so many rows and columns."""
    down, across = factors
    total = np.zeros_like(plane[::down, ::across])
    for row, column in np.ndindex(down, across):
        total += plane[row::down, column::across]
    return total / (down * across)


def _enlarged(plane: Array, factors: tuple[int, int]) -> Array:
    """Interpolated as the usual decoder does."""
    for axis, factor in enumerate(factors):
        if factor == 2:
            plane = np.moveaxis(plane, axis, 0)
            before = np.concatenate([plane[:1], plane[:-1]])
            after = np.concatenate([plane[1:], plane[-1:]])
            pair = np.stack([0.75 * plane + 0.25 * before, 0.75 * plane + 0.25 * after], axis=1)
            plane = np.moveaxis(pair.reshape(-1, plane.shape[1]), 0, axis)
        else:
            plane = plane.repeat(factor, axis)
    return plane
