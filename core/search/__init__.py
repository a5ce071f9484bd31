"""Search: from a snapshot, features of the query and options to matches, nearest first."""

from .approximate import ApproximateIndex
from .exact import ALL, ANY, COMBINATIONS, closest_rows
from .feedback import ALL_WRONG, Feedback, rocchio
from .filters import FORMATS, ORIENTATIONS, SIDES, Choices, Filters
from .index import SearchIndex
from .indexes import INDEXES, SearchIndexes
from .local import LocalIndex
from .matching import search, shift_by
from .milvus.publishing import Difference
from .options import SearchOptions, ranking_of
from .ranking import neighbourhood_scores, rank_by_neighbourhood

__all__ = [
    "ALL",
    "ALL_WRONG",
    "ANY",
    "COMBINATIONS",
    "FORMATS",
    "INDEXES",
    "ORIENTATIONS",
    "SIDES",
    "ApproximateIndex",
    "Choices",
    "Difference",
    "Feedback",
    "Filters",
    "LocalIndex",
    "SearchIndex",
    "SearchIndexes",
    "SearchOptions",
    "closest_rows",
    "neighbourhood_scores",
    "rank_by_neighbourhood",
    "ranking_of",
    "rocchio",
    "search",
    "shift_by",
]
