"""Search: from a snapshot, features of the query and options to matches, nearest first."""

from core.search.approximate import INDEXES, ApproximateIndex, ApproximateIndexes
from core.search.exact import ALL, ANY, COMBINATIONS, ExactIndex
from core.search.feedback import ALL_WRONG, Feedback, rocchio
from core.search.filters import FORMATS, ORIENTATIONS, SIDES, Choices, Filters
from core.search.index import SearchIndex
from core.search.indexes import SearchIndexes
from core.search.local import LocalIndex
from core.search.matching import SearchArguments, SearchOptions, search
from core.search.milvus import Difference
from core.search.ranking import (
    neighbourhood_scores,
    put_equal_first,
    rank_by_neighbourhood,
    ranking_of,
)

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
    "ApproximateIndexes",
    "Choices",
    "Difference",
    "ExactIndex",
    "Feedback",
    "Filters",
    "LocalIndex",
    "SearchArguments",
    "SearchIndex",
    "SearchIndexes",
    "SearchOptions",
    "neighbourhood_scores",
    "put_equal_first",
    "rank_by_neighbourhood",
    "ranking_of",
    "rocchio",
    "search",
]
