"""The matches of a query: feedback, filters, nearest rows, closeness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from core.config import DEFAULT_MATCHES
from core.errors import ConfigurationError
from core.feature_store import IndexSnapshot
from core.search.closeness import closeness, nothing_similar
from core.search.exact import ALL, ExactIndex
from core.search.feedback import Feedback, follow
from core.search.filters import Filters
from core.types import Array, Match, Rows, SearchResult


@dataclass(frozen=True, kw_only=True)
class SearchOptions:
    """What is searched for beside the query.

    Attributes:
        k: How many matches; fewer come only where fewer images qualify.
        combine: Near all of several queries (``"all"``), or near any of them (``"any"``); see
            ``ExactIndex.search_together``.
        feedback: What was marked in an earlier answer.
        filters: Which images are compared.
        max_distance: No match is farther than this, 0 to 2; ``None`` sets no limit.

    Raises:
        ConfigurationError: ``max_distance`` is no distance.
    """

    k: int = DEFAULT_MATCHES
    combine: str = ALL
    feedback: Feedback = field(default_factory=Feedback)
    filters: Filters = field(default_factory=Filters)
    max_distance: float | None = None

    def __post_init__(self) -> None:
        # Not a number fails this comparison as well.
        if self.max_distance is not None and not self.max_distance >= 0:
            raise ConfigurationError(
                f"Expected a distance limit from 0 to 2. Received: max_distance={self.max_distance}"
            )


def search(snapshot: IndexSnapshot, queries: Array, options: SearchOptions) -> SearchResult:
    """Find the images closest to a query, or to several at once.

    Feedback moves each query before it is compared, see ``follow``. An image that was marked as
    wrong does not come back, nor does another file with the same content; one that was marked as
    right is ranked like all others.

    Args:
        snapshot: The index to search.
        queries: ``(q, d)`` float32 unit rows, comparable with those of its matrix.
        options: What is searched for.

    Returns:
        The matches, nearest first.

    Raises:
        ConfigurationError: An image that was marked is not in the index.
    """
    feedback = options.feedback
    right, wrong = (_rows_of(ids, snapshot) for ids in (feedback.right, feedback.wrong))
    queries = follow(queries, snapshot.matrix[right], snapshot.matrix[wrong])
    compared = _compared(options, snapshot)
    distances, rows = ExactIndex(snapshot.matrix).search_together(
        queries, options.k, combine=options.combine, among=compared
    )
    if options.max_distance is not None:
        distances = distances[distances <= options.max_distance]
    matches = tuple(
        Match(rank, snapshot.images[row], float(distance), close)
        for rank, (row, distance, close) in enumerate(
            zip(rows, distances, closeness(distances, snapshot.distances), strict=False), 1
        )
    )
    # The distance of several queries, or of a moved one, is not that between two pictures.
    alone = len(queries) == 1 and not feedback
    return SearchResult(
        matches,
        searched=len(snapshot.images) if compared is None else len(compared),
        nothing_similar=nothing_similar(matches[0].distance, snapshot.distances)
        if matches and alone
        else None,
    )


def _rows_of(ids: Sequence[str], snapshot: IndexSnapshot) -> Rows:
    for image_id in ids:
        if image_id not in snapshot.row_of_id:
            raise ConfigurationError(
                "Expected the id of an image in the gallery, such as "
                f"{snapshot.images[0].id!r}. Received: {image_id!r}. Take it from an answer."
            )
    return np.array(sorted({snapshot.row_of_id[image_id] for image_id in ids}), np.int64)


def _compared(options: SearchOptions, snapshot: IndexSnapshot) -> Rows | None:
    """The rows to compare, rising; ``None`` for all."""
    compared = options.filters.passing(snapshot.images) if options.filters else None
    if not options.feedback.wrong:
        return compared
    gone = set(options.feedback.wrong)
    rows = range(len(snapshot.images)) if compared is None else compared
    return np.array([row for row in rows if snapshot.images[row].id not in gone], np.int64)
