"""Search by image: wires the parts together and swaps index snapshots."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from core import gallery, offline, weights
from core.config import DEFAULT_MATCHES, Settings
from core.descriptors import DEFAULT_DESCRIPTOR, descriptor_named
from core.errors import IndexingCancelledError, IndexMismatchError, IndexNotFoundError
from core.extractor import FeatureExtractor, VGG16Extractor, feature_space
from core.feature_store import FeaturesFolder, FeatureStore, IndexSnapshot, check, mend
from core.indexes import ExactIndex
from core.types import (
    Damage,
    FeatureSpace,
    IndexReport,
    Match,
    Progress,
    ProgressCallback,
    SearchResult,
    Skipped,
)
from core.weights import Weights

logger = logging.getLogger(__name__)

ExtractorFactory = Callable[[Weights, str, str], FeatureExtractor]


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What is known of the index that is searched.

    Attributes:
        features: Absolute path of the features folder.
        library: Absolute path of the folder of images.
        images: Images that the index answers with.
        skipped: Files left out, with reasons.
        space: The feature space.
        generation: Number of the published index.
        published_at: UTC, ISO 8601.
        runs: The last runs, newest first; see ``Catalog.runs``.
    """

    features: str
    library: str
    images: int
    skipped: tuple[Skipped, ...]
    space: FeatureSpace
    generation: int
    published_at: str
    runs: tuple[dict[str, Any], ...]


def vgg16_extractor(weights: Weights, descriptor: str, precision: str) -> FeatureExtractor:
    """The default extractor factory."""
    return VGG16Extractor(weights, descriptor=descriptor, precision=precision)


class ImageSearchEngine:
    """Indexes a folder of images and finds the closest ones to a query.

    Safe to share between threads: a search works on the snapshot it started with, and never waits
    for an indexing run.

    Args:
        settings: Features folder, weights, descriptor, precision.
        make_extractor: Makes the feature extractor; called with weights, descriptor, precision.
    """

    def __init__(
        self, settings: Settings, *, make_extractor: ExtractorFactory = vgg16_extractor
    ) -> None:
        self.settings = settings
        self._make_extractor = make_extractor
        self._folder = FeaturesFolder(settings.features)
        self._lock = threading.Lock()
        self._mark: object = None
        self._snapshot: IndexSnapshot | None = None
        self._extractor: FeatureExtractor | None = None

    def index(
        self,
        library: Path,
        *,
        rebuild: bool = False,
        progress: ProgressCallback = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> IndexReport:
        """Bring the features of a library up to date, then search that library.

        Args:
            library: Folder of images.
            rebuild: Whether to extract every image anew.
            progress: Called after each step.
            cancelled: Asked between batches.

        Returns:
            What was done.

        Raises:
            LibraryError: The folder is missing, unreadable or has no readable image.
            ConfigurationError: There is no such descriptor or precision.
            WeightsError: The weights cannot be had or do not fit.
            BusyError: Another run is writing to the features folder.
            FeatureStoreError: The features folder is damaged or cannot be written.
            IndexingCancelledError: ``cancelled`` said so.
        """
        # Unlike Path.resolve, this takes a link loop as it is, for the scan to complain of.
        library = Path(os.path.realpath(library.expanduser()))
        descriptor = self.settings.descriptor or DEFAULT_DESCRIPTOR
        descriptor_named(descriptor)

        def step(now: Progress) -> None:
            if cancelled():
                raise IndexingCancelledError("Stopped before anything was extracted.")
            progress(now)

        step(Progress("scanning"))
        scan = gallery.scan(library, leave_out=[self._folder.path])
        with self._folder.writing():
            kernels = self._resolve(self.settings.weights, descriptor, step)
            extractor = self._extractor_with(kernels, descriptor)
            store = self._folder.store_for(library, extractor.space)
            report = offline.update(
                store,
                scan,
                extractor,
                rebuild=rebuild,
                progress=progress,
                cancelled=cancelled,
            )
            self._folder.set_current(store)
        return report

    def has_index(self) -> bool:
        """Whether a folder was ever indexed, sound or not.

        Raises:
            FeatureStoreError: The features folder is damaged beyond its store.
        """
        return self._folder.current() is not None

    def check(self) -> tuple[Damage, ...]:
        """Look for damage in the features of the gallery that is searched.

        Raises:
            IndexNotFoundError: Nothing was indexed yet.
            FeatureStoreError: The features folder is damaged beyond its store.
        """
        return check(self._current_store())

    def repair(self, *, progress: ProgressCallback = lambda _: None) -> IndexReport:
        """Extract anew what is damaged or missing, and publish a sound index.

        Args:
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
        with self._folder.writing():
            store = self._current_store()
            scan = gallery.scan(store.library, leave_out=[self._folder.path])
            mend(store, check(store))
            return offline.update(store, scan, self._extractor_of(store.space), progress=progress)

    def search(
        self,
        query: Image.Image,
        k: int = DEFAULT_MATCHES,
        *,
        snapshot: IndexSnapshot | None = None,
    ) -> SearchResult:
        """Find the images closest to a query.

        Args:
            query: RGB, any size.
            k: How many matches; fewer come where the gallery has fewer images.
            snapshot: The index to search; the newest by default.

        Returns:
            The matches, nearest first.

        Raises:
            IndexNotFoundError: Nothing was indexed yet.
            IndexMismatchError: The index is of another feature space than the settings ask for.
            WeightsError: The weights of the index cannot be had.
            ConfigurationError: ``k`` is less than 1.
        """
        started = time.perf_counter()
        snapshot = snapshot or self.require_snapshot()
        feature = self._extractor_of(snapshot.space).extract([query])
        distances, rows = ExactIndex(snapshot.matrix).search(feature, k)
        matches = tuple(
            Match(rank, snapshot.images[row].path, float(distance))
            for rank, (distance, row) in enumerate(zip(distances[0], rows[0], strict=True), 1)
        )
        return SearchResult(matches, time.perf_counter() - started, len(snapshot.images))

    def load(self) -> None:
        """Load the model of the index, so that the first search does not wait for it.

        Raises:
            IndexNotFoundError: Nothing was indexed yet.
            IndexMismatchError: The index is of another feature space than the settings ask for.
            WeightsError: The weights of the index cannot be had.
        """
        self._extractor_of(self.require_snapshot().space).load()

    def snapshot(self) -> IndexSnapshot | None:
        """The newest published index, also of another process; ``None`` where there is none.

        Raises:
            FeatureStoreError: The features folder is damaged.
        """
        store = self._folder.current()
        mark = store and (store.folder, store.published_mark())
        with self._lock:
            if mark != self._mark:
                self._snapshot = store.snapshot() if store else None
                self._mark = mark
            return self._snapshot

    def require_snapshot(self) -> IndexSnapshot:
        """The newest published index.

        Raises:
            IndexNotFoundError: Nothing was indexed yet.
            FeatureStoreError: The features folder is damaged.
        """
        snapshot = self.snapshot()
        if snapshot is None:
            raise self._no_index()
        return snapshot

    def info(self, *, runs: int = 10) -> IndexInfo:
        """Describe the index that is searched.

        Args:
            runs: How many of the last runs to include.

        Raises:
            IndexNotFoundError: Nothing was indexed yet.
            FeatureStoreError: The features folder is damaged.
        """
        snapshot = self.require_snapshot()
        with self._current_store().catalog() as catalog:
            return IndexInfo(
                features=str(self._folder.path.resolve()),
                library=str(snapshot.library),
                images=len(snapshot.images),
                skipped=catalog.skipped(),
                space=snapshot.space,
                generation=snapshot.generation,
                published_at=snapshot.published_at,
                runs=tuple(catalog.runs(runs)),
            )

    def _current_store(self) -> FeatureStore:
        store = self._folder.current()
        if store is None:
            raise self._no_index()
        return store

    def _no_index(self) -> IndexNotFoundError:
        return IndexNotFoundError(
            f"There is no index yet: expected one in the features folder. "
            f"Received: {self._folder.path}. Index a folder of images first."
        )

    def _resolve(
        self, source: str, descriptor: str, progress: ProgressCallback = lambda _: None
    ) -> Weights:
        kernels = weights.resolve(
            source,
            top=descriptor_named(descriptor).needs_top,
            base_url=self.settings.weights_url,
            progress=lambda done, total: progress(Progress("weights", done, total)),
        )
        if kernels.notice:
            logger.warning(kernels.notice)
        return kernels

    def _extractor_with(self, kernels: Weights, descriptor: str) -> FeatureExtractor:
        with self._lock:
            if self._extractor is None or self._extractor.space != feature_space(
                kernels, descriptor
            ):
                self._extractor = self._make_extractor(kernels, descriptor, self.settings.precision)
            return self._extractor

    def _extractor_of(self, space: FeatureSpace) -> FeatureExtractor:
        extractor = self._extractor
        if extractor is not None and extractor.space == space:
            return extractor
        if self.settings.descriptor not in (None, space.descriptor):
            raise _mismatch(space, f"descriptor {self.settings.descriptor!r}")
        # "auto" asks for whatever the index was made with.
        source = self.settings.weights if self.settings.weights != "auto" else space.weights
        kernels = self._resolve(source, space.descriptor)
        if kernels.digest != space.weights_digest:
            raise _mismatch(space, f"weights {source!r}")
        return self._extractor_with(kernels, space.descriptor)


def _mismatch(space: FeatureSpace, received: str) -> IndexMismatchError:
    return IndexMismatchError(
        f"The index was made in another feature space: expected {space}. Received: {received}. "
        "Rebuild the index, or search with what it was made with."
    )
