"""Positions on a plane by t-SNE: pictures with close features are close together.

Van der Maaten, Hinton 2008, "Visualizing data using t-SNE"; Policar, Strazar, Zupan 2024,
"openTSNE: a modular Python library for t-SNE dimensionality reduction and embedding".
"""

import numpy as np
from numpy.typing import NDArray

from ..types import Array, Progress, ProgressCallback, Rows, Stage

COMPONENTS = 50
PERPLEXITY = 30
# Neighbours of a picture that attract it, for each unit of the perplexity.
_WIDTH = 3
# Share of the pictures; neighbours of most of the others would be drawn into one point.
_MOST_NEAR = 0.3
# Fewer pictures have too few neighbours.
FEWEST = 30
# Rounding makes rows that are the same differ by less.
_SAME = 1e-6
_DIGITS = 5
_SEED = 0
_EARLY, _EXAGGERATION, _LATE = 250, 12, 500
_STEPS = 10
# Rows whose numbers, and squared distances that are held at a time.
_ROWS_AT_ONCE, _DISTANCES = 8192, 1 << 22

Float64 = NDArray[np.float64]


def embed(matrix: Array, progress: ProgressCallback) -> Array:
    """Positions ``(n, 2)`` float32 of rows, 0 to 1; the longer side of the map has length 1.

    The same rows have the same positions. The matrix is ``(n, d)`` float32, and may be
    memory-mapped. ``progress`` is called after each few steps, with the stage ``MAPPING``.
    """
    progress(Progress(Stage.MAPPING, 0, len(matrix)))
    # Sums differ in their last digits with the number of threads, and t-SNE enlarges that.
    points = principal_components(matrix, COMPONENTS).round(_DIGITS)
    if len(points) < FEWEST or np.ptp(points) < _SAME:
        return _scaled(np.pad(points, ((0, 0), (0, 2)))[:, :2])
    neighbours, distances = _nearest(
        points, min(_WIDTH * PERPLEXITY, int(_MOST_NEAR * len(points))), progress
    )
    return _scaled(_optimised(points, neighbours, distances, progress))


def principal_components(matrix: Array, count: int) -> Float64:
    """The rows ``(n, d)`` along their ``count`` directions of largest variance, largest first.

    ``(n, c)`` float64; ``c`` is less where there are fewer rows or dimensions.
    """
    from scipy.linalg import eigh

    matrix = np.asarray(matrix)
    length, width = matrix.shape
    blocks = [slice(start, start + _ROWS_AT_ONCE) for start in range(0, length, _ROWS_AT_ONCE)]
    mean = np.mean(matrix, axis=0, dtype=np.float64)
    scatter = np.zeros((width, width))
    for block in blocks:
        centred = matrix[block] - mean
        scatter += centred.T @ centred
    count = min(count, length, width)
    directions = eigh(scatter, subset_by_index=[width - count, width - 1])[1][:, ::-1]
    # The sign of a direction is arbitrary.
    largest = directions[np.abs(directions).argmax(axis=0), np.arange(count)]
    directions = directions * np.where(largest < 0, -1, 1)
    return np.concatenate([(matrix[block] - mean) @ directions for block in blocks])


def _nearest(points: Float64, k: int, progress: ProgressCallback) -> tuple[Rows, Float64]:
    """The ``k`` nearest other points of each, nearest first, and their distances, ``(n, k)``."""
    count = len(points)
    rows, distances = np.empty((count, k), np.int64), np.empty((count, k))
    squares = np.square(points).sum(axis=1)
    step = max(_DISTANCES // count, 1)
    for start in range(0, count, step):
        block = np.arange(start, min(start + step, count))
        progress(Progress(Stage.MAPPING, 0, count))
        found = squares[block, None] + squares - 2 * points[block] @ points.T
        found[np.arange(len(block)), block] = np.inf
        nearest = np.argpartition(found, k - 1, axis=1)[:, :k]
        found = np.take_along_axis(found, nearest, axis=1)
        order = np.argsort(found, axis=1)
        rows[block] = np.take_along_axis(nearest, order, axis=1)
        found = np.take_along_axis(found, order, axis=1)
        distances[block] = np.sqrt(np.maximum(found, 0)).round(_DIGITS)
    return rows, distances


def _optimised(
    points: Float64, neighbours: Rows, distances: Float64, progress: ProgressCallback
) -> Float64:
    from openTSNE import TSNEEmbedding, initialization
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    count = len(points)
    # One thread leaves the other cores to searches.
    affinities = PerplexityBasedNN(
        perplexity=neighbours.shape[1] / _WIDTH,
        knn_index=PrecomputedNeighbors(neighbours, distances),
        n_jobs=1,
    )
    embedding = TSNEEmbedding(
        initialization.rescale(points[:, :2].copy()),
        affinities,
        n_jobs=1,
        random_state=_SEED,
        callbacks_every_iters=_STEPS,
    )
    done = 0

    def step(*_: object) -> bool:
        nonlocal done
        done += _STEPS
        progress(Progress(Stage.MAPPING, count * done // (_EARLY + _LATE), count))
        return False

    # "auto": the learning rate of Belkina et al. 2019, "Automated optimized parameters for t-SNE".
    for iterations, exaggeration, momentum in ((_EARLY, _EXAGGERATION, 0.5), (_LATE, 1, 0.8)):
        embedding.optimize(
            iterations,
            exaggeration=exaggeration,
            momentum=momentum,
            learning_rate="auto",
            inplace=True,
            callbacks=[step],
        )
    return np.asarray(embedding, np.float64)


def _scaled(points: Float64) -> Array:
    least, most = points.min(axis=0), points.max(axis=0)
    # Pictures that are all the same are in the middle.
    size = max(float((most - least).max()), _SAME)
    scaled: Array = ((points - (least + most) / 2) / size + 0.5).astype(np.float32)
    return scaled
