"""The parts of the Quality page: measuring, comparing descriptors, adopting one.

In go a snapshot and its labels; out come numbers, tables and plots.
"""

from core.ui.quality.adoption import adoption
from core.ui.quality.classes import class_table
from core.ui.quality.downloads import measure_downloads
from core.ui.quality.first_numbers import first_numbers, numbers
from core.ui.quality.labels_choice import labels_choice
from core.ui.quality.measuring_panel import measuring_panel, result_of
from core.ui.quality.self_checks import self_check_table
from core.ui.quality.side_by_side import side_by_side
from core.ui.quality.worst import worst_queries

__all__ = [
    "adoption",
    "class_table",
    "first_numbers",
    "labels_choice",
    "measure_downloads",
    "measuring_panel",
    "numbers",
    "result_of",
    "self_check_table",
    "side_by_side",
    "worst_queries",
]
