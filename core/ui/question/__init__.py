"""The question of the search page: pictures, their crops, marks and filters.

It stands in the address of the page, apart from uploaded files, which the session keeps.
"""

from core.ui.question.address import leave_search, scope_parameters
from core.ui.question.filter_panel import Scope, filter_panel, nothing_found
from core.ui.question.marks import followed, mark_bar, marked, set_marks
from core.ui.question.queries import add_image, ask, ask_with_image, ask_with_part
from core.ui.question.query_list import combination, query_pictures
from core.ui.question.question import Question
from core.ui.question.uploads import has_uploads, set_query_from_file

__all__ = [
    "Question",
    "Scope",
    "add_image",
    "ask",
    "ask_with_image",
    "ask_with_part",
    "combination",
    "filter_panel",
    "followed",
    "has_uploads",
    "leave_search",
    "mark_bar",
    "marked",
    "nothing_found",
    "query_pictures",
    "scope_parameters",
    "set_marks",
    "set_query_from_file",
]
