"""One measurement of quality at a time, in its own thread, with a progress snapshot to poll."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

from core.engine import ImageSearchEngine
from core.errors import BusyError, LookalikeError, MeasuringCancelledError
from core.evaluation import Comparison, compare
from core.jobs.indexing import JobState
from core.types import Progress

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measurement as it stands now.

    Attributes:
        number: Counts the measurements of this process from 1.
        state: How far it is.
        progress: The last step.
        stopping: Whether it was asked to stop.
        error: Why it ended, where it was cancelled or failed.
    """

    number: int
    state: JobState = JobState.RUNNING
    progress: Progress = field(default_factory=Progress)
    stopping: bool = False
    error: str | None = None

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self.state is JobState.RUNNING


class Measuring:
    """The measurements of a process; at most one runs.

    Any thread may start, watch and cancel.

    Args:
        engine: Has the galleries.
    """

    def __init__(self, engine: ImageSearchEngine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._measurement: Measurement | None = None
        self._results: dict[str | None, Comparison] = {}
        self._thread: threading.Thread | None = None

    @property
    def latest(self) -> Measurement | None:
        """The running measurement, else the last one; ``None`` before the first."""
        with self._lock:
            return self._measurement

    def result(self, gallery: str | None) -> Comparison | None:
        """What was found for a gallery the last time; ``None`` before the first."""
        with self._lock:
            return self._results.get(gallery)

    def start(self, gallery: str | None, **options: Any) -> None:
        """Start to measure a gallery.

        Args:
            gallery: Its name; see ``ImageSearchEngine.gallery_name``.
            options: Of ``core.comparison.compare``.

        Raises:
            BusyError: A measurement is running.
        """
        with self._lock:
            if self._measurement and self._measurement.running:
                raise BusyError(
                    "A measurement is under way: expected to be the only one. Wait until it ends, "
                    "or cancel it."
                )
            self._stop.clear()
            self._measurement = Measurement(
                self._measurement.number + 1 if self._measurement else 1
            )
            self._thread = threading.Thread(
                target=self._run, args=(gallery, options), name="measuring", daemon=True
            )
            self._thread.start()

    def cancel(self) -> None:
        """Ask the running measurement to stop after the step it is in."""
        with self._lock:
            if self._measurement and self._measurement.running:
                self._stop.set()
                self._measurement = replace(self._measurement, stopping=True)

    def wait(self) -> None:
        """Return when no measurement is running."""
        if thread := self._thread:
            thread.join()

    def _run(self, gallery: str | None, options: dict[str, Any]) -> None:
        try:
            result = compare(self._engine, gallery, progress=_Steps(self).take, **options)
            with self._lock:
                self._results[gallery] = result
            self._change(state=JobState.DONE)
        except MeasuringCancelledError as error:
            self._change(state=JobState.CANCELLED, error=str(error))
        except LookalikeError as error:
            self._change(state=JobState.FAILED, error=str(error))
        # A defect must not leave it running for ever: the page waits for its end.
        except Exception as error:
            logger.exception("The measurement failed")
            self._change(
                state=JobState.FAILED,
                error=f"Unexpected error: {error!r}. Try again; the log of the app tells more.",
            )

    def _step(self, progress: Progress) -> None:
        if self._stop.is_set():
            raise MeasuringCancelledError("Stopped: the last result stands.")
        self._change(progress=progress)

    def _change(self, **changes: Any) -> None:
        with self._lock:
            assert self._measurement is not None  # there is one while its thread runs
            self._measurement = replace(self._measurement, **changes)


class _Steps:
    """Adds to each step how long its stage will take, from its speed so far."""

    def __init__(self, measuring: Measuring) -> None:
        self._measuring = measuring
        self._stage = ""
        self._began = 0.0

    def take(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.stage != self._stage:
            self._stage, self._began = progress.stage, now
        if progress.done:
            left = (now - self._began) / progress.done * (progress.total - progress.done)
            progress = replace(progress, seconds_left=left)
        self._measuring._step(progress)
