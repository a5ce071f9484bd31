"""The answer on the page: a grid of pictures, a table of distances, files to take away.

In go a question and a snapshot; out comes what a person sees.
"""

from core.ui.results.answer import find_matches, result_summary
from core.ui.results.downloads import image_downloads, result_downloads
from core.ui.results.grid import picture_grid, result_grid
from core.ui.results.notes import answer_notes
from core.ui.results.remembering import remember_marks
from core.ui.results.table import distance_table

__all__ = [
    "answer_notes",
    "distance_table",
    "find_matches",
    "image_downloads",
    "picture_grid",
    "remember_marks",
    "result_downloads",
    "result_grid",
    "result_summary",
]
