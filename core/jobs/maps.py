"""Drawing of maps in a background thread."""

import os
import sys
import threading

from ..engine import ImageSearchEngine
from ..explore import GalleryMap
from ..types import ProgressCallback
from .background import Background

_NICENESS = 10


class MapsJob(Background[GalleryMap]):
    """Draws one map at a time; raises ``BusyError`` meanwhile."""

    def __init__(self, engine: ImageSearchEngine) -> None:
        super().__init__("the drawing of a map")
        self._engine = engine

    def draw(self, gallery: str | None) -> None:
        """Start to draw the map of the newest index of a gallery."""

        def work(progress: ProgressCallback) -> GalleryMap:
            _yield_to_searches()
            return self._engine.maps.draw(self._engine.require_snapshot(gallery), progress=progress)

        self.start(gallery or "the gallery", work, stopped="Stopped: the last map stands.")


def _yield_to_searches() -> None:
    """Let other threads compute first, on a system where a thread has a priority of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
