"""The galleries of a features folder: their names, indexes and extractors."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from ..config import Settings
from ..feature_store import (
    FeaturesFolder,
    FeatureStore,
    IndexSnapshot,
    SnapshotCache,
    read_features,
)
from ..model import (
    ExtractorFactory,
    Extractors,
    FeatureExtractor,
    PixelExtractor,
    vgg16_extractors,
)
from ..search import SearchIndexes
from ..types import Array, ProgressCallback


class Galleries:
    """What every action needs: which galleries there are, and what describes and searches them.

    Attributes:
        settings: What the user set.
        folder: The features folder.
        indexes: The search indexes of the galleries, on this machine and on the server.
    """

    def __init__(self, settings: Settings, make_extractor: ExtractorFactory | None) -> None:
        self.settings = settings
        self.folder = FeaturesFolder(settings.features)
        self.indexes = SearchIndexes(settings, self.folder)
        self._snapshots = SnapshotCache(needs_rows=not self.indexes.remote)
        self._extractors = Extractors(settings, make_extractor or vgg16_extractors())

    def galleries(self) -> tuple[str, ...]:
        """The names of the galleries, in alphabetical order."""
        return self.folder.galleries()

    def gallery_name(self, name: str | None = None) -> str | None:
        """The gallery asked for, else that of the settings, else the last one; else ``None``."""
        return name or self.settings.gallery or self.folder.current_gallery()

    def library_of(self, gallery: str | None = None) -> Path:
        """The folder of a gallery, also where its index cannot be read."""
        return self._store(gallery).library

    def snapshot(self, gallery: str | None = None) -> IndexSnapshot | None:
        """The newest published index, also of another process; ``None`` where there is none."""
        store = self.folder.current(self.gallery_name(gallery))
        return self._snapshots.newest(store) if store else None

    def require_snapshot(self, gallery: str | None = None) -> IndexSnapshot:
        """The newest published index; raises ``IndexNotFoundError`` where there is none."""
        if snapshot := self.snapshot(gallery):
            return snapshot
        raise self.folder.no_index(gallery or self.settings.gallery)

    def extractor_of(self, snapshot: IndexSnapshot) -> FeatureExtractor:
        """The extractor that describes queries as the images of an index were described."""
        if snapshot.provisional:
            return PixelExtractor(snapshot.space.descriptor)
        return self._extractors.of_space(snapshot.space)

    def extractor_with_layers(self, snapshot: IndexSnapshot | None) -> FeatureExtractor:
        """The extractor of an index if it has a network to look into, else the default one."""
        return self._extractors.with_layers(snapshot.space if snapshot else None)

    def describe(self, snapshot: IndexSnapshot, images: Sequence[Image.Image]) -> Array:
        """The features of ``n`` RGB images, ``(n, d)`` float32, as the rows of an index are."""
        return snapshot.fit.apply(self.extractor_of(snapshot).extract(images))

    def load(self) -> None:
        """Load the model of the index, so that the first search does not wait for it."""
        self.extractor_of(self.require_snapshot()).load()

    def features(
        self,
        gallery: str | None = None,
        *,
        snapshot: IndexSnapshot | None = None,
        progress: ProgressCallback = lambda _: None,
    ) -> tuple[IndexSnapshot, Mapping[str, Array]]:
        """The features of the images of an index by each descriptor; see ``read_features``.

        By default of the newest index of the gallery, which is returned as well.
        """
        snapshot = snapshot or self.require_snapshot(gallery)
        return snapshot, read_features(self._store(gallery), snapshot.images, progress)

    def _store(self, gallery: str | None) -> FeatureStore:
        if store := self.folder.current(self.gallery_name(gallery)):
            return store
        raise self.folder.no_index(gallery or self.settings.gallery)
