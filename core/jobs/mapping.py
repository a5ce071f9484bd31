"""Drawing of maps in a background thread."""

from __future__ import annotations

import os
import sys
import threading

from core.engine import ImageSearchEngine
from core.explore import GalleryMap
from core.jobs.background import Background, Task, cancelled_with
from core.types import ProgressCallback

_NICENESS = 10


class Mapping:
    """Draws one map at a time; any thread may start, poll and cancel."""

    def __init__(self, engine: ImageSearchEngine) -> None:
        self._engine = engine
        self._task = Background[GalleryMap]("the drawing of a map")

    @property
    def latest(self) -> Task[GalleryMap] | None:
        """The running or last drawing; ``None`` before the first."""
        return self._task.latest

    def start(self, gallery: str | None) -> None:
        """Start to draw the map of the newest index of a gallery.

        Raises:
            BusyError: A map is being drawn.
        """

        def work(progress: ProgressCallback) -> GalleryMap:
            _yield_to_searches()
            with cancelled_with("Stopped: the last map stands."):
                snapshot = self._engine.require_snapshot(gallery)
                return self._engine.maps.draw(snapshot, progress=progress)

        self._task.start(gallery or "the gallery", work)

    def cancel(self) -> None:
        """Stop the running drawing after its current step."""
        self._task.cancel()

    def wait(self) -> None:
        """Wait until no map is being drawn."""
        self._task.wait()


def _yield_to_searches() -> None:
    """Let other threads compute first, on a system where a thread has a priority of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
