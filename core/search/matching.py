"""Search of a snapshot: feedback, filters, nearest rows, closeness."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypedDict

from core.config import DEFAULT_MATCHES
from core.errors import ConfigurationError
from core.feature_store import IndexSnapshot
from core.search.closeness import measure_closeness, nothing_similar
from core.search.exact import ALL
from core.search.feedback import Feedback, rocchio
from core.search.filters import Filters
from core.search.index import SearchIndex
from core.types import RANKINGS, Array, Match, SearchResult


class SearchArguments(TypedDict, total=False):
    """Options of a search as keyword arguments, see ``SearchOptions``."""

    combine: str
    feedback: Feedback
    filters: Filters
    max_distance: float | None
    ranking: str | None


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


def search(
    index: SearchIndex, queries: Array, options: SearchOptions, snapshot: IndexSnapshot
) -> SearchResult:
    """The closest images to one query or to several together.

    Feedback moves each query, see ``rocchio``. Images marked as wrong and files with the same
    content are left out; images marked as right are ranked like all others.

    Args:
        index: Of the gallery.
        queries: ``(q, d)`` float32 unit rows, fitted like those of the gallery.
        options: What else is asked for.
        snapshot: The published index of the gallery; its rows are not read.

    Raises:
        ConfigurationError: A marked image is not in the gallery.
    """
    feedback, filters, distances = options.feedback, options.filters, snapshot.distances
    right, wrong = (sorted(set(ids)) for ids in (feedback.right, feedback.wrong))
    queries = rocchio(queries, index.features_of(right), index.features_of(wrong))
    hits = index.search(
        queries,
        options.k,
        combine=options.combine,
        filters=filters,
        without=wrong,
        max_distance=options.max_distance,
        ranking=options.ranking,
    )
    closeness = measure_closeness([hit.distance for hit in hits], distances)
    matches = tuple(
        Match(rank, hit.record, hit.distance, close)
        for rank, (hit, close) in enumerate(zip(hits, closeness, strict=True), 1)
    )
    # Only a single query that was not moved has the distance of two pictures.
    single = len(queries) == 1 and not feedback
    return SearchResult(
        matches,
        searched=index.count(filters, wrong),
        nothing_similar=nothing_similar(min(match.distance for match in matches), distances)
        if matches and single
        else None,
        warning=index.warning(snapshot.generation),
    )
