"""The engine: one way in for everything that the pages and the command line do."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from PIL import Image

from core.config import Settings, real_path
from core.datasets import labels_of
from core.feature_store import (
    FeaturesFolder,
    FeatureStore,
    IndexInfo,
    IndexSnapshot,
    SnapshotCache,
    delete_damaged,
    find_damage,
    index_info,
    read_features,
)
from core.indexing import (
    Patterns,
    Scan,
    StoreUpdate,
    check_folder,
    extraction_workers,
    index_by_colours,
    scan,
)
from core.model import (
    Asked,
    ExtractorFactory,
    Extractors,
    FeatureExtractor,
    PixelExtractor,
    select,
    vgg16_extractors,
)
from core.search import SearchIndexes, SearchOptions, search
from core.types import Array, Damage, IndexReport, Progress, ProgressCallback, SearchResult, Stage

_DEFAULT_OPTIONS = SearchOptions()


class ImageSearchEngine:
    """Indexes folders of images and finds the closest ones to a query.

    Safe to share between threads: a search works on the snapshot it started with, and never waits
    for an indexing run. Every ``gallery`` is a name; see ``gallery_name``. A ``progress`` is called
    after each step, and ends the work by raising ``Cancelled``.

    Args:
        settings: What the user set: features folder, weights, descriptor, precision and so on.
        make_extractor: Makes the feature extractors; by default VGG16.

    Attributes:
        settings: See above.
        indexes: The search indexes of the galleries, on this machine and on the server.
    """

    def __init__(
        self, settings: Settings, *, make_extractor: ExtractorFactory | None = None
    ) -> None:
        self.settings = settings
        self._folder = FeaturesFolder(settings.features)
        self.indexes = SearchIndexes(settings, self._folder)
        self._snapshots = SnapshotCache(needs_rows=not self.indexes.remote)
        self._extractors = Extractors(settings, make_extractor or vgg16_extractors())

    def galleries(self) -> tuple[str, ...]:
        """The names of the galleries, in alphabetical order."""
        return self._folder.galleries()

    def gallery_name(self, name: str | None = None) -> str | None:
        """The gallery asked for, else that of the settings, else the last one; else ``None``."""
        return name or self.settings.gallery or self._folder.current_gallery()

    def library_of(self, gallery: str | None = None) -> Path:
        """The folder of a gallery, also where its index cannot be read."""
        return self._store(gallery).library

    def index(
        self,
        library: Path | None = None,
        *,
        gallery: str | None = None,
        rebuild: bool = False,
        progress: ProgressCallback = lambda _: None,
        **asked: Unpack[Asked],
    ) -> IndexReport:
        """Bring the features of a library up to date, then search that library by default.

        The default library is that of the gallery; the default gallery is the one that has this
        library, else a new one named like it. ``rebuild`` extracts every image anew. What is
        asked for holds from now on; see ``select``.
        """
        gallery = gallery or self.settings.gallery
        library = real_path(library or self.library_of(gallery))
        name, before = self._folder.assigned(library, gallery)
        selection = select(
            self.settings,
            before=before.space if before else None,
            chosen=before.chosen if before else None,
            **asked,
        )
        self.indexes.check()
        check_folder(library)
        with self._folder.writing():
            # Under the lock: files that are moved to the trash after the scan would come back.
            found = self._scan(library, progress)
            extractor = self._extractors.selected(selection, progress)
            store = self._folder.store_for(library, extractor.space)
            report = self._update(
                store,
                found,
                extractor,
                rebuild=rebuild,
                # They may say something else than when they were last learnt from.
                relearn=asked.get("labels") is not None,
                chosen=selection.chosen,
                sibling_stores=self._folder.sibling_stores(store),
                progress=progress,
            )
            self._folder.set_current(store, name)
            self._publish(store, rebuild=rebuild, progress=progress)
        return report

    def index_by_colours(
        self, library: Path, *, least: int, progress: ProgressCallback = lambda _: None
    ) -> IndexSnapshot | None:
        """A provisional index of a library by its colours; ``None`` below ``least`` images."""
        library = real_path(library)
        check_folder(library)
        with self._folder.writing():
            found = self._scan(library, progress)
            if len(found.files) < least:
                return None
            return index_by_colours(self._folder, library, found, progress)

    def check(self, gallery: str | None = None) -> tuple[Damage, ...]:
        """What is damaged in the features of a gallery."""
        return self._damage(self._store(gallery))

    def repair(
        self, gallery: str | None = None, *, progress: ProgressCallback = lambda _: None
    ) -> IndexReport:
        """Extract anew what is damaged or missing, and publish a sound index, also remotely."""
        store = self._store(gallery)
        with self._folder.writing():
            found, chosen = self._scan(store.library), store.chosen
            delete_damaged(store, self._damage(store))
            extractor = self._extractors.of_space(store.space)
            report = self._update(store, found, extractor, chosen=chosen, progress=progress)
            self._publish(store, progress=progress)
        return report

    def search(
        self,
        query: Image.Image | Sequence[Image.Image],
        options: SearchOptions = _DEFAULT_OPTIONS,
        *,
        snapshot: IndexSnapshot | None = None,
    ) -> SearchResult:
        """The images closest to one or several RGB images of any size.

        By default the newest index of the gallery is searched, by the index server of the settings
        if there is one, else by its approximate index if it has one.
        """
        snapshot = snapshot or self.require_snapshot()
        self.extractor_of(snapshot).load()
        started = time.perf_counter()
        queries = self.describe(snapshot, [query] if isinstance(query, Image.Image) else query)
        index = self.indexes.of(snapshot, exact=options.exact)
        result = search(snapshot, queries, options, index=index)
        return replace(result, seconds=time.perf_counter() - started)

    def describe(self, snapshot: IndexSnapshot, images: Sequence[Image.Image]) -> Array:
        """The features of ``n`` RGB images, ``(n, d)`` float32, as the rows of an index are."""
        return snapshot.process(self.extractor_of(snapshot).extract(images))

    def extractor_of(self, snapshot: IndexSnapshot) -> FeatureExtractor:
        """The extractor that describes queries as the images of an index were described."""
        if snapshot.provisional:
            return PixelExtractor(snapshot.space.descriptor)
        return self._extractors.of_space(snapshot.space)

    def extractor_with_layers(self, snapshot: IndexSnapshot | None) -> FeatureExtractor:
        """The extractor of an index if it has a network to look into, else the default one."""
        return self._extractors.with_layers(snapshot.space if snapshot else None)

    def load(self) -> None:
        """Load the model of the index, so that the first search does not wait for it."""
        self.extractor_of(self.require_snapshot()).load()

    def snapshot(self, gallery: str | None = None) -> IndexSnapshot | None:
        """The newest published index, also of another process; ``None`` where there is none."""
        store = self._folder.current(self.gallery_name(gallery))
        return self._snapshots.newest(store) if store else None

    def require_snapshot(self, gallery: str | None = None) -> IndexSnapshot:
        """The newest published index; raises ``IndexNotFoundError`` where there is none."""
        if snapshot := self.snapshot(gallery):
            return snapshot
        raise self._folder.no_index(gallery or self.settings.gallery)

    def features(
        self, gallery: str | None = None, *, progress: ProgressCallback = lambda _: None
    ) -> tuple[IndexSnapshot, Mapping[str, Array]]:
        """The index, and the features of its images by each descriptor; see ``read_features``."""
        snapshot = self.require_snapshot(gallery)
        return snapshot, read_features(self._store(gallery), snapshot.images, progress)

    def info(self, gallery: str | None = None, *, runs: int = 20) -> IndexInfo:
        """Describe the index of a gallery, with its last runs."""
        snapshot, name = self.require_snapshot(gallery), self.gallery_name(gallery) or ""
        return index_info(name, self._folder, self._store(gallery), snapshot, runs=runs)

    def _update(
        self, store: FeatureStore, found: Scan, extractor: FeatureExtractor, **options: Any
    ) -> IndexReport:
        """Update a store of this features folder; for the options see ``StoreUpdate``."""
        workers = extraction_workers(self.settings, extractor)
        update = StoreUpdate(store, found, workers, labels=labels_of, maker=self.indexes, **options)
        return update.run()

    def _damage(self, store: FeatureStore) -> tuple[Damage, ...]:
        return find_damage(store, self.indexes, needs_arrays=not self.indexes.remote)

    def _publish(
        self, store: FeatureStore, *, rebuild: bool = False, progress: ProgressCallback
    ) -> None:
        if self.indexes.remote and (snapshot := self._snapshots.newest(store)):
            self.indexes.publish(snapshot, rebuild=rebuild, progress=progress)

    def _scan(self, library: Path, progress: ProgressCallback = lambda _: None) -> Scan:
        progress(Progress(Stage.SCANNING))
        patterns = Patterns(self.settings.include, self.settings.exclude)
        return scan(library, leave_out=[self._folder.path], patterns=patterns)

    def _store(self, gallery: str | None) -> FeatureStore:
        if store := self._folder.current(self.gallery_name(gallery)):
            return store
        raise self._folder.no_index(gallery or self.settings.gallery)
