"""The question of the search page: pictures, their crops, marks and filters.

It stands in the address of the page, apart from uploaded files, which the session keeps.
"""

from core.ui.question.address import (
    GROUP,
    IMAGE,
    SHOWN,
    leave_search,
    scope_parameters,
    search_next,
)
from core.ui.question.browsing import browse, browsed_folder
from core.ui.question.filter_panel import clear_filters, filter_panel, nothing_found
from core.ui.question.marks import followed, mark_bar, marked, set_marks
from core.ui.question.queries import (
    add_image,
    ask,
    ask_for_one,
    ask_with_image,
    ask_with_part,
    last_queries,
)
from core.ui.question.query import Query, query_of_file
from core.ui.question.query_list import combination, query_pictures
from core.ui.question.question import Question
from core.ui.question.scope import Scope
from core.ui.question.selections import keep_selection, selection
from core.ui.question.uploads import has_uploads, set_query_from_file

__all__ = [
    "GROUP",
    "IMAGE",
    "SHOWN",
    "Query",
    "Question",
    "Scope",
    "add_image",
    "ask",
    "ask_for_one",
    "ask_with_image",
    "ask_with_part",
    "browse",
    "browsed_folder",
    "clear_filters",
    "combination",
    "filter_panel",
    "followed",
    "has_uploads",
    "keep_selection",
    "last_queries",
    "leave_search",
    "mark_bar",
    "marked",
    "nothing_found",
    "query_of_file",
    "query_pictures",
    "scope_parameters",
    "search_next",
    "selection",
    "set_marks",
    "set_query_from_file",
]
