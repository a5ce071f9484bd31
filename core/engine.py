"""Search by image: wires the parts together and swaps index snapshots."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.config import DEFAULT_MATCHES, Settings
from core.errors import (
    ConfigurationError,
    IndexingCancelledError,
    IndexMismatchError,
    IndexNotFoundError,
)
from core.feature_store import FeaturesFolder, FeatureStore, IndexSnapshot, check, mend
from core.indexing import Patterns, Scan, scan, update_store
from core.model import (
    FIRST_LOOK,
    INPUT_SIZE,
    Descriptor,
    FeatureExtractor,
    MakeNetwork,
    PixelExtractor,
    VGG16Extractor,
    Weights,
    check_dimension,
    check_size,
    default_descriptor,
    descriptor_named,
    feature_space,
    find_weights,
    shared_network,
)
from core.search import ALL, ExactIndex, Feedback, Filters, follow
from core.types import (
    IMAGENET,
    NO_WEIGHTS,
    STARTER,
    UNTRAINED,
    Array,
    Damage,
    FeatureSpace,
    IndexReport,
    Match,
    Progress,
    ProgressCallback,
    Rows,
    SearchResult,
    Skipped,
)

logger = logging.getLogger(__name__)

_IMAGES_A_STEP = 1_000

# Weights of an index that "auto" does not stay with.
_MAKE_ROOM = (STARTER, UNTRAINED, NO_WEIGHTS)


@dataclass(frozen=True, slots=True)
class _Choices:
    source: str
    descriptor: Descriptor | None
    size: int
    whiten: int


ExtractorFactory = Callable[[Weights, FeatureSpace, str], FeatureExtractor]


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What is known of the index that is searched.

    Attributes:
        gallery: Its name.
        features: Absolute path of the features folder.
        library: Absolute path of the folder of images.
        images: Images that the index answers with.
        skipped: Files left out, with reasons.
        space: The feature space.
        whitening: Dimension that its features are whitened to, 0 for none.
        generation: Number of the published index.
        published_at: UTC, ISO 8601.
        runs: The last runs, newest first; see ``Catalog.runs``.
    """

    gallery: str
    features: str
    library: str
    images: int
    skipped: tuple[Skipped, ...]
    space: FeatureSpace
    whitening: int
    generation: int
    published_at: str
    runs: tuple[dict[str, Any], ...]


def vgg16_extractors(make_network: MakeNetwork | None = None) -> ExtractorFactory:
    """Makes VGG16 extractors that share a network where only their pooling differs.

    Args:
        make_network: See ``VGG16Extractor``; by default one that keeps the last network.
    """
    network = make_network or shared_network()

    def make(weights: Weights, space: FeatureSpace, precision: str) -> FeatureExtractor:
        return VGG16Extractor(
            weights,
            descriptor=space.descriptor,
            size=space.input_size,
            precision=precision,
            make_network=network,
        )

    return make


class ImageSearchEngine:
    """Indexes a folder of images and finds the closest ones to a query.

    Safe to share between threads: a search works on the snapshot it started with, and never waits
    for an indexing run.

    Args:
        settings: Features folder, weights, descriptor, precision.
        make_extractor: Makes the feature extractor; called with weights, the space of its
            features, precision.
    """

    def __init__(
        self, settings: Settings, *, make_extractor: ExtractorFactory | None = None
    ) -> None:
        self.settings = settings
        self._make_extractor = make_extractor or vgg16_extractors()
        self._folder = FeaturesFolder(settings.features)
        self._lock = threading.Lock()
        self._snapshots: dict[str, tuple[object, IndexSnapshot | None]] = {}
        self._extractor: FeatureExtractor | None = None
        self._first_look: IndexSnapshot | None = None

    def galleries(self) -> tuple[str, ...]:
        """The names of the galleries, in alphabetical order.

        Raises:
            FeatureStoreError: The features folder is damaged.
        """
        return self._folder.galleries()

    def gallery_name(self, name: str | None = None) -> str | None:
        """The gallery that is meant.

        Args:
            name: The one that is asked for.

        Returns:
            The one asked for, else that of the settings, else the one that was indexed last;
            ``None`` where nothing was indexed yet.

        Raises:
            FeatureStoreError: The features folder is damaged.
        """
        return name or self.settings.gallery or self._folder.current_gallery()

    def index(
        self,
        library: Path | None = None,
        *,
        gallery: str | None = None,
        descriptor: str | None = None,
        whiten: int | None = None,
        rebuild: bool = False,
        first_look_from: int | None = None,
        progress: ProgressCallback = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> IndexReport:
        """Bring the features of a library up to date, then search that library by default.

        Args:
            library: Folder of images; by default that of the gallery.
            gallery: Name of the gallery; by default the one that has this library, else a new one
                with the name of the folder.
            descriptor: Name of the descriptor from now on; by default that of the settings, else
                what was chosen for the gallery, else the best for the weights.
            whiten: Dimension to whiten to from now on, 0 for none; by default in the same way.
            rebuild: Whether to extract every image anew.
            first_look_from: Where there is no gallery yet and this one has at least so many images,
                it is first indexed by its colours, to be searched until the run is over; see
                ``first_look``. By default never.
            progress: Called after each step.
            cancelled: Asked between batches.

        Returns:
            What was done.

        Raises:
            LibraryError: The folder is missing, unreadable or has no readable image.
            IndexNotFoundError: Neither a library nor a gallery that exists was named.
            ConfigurationError: There is no such descriptor, size, whitening or precision, or the
                gallery is that of another folder.
            WeightsError: The weights cannot be had or do not fit.
            BusyError: Another run is writing to the features folder.
            FeatureStoreError: The features folder is damaged or cannot be written.
            IndexingCancelledError: ``cancelled`` said so.
        """
        gallery = gallery or self.settings.gallery
        if library is None:
            library = self._store(gallery).library
        # Unlike Path.resolve, this takes a link loop as it is, for the scan to complain of.
        library = Path(os.path.realpath(library.expanduser()))
        name = gallery or self._folder.gallery_of(library)
        before = self._folder.current(name)
        if before and before.library != library:
            raise ConfigurationError(
                f"The gallery {name!r} is that of another folder: expected {before.library}. "
                f"Received: {library}. Choose another name."
            )
        choices = self._choices(before, descriptor, whiten)

        def step(now: Progress) -> None:
            if cancelled():
                raise IndexingCancelledError("Stopped before anything was extracted.")
            progress(now)

        step(Progress("scanning"))
        found = self._scan(library)
        first = first_look_from is not None and len(found.files) >= first_look_from
        with self._folder.writing(), self._looking():
            if first and self._folder.current_gallery() is None:
                self._first_look = self._look_at(library, found, progress, cancelled)
            extractor = self._extractor_for(choices.source, choices.descriptor, choices.size, step)
            store = self._folder.store_for(library, extractor.space)
            report = update_store(
                store,
                found,
                extractor,
                rebuild=rebuild,
                whiten=choices.whiten,
                relatives=self._folder.relatives_of(store),
                progress=progress,
                cancelled=cancelled,
            )
            self._folder.set_current(store, name)
        return report

    @property
    def first_look(self) -> IndexSnapshot | None:
        """An index by the colours, to search while the first gallery is being made."""
        return self._first_look

    @contextmanager
    def _looking(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._first_look = None

    def _look_at(
        self,
        library: Path,
        found: Scan,
        progress: ProgressCallback,
        cancelled: Callable[[], bool],
    ) -> IndexSnapshot | None:
        extractor = PixelExtractor(FIRST_LOOK)
        store = self._folder.store_for(library, extractor.space)

        def step(now: Progress) -> None:
            progress(replace(now, stage="looking"))

        update_store(store, found, extractor, progress=step, cancelled=cancelled)
        return store.snapshot()

    def fetch_weights(self, progress: ProgressCallback = lambda _: None) -> None:
        """Download the ImageNet weights into Keras's cache, for the next run to take.

        Args:
            progress: Called after each step; what it raises ends the download.

        Raises:
            WeightsError: They cannot be had.
        """
        self._resolve(IMAGENET, top=False, progress=progress)

    def check(self, gallery: str | None = None) -> tuple[Damage, ...]:
        """Look for damage in the features of a gallery.

        Args:
            gallery: Its name; see ``gallery_name``.

        Raises:
            IndexNotFoundError: Nothing was indexed yet.
            FeatureStoreError: The features folder is damaged beyond its store.
        """
        return check(self._store(gallery))

    def repair(
        self, gallery: str | None = None, *, progress: ProgressCallback = lambda _: None
    ) -> IndexReport:
        """Extract anew what is damaged or missing, and publish a sound index.

        Args:
            gallery: Name of the gallery; see ``gallery_name``.
            progress: Called after each step.

        Returns:
            What was done.

        Raises:
            IndexNotFoundError: Nothing was indexed yet.
            LibraryError: The folder of images cannot be read.
            IndexMismatchError: The weights of the index cannot be had any more.
            BusyError: Another run is writing to the features folder.
            FeatureStoreError: The features folder cannot be written.
        """
        store = self._store(gallery)
        with self._folder.writing():
            found = self._scan(store.library)
            whiten = _whitened_to(store)
            mend(store, check(store))
            extractor = self._extractor_of(store.space)
            return update_store(store, found, extractor, whiten=whiten, progress=progress)

    def search(
        self,
        query: Image.Image | Sequence[Image.Image],
        k: int = DEFAULT_MATCHES,
        *,
        combine: str = ALL,
        feedback: Feedback | None = None,
        filters: Filters | None = None,
        max_distance: float | None = None,
        snapshot: IndexSnapshot | None = None,
    ) -> SearchResult:
        """Find the images closest to a query, or to several at once.

        With feedback, each query is moved by the same marks before it is compared, see
        ``core.feedback.follow``. An image that was marked as wrong does not come back, nor does
        another file with the same content; one that was marked as right is ranked like all others.

        Args:
            query: RGB, any size; one or several.
            k: How many matches; fewer come only where fewer images qualify.
            combine: Near all of several queries (``"all"``), or near any of them (``"any"``); see
                ``ExactIndex.search_together``.
            feedback: What was marked in an earlier answer; by default nothing.
            filters: Which images to compare; by default all.
            max_distance: No match is farther than this, 0 to 2; by default there is no limit.
            snapshot: The index to search; by default the newest of the gallery.

        Returns:
            The matches, nearest first.

        Raises:
            IndexNotFoundError: Nothing was indexed yet.
            IndexMismatchError: The index is of another feature space than the settings ask for.
            WeightsError: The weights of the index cannot be had.
            ConfigurationError: ``k`` is less than 1, ``max_distance`` is no distance, there is no
                query, no such combination, or an image that was marked is not in the index.
        """
        # Not a number fails this as well.
        if max_distance is not None and not max_distance >= 0:
            raise ConfigurationError(
                f"Expected a distance limit from 0 to 2. Received: max_distance={max_distance}"
            )
        snapshot = snapshot or self.require_snapshot()
        feedback = feedback or Feedback()
        right, wrong = (_rows_of(paths, snapshot) for paths in (feedback.right, feedback.wrong))
        self._extractor_of(snapshot.space).load()
        started = time.perf_counter()
        queries = [query] if isinstance(query, Image.Image) else query
        features = follow(
            self.describe(snapshot, queries), snapshot.matrix[right], snapshot.matrix[wrong]
        )
        among = filters.passing(snapshot.images) if filters else None
        if feedback.wrong:
            among = _without(wrong, snapshot, among)
        distances, rows = ExactIndex(snapshot.matrix).search_together(
            features, k, combine=combine, among=among
        )
        matches = tuple(
            Match(rank, snapshot.images[row].path, float(distance))
            for rank, (distance, row) in enumerate(zip(distances, rows, strict=True), 1)
            if max_distance is None or distance <= max_distance
        )
        searched = len(snapshot.images) if among is None else len(among)
        return SearchResult(matches, time.perf_counter() - started, searched)

    def describe(self, snapshot: IndexSnapshot, images: Sequence[Image.Image]) -> Array:
        """Describe images in the space of an index.

        Args:
            snapshot: The index.
            images: ``n`` RGB images of any size.

        Returns:
            ``(n, d)`` float32 unit rows, comparable with those of its matrix.

        Raises:
            IndexMismatchError: The index is of another feature space than the settings ask for.
            WeightsError: The weights of the index cannot be had.
        """
        return snapshot.process(self._extractor_of(snapshot.space).extract(images))

    def describe_all(
        self, snapshot: IndexSnapshot, images: Sequence[Image.Image]
    ) -> Mapping[str, Array]:
        """Describe images in every way that one pass gives, see ``features``.

        Args:
            snapshot: The index.
            images: ``n`` RGB images of any size.

        Returns:
            ``(n, d)`` float32 unit rows, as extracted, by the name of the descriptor.

        Raises:
            IndexMismatchError: The index is of another feature space than the settings ask for.
            WeightsError: The weights of the index cannot be had.
        """
        return self._extractor_of(snapshot.space).extract_all(images)

    def load(self) -> None:
        """Load the model of the index, so that the first search does not wait for it.

        Raises:
            IndexNotFoundError: Nothing was indexed yet.
            IndexMismatchError: The index is of another feature space than the settings ask for.
            WeightsError: The weights of the index cannot be had.
        """
        self._extractor_of(self.require_snapshot().space).load()

    def snapshot(self, gallery: str | None = None) -> IndexSnapshot | None:
        """The newest published index, also of another process; ``None`` where there is none.

        While the first gallery is being made, its ``first_look`` stands in.

        Args:
            gallery: Name of the gallery; see ``gallery_name``.

        Raises:
            FeatureStoreError: The features folder is damaged.
        """
        name = self.gallery_name(gallery)
        store = self._folder.current(name)
        if store is None:
            return self._first_look if name is None else None
        mark = store.published_mark()
        with self._lock:
            known, snapshot = self._snapshots.get(store.folder.name, (None, None))
            if mark != known:
                snapshot = store.snapshot()
                self._snapshots[store.folder.name] = (mark, snapshot)
            return snapshot

    def features(
        self,
        gallery: str | None = None,
        *,
        progress: ProgressCallback = lambda _: None,
    ) -> tuple[IndexSnapshot, Mapping[str, Array]]:
        """The features of all images of a gallery, for each descriptor that one pass gave.

        Args:
            gallery: Name of the gallery; see ``gallery_name``.
            progress: Called after each thousand images; what it raises ends the reading.

        Returns:
            The index, and ``(n, d)`` float32 unit rows in its order, as extracted, by the name of
            the descriptor, that of the index first.

        Raises:
            IndexNotFoundError: Nothing was indexed yet, or there is no such gallery.
            FeatureStoreError: The features folder is damaged.
        """
        snapshot, store = self.require_snapshot(gallery), self._store(gallery)
        features: dict[str, Array] = {}
        for row, image in enumerate(snapshot.images):
            if row % _IMAGES_A_STEP == 0:
                progress(Progress("reading", row, len(snapshot.images)))
            saved = store.all_of(image)
            if row == 0:
                shape = (len(snapshot.images), snapshot.space.dimension)
                features = {name: np.empty(shape, np.float32) for name in saved}
            # Of images that an older version indexed there is only the feature.
            features = {name: rows for name, rows in features.items() if name in saved}
            for name, rows in features.items():
                rows[row] = saved[name]
        return snapshot, features

    def require_snapshot(self, gallery: str | None = None) -> IndexSnapshot:
        """The newest published index.

        Args:
            gallery: Name of the gallery; see ``gallery_name``.

        Raises:
            IndexNotFoundError: Nothing was indexed yet, or there is no such gallery.
            FeatureStoreError: The features folder is damaged.
        """
        snapshot = self.snapshot(gallery)
        if snapshot is None:
            raise self._no_index(gallery)
        return snapshot

    def info(self, gallery: str | None = None, *, runs: int = 20) -> IndexInfo:
        """Describe the index of a gallery.

        Args:
            gallery: Its name; see ``gallery_name``.
            runs: How many of the last runs to include.

        Raises:
            IndexNotFoundError: Nothing was indexed yet, or there is no such gallery.
            FeatureStoreError: The features folder is damaged.
        """
        snapshot = self.require_snapshot(gallery)
        with self._store(gallery).catalog(reading=True) as catalog:
            return IndexInfo(
                gallery=self.gallery_name(gallery) or "",
                features=str(self._folder.path.resolve()),
                library=str(snapshot.library),
                images=len(snapshot.images),
                skipped=catalog.skipped(),
                space=snapshot.space,
                whitening=_dimension(snapshot),
                generation=snapshot.generation,
                published_at=snapshot.published_at,
                runs=tuple(catalog.runs(runs)),
            )

    def _choices(
        self, before: FeatureStore | None, descriptor: str | None, whiten: int | None
    ) -> _Choices:
        # What the user once chose for a gallery stays; what was the best there was at that time
        # makes room for what is better.
        settings = self.settings
        source, descriptor = settings.weights, descriptor or settings.descriptor
        size, whiten = settings.size, settings.whiten if whiten is None else whiten
        if before:
            space = before.space
            if source == "auto" and space.weights not in _MAKE_ROOM:
                source = space.weights
            if space.descriptor != default_descriptor(space.weights):
                descriptor = descriptor or space.descriptor
            whiten = _whitened_to(before) if whiten is None else whiten
            size = size or space.input_size
        chosen = descriptor_named(descriptor) if descriptor else None
        # Checked before weights are looked for, which may be a download.
        return _Choices(
            source,
            chosen,
            check_size(INPUT_SIZE if size is None else size, chosen),
            check_dimension(whiten or 0),
        )

    def _scan(self, library: Path) -> Scan:
        patterns = Patterns(self.settings.include, self.settings.exclude)
        return scan(library, leave_out=[self._folder.path], patterns=patterns)

    def _store(self, gallery: str | None) -> FeatureStore:
        store = self._folder.current(self.gallery_name(gallery))
        if store is None:
            raise self._no_index(gallery)
        return store

    def _no_index(self, gallery: str | None) -> IndexNotFoundError:
        name = gallery or self.settings.gallery
        known = self._folder.galleries()
        if name and known:
            return IndexNotFoundError(
                f"There is no such gallery: expected one of {', '.join(known)}. "
                f"Received: gallery={name!r}"
            )
        return IndexNotFoundError(
            f"There is no index yet: expected one in the features folder. "
            f"Received: {self._folder.path}. Index a folder of images first."
        )

    def _resolve(
        self, source: str, *, top: bool, progress: ProgressCallback = lambda _: None
    ) -> Weights:
        kernels = find_weights(
            source,
            top=top,
            base_url=self.settings.weights_url,
            progress=lambda done, total: progress(Progress("weights", done, total)),
        )
        if kernels.notice:
            logger.warning(kernels.notice)
        return kernels

    def _extractor_for(
        self,
        source: str,
        descriptor: Descriptor | None,
        size: int,
        progress: ProgressCallback = lambda _: None,
    ) -> FeatureExtractor:
        if descriptor and descriptor.layer is None:
            return PixelExtractor(descriptor.name)
        top = descriptor is not None and descriptor.needs_top
        kernels = self._resolve(source, top=top, progress=progress)
        name = descriptor.name if descriptor else default_descriptor(kernels.source)
        space = feature_space(kernels, name, size)
        with self._lock:
            if self._extractor is None or self._extractor.space != space:
                self._extractor = self._make_extractor(kernels, space, self.settings.precision)
            return self._extractor

    def _extractor_of(self, space: FeatureSpace) -> FeatureExtractor:
        extractor = self._extractor
        if extractor is not None and extractor.space == space:
            return extractor
        if (looked := self._first_look) and space == looked.space:
            return PixelExtractor(space.descriptor)
        if self.settings.descriptor not in (None, space.descriptor):
            raise _mismatch(space, f"descriptor {self.settings.descriptor!r}")
        if self.settings.size not in (None, space.input_size):
            raise _mismatch(space, f"size {self.settings.size}")
        # "auto" asks for whatever the index was made with.
        source = self.settings.weights if self.settings.weights != "auto" else space.weights
        descriptor = descriptor_named(space.descriptor)
        extractor = self._extractor_for(source, descriptor, space.input_size)
        if extractor.space != space:
            raise _mismatch(space, f"weights {source!r}")
        return extractor


def _rows_of(paths: Sequence[str], snapshot: IndexSnapshot) -> Rows:
    """The rows of images that were marked; of identical files one."""
    for path in paths:
        if path not in snapshot.row_of:
            raise ConfigurationError(
                "Expected the path of an image in the gallery, such as "
                f"{snapshot.images[0].path!r}. Received: {path!r}. Take it from an answer."
            )
    rows = {snapshot.images[row].id: row for row in map(snapshot.row_of.__getitem__, paths)}
    return np.array(sorted(rows.values()), np.int64)


def _without(wrong: Rows, snapshot: IndexSnapshot, among: Rows | None) -> Rows:
    """The rows to compare, without the pictures that are wrong, wherever they lie."""
    gone = {snapshot.images[row].id for row in wrong}
    rows = range(len(snapshot.images)) if among is None else among
    return np.array([row for row in rows if snapshot.images[row].id not in gone], np.int64)


def _whitened_to(store: FeatureStore) -> int:
    return _dimension(store.readable_snapshot())


def _dimension(snapshot: IndexSnapshot | None) -> int:
    return snapshot.whitening.dimension if snapshot and snapshot.whitening else 0


def _mismatch(space: FeatureSpace, received: str) -> IndexMismatchError:
    return IndexMismatchError(
        f"The index was made in another feature space: expected {space}. Received: {received}. "
        "Rebuild the index, or search with what it was made with."
    )
