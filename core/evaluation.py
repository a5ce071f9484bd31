"""How good the answers are, measured with folder names as labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.descriptors import Array
from core.errors import LibraryError
from core.feature_store import IndexSnapshot

CUTOFFS = (1, 10, 30)
_QUERIES_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Retrieval quality over all images of a gallery, each asked for against all others.

    Attributes:
        queries: Images that were asked for: those whose label another image has too.
        classes: Number of labels among them.
        precision: Mean precision at each cutoff of ``CUTOFFS``, 0 to 1.
        mean_average_precision: 0 to 1.
    """

    queries: int
    classes: int
    precision: dict[int, float]
    mean_average_precision: float


def evaluate(snapshot: IndexSnapshot) -> Evaluation:
    """Measure an index with the folder of each image as its label.

    Args:
        snapshot: The index.

    Returns:
        The measures; a query never counts as its own match.

    Raises:
        LibraryError: No two images share a folder, or all do.
    """
    labels = [image.path.rpartition("/")[0] for image in snapshot.images]
    names, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    queries = np.flatnonzero(counts[codes] > 1)
    if len(names) < 2 or not len(queries):
        raise LibraryError(
            "The quality cannot be measured: expected images in at least two folders, a folder "
            f"for each kind. Received: {len(labels)} images in {len(names)} folders."
        )
    average_precisions = []
    hits: dict[int, list[float]] = {cutoff: [] for cutoff in CUTOFFS}
    for relevant in _rankings(np.asarray(snapshot.matrix), codes, queries):
        average_precisions.append(average_precision(relevant))
        for cutoff in CUTOFFS:
            hits[cutoff].append(precision_at(relevant, cutoff))
    return Evaluation(
        queries=len(queries),
        classes=len(np.unique(codes[queries])),
        precision={cutoff: float(np.mean(values)) for cutoff, values in hits.items()},
        mean_average_precision=float(np.mean(average_precisions)),
    )


def precision_at(relevant: NDArray[np.bool_], k: int) -> float:
    """Share of relevant images among the first ``k`` (Manning et al. 2008, section 8.4).

    Args:
        relevant: ``(n,)``, whether each ranked image is relevant, best first.
        k: The cutoff; a ranking that is shorter counts as filled up with misses.

    Returns:
        0 to 1.
    """
    return float(np.count_nonzero(relevant[:k]) / k)


def average_precision(relevant: NDArray[np.bool_]) -> float:
    """Mean of the precisions at each relevant image (Manning et al. 2008, section 8.4).

    Args:
        relevant: ``(n,)``, whether each ranked image is relevant, best first; all are ranked.

    Returns:
        0 to 1; 0 where nothing is relevant.
    """
    ranks = np.flatnonzero(relevant) + 1
    return float(np.mean(np.arange(1, len(ranks) + 1) / ranks)) if len(ranks) else 0.0


def _rankings(
    matrix: Array, codes: NDArray[np.intp], queries: NDArray[np.intp]
) -> Iterator[NDArray[np.bool_]]:
    for start in range(0, len(queries), _QUERIES_AT_ONCE):
        block = queries[start : start + _QUERIES_AT_ONCE]
        # Between unit rows the order by falling inner product is the order by distance.
        similarities = matrix[block] @ matrix.T
        for query, row in zip(block, similarities, strict=True):
            order = np.argsort(-row, kind="stable")
            yield codes[order[order != query]] == codes[query]
