"""``ImageSearchEngine``: it indexes and searches; each file beside it has a group of actions."""

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Unpack

from PIL import Image

from ..activations import Activations, ChannelMeans, activations_of, channel_means
from ..config import Settings, real_path
from ..datasets import labels_of, remember, remembered_labels, teaching
from ..explanation import Explainer
from ..export import Export, export
from ..feature_store import (
    FeatureStore,
    IndexInfo,
    IndexSnapshot,
    delete_damaged,
    find_damage,
    index_info,
)
from ..images import QueryPicture
from ..indexing import (
    LibraryWatch,
    Patterns,
    Scan,
    StoreUpdate,
    check_folder,
    extraction_workers,
    index_by_colours,
    scan,
)
from ..model import Asked, ExtractorFactory, FeatureExtractor, select
from ..search import SearchOptions, search, shift_by
from ..types import (
    Damage,
    ImageRecord,
    IndexReport,
    Progress,
    ProgressCallback,
    SearchResult,
    Stage,
)
from .duplicates import Duplicates
from .galleries import Galleries, stored_ids
from .maps import Maps
from .parts import Parts
from .quality import Quality

_DEFAULT_OPTIONS = SearchOptions()


class ImageSearchEngine(Galleries):
    """Indexes folders of images and finds the closest ones to a query.

    Safe to share between threads: a search works on the snapshot it started with, and never waits
    for an indexing run. Every ``gallery`` is a name; see ``gallery_name``. A ``progress`` is called
    after each step, and ends the work by raising ``Cancelled``.

    Args:
        settings: What the user set: features folder, weights, descriptor, precision and so on.
        make_extractor: Makes the feature extractors; by default VGG16.

    Attributes:
        parts: The detail indexes, by which parts of pictures are found.
        duplicates: What is there more than once, and its removal.
        maps: The maps, with their groups.
        quality: How good the answers are.
    """

    def __init__(
        self, settings: Settings, *, make_extractor: ExtractorFactory | None = None
    ) -> None:
        super().__init__(settings, make_extractor)
        self.parts = Parts(self)
        self.duplicates = Duplicates(self, self.index)
        self.maps = Maps()
        self.quality = Quality(self)

    def index(
        self,
        library: Path | None = None,
        *,
        gallery: str | None = None,
        rebuild: bool = False,
        keep_fit: bool = False,
        progress: ProgressCallback = lambda _: None,
        **asked: Unpack[Asked],
    ) -> IndexReport:
        """Bring the features of a library up to date, then search that library by default.

        The default library is that of the gallery; the default gallery is the one that has this
        library, else a new one named like it. ``rebuild`` extracts every image anew;
        ``keep_fit`` is for runs that nobody asked for, see ``StoreUpdate``. What is asked for holds
        from now on; see ``select``.
        """
        gallery = gallery or self.settings.gallery
        library = real_path(library or self.library_of(gallery))
        name, before = self.folder.assigned(library, gallery)
        selection = select(
            self.settings,
            before=before.space if before else None,
            chosen=before.chosen if before else None,
            **asked,
        )
        self.indexes.check()
        check_folder(library)
        with self.folder.writing():
            # Under the lock: files that are moved to the trash after the scan would come back.
            found = self._scan(library, progress)
            extractor = self._extractors.selected(selection, progress)
            store = self.folder.store_for(library, extractor.space)
            report = self._update(
                store,
                found,
                extractor,
                rebuild=rebuild,
                keep_fit=keep_fit,
                # They may say something else than when they were last learnt from.
                relearn=asked.get("labels") is not None,
                chosen=selection.chosen,
                sibling_stores=self.folder.sibling_stores(store),
                progress=progress,
            )
            self.folder.set_current(store, name)
            self._publish(store, rebuild=rebuild, progress=progress)
        return report

    def watch(self, library: Path) -> LibraryWatch:
        """Changes of the folder of a gallery, after which it is indexed again."""
        return LibraryWatch(library, leave_out=self.settings.features)

    def index_by_colours(
        self, library: Path, *, least: int, progress: ProgressCallback = lambda _: None
    ) -> IndexSnapshot | None:
        """A provisional index of a library by its colours; ``None`` below ``least`` images."""
        library = real_path(library)
        check_folder(library)
        with self.folder.writing():
            found = self._scan(library, progress)
            if len(found.files) < least:
                return None
            return index_by_colours(self.folder, library, found, progress)

    def check(self, gallery: str | None = None) -> tuple[Damage, ...]:
        """What is damaged in the features of a gallery."""
        return self._damage(self._store(gallery))

    def repair(
        self, gallery: str | None = None, *, progress: ProgressCallback = lambda _: None
    ) -> IndexReport:
        """Extract anew what is damaged or missing, and publish a sound index, also remotely."""
        store = self._store(gallery)
        with self.folder.writing():
            found, chosen = self._scan(store.library), store.chosen
            delete_damaged(store, self._damage(store))
            extractor = self._extractors.of_space(store.space)
            report = self._update(
                store, found, extractor, keep_fit=True, chosen=chosen, progress=progress
            )
            self._publish(store, progress=progress)
        return report

    def search(
        self,
        query: Image.Image | QueryPicture | Sequence[Image.Image | QueryPicture],
        options: SearchOptions = _DEFAULT_OPTIONS,
        *,
        snapshot: IndexSnapshot | None = None,
    ) -> SearchResult:
        """The images closest to one or several RGB images of any size.

        By default the newest index of the gallery is searched, by the index server of the settings
        if there is one, else by its approximate index if it has one. A picture that says the id of
        a file in the gallery is at distance 0 from it, and the network does not see it.
        """
        snapshot = snapshot or self.require_snapshot()
        asked = [query] if isinstance(query, Image.Image | QueryPicture) else query
        pictures = [QueryPicture.of(picture) for picture in asked]
        search = self.parts.search if options.part else self._search
        if options.hide_copies:
            return self.duplicates.fold(partial(search, pictures, snapshot), options, snapshot)
        return search(pictures, snapshot, options)

    def explainer(
        self,
        snapshot: IndexSnapshot,
        query: Image.Image,
        options: SearchOptions = _DEFAULT_OPTIONS,
    ) -> Explainer:
        """What explains the matches of a query in an index, as the feedback has moved it."""
        moved = None
        if options.feedback:
            index = self.indexes.of(snapshot, exact=options.exact)
            moved = shift_by(options.feedback, index)
        return Explainer(snapshot, lambda: self.extractor_of(snapshot), query, moved)

    def activations(self, image: Image.Image, snapshot: IndexSnapshot | None) -> Activations:
        """What the network makes of an RGB image of any size, layer by layer, in one pass.

        It is the network of an index if it has one, else the default one.
        """
        return activations_of(self.extractor_with_layers(snapshot).inspect(image))

    def channel_means(self, snapshot: IndexSnapshot, images: Sequence[ImageRecord]) -> ChannelMeans:
        """The mean activations of images of a gallery, without those that cannot be read."""
        return channel_means(snapshot, self.extractor_with_layers(snapshot), images)

    def remembered_labels(self, gallery: str | None = None) -> Path:
        """The label file of what was remembered in a gallery, whether it is there or not."""
        return remembered_labels(self.settings.features, self.gallery_name(gallery) or "")

    def remember(
        self,
        label: str,
        right: Sequence[str],
        wrong: Sequence[str] = (),
        *,
        gallery: str | None = None,
    ) -> Path:
        """Add labels to the label file of a gallery, and return it; see ``remember``."""
        file = self.remembered_labels(gallery)
        remember(file, label, right, wrong)
        return file

    def export(
        self,
        folder: Path,
        *,
        gallery: str | None = None,
        projector: bool = False,
        thumbnails: bool = False,
        progress: ProgressCallback = lambda _: None,
    ) -> Export:
        """Write the features of a gallery, for other programs, into a folder; see ``export``."""
        snapshot = self.require_snapshot(gallery)
        snapshot.require_rows()
        if (extracted := snapshot.extracted) is None:
            _, features = self.features(gallery, snapshot=snapshot, progress=progress)
            extracted = features[snapshot.space.descriptor]
        return export(
            folder,
            snapshot,
            extracted,
            self.maps.of(snapshot),
            gallery=self.gallery_name(gallery) or "",
            features=self.settings.features,
            libraries=[self.library_of(name) for name in self.galleries()],
            projector=projector,
            thumbnails=thumbnails,
            progress=progress,
        )

    def info(self, gallery: str | None = None, *, runs: int = 20) -> IndexInfo:
        """Describe the index of a gallery, with its last runs."""
        snapshot, name = self.require_snapshot(gallery), self.gallery_name(gallery) or ""
        return index_info(name, self.folder, self._store(gallery), snapshot, runs=runs)

    def _search(
        self, pictures: Sequence[QueryPicture], snapshot: IndexSnapshot, options: SearchOptions
    ) -> SearchResult:
        # Also where it is not needed: the settings may ask for another one.
        extractor = self.extractor_of(snapshot)
        own = len(stored_ids(snapshot, pictures)) == len(pictures)
        if not own:
            extractor.load()
        started = time.perf_counter()
        queries = self.describe(snapshot, pictures, exact=options.exact)
        index = self.indexes.of(snapshot, exact=options.exact)
        result = search(snapshot, queries, options, index=index, own=own)
        return replace(result, seconds=time.perf_counter() - started)

    def _update(
        self, store: FeatureStore, found: Scan, extractor: FeatureExtractor, **options: Any
    ) -> IndexReport:
        """Update a store of this features folder; for the options see ``StoreUpdate``."""
        workers = extraction_workers(self.settings, extractor)

        def labels(paths: Sequence[str], *source: str) -> tuple[str | None, ...]:
            return teaching(labels_of(paths, *source))

        update = StoreUpdate(store, found, workers, labels=labels, maker=self.indexes, **options)
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
        return scan(library, leave_out=[self.folder.path], patterns=patterns)
