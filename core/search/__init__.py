"""Search: from a snapshot, features of the query and options to matches, nearest first."""

from core.search.approximate import ApproximateIndex
from core.search.exact import ALL, ANY, COMBINATIONS, closest_rows
from core.search.feedback import ALL_WRONG, Feedback, rocchio
from core.search.filters import FORMATS, ORIENTATIONS, SIDES, Choices, Filters
from core.search.index import SearchIndex
from core.search.indexes import INDEXES, SearchIndexes
from core.search.local import LocalIndex
from core.search.matching import search
from core.search.milvus.publishing import Difference
from core.search.options import SearchOptions, ranking_of
from core.search.ranking import neighbourhood_scores, rank_by_neighbourhood

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
]
