"""The answer on the page: a grid of pictures, a table of distances, files to take away.

In go a question and a snapshot; out comes what a person sees.
"""

from .answer import find_matches, result_summary
from .downloads import image_downloads, result_downloads
from .grid import picture_grid, result_grid
from .notes import answer_notes
from .remembering import remember_marks
from .table import distance_table

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
