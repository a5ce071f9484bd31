"""The galleries of a features folder: their names, indexes and extractors."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

from ..config import Settings
from ..errors import ConfigurationError
from ..feature_store import (
    FeaturesFolder,
    FeatureStore,
    IndexSnapshot,
    SnapshotCache,
    read_features,
)
from ..images import QueryPicture
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

    def describe(
        self,
        snapshot: IndexSnapshot,
        pictures: Sequence[Image.Image | QueryPicture],
        *,
        exact: bool = False,
    ) -> Array:
        """The features of ``n`` RGB pictures, ``(n, d)`` float32, as the rows of an index are.

        A file of the gallery has its stored row: extracted again, perhaps in another precision, it
        would be at some distance from itself. The network sees only the others. For ``exact`` see
        ``SearchOptions``.
        """
        asked = [QueryPicture.of(picture) for picture in pictures]
        rows = self._stored_rows(snapshot, asked, exact=exact)
        unseen = [place for place, row in enumerate(rows) if row is None]
        if unseen:
            images = [asked[place].pixels for place in unseen]
            features = snapshot.fit.apply(self.extractor_of(snapshot).extract(images))
            for place, feature in zip(unseen, features, strict=True):
                rows[place] = feature
        return np.array(rows, np.float32).reshape(-1, snapshot.fit.dimension)

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

    def _stored_rows(
        self, snapshot: IndexSnapshot, pictures: Sequence[QueryPicture], *, exact: bool
    ) -> list[Array | None]:
        """The row of each picture that is a file of the gallery; ``None`` for the others."""
        rows: dict[str | None, Array] = {}
        if ids := stored_ids(snapshot, pictures):
            # A server that is behind may lack one.
            with suppress(ConfigurationError):
                stored = self.indexes.of(snapshot, exact=exact).features_of(ids)
                rows = dict(zip(ids, stored, strict=True))
        return [rows.get(picture.content_id) for picture in pictures]

    def _store(self, gallery: str | None) -> FeatureStore:
        if store := self.folder.current(self.gallery_name(gallery)):
            return store
        raise self.folder.no_index(gallery or self.settings.gallery)


def stored_ids(snapshot: IndexSnapshot, pictures: Sequence[QueryPicture]) -> list[str]:
    """The ids of the pictures that are files of the gallery, in their order."""
    ids = [picture.content_id for picture in pictures]
    return [content_id for content_id in ids if content_id and snapshot.with_id(content_id)]
