"""One indexing run at a time, in its own thread, with a progress snapshot to poll."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from core.datasets import draw_gallery, fetch_flowers
from core.engine import ImageSearchEngine
from core.errors import BusyError, IndexingCancelledError, LookalikeError
from core.indexing import LibraryWatch
from core.types import IndexReport, Progress, ProgressCallback

logger = logging.getLogger(__name__)

# VGG16 has described fewer images in some seconds.
FIRST_LOOK_FROM = 200


class JobState(Enum):
    """How far a job is."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands now.

    Attributes:
        number: Counts the jobs of this process from 1.
        library: The folder that is indexed.
        state: How far it is.
        progress: The last step.
        stopping: Whether it was asked to stop.
        report: What was done, once it is done.
        error: Why it ended, where it was cancelled or failed.
    """

    number: int
    library: Path
    state: JobState = JobState.RUNNING
    progress: Progress = field(default_factory=Progress)
    stopping: bool = False
    report: IndexReport | None = None
    error: str | None = None

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self.state is JobState.RUNNING


class Jobs:
    """The indexing jobs of a process; at most one runs.

    Any thread may start, watch and cancel.

    Args:
        engine: What does the work.
    """

    def __init__(self, engine: ImageSearchEngine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._job: Job | None = None
        self._thread: threading.Thread | None = None
        self._watches: dict[str, LibraryWatch] = {}

    @property
    def latest(self) -> Job | None:
        """The running job, else the last one; ``None`` before the first."""
        with self._lock:
            return self._job

    def index(self, library: Path, *, gallery: str | None = None, **options: Any) -> None:
        """Start to index a folder.

        Args:
            library: Folder of images.
            gallery: Name of its gallery; see ``ImageSearchEngine.index``.
            options: ``descriptor``, ``whiten`` and ``rebuild`` of ``ImageSearchEngine.index``.

        Raises:
            BusyError: A job is running.
        """
        self._start(library, lambda progress: self._index(library, progress, gallery, **options))

    def draw_sample(self, library: Path, *, count: int) -> None:
        """Start to draw a sample gallery and to index it.

        Args:
            library: Where the images go.
            count: How many.

        Raises:
            BusyError: A job is running.
        """

        def work(progress: ProgressCallback) -> IndexReport:
            def drawn(done: int, total: int) -> None:
                self._check_stop("Stopped: draw the sample gallery again, or choose a folder.")
                progress(Progress("drawing", done, total))

            draw_gallery(library, count=count, progress=drawn)
            return self._index(library, progress)

        self._start(library, work)

    def fetch_flowers(self, library: Path, *, base_url: str) -> None:
        """Start to bring the photographs of Oxford Flowers 102 here and to index them.

        Args:
            library: Where the images go.
            base_url: Address of the folder on the server.

        Raises:
            BusyError: A job is running.
        """

        def work(progress: ProgressCallback) -> IndexReport:
            fetch_flowers(library, base_url=base_url, progress=self._download_step(progress))
            return self._index(library, progress)

        self._start(library, work)

    def fetch_weights(self, library: Path, *, gallery: str | None) -> None:
        """Start to download the ImageNet weights and to index a gallery anew with them.

        Args:
            library: Folder of images.
            gallery: Its name; see ``ImageSearchEngine.index``. The old index serves until the new
                one is complete.

        Raises:
            BusyError: A job is running.
        """

        def work(progress: ProgressCallback) -> IndexReport:
            self._engine.fetch_weights(self._download_step(progress))
            return self._index(library, progress, gallery)

        self._start(library, work)

    def watch(self, library: Path, *, gallery: str) -> None:
        """Keep a gallery up to date by itself from now on; does nothing the second time.

        Args:
            library: Folder of images.
            gallery: Name of the gallery.

        Raises:
            LibraryError: The folder cannot be watched.
        """
        with self._lock:
            if gallery in self._watches:
                return
            watch = LibraryWatch(library, leave_out=self._engine.settings.features)
            self._watches[gallery] = watch.__enter__()
        threading.Thread(
            target=self._follow, args=(watch, library, gallery), name="watching", daemon=True
        ).start()

    def unwatch(self, gallery: str) -> None:
        """Stop watching a gallery; does nothing where it is not watched."""
        with self._lock:
            watch = self._watches.pop(gallery, None)
        if watch:
            watch.close()

    @property
    def watching(self) -> bool:
        """Whether any gallery is kept up to date by itself."""
        with self._lock:
            return bool(self._watches)

    def watches(self, gallery: str) -> bool:
        """Whether a gallery is kept up to date by itself."""
        with self._lock:
            return gallery in self._watches

    def close(self) -> None:
        """Cancel the running job and stop watching."""
        self.cancel()
        for gallery in list(self._watches):
            self.unwatch(gallery)

    def cancel(self) -> None:
        """Ask the running job to stop after the step it is in."""
        with self._lock:
            if self._job and self._job.running:
                self._stop.set()
                self._job = replace(self._job, stopping=True)

    def wait(self) -> None:
        """Return when no job is running."""
        if thread := self._thread:
            thread.join()

    def _start(self, library: Path, work: Callable[[ProgressCallback], IndexReport]) -> None:
        with self._lock:
            if self._job and self._job.running:
                raise BusyError(
                    f"An indexing run is under way in {self._job.library}: expected to be the "
                    "only one. Wait until it ends, or cancel it."
                )
            self._stop.clear()
            self._job = Job(self._job.number + 1 if self._job else 1, library)
            self._thread = threading.Thread(
                target=self._run, args=(work,), name="indexing", daemon=True
            )
            self._thread.start()

    def _follow(self, watch: LibraryWatch, library: Path, gallery: str) -> None:
        for _ in watch.changes():
            started = False
            while not started:
                # A run under way may have passed the new files already: another one follows it.
                self.wait()
                try:
                    self.index(library, gallery=gallery)
                    started = True
                except BusyError:
                    continue

    def _run(self, work: Callable[[ProgressCallback], IndexReport]) -> None:
        try:
            report = work(lambda progress: self._change(progress=progress))
            self._change(state=JobState.DONE, report=report)
        except IndexingCancelledError as error:
            self._change(state=JobState.CANCELLED, error=str(error))
        except LookalikeError as error:
            self._change(state=JobState.FAILED, error=str(error))
        # A defect must not leave the job running for ever: the pages wait for its end.
        except Exception as error:
            logger.exception("The indexing run failed")
            self._change(
                state=JobState.FAILED,
                error=f"Unexpected error: {error!r}. Try again; the log of the app tells more.",
            )

    def _index(
        self,
        library: Path,
        progress: ProgressCallback,
        gallery: str | None = None,
        **options: Any,
    ) -> IndexReport:
        return self._engine.index(
            library,
            gallery=gallery,
            first_look_from=FIRST_LOOK_FROM,
            progress=progress,
            cancelled=self._stop.is_set,
            **options,
        )

    def _download_step(self, progress: ProgressCallback) -> ProgressCallback:
        def step(now: Progress) -> None:
            self._check_stop(
                "Stopped: what arrived is kept. Press the same button again to go on from there."
            )
            progress(now)

        return step

    def _check_stop(self, message: str) -> None:
        if self._stop.is_set():
            raise IndexingCancelledError(message)

    def _change(self, **changes: object) -> None:
        with self._lock:
            assert self._job is not None  # there is one while its thread runs
            self._job = replace(self._job, **changes)  # type: ignore[arg-type]
