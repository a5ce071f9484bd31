"""Long actions in background threads, one of each kind at a time, and the queue of searches."""

from core.jobs.background import Background, Task, TaskState
from core.jobs.jobs import Jobs
from core.jobs.queue import SearchQueue

__all__ = ["Background", "Jobs", "SearchQueue", "Task", "TaskState"]
