"""Indexing jobs: index a folder, or first copy or download a gallery."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..datasets import copy_sample, fetch_flowers
from ..detail import DetailReport
from ..engine import ImageSearchEngine
from ..errors import BusyError
from ..feature_store import IndexSnapshot
from ..indexing import LibraryWatch
from ..types import IndexReport, ProgressCallback
from .background import Background
from .first_look import FirstLook

_STOPPED = "Stopped: what arrived is kept. Press the same button again to go on from there."


class IndexingJob(Background[IndexReport | DetailReport]):
    """Runs one indexing job at a time; methods that start one raise ``BusyError`` meanwhile."""

    def __init__(self, engine: ImageSearchEngine) -> None:
        super().__init__("an indexing run")
        self._engine = engine
        self._first_look = FirstLook(engine)
        self._watches: dict[str, LibraryWatch] = {}
        self._watches_lock = threading.Lock()

    @property
    def first_look(self) -> IndexSnapshot | None:
        """Temporary index by colours while a run needs one, see ``FirstLook``; else ``None``."""
        return self._first_look.snapshot

    def index(self, library: Path, *, gallery: str | None = None, **options: Any) -> None:
        """Start to index a folder; arguments as in ``ImageSearchEngine.index``."""
        self.start(
            str(library), lambda progress: self._index(library, progress, gallery, **options)
        )

    def describe_parts(self, snapshot: IndexSnapshot) -> None:
        """Start to make the detail index of a gallery; every later run keeps it up to date."""
        self.start(
            str(snapshot.library),
            lambda progress: self._engine.parts.update(snapshot, progress=progress),
        )

    def copy_sample(self, library: Path) -> None:
        """Start to copy the sample gallery into the folder ``library`` and to index it."""
        self._index_once_there(library, lambda progress: copy_sample(library, progress=progress))

    def fetch_flowers(self, library: Path, *, base_url: str) -> None:
        """Start to download Oxford Flowers 102 and to index it; see ``fetch_flowers``."""
        self._index_once_there(
            library, lambda progress: fetch_flowers(library, base_url=base_url, progress=progress)
        )

    def watch(self, library: Path, *, gallery: str) -> None:
        """Index a gallery after each change of its folder; no effect if it is watched already."""
        with self._watches_lock:
            if gallery in self._watches:
                return
            watch = self._engine.watch(library)
            self._watches[gallery] = watch.__enter__()
        threading.Thread(
            target=self._follow, args=(watch, library, gallery), name="watching", daemon=True
        ).start()

    def unwatch(self, gallery: str) -> None:
        """Stop watching a gallery, if it is watched."""
        with self._watches_lock:
            watch = self._watches.pop(gallery, None)
        if watch:
            watch.close()

    def unwatch_all(self) -> None:
        """Stop watching all galleries."""
        for gallery in list(self._watches):
            self.unwatch(gallery)

    @property
    def watching(self) -> bool:
        """Whether any gallery is watched."""
        with self._watches_lock:
            return bool(self._watches)

    def watches(self, gallery: str) -> bool:
        """Whether a gallery is watched."""
        with self._watches_lock:
            return gallery in self._watches

    def _follow(self, watch: LibraryWatch, library: Path, gallery: str) -> None:
        for _ in watch.changes():
            started = False
            while not started:
                # A running job may have scanned the folder before the change: wait, index again.
                self.wait()
                try:
                    self.index(library, gallery=gallery, keep_fit=True)
                    started = True
                except BusyError:
                    continue

    def _index_once_there(
        self, library: Path, get_images: Callable[[ProgressCallback], object]
    ) -> None:
        def work(progress: ProgressCallback) -> IndexReport:
            get_images(progress)
            return self._index(library, progress)

        self.start(str(library), work, stopped=_STOPPED)

    def _index(
        self, library: Path, progress: ProgressCallback, gallery: str | None = None, **options: Any
    ) -> IndexReport:
        with self._first_look.during_run(library, progress):
            report = self._engine.index(library, gallery=gallery, progress=progress, **options)
        if snapshot := self._engine.snapshot(gallery):
            self._engine.parts.refresh(snapshot, progress=progress)
        return report
