"""Long actions in background threads, one of each kind at a time, and the queue of searches."""

from .background import Background, Task, TaskState
from .jobs import Jobs
from .queue import SearchQueue

__all__ = ["Background", "Jobs", "SearchQueue", "Task", "TaskState"]
