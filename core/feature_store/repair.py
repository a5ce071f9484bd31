"""Find what is damaged in a feature store, and delete it so that an update makes it anew."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..errors import FeatureStoreError
from ..model import NONE
from ..types import Array, Damage, ImageRecord
from .arrays import checksum
from .publication import IndexMaker
from .snapshot import INDEX_NAME, IndexSnapshot, index_file
from .store import FeatureStore

UNIT_LENGTH_TOLERANCE = 1e-3
# Largest difference between two computations of the same fitted row.
ROW_TOLERANCE = 1e-4


def find_damage(
    store: FeatureStore, maker: IndexMaker | None = None, *, needs_arrays: bool = True
) -> tuple[Damage, ...]:
    """What is damaged: each array is compared with the catalog, the matrix with the arrays.

    ``maker`` checks the approximate index; by default it is not checked. Without ``needs_arrays``
    it is no damage if all arrays are missing: they are taken to be on another machine, which is a
    ``FeatureStoreError``.
    """
    if not needs_arrays:
        store.require_arrays()
    records = _records(store)
    if not records:
        return (Damage(store.catalog_path.name, "the catalog is missing, empty or damaged"),)
    problems = ((record.path, _problem(store, record)) for record in records)
    damaged = [Damage(image, problem) for image, problem in problems if problem]
    return (*damaged, *_unknown_arrays(store, records), *_index_damage(store, maker))


def delete_damaged(store: FeatureStore, damages: Sequence[Damage]) -> None:
    """Delete what ``find_damage`` found, and rebuild a lost catalog from the index.

    An update of the store then extracts what is missing and publishes a sound index. Nobody else
    may write to the store meanwhile.
    """
    for damage in damages:
        if damage.what == store.catalog_path.name:
            _rebuild_catalog(store)
        elif damage.what == INDEX_NAME:
            (store.folder / INDEX_NAME).unlink(missing_ok=True)
        elif damage.what in (path.name for path in store.folder.glob("approximate-*")):
            (store.folder / damage.what).unlink(missing_ok=True)
        else:
            store.remove([damage.what])


def _records(store: FeatureStore) -> tuple[ImageRecord, ...]:
    # Opening a missing catalog would create it.
    if not store.catalog_path.exists():
        return ()
    try:
        with store.catalog(reading=True) as catalog:
            return catalog.images()
    except FeatureStoreError:
        return ()


def _problem(store: FeatureStore, record: ImageRecord) -> str | None:
    try:
        feature = store.load(record.path)
    except FeatureStoreError:
        return "its feature is missing, cut or of the wrong form"
    if not np.isfinite(feature).all():
        return "its feature holds numbers that are not finite"
    if abs(np.linalg.norm(feature) - 1) > UNIT_LENGTH_TOLERANCE:
        return "its feature is not of length 1"
    if checksum(feature) != record.checksum:
        return "its feature is not the one that was saved"
    if not store.is_sound(record):
        return "what was saved beside its feature, for other descriptors, is cut or damaged"
    return None


def _unknown_arrays(store: FeatureStore, records: Sequence[ImageRecord]) -> Iterator[Damage]:
    for name in store.stray_arrays(record.path for record in records):
        problem = "there is a feature of it, but the catalog does not know it"
        yield Damage(store.names.image_of(name), problem)


def _index_damage(store: FeatureStore, maker: IndexMaker | None) -> Iterator[Damage]:
    try:
        snapshot = store.snapshot()
    except FeatureStoreError:
        yield Damage(INDEX_NAME, "the index or its matrix is missing or damaged")
        return
    if snapshot is None:
        return
    for image, row in zip(snapshot.images, snapshot.matrix, strict=True):
        if not _is_row_of(image, row, store, snapshot):
            yield Damage(INDEX_NAME, "the matrix is not the one that was published")
            return
    # An older version published none, and no record of what taught the fit.
    if snapshot.extracted is not None or len(snapshot.fit.taught):
        checksums = (image.checksum for image in snapshot.images)
        extracted = snapshot.extracted if snapshot.extracted is not None else ()
        if [*checksums] != [checksum(row) for row in extracted]:
            yield Damage(INDEX_NAME, "the features as extracted are missing or damaged")
            return
    if maker and (problem := _approximate_problem(snapshot, maker)):
        path = index_file(store.folder, "approximate", snapshot.generation)
        yield Damage(path.name, problem)


def _approximate_problem(snapshot: IndexSnapshot, maker: IndexMaker) -> str | None:
    if snapshot.approximate:
        problem = maker.problem(snapshot.approximate, snapshot.matrix)
        return problem and f"the approximate index cannot be used: {problem}"
    return "the approximate index is missing" if maker.wanted(len(snapshot.images)) else None


def _is_row_of(
    image: ImageRecord, row: Array, store: FeatureStore, snapshot: IndexSnapshot
) -> bool:
    if snapshot.fit.choice.kind == NONE:
        return checksum(row) == image.checksum
    try:
        feature = store.load_checked(image)
    except FeatureStoreError:
        # The array is damaged, so the row cannot be checked.
        return True
    return bool(np.allclose(snapshot.fit.apply(feature[None])[0], row, atol=ROW_TOLERANCE))


def _rebuild_catalog(store: FeatureStore) -> None:
    for path in store.folder.glob(f"{store.catalog_path.name}*"):
        path.unlink()
    snapshot = store.readable_snapshot()
    if snapshot is None:
        return
    with store.catalog() as catalog:
        catalog.add_images(snapshot.images)
    # Arrays that the index does not know, or that differ from it, have no record any more.
    delete_damaged(store, find_damage(store))
