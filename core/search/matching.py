"""Search of a snapshot: feedback, filters, nearest rows, closeness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from core.config import DEFAULT_MATCHES
from core.errors import ConfigurationError
from core.feature_store import IndexSnapshot
from core.search.closeness import measure_closeness, nothing_similar
from core.search.exact import ALL, ExactIndex, check_search
from core.search.feedback import Feedback, rocchio
from core.search.filters import Filters
from core.search.ranking import DEFAULT_RANKING, rank_by_neighbourhood
from core.types import NEIGHBOURHOOD, RANKINGS, Array, Match, Rows, SearchResult


@dataclass(frozen=True, kw_only=True)
class SearchOptions:
    """Options of a search.

    Attributes:
        k: Number of matches; fewer if fewer images qualify.
        combine: ``"all"`` or ``"any"``, see ``ExactIndex.search_together``.
        max_distance: Limit of the distance; ``None`` for no limit, ``ConfigurationError`` if < 0.
        ranking: Order of the matches, one of ``RANKINGS``, with the real distances in either;
            ``None`` takes that of the gallery, else the default.
    """

    k: int = DEFAULT_MATCHES
    combine: str = ALL
    feedback: Feedback = field(default_factory=Feedback)
    filters: Filters = field(default_factory=Filters)
    max_distance: float | None = None
    ranking: str | None = None

    def __post_init__(self) -> None:
        # The comparison is also false for NaN.
        if self.max_distance is not None and not self.max_distance >= 0:
            raise ConfigurationError(
                f"Expected a distance limit from 0 to 2. Received: max_distance={self.max_distance}"
            )
        if self.ranking not in (None, *RANKINGS):
            raise ConfigurationError(
                f"Expected a ranking by {' or '.join(RANKINGS)}. Received: ranking={self.ranking!r}"
            )


def search(snapshot: IndexSnapshot, queries: Array, options: SearchOptions) -> SearchResult:
    """The closest images to one query or to several together.

    Feedback moves each query, see ``rocchio``. Images marked as wrong and files with the same
    content are left out; images marked as right are ranked like all others. The queries are
    ``(q, d)`` float32 unit rows, fitted like the rows of the index.

    Raises:
        ConfigurationError: A marked image is not in the index.
    """
    feedback = options.feedback
    right, wrong = (_rows_of(ids, snapshot) for ids in (feedback.right, feedback.wrong))
    queries = rocchio(queries, snapshot.matrix[right], snapshot.matrix[wrong])
    compared = _compared(options, snapshot)
    distances, rows = _nearest(snapshot, queries, options, compared, wrong)
    matches = tuple(
        Match(rank, snapshot.images[row], float(distance), close)
        for rank, (row, distance, close) in enumerate(
            zip(rows, distances, measure_closeness(distances, snapshot.distances), strict=False), 1
        )
    )
    # Only a single query that was not moved has the distance of two pictures.
    single = len(queries) == 1 and not feedback
    return SearchResult(
        matches,
        searched=len(snapshot.images) if compared is None else len(compared),
        nothing_similar=nothing_similar(
            min(match.distance for match in matches), snapshot.distances
        )
        if matches and single
        else None,
    )


def ranking_of(snapshot: IndexSnapshot, ranking: str | None = None) -> str:
    """The ranking asked for, else that of the gallery, else the default; one of ``RANKINGS``."""
    return ranking or snapshot.chosen.ranking or DEFAULT_RANKING


def _nearest(
    snapshot: IndexSnapshot,
    queries: Array,
    options: SearchOptions,
    compared: Rows | None,
    wrong: Rows,
) -> tuple[Array, Rows]:
    """Distances and rows of the matches, in the order of the ranking."""
    check_search(queries, options.k, options.combine)
    if ranking_of(snapshot, options.ranking) == NEIGHBOURHOOD:
        if snapshot.neighbours is None:
            raise ConfigurationError(
                "To rank by neighbourhood, expected an index with neighbours. Received: one of an "
                "older version. Update the gallery."
            )
        return rank_by_neighbourhood(
            snapshot.matrix,
            snapshot.neighbours,
            queries,
            options.k,
            combine=options.combine,
            among=compared,
            without=wrong,
            max_distance=options.max_distance,
        )
    distances, rows = ExactIndex(snapshot.matrix).search_together(
        queries, options.k, combine=options.combine, among=compared
    )
    if options.max_distance is not None:
        near = distances <= options.max_distance
        distances, rows = distances[near], rows[near]
    return distances, rows


def _rows_of(ids: Sequence[str], snapshot: IndexSnapshot) -> Rows:
    for image_id in ids:
        if image_id not in snapshot.row_of_id:
            raise ConfigurationError(
                "Expected the id of an image in the gallery, such as "
                f"{snapshot.images[0].id!r}. Received: {image_id!r}. Take it from an answer."
            )
    return np.array(sorted({snapshot.row_of_id[image_id] for image_id in ids}), np.int64)


def _compared(options: SearchOptions, snapshot: IndexSnapshot) -> Rows | None:
    """Row numbers to compare, ascending; ``None`` for all."""
    compared = options.filters.passing(snapshot.images) if options.filters else None
    if not options.feedback.wrong:
        return compared
    wrong = set(options.feedback.wrong)
    rows = range(len(snapshot.images)) if compared is None else compared
    return np.array([row for row in rows if snapshot.images[row].id not in wrong], np.int64)
