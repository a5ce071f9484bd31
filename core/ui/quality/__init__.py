"""The parts of the Quality page: measuring, comparing descriptors, adopting one.

In go a snapshot and its labels; out come numbers, tables and plots.
"""

from .adoption import adoption
from .classes import class_table
from .curve import precision_recall
from .downloads import measure_downloads
from .first_numbers import first_numbers, numbers
from .labels_choice import labels_choice
from .measuring_panel import measuring_panel, result_of
from .self_checks import self_check_table
from .side_by_side import side_by_side
from .worst import worst_queries

__all__ = [
    "adoption",
    "class_table",
    "first_numbers",
    "labels_choice",
    "measure_downloads",
    "measuring_panel",
    "numbers",
    "precision_recall",
    "result_of",
    "self_check_table",
    "side_by_side",
    "worst_queries",
]
