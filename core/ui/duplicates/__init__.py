"""The parts of the Duplicates page: finding, choosing, comparing, removing and undoing.

In go a snapshot and what the owner clicks; out come sets of pictures and jobs.
"""

from .choosing import choose_folder, choose_sets
from .finding_panel import find_button, folder_to_keep, job_under_way, sets_of
from .removing import removal_bar, undo_bar
from .set_list import set_list

__all__ = [
    "choose_folder",
    "choose_sets",
    "find_button",
    "folder_to_keep",
    "job_under_way",
    "removal_bar",
    "set_list",
    "sets_of",
    "undo_bar",
]
