"""Move images of a library to the trash of the system, or into a folder, and bring them back.

In go images with the content that was seen, each with the one that stays for it; out comes a
report. A journal keeps what was planned and what was done, so that nothing is lost when a process
is killed. Nothing is ever deleted.
"""

from .checked_file import is_placeholder, is_same_file
from .journal import Removal
from .planning import Move
from .removing import remove
from .reports import RemovalReport, UndoReport
from .sidecars import sidecars_of
from .undoing import last_removal, undo
from .warnings import warnings_for

__all__ = [
    "Move",
    "Removal",
    "RemovalReport",
    "UndoReport",
    "is_placeholder",
    "is_same_file",
    "last_removal",
    "remove",
    "sidecars_of",
    "undo",
    "warnings_for",
]
