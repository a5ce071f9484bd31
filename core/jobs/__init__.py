"""Long actions in background threads, one of each kind at a time, and the queue of searches."""

from core.jobs.background import Task, TaskState
from core.jobs.deduplicating import Deduplicating
from core.jobs.indexing import Jobs
from core.jobs.mapping import Mapping
from core.jobs.measuring import Measuring
from core.jobs.queue import SearchQueue

__all__ = [
    "Deduplicating",
    "Jobs",
    "Mapping",
    "Measuring",
    "SearchQueue",
    "Task",
    "TaskState",
]
