"""Whether two pictures are the same one: local features, a transformation, aligned pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.types import Array

# Longer side of the grey pictures that are compared, in pixels; the constants below are for it.
SIDE = 320
_LEAST_SIDE = 16
_KEYPOINTS = 250
# More keypoints of pale pictures than by OpenCV's own limit, .04.
_CONTRAST = 0.01
# Largest distance of the nearest descriptor, as a share of that to the second; Lowe 2004, 7.1.
_RATIO = 0.8
_LEAST_MATCHES = 16
# Of a keypoint from the place where the transformation puts its match, in pixels.
_INLIER_DISTANCE = 3.0
_SCALES = (0.2, 5.0)
# Share of the smaller picture that the other one covers.
_LEAST_OVERLAP = 0.5
# Side of the blocks whose pixels are correlated, in pixels, and the contrast of a block that shows
# something, of 255.
_BLOCK = 16
_LEAST_CONTRAST = 6.0
_BLUR = 1.5
# Measured on changed copies and on photographs of the same scene, which are off by about a pixel:
# see ``benchmarks/RESULTS.md``. The worse the points fit, the better must the pixels.
_MOST_MEDIAN, _MOST_LARGE = 0.65, 1.3
_CORRELATION, _CORRELATION_PER_PIXEL = 0.88, 0.2

# A SIFT descriptor has 4 by 4 cells of 8 orientations, turned upright by its own direction: those
# of the mirrored picture have the rows of cells and the orientations in the opposite order.
_MIRRORED = np.arange(128).reshape(4, 4, 8)[::-1][:, :, -np.arange(8) % 8].ravel()


@dataclass(frozen=True, eq=False)
class LocalFeatures:
    """A picture reduced to what it is compared by; some 100 kB.

    Attributes:
        pixels: ``(h, w)`` grey, the longer side ``SIDE``.
        points: ``(n, 2)`` float32 places of the keypoints, x and y in pixels.
        descriptors: ``(n, 128)`` SIFT descriptors.
    """

    pixels: NDArray[np.uint8]
    points: Array
    descriptors: NDArray[np.uint8]

    @property
    def unit_descriptors(self) -> Array:
        """``(n, 128)`` float32 unit rows: the square roots, Arandjelović and Zisserman 2012."""
        numbers = self.descriptors.astype(np.float32)
        sums = np.maximum(numbers.sum(axis=1, keepdims=True), 1)
        unit: Array = np.sqrt(numbers / sums)
        return unit


def local_features(image: Image.Image) -> LocalFeatures:
    """The local features of a picture of any size and mode."""
    import cv2

    # The threads that call it share the processor already.
    cv2.setNumThreads(1)
    grey = image.convert("L")
    scale = SIDE / max(grey.size)
    width, height = (max(round(side * scale), _LEAST_SIDE) for side in grey.size)
    pixels = np.asarray(grey.resize((width, height), Image.Resampling.BICUBIC))
    sift = cv2.SIFT.create(nfeatures=_KEYPOINTS, contrastThreshold=_CONTRAST)
    keypoints, descriptors = sift.detectAndCompute(pixels, None)
    points = np.array([one.pt for one in keypoints], np.float32).reshape(-1, 2)
    if descriptors is None:
        descriptors = np.empty((0, 128), np.float32)
    return LocalFeatures(pixels, points, descriptors.astype(np.uint8))


def is_same_picture(one: LocalFeatures, other: LocalFeatures) -> bool:
    """Whether two pictures are the same one, perhaps resized, turned, cropped or mirrored.

    Their keypoints fit by a turn, a scale and a shift, and then their pixels do as well. Of a
    picture that shows hardly anything, a changed copy is not recognised.
    """
    first, second = one.unit_descriptors, other.unit_descriptors
    upright, mirrored = _matches(first, second), _matches(first[:, _MIRRORED], second)
    is_mirrored = len(mirrored) > len(upright)
    pairs = mirrored if is_mirrored else upright
    pixels = one.pixels
    points = one.points[pairs[:, 0]]
    if is_mirrored:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        points = [pixels.shape[1] - 1, 0] + points * [-1, 1]
    if len(pairs) < _LEAST_MATCHES:
        return False
    fitted = _transformation(points.astype(np.float32), other.points[pairs[:, 1]])
    if fitted is None:
        return False
    transformation, error = fitted
    correlation = _aligned_correlation(pixels, other.pixels, transformation)
    return correlation >= _CORRELATION + _CORRELATION_PER_PIXEL * error


def _matches(one: Array, other: Array) -> NDArray[np.intp]:
    """Pairs ``(m, 2)`` of descriptors that are nearest to each other, and nothing else is."""
    import cv2

    if min(len(one), len(other)) < 2:
        return np.empty((0, 2), np.intp)
    # NumPy's product starts threads, which takes many times as long beside those of the caller.
    cosines = cv2.gemm(one, other, 1, np.empty(0), 0, flags=cv2.GEMM_2_T)
    rows = np.arange(len(one))
    nearest, back = cosines.argmax(axis=1), cosines.argmax(axis=0)
    best = cosines[rows, nearest]
    cosines[rows, nearest] = -1
    second = cosines.max(axis=1)
    clear = 1 - best < _RATIO**2 * (1 - second)
    pairs: NDArray[np.intp] = np.stack([rows, nearest], axis=1)[clear & (back[nearest] == rows)]
    return pairs


def _transformation(points: Array, places: Array) -> tuple[NDArray[Any], float] | None:
    """The turn, scale and shift ``(2, 3)`` from points to places, and the median error in pixels.

    ``None`` where there is none that fits most of them closely.
    """
    import cv2

    matrix, inliers = cv2.estimateAffinePartial2D(
        points, places, method=cv2.RANSAC, ransacReprojThreshold=_INLIER_DISTANCE, maxIters=500
    )
    if matrix is None or inliers.sum() < _LEAST_MATCHES:
        return None
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if not _SCALES[0] <= scale <= _SCALES[1]:
        return None
    fits = inliers.ravel() > 0
    errors = points[fits] @ matrix[:, :2].T + matrix[:, 2] - places[fits]
    # In pixels of the smaller one of the two.
    lengths = np.hypot(*errors.T) / max(scale, 1)
    median, large = np.percentile(lengths, [50, 80])
    if median > _MOST_MEDIAN or large > _MOST_LARGE:
        return None
    return matrix, float(median)


def _aligned_correlation(one: NDArray[Any], other: NDArray[Any], matrix: NDArray[Any]) -> float:
    """The median correlation, -1 to 1, of the blocks of two pictures where they overlap.

    0 where they hardly overlap, or nothing is to be seen there.
    """
    import cv2

    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale > 1:
        # The one that shows less is enlarged no more than needed: the other is made smaller.
        one, other, matrix = other, one, cv2.invertAffineTransform(matrix)
        scale = 1 / scale
    height, width = other.shape
    covered = cv2.warpAffine(np.ones_like(one), matrix, (width, height), flags=cv2.INTER_NEAREST)
    smaller = min(other.size, one.size * scale**2)
    if covered.sum() < _LEAST_OVERLAP * smaller:
        return 0.0
    # What is blurred before it is made smaller has no false detail.
    blurred = cv2.GaussianBlur(one, (0, 0), max(0.5 / scale, 0.5))
    pair = [cv2.warpAffine(blurred, matrix, (width, height)), other]
    # The border of what is covered is half outside.
    covered = cv2.erode(covered, np.ones((5, 5), np.uint8), borderValue=0)
    whole = _blocks(covered).min(axis=1) == 1
    first, second = (
        _blocks(cv2.GaussianBlur(pixels, (0, 0), _BLUR).astype(np.float32))[whole]
        for pixels in pair
    )
    first = first - first.mean(axis=1, keepdims=True)
    second = second - second.mean(axis=1, keepdims=True)
    contrasts = first.std(axis=1), second.std(axis=1)
    visible = np.maximum(*contrasts) > _LEAST_CONTRAST
    if not visible.any():
        return 0.0
    products = (first * second).mean(axis=1)
    correlations = products / np.maximum(contrasts[0] * contrasts[1], 1e-3)
    return float(np.median(correlations[visible]))


def _blocks(pixels: NDArray[Any]) -> NDArray[Any]:
    """The whole blocks of a picture, one a row."""
    rows, columns = (side // _BLOCK for side in pixels.shape)
    part = pixels[: rows * _BLOCK, : columns * _BLOCK]
    blocks = part.reshape(rows, _BLOCK, columns, _BLOCK).swapaxes(1, 2)
    return blocks.reshape(rows * columns, _BLOCK * _BLOCK)
