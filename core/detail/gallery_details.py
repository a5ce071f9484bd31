"""The detail index of a gallery: making it, what it costs, what there is, and opening it."""

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..errors import FeatureStoreError, IndexNotFoundError
from ..feature_store import FeaturesFolder, IndexSnapshot
from ..model import INPUT_SIZE, LAST_MAPS, STRIDE, descriptor_named
from ..program import COMMAND
from ..sizes import size_in_words
from .compression import DIMENSION
from .detail_index import DetailIndex
from .detail_store import DetailStore
from .regions import PICTURE_SIDE, all_regions

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

    def __str__(self) -> str:
        if not self.pictures:
            return "none, so parts cannot be searched for; see index --detail"
        missing = f", {self.missing:,} missing" if self.missing else ""
        return f"of {self.pictures:,} pictures{missing}, {size_in_words(self.size)}"

    @property
    def cost(self) -> str:
        """What an update takes, in words."""
        minutes = max(round(self.seconds / 60), 1)
        return (
            f"Describing the parts of {self.missing:,} pictures takes about {minutes:,} "
            f"minute{'' if minutes == 1 else 's'} and {size_in_words(self.added)}."
        )


def finds_parts(snapshot: IndexSnapshot) -> bool:
    """Whether a gallery can have a detail index: its features are of ``block5_pool``."""
    layer = descriptor_named(snapshot.space.descriptor).layer
    return not snapshot.provisional and layer == LAST_MAPS


def detail_info(
    store: DetailStore, snapshot: IndexSnapshot, images_per_second: float = 0.0
) -> DetailInfo:
    """Describe the detail index of a gallery; a damaged one counts as none.

    The time is estimated from the rate of the last indexing run, ``images_per_second``, while no
    run has made details.
    """
    there, rate = set(), 0.0
    with suppress(FeatureStoreError):
        if published := store.published():
            there = set(open_details(store).table.ids.tolist())
            rate = published.images_per_second
    missing = len(set(snapshot.images.ids.tolist()) - there)
    # The network sees so many times as many pixels.
    larger = (PICTURE_SIDE / INPUT_SIZE) ** 2
    rate = rate or images_per_second / larger or _IMAGES_PER_SECOND
    side = PICTURE_SIDE // STRIDE
    added = missing * len(all_regions(side, side)) * DIMENSION // 2
    return DetailInfo(len(there), missing, store.size, missing / rate, added)


def open_details(store: DetailStore) -> DetailIndex:
    """The published detail index of a gallery.

    Raises:
        IndexNotFoundError: There is none yet.
        FeatureStoreError: It is damaged.
    """
    # A publication deletes the files of the one before, which may just be opened.
    while (before := store.publication_id()) is not None:
        try:
            return _opened(store.folder, before)
        except FeatureStoreError:
            if store.publication_id() == before:
                raise
    raise IndexNotFoundError(
        "There is no detail index yet: expected one, to find a part of a picture. Received: none. "
        f"Make it with `{COMMAND} index --detail`, or by the button on the Search page."
    )


@lru_cache(maxsize=2)
def _opened(folder: Path, _publication: tuple[int, int]) -> DetailIndex:
    store = DetailStore(folder)
    published = store.published()
    assert published is not None  # it has a publication id
    table, _ = store.table(published)
    return DetailIndex(table, store.compression(published.compression))


def details_store(features: FeaturesFolder, snapshot: IndexSnapshot) -> DetailStore:
    """Where the details of a gallery are: another descriptor of the same pass has the same ones."""
    store = features.current(features.gallery_of(snapshot.library))
    stores = [store, *features.sibling_stores(store)] if store else []
    details = [DetailStore(one.folder / FOLDER_NAME) for one in stores]
    return next((one for one in details if one.exists), details[0])
