"""Temporary index by colours, for searches while the first gallery is indexed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..engine import ImageSearchEngine
from ..feature_store import IndexSnapshot
from ..types import ProgressCallback

# VGG16 describes fewer images in a few seconds.
FIRST_LOOK_FROM = 200


class FirstLook:
    """Holds the temporary index in ``snapshot``; ``None`` while there is none."""

    def __init__(self, engine: ImageSearchEngine) -> None:
        self._engine = engine
        self.snapshot: IndexSnapshot | None = None

    @contextmanager
    def during_run(self, library: Path, progress: ProgressCallback) -> Iterator[None]:
        """Provide ``snapshot`` in the block where it is needed, unless the library is small.

        It is needed while the first library is indexed.
        """
        try:
            if not self._engine.galleries():
                self.snapshot = self._engine.index_by_colours(
                    library, least=FIRST_LOOK_FROM, progress=progress
                )
            yield
        finally:
            self.snapshot = None
