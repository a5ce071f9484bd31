"""One long action at a time in a background thread, with a state to poll."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Generic, TypeVar

from ..errors import BusyError, Cancelled, LookalikeError
from ..types import Progress, ProgressCallback

logger = logging.getLogger(__name__)

T = TypeVar("T")


class TaskState(Enum):
    """State of a task."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """Snapshot of a task.

    Attributes:
        number: Counts the tasks of one ``Background`` from 1.
        subject: What the task works on, for a person.
        stopping: Whether ``cancel`` was called.
        result: Return value of the work; ``None`` until it is done.
        error: Message of the cancellation or failure.
    """

    number: int
    subject: str
    state: TaskState = TaskState.RUNNING
    progress: Progress = field(default_factory=Progress)
    stopping: bool = False
    result: T | None = None
    error: str | None = None

    @property
    def running(self) -> bool:
        """Whether the work has not ended yet."""
        return self.state is TaskState.RUNNING


class Background(Generic[T]):
    """Runs one task at a time in a thread. Any thread may start, poll and cancel."""

    def __init__(self, name: str) -> None:
        """Create it with the name of its tasks in messages, such as ``"an indexing run"``."""
        self._name = name
        self._lock = threading.Lock()
        self._cancel = threading.Event()
        self._task: Task[T] | None = None
        self._thread: threading.Thread | None = None

    @property
    def latest(self) -> Task[T] | None:
        """The running or last task; ``None`` before the first."""
        with self._lock:
            return self._task

    @property
    def running(self) -> bool:
        """Whether a task is running."""
        return (task := self.latest) is not None and task.running

    def start(
        self,
        subject: str,
        work: Callable[[ProgressCallback], T],
        *,
        stopped: str = "Stopped: what was finished is kept.",
    ) -> None:
        """Start a task, or raise ``BusyError`` while one is running.

        Args:
            subject: What the task works on, for a person.
            work: Called in the thread with a progress callback, which raises ``Cancelled`` after
                ``cancel`` was called.
            stopped: Message of that error.
        """
        with self._lock:
            if self._task and self._task.running:
                raise BusyError(
                    f"{self._name.capitalize()} is under way in {self._task.subject}: expected to "
                    "be the only one. Wait until it ends, or cancel it."
                )
            self._cancel.clear()
            self._task = Task(self._task.number + 1 if self._task else 1, subject)
            self._thread = threading.Thread(
                target=self._run, args=(work, stopped), name=self._name, daemon=True
            )
            self._thread.start()

    def cancel(self) -> None:
        """Stop the running task after its current step."""
        with self._lock:
            if self._task and self._task.running:
                self._cancel.set()
                self._task = replace(self._task, stopping=True)

    def wait(self) -> None:
        """Wait until no task is running."""
        if thread := self._thread:
            thread.join()

    def _run(self, work: Callable[[ProgressCallback], T], stopped: str) -> None:
        estimator = _TimeEstimator()

        def step(progress: Progress) -> None:
            if self._cancel.is_set():
                raise Cancelled(stopped)
            self._change(progress=estimator.with_time_left(progress))

        try:
            self._change(result=work(step), state=TaskState.DONE)
        except Cancelled as error:
            self._change(state=TaskState.CANCELLED, error=str(error))
        except LookalikeError as error:
            self._change(state=TaskState.FAILED, error=str(error))
        # After a defect, too, the task must end: the pages wait for it.
        except Exception as error:
            logger.exception("%s failed", self._name.capitalize())
            self._change(
                state=TaskState.FAILED,
                error=f"Unexpected error: {error!r}. Try again; the log of the app tells more.",
            )

    def _change(self, **changes: Any) -> None:
        with self._lock:
            assert self._task is not None  # set before the thread starts
            self._task = replace(self._task, **changes)


class _TimeEstimator:
    """Estimates the time left of each stage from the speed since its first step."""

    def __init__(self) -> None:
        self._first = Progress()
        self._began = 0.0

    def with_time_left(self, progress: Progress) -> Progress:
        now = time.monotonic()
        if progress.stage != self._first.stage or progress.done < self._first.done:
            self._first, self._began = progress, now
        done = progress.done - self._first.done
        if progress.seconds_left is not None or done <= 0:
            return progress
        left = (now - self._began) / done * (progress.total - progress.done)
        return replace(progress, seconds_left=left)
