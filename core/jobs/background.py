"""One long action at a time, in a thread of its own, with its state to poll."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Generic, TypeVar

from core.errors import BusyError, Cancelled, LookalikeError
from core.types import Progress, ProgressCallback

logger = logging.getLogger(__name__)

T = TypeVar("T")


class TaskState(Enum):
    """How far a task is."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """A task as it stands now.

    Attributes:
        number: Counts the tasks of one ``Background`` from 1.
        subject: What it works on, in words for a person.
        state: How far it is.
        progress: The last step.
        stopping: Whether it was asked to stop.
        result: What the work returned, once it is done.
        error: Why it ended, where it was cancelled or failed.
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
        """Whether it is still at work."""
        return self.state is TaskState.RUNNING


class Background(Generic[T]):
    """Runs one task at a time in a thread. Any thread may start, poll and cancel.

    Args:
        name: What a task is called in messages, such as ``"indexing run"``.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._cancel = threading.Event()
        self._task: Task[T] | None = None
        self._thread: threading.Thread | None = None

    @property
    def latest(self) -> Task[T] | None:
        """The running task, else the last one; ``None`` before the first."""
        with self._lock:
            return self._task

    def start(self, subject: str, work: Callable[[ProgressCallback], T]) -> None:
        """Start a task.

        Args:
            subject: What it works on, in words for a person.
            work: Called in the thread with the callback for its steps. That raises ``Cancelled``
                once the task was asked to stop.

        Raises:
            BusyError: A task is running.
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
                target=self._run, args=(work,), name=self._name, daemon=True
            )
            self._thread.start()

    def cancel(self) -> None:
        """Ask the running task to stop after the step it is in."""
        with self._lock:
            if self._task and self._task.running:
                self._cancel.set()
                self._task = replace(self._task, stopping=True)

    def wait(self) -> None:
        """Return when no task is running."""
        if thread := self._thread:
            thread.join()

    def _run(self, work: Callable[[ProgressCallback], T]) -> None:
        time_left = _TimeLeft()

        def step(progress: Progress) -> None:
            if self._cancel.is_set():
                raise Cancelled("Stopped: what was finished is kept.")
            self._change(progress=time_left.added_to(progress))

        try:
            self._change(result=work(step), state=TaskState.DONE)
        except Cancelled as error:
            self._change(state=TaskState.CANCELLED, error=str(error))
        except LookalikeError as error:
            self._change(state=TaskState.FAILED, error=str(error))
        # A defect must not leave the task running for ever: the pages wait for its end.
        except Exception as error:
            logger.exception("%s failed", self._name.capitalize())
            self._change(
                state=TaskState.FAILED,
                error=f"Unexpected error: {error!r}. Try again; the log of the app tells more.",
            )

    def _change(self, **changes: Any) -> None:
        with self._lock:
            assert self._task is not None  # there is one while its thread runs
            self._task = replace(self._task, **changes)


@contextmanager
def cancelled_with(message: str) -> Iterator[None]:
    """Say what a stop of the work inside leaves behind.

    Args:
        message: The message of the ``Cancelled`` that leaves.
    """
    try:
        yield
    except Cancelled as error:
        raise Cancelled(message) from error


class _TimeLeft:
    """Estimates the rest of each stage from its speed since its first step."""

    def __init__(self) -> None:
        self._first = Progress()
        self._began = 0.0

    def added_to(self, progress: Progress) -> Progress:
        now = time.monotonic()
        if progress.stage != self._first.stage or progress.done < self._first.done:
            self._first, self._began = progress, now
        done = progress.done - self._first.done
        if progress.seconds_left is not None or done <= 0:
            return progress
        left = (now - self._began) / done * (progress.total - progress.done)
        return replace(progress, seconds_left=left)
