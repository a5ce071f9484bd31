"""Search: from a snapshot, features of the query and options to matches, nearest first."""

from core.search.exact import ALL, ANY, COMBINATIONS, ExactIndex
from core.search.feedback import ALL_WRONG, Feedback, rocchio
from core.search.filters import FORMATS, ORIENTATIONS, Choices, Filters
from core.search.matching import SearchOptions, search
from core.search.ranking import DISTANCE, NEIGHBOURHOOD, RANKINGS

__all__ = [
    "ALL",
    "ALL_WRONG",
    "ANY",
    "COMBINATIONS",
    "DISTANCE",
    "FORMATS",
    "NEIGHBOURHOOD",
    "ORIENTATIONS",
    "RANKINGS",
    "Choices",
    "ExactIndex",
    "Feedback",
    "Filters",
    "SearchOptions",
    "rocchio",
    "search",
]
