"""How two pictures relate: local features, a transformation, aligned pixels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Array
from .local_features import LocalFeatures
from .relation import Relation

# The constants are for grey pictures whose longer side has 320 pixels.

# Largest distance of the nearest descriptor, as a share of that to the second; Lowe 2004, 7.1.
_RATIO = 0.8
_LEAST_MATCHES = 16
# Of a keypoint from the place where the transformation puts its match, in pixels.
_INLIER_DISTANCE = 3.0
_SCALES = (0.2, 5.0)
# Share of the smaller picture that the other one covers: so that they have something in common, and
# so that one is a version of the other, such as one turned by 5° whose corners are cut off.
_LEAST_OVERLAP = 0.3
_LEAST_COVERED = 0.8
# Of a frame that counts as that of the other one, as a share of its sides.
_MARGIN = 0.025
_LEAST_TURN = 1.5
# Side of the blocks whose pixels are correlated, in pixels, and the contrast of a block that shows
# something, of 255.
_BLOCK = 16
_LEAST_CONTRAST = 6.0
_BLUR = 1.5
# Measured on changed copies and on photographs of the same scene, which are off by about a pixel:
# see ``benchmarks/RESULTS.md``. The worse the points fit, the better must the pixels.
_MOST_MEDIAN, _MOST_LARGE = 0.65, 1.3
_CORRELATION, _CORRELATION_PER_PIXEL = 0.88, 0.2
# Of one block in five, so that no large part of the scene has moved.
_LOW_CORRELATION = 0.6
# Pairs with fewer matches of the strongest keypoints of one picture are not compared further.
_STRONGEST, _LEAST_STRONG_MATCHES = 64, 5
# Correlation of the tiny pictures from which on two frames may be the same, and what the blocks of
# the pictures must have in the median then.
_TINY_CORRELATION, _FRAME_CORRELATION = 0.9, 0.97
_LEAST_BLOCKS = 6

# A SIFT descriptor has 4 by 4 cells of 8 orientations, turned upright by its own direction: those
# of the mirrored picture have the rows of cells and the orientations in the opposite order.
_MIRRORED = np.arange(128).reshape(4, 4, 8)[::-1][:, :, -np.arange(8) % 8].ravel()


def relation_of(one: LocalFeatures, other: LocalFeatures) -> Relation | None:
    """How two pictures relate; ``None`` if they are not the same one, not even in part.

    Either their frames coincide, and then their pixels do as well; or their keypoints fit by a
    turn, a scale and a shift, perhaps mirrored, and then their pixels do as well. Of a picture that
    shows hardly anything, a turned or cropped copy is not recognised. Symmetric.
    """
    if (len(one.points), one.picture) > (len(other.points), other.picture):
        one, other = other, one
    if float(np.dot(one.tiny, other.tiny)) >= _TINY_CORRELATION:
        first, second = one.pixels, other.pixels
        if _frames_coincide(first, second):
            ratio = first.shape[0] * second.shape[1] / (first.shape[1] * second.shape[0])
            stretched = max(ratio, 1 / ratio) > 1 + _MARGIN
            return Relation.STRETCHED if stretched else Relation.WHOLE
    matches = _matching(one, other)
    if matches is None:
        return None
    pairs, is_mirrored = matches
    pixels, places = one.pixels, other.pixels
    points = one.points[pairs[:, 0]]
    if is_mirrored:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        points = [pixels.shape[1] - 1, 0] + points * [-1, 1]
    fitted = _transformation(points.astype(np.float32), other.points[pairs[:, 1]])
    if fitted is None:
        return None
    transformation, error = fitted
    correlations = _aligned_correlations(pixels, places, transformation)
    if not len(correlations):
        return None
    median, low = np.percentile(correlations, [50, 20])
    if median < _CORRELATION + _CORRELATION_PER_PIXEL * error or low < _LOW_CORRELATION:
        return None
    return _relation(transformation, is_mirrored, pixels.shape, places.shape)


def _frames_coincide(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Whether two whole pictures show the same, brought to the same size."""
    import cv2

    height, width = np.minimum(one.shape, other.shape).tolist()
    first, second = (
        cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA) for pixels in (one, other)
    )
    correlations = _correlations(first, second, np.ones_like(first))
    if len(correlations) < _LEAST_BLOCKS:
        return False
    median, low = np.percentile(correlations, [50, 20])
    return bool(median >= _FRAME_CORRELATION and low >= _LOW_CORRELATION)


def _relation(
    matrix: NDArray[Any], is_mirrored: bool, one: tuple[int, ...], other: tuple[int, ...]
) -> Relation:
    """The relation of two pictures by the transformation from one ``(h, w)`` to the other."""
    import cv2

    frame, place = (
        np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
        for height, width in (one, other)
    )
    moved = (frame @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
    common, _ = cv2.intersectConvexConvex(moved, place)
    if common < _LEAST_COVERED * min(cv2.contourArea(moved), cv2.contourArea(place)):
        return Relation.OVERLAP
    if is_mirrored:
        return Relation.MIRRORED
    if abs(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))) > _LEAST_TURN:
        return Relation.TURNED
    # How far the sides of one frame lie inside those of the other, as a share of the smaller one.
    inside = np.concatenate([moved[0] - place[0], place[2] - moved[2]])
    shares = inside / np.minimum(np.ptp(moved, axis=0), np.ptp(place, axis=0)).max()
    if np.abs(shares).max() <= _MARGIN:
        return Relation.WHOLE
    if shares.min() >= -_MARGIN or shares.max() <= _MARGIN:
        return Relation.CROPPED
    return Relation.OVERLAP


def _matching(one: LocalFeatures, other: LocalFeatures) -> tuple[NDArray[np.intp], bool] | None:
    """The pairs of matching keypoints and whether one picture is mirrored; ``None`` if too few."""
    if min(len(one.points), len(other.points)) < _LEAST_MATCHES:
        return None
    first, second = one.unit_descriptors, other.unit_descriptors
    strong = first[:_STRONGEST]
    _, clear = _nearest(np.concatenate([strong, strong[:, _MIRRORED]]), second)
    upright, mirrored = (int(np.count_nonzero(half)) for half in np.split(clear, 2))
    if max(upright, mirrored) < _LEAST_STRONG_MATCHES:
        return None
    is_mirrored = mirrored > upright
    pairs = _matches(first[:, _MIRRORED] if is_mirrored else first, second)
    return None if len(pairs) < _LEAST_MATCHES else (pairs, is_mirrored)


def _matches(one: Array, other: Array) -> NDArray[np.intp]:
    """Pairs ``(m, 2)`` of descriptors that are nearest to each other, and nothing else is."""
    nearest, clear = _nearest(one, other)
    rows = np.flatnonzero(clear)
    back, _ = _nearest(other[nearest[rows]], one)
    pairs: NDArray[np.intp] = np.stack([rows, nearest[rows]], axis=1)[back == rows]
    return pairs


def _nearest(one: Array, other: Array) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """For each descriptor the nearest one of the others, and whether no second one is as near."""
    import cv2

    # NumPy's product starts threads, which takes many times as long beside those of the caller.
    cosines = cv2.gemm(one, other, 1, np.empty(0), 0, flags=cv2.GEMM_2_T)
    rows = np.arange(len(one))
    nearest: NDArray[np.intp] = cosines.argmax(axis=1)
    best = cosines[rows, nearest]
    cosines[rows, nearest] = -1
    return nearest, 1 - best < _RATIO**2 * (1 - cosines.max(axis=1))


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


def _aligned_correlations(
    one: NDArray[Any], other: NDArray[Any], matrix: NDArray[Any]
) -> NDArray[Any]:
    """The correlations of the blocks of two pictures where they overlap; none if they hardly do."""
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
        return np.empty(0)
    # What is blurred before it is made smaller has no false detail.
    blurred = cv2.GaussianBlur(one, (0, 0), max(0.5 / scale, 0.5))
    moved = cv2.warpAffine(blurred, matrix, (width, height))
    # The border of what is covered is half outside.
    covered = cv2.erode(covered, np.ones((5, 5), np.uint8), borderValue=0)
    return _correlations(moved, other, covered)


def _correlations(one: NDArray[Any], other: NDArray[Any], covered: NDArray[Any]) -> NDArray[Any]:
    """The correlations of the blocks that are covered and show something, of ``(h, w)`` pixels."""
    import cv2

    whole = _blocks(covered).min(axis=1) == 1
    first, second = (
        _blocks(cv2.GaussianBlur(pixels, (0, 0), _BLUR).astype(np.float32))[whole]
        for pixels in (one, other)
    )
    first = first - first.mean(axis=1, keepdims=True)
    second = second - second.mean(axis=1, keepdims=True)
    contrasts = first.std(axis=1), second.std(axis=1)
    visible = np.maximum(*contrasts) > _LEAST_CONTRAST
    products = (first * second).mean(axis=1)
    correlations = products / np.maximum(contrasts[0] * contrasts[1], 1e-3)
    visible_ones: NDArray[Any] = correlations[visible]
    return visible_ones


def _blocks(pixels: NDArray[Any]) -> NDArray[Any]:
    """The whole blocks of a picture, one a row."""
    rows, columns = (side // _BLOCK for side in pixels.shape)
    part = pixels[: rows * _BLOCK, : columns * _BLOCK]
    blocks = part.reshape(rows, _BLOCK, columns, _BLOCK).swapaxes(1, 2)
    return blocks.reshape(rows * columns, _BLOCK * _BLOCK)
