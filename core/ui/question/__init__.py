"""The question of the search page: pictures, their crops, marks and filters.

It stands in the address of the page, apart from uploaded files, which the session keeps.
"""

from core.ui.question.address import SearchAddress, marks_of
from core.ui.question.filter_panel import clear_filters, filter_panel, nothing_found
from core.ui.question.marks import mark_bar
from core.ui.question.navigation import (
    change_address,
    last_search,
    leave_search,
    present_address,
    scope_parameters,
)
from core.ui.question.pictures import query_pictures
from core.ui.question.queries import add_image, ask, ask_for_one, ask_with_image, last_queries
from core.ui.question.query import Query, query_of_file
from core.ui.question.question import Question
from core.ui.question.selections import keep_selection, selection
from core.ui.question.uploads import has_uploads, set_query_from_file

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
    "leave_search",
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
