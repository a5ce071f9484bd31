"""The indexing jobs of a process: index a folder, or get a gallery and index it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from core.datasets import draw_gallery, fetch_flowers
from core.engine import ImageSearchEngine
from core.errors import BusyError
from core.feature_store import IndexSnapshot
from core.indexing import LibraryWatch
from core.jobs.background import Background, Task, cancelled_with
from core.jobs.first_look import FirstLook
from core.types import IndexReport, Progress, ProgressCallback, Stage

_DOWNLOAD_STOPPED = (
    "Stopped: what arrived is kept. Press the same button again to go on from there."
)


class Jobs:
    """The indexing jobs of a process; at most one runs.

    Any thread may start, watch and cancel. Each method that starts one raises ``BusyError`` while
    one runs.

    Args:
        engine: What does the work.
    """

    def __init__(self, engine: ImageSearchEngine) -> None:
        self._engine = engine
        self._task = Background[IndexReport]("an indexing run")
        self._first_look = FirstLook(engine)
        self._lock = threading.Lock()
        self._watches: dict[str, LibraryWatch] = {}

    @property
    def latest(self) -> Task[IndexReport] | None:
        """The running job, else the last one; ``None`` before the first."""
        return self._task.latest

    @property
    def first_look(self) -> IndexSnapshot | None:
        """An index by colours while the running job makes the first gallery."""
        return self._first_look.snapshot

    def index(self, library: Path, *, gallery: str | None = None, **options: Any) -> None:
        """Start to index a folder.

        Args:
            library: Folder of images.
            gallery: Name of its gallery; see ``ImageSearchEngine.index``.
            options: ``descriptor``, ``whiten`` and ``rebuild`` of ``ImageSearchEngine.index``.
        """
        self._task.start(
            str(library), lambda progress: self._index(library, progress, gallery, **options)
        )

    def draw_sample(self, library: Path, *, count: int) -> None:
        """Start to draw a sample gallery and to index it.

        Args:
            library: Where the images go.
            count: How many.
        """

        def work(progress: ProgressCallback) -> IndexReport:
            with cancelled_with("Stopped: draw the sample gallery again, or choose a folder."):
                draw_gallery(
                    library,
                    count=count,
                    progress=lambda done, total: progress(Progress(Stage.DRAWING, done, total)),
                )
            return self._index(library, progress)

        self._task.start(str(library), work)

    def fetch_flowers(self, library: Path, *, base_url: str) -> None:
        """Start to download the photographs of Oxford Flowers 102 and to index them.

        Args:
            library: Where the images go.
            base_url: Address of the folder on the server.
        """

        def work(progress: ProgressCallback) -> IndexReport:
            with cancelled_with(_DOWNLOAD_STOPPED):
                fetch_flowers(library, base_url=base_url, progress=progress)
            return self._index(library, progress)

        self._task.start(str(library), work)

    def fetch_weights(self, library: Path, *, gallery: str | None) -> None:
        """Start to download the ImageNet weights and to index a gallery anew with them.

        Args:
            library: Folder of images.
            gallery: Its name; see ``ImageSearchEngine.index``. The old index serves until the new
                one is complete.
        """

        def work(progress: ProgressCallback) -> IndexReport:
            with cancelled_with(_DOWNLOAD_STOPPED):
                self._engine.fetch_weights(progress)
            return self._index(library, progress, gallery)

        self._task.start(str(library), work)

    def cancel(self) -> None:
        """Ask the running job to stop after the step it is in."""
        self._task.cancel()

    def wait(self) -> None:
        """Return when no job is running."""
        self._task.wait()

    def close(self) -> None:
        """Cancel the running job and stop watching."""
        self.cancel()
        for gallery in list(self._watches):
            self.unwatch(gallery)

    def watch(self, library: Path, *, gallery: str) -> None:
        """Keep a gallery up to date from now on; does nothing the second time.

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
        """Whether any gallery is watched."""
        with self._lock:
            return bool(self._watches)

    def watches(self, gallery: str) -> bool:
        """Whether a gallery is watched."""
        with self._lock:
            return gallery in self._watches

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

    def _index(
        self,
        library: Path,
        progress: ProgressCallback,
        gallery: str | None = None,
        **options: Any,
    ) -> IndexReport:
        with self._first_look.during_first_run(library, progress):
            return self._engine.index(library, gallery=gallery, progress=progress, **options)
