"""An index by colours that serves while the first gallery is being made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.engine import ImageSearchEngine
from core.feature_store import IndexSnapshot
from core.types import ProgressCallback

# VGG16 describes fewer images in some seconds.
FIRST_LOOK_FROM = 200


class FirstLook:
    """The first look of one indexing job after the other.

    Args:
        engine: Makes the index.
    """

    def __init__(self, engine: ImageSearchEngine) -> None:
        self._engine = engine
        self.snapshot: IndexSnapshot | None = None

    @contextmanager
    def during_first_run(self, library: Path, progress: ProgressCallback) -> Iterator[None]:
        """Offer ``snapshot`` while a library is indexed, if it is the first and not a small one.

        Args:
            library: Folder of images.
            progress: Called after each step of making it.
        """
        try:
            if not self._engine.galleries():
                self.snapshot = self._engine.index_by_colours(
                    library, least=FIRST_LOOK_FROM, progress=progress
                )
            yield
        finally:
            self.snapshot = None
