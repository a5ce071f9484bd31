"""Long actions in threads of their own, one of each kind at a time.

In goes an action; out comes its state to poll: progress, result or error. The queue of the searches
is here too.
"""

from core.jobs.background import Task, TaskState
from core.jobs.indexing import Jobs
from core.jobs.measuring import Measuring
from core.jobs.queue import SearchQueue

__all__ = [
    "Jobs",
    "Measuring",
    "SearchQueue",
    "Task",
    "TaskState",
]
