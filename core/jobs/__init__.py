"""Long actions in threads of their own, one of each kind at a time.

In goes an action; out comes its state to poll: progress, result or error. The queue of the searches
is here too.
"""

from core.jobs.indexing import Job, Jobs, JobState
from core.jobs.measuring import Measurement, Measuring
from core.jobs.queue import Turns

__all__ = [
    "Job",
    "JobState",
    "Jobs",
    "Measurement",
    "Measuring",
    "Turns",
]
