"""The closest images to a query.

In go a snapshot, the features of the query and options; out come matches, nearest first.
"""

from core.search.exact import ALL, ANY, COMBINATIONS, ExactIndex
from core.search.feedback import ALL_WRONG, Feedback, follow
from core.search.filters import FORMATS, ORIENTATIONS, Choices, Filters
from core.search.matching import SearchOptions, search

__all__ = [
    "ALL",
    "ALL_WRONG",
    "ANY",
    "COMBINATIONS",
    "FORMATS",
    "ORIENTATIONS",
    "Choices",
    "ExactIndex",
    "Feedback",
    "Filters",
    "SearchOptions",
    "follow",
    "search",
]
