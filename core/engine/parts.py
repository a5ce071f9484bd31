"""The detail indexes of the galleries, by which parts of pictures are found."""

from collections.abc import Sequence

from ..detail import (
    DetailInfo,
    DetailReport,
    DetailStore,
    detail_info,
    details_store,
    find_detail_damage,
    find_part,
    finds_parts,
    open_details,
    update_details,
)
from ..errors import ConfigurationError
from ..feature_store import IndexSnapshot
from ..images import QueryPicture
from ..search import SearchOptions
from ..types import Damage, ProgressCallback, SearchResult
from .galleries import Galleries


class Parts:
    """``engine.parts``: makes detail indexes and searches them; each belongs to a gallery."""

    def __init__(self, galleries: Galleries) -> None:
        self._galleries = galleries

    def update(
        self,
        snapshot: IndexSnapshot,
        *,
        rebuild: bool = False,
        progress: ProgressCallback = lambda _: None,
    ) -> DetailReport:
        """Make the detail index of a gallery, or bring it up to date; see ``update_details``."""
        with self._galleries.folder.writing():
            extractor = self._galleries.extractor_of(snapshot)
            store = self._store(snapshot)
            return update_details(store, snapshot, extractor, rebuild=rebuild, progress=progress)

    def refresh(
        self, snapshot: IndexSnapshot, *, progress: ProgressCallback = lambda _: None
    ) -> DetailReport | None:
        """Bring the detail index of a gallery up to date; ``None`` where it has none."""
        if not finds_parts(snapshot) or not self._store(snapshot).exists:
            return None
        return self.update(snapshot, progress=progress)

    def search(
        self, pictures: Sequence[QueryPicture], snapshot: IndexSnapshot, options: SearchOptions
    ) -> SearchResult:
        """The images that show the thing of one picture, each with its box; see ``find_part``.

        Raises:
            ConfigurationError: There are several pictures.
        """
        if len(pictures) > 1:
            raise ConfigurationError(
                f"Expected one query, to find it as a part of images. Received: {len(pictures)}."
            )
        details = open_details(self._store(snapshot))
        extractor = self._galleries.extractor_of(snapshot)
        return find_part(snapshot, details, extractor, pictures[0].pixels, options)

    def version(self, snapshot: IndexSnapshot) -> tuple[int, int] | None:
        """A value that changes with each publication of the details; ``None`` before the first."""
        return self._store(snapshot).publication_id()

    def info(self, snapshot: IndexSnapshot, images_per_second: float = 0.0) -> DetailInfo:
        """What there is of the detail index, and what an update takes; see ``detail_info``."""
        return detail_info(self._store(snapshot), snapshot, images_per_second)

    def check(self, snapshot: IndexSnapshot) -> tuple[Damage, ...]:
        """What is damaged in the detail index, which ``refresh`` makes anew."""
        return find_detail_damage(self._store(snapshot), snapshot) if finds_parts(snapshot) else ()

    def _store(self, snapshot: IndexSnapshot) -> DetailStore:
        return details_store(self._galleries.folder, snapshot)
