"""The question of the search page: pictures, their crops, marks and filters.

It stands in the address of the page, apart from uploaded files, which the session keeps.
"""

from .address import SearchAddress, marks_of
from .filter_panel import clear_filters, filter_panel, nothing_found
from .limit import limit_question
from .marks import mark_bar
from .navigation import change_address, last_search, present_address, scope_parameters
from .pictures import query_pictures
from .queries import add_image, ask, ask_for_one, ask_with_image, last_queries
from .query import Query, query_of_file
from .question import Question
from .selections import keep_selection, selection
from .uploads import has_uploads, set_query_from_file

__all__ = [
    "Query",
    "Question",
    "SearchAddress",
    "add_image",
    "ask",
    "ask_for_one",
    "ask_with_image",
    "change_address",
    "clear_filters",
    "filter_panel",
    "has_uploads",
    "keep_selection",
    "last_queries",
    "last_search",
    "limit_question",
    "mark_bar",
    "marks_of",
    "nothing_found",
    "present_address",
    "query_of_file",
    "query_pictures",
    "scope_parameters",
    "selection",
    "set_query_from_file",
]
