"""The detail index of a gallery: making it, what it costs, what there is, and opening it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.detail.compression import DIMENSION
from core.detail.detail_index import DetailIndex
from core.detail.detail_store import DetailStore
from core.detail.regions import PICTURE_SIDE, all_regions
from core.detail.update import DetailReport, update_store
from core.engine import ImageSearchEngine
from core.errors import FeatureStoreError, IndexNotFoundError
from core.feature_store import FeaturesFolder, IndexSnapshot
from core.model import INPUT_SIZE, STRIDE
from core.types import ProgressCallback

FOLDER_NAME = "details"
# Where no run has measured it.
_IMAGES_PER_SECOND = 7.0


@dataclass(frozen=True)
class DetailInfo:
    """What there is of a detail index, and what an update would take.

    Attributes:
        pictures: Number of pictures in it; 0 if there is none yet.
        missing: Number of pictures of the gallery that are not in it.
        size: Of its files, in bytes.
        seconds: Time to describe the missing ones, about.
        added: Bytes of their files, at most.
    """

    pictures: int
    missing: int
    size: int
    seconds: float
    added: int


def update_details(
    engine: ImageSearchEngine,
    snapshot: IndexSnapshot,
    *,
    rebuild: bool = False,
    progress: ProgressCallback = lambda _: None,
) -> DetailReport:
    """Make the detail index of a gallery, or bring it up to date; see ``update_store``."""
    features = FeaturesFolder(engine.settings.features)
    with features.writing():
        return update_store(
            _store(features, snapshot),
            snapshot,
            engine.extractor_of(snapshot),
            rebuild=rebuild,
            progress=progress,
        )


def has_details(engine: ImageSearchEngine, snapshot: IndexSnapshot) -> bool:
    """Whether the gallery has a detail index, complete or not."""
    return _store(FeaturesFolder(engine.settings.features), snapshot).exists


def detail_info(
    engine: ImageSearchEngine, snapshot: IndexSnapshot, images_per_second: float = 0.0
) -> DetailInfo:
    """Describe the detail index of a gallery.

    Args:
        engine: Of the gallery.
        snapshot: The index of the gallery.
        images_per_second: Of its last indexing run, from which the time is estimated while no run
            has made details.
    """
    store = _store(FeaturesFolder(engine.settings.features), snapshot)
    published = store.published()
    pictures, rate = (published.pictures, published.images_per_second) if published else (0, 0.0)
    there = set(open_details(engine, snapshot).table.ids.tolist()) if published else set()
    missing = len(set(snapshot.images.ids.tolist()) - there)
    # The network sees so many times as many pixels.
    larger = (PICTURE_SIDE / INPUT_SIZE) ** 2
    rate = rate or images_per_second / larger or _IMAGES_PER_SECOND
    side = PICTURE_SIDE // STRIDE
    added = missing * len(all_regions(side, side)) * DIMENSION // 2
    return DetailInfo(pictures, missing, store.size, missing / rate, added)


def open_details(engine: ImageSearchEngine, snapshot: IndexSnapshot) -> DetailIndex:
    """The published detail index of a gallery.

    Raises:
        IndexNotFoundError: There is none yet.
        FeatureStoreError: It is damaged.
    """
    store = _store(FeaturesFolder(engine.settings.features), snapshot)
    # A publication deletes the files of the one before, which may just be opened.
    while (before := store.publication_id()) is not None:
        try:
            return _opened(store.folder, before)
        except FeatureStoreError:
            if store.publication_id() == before:
                raise
    raise IndexNotFoundError(
        "There is no detail index yet: expected one, to find a part of a picture. Received: "
        f"{len(snapshot.images):,} images without one. Make it with `python -m core index "
        "--detail`, or by the button on the Search page."
    )


@lru_cache(maxsize=2)
def _opened(folder: Path, _publication: tuple[int, int]) -> DetailIndex:
    store = DetailStore(folder)
    published = store.published()
    assert published is not None  # it has a publication id
    table, _ = store.table(published)
    return DetailIndex(table, store.compression(published.compression))


def _store(features: FeaturesFolder, snapshot: IndexSnapshot) -> DetailStore:
    """The details of a gallery, which stay the same with another descriptor of the same pass."""
    store = features.current(features.gallery_of(snapshot.library))
    stores = [store, *features.sibling_stores(store)] if store else []
    details = [DetailStore(one.folder / FOLDER_NAME) for one in stores]
    return next((one for one in details if one.exists), details[0])
