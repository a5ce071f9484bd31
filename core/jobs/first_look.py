"""Temporary index by colours, for searches while a gallery has no index that can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.engine import ImageSearchEngine
from core.errors import FeatureStoreError
from core.feature_store import IndexSnapshot
from core.types import ProgressCallback

# VGG16 describes fewer images in a few seconds.
FIRST_LOOK_FROM = 200


class FirstLook:
    """Holds the temporary index in ``snapshot``; ``None`` while there is none."""

    def __init__(self, engine: ImageSearchEngine) -> None:
        self._engine = engine
        self.snapshot: IndexSnapshot | None = None

    @contextmanager
    def during_run(
        self, library: Path, gallery: str | None, progress: ProgressCallback
    ) -> Iterator[None]:
        """Provide ``snapshot`` in the block where it is needed, unless the library is small.

        It is needed while the first library is indexed, and while an outdated index is replaced,
        which new pictures cannot be compared with.
        """
        try:
            if not self._engine.galleries() or self._outdated(library, gallery):
                self.snapshot = self._engine.index_by_colours(
                    library, least=FIRST_LOOK_FROM, progress=progress
                )
            yield
        finally:
            self.snapshot = None

    def _outdated(self, library: Path, gallery: str | None) -> bool:
        try:
            old = self._engine.snapshot(gallery)
        except FeatureStoreError:
            # It is damaged: the run replaces it.
            return False
        return old is not None and old.space.outdated and old.library == library.resolve()
