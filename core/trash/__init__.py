"""Move images of a library to the trash of the system, or into a folder, and bring them back.

In go images with the content that was seen; out comes a report. A journal keeps what was planned
and what was done, so that nothing is lost when a process is killed. Nothing is ever deleted.
"""

from core.trash.moving import is_as_seen
from core.trash.removing import RemovalReport, remove
from core.trash.undoing import UndoReport, last_removal, undo

__all__ = [
    "RemovalReport",
    "UndoReport",
    "is_as_seen",
    "last_removal",
    "remove",
    "undo",
]
