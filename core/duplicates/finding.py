"""Find the duplicates of a gallery: candidates by features, decided by local features."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor

from core.duplicates.candidates import candidate_pairs
from core.duplicates.contents import Contents, contents_of
from core.duplicates.links import Links
from core.duplicates.moments import moment_pairs
from core.duplicates.verification import (
    SIDE,
    LocalFeatures,
    is_same_picture,
    local_features,
)
from core.errors import ImageError
from core.feature_store import IndexSnapshot
from core.images import load_file
from core.types import ImageRecord, Progress, ProgressCallback, Stage

# Pairs, or images, that are looked at before the progress is told.
_AT_ONCE = 256
# Pictures whose local features are kept: some 100 kB each.
_KEPT = 3_000

Pair = tuple[ImageRecord, ImageRecord]


def find_duplicates(
    snapshot: IndexSnapshot,
    known: Links | None = None,
    *,
    progress: ProgressCallback = lambda _: None,
) -> Links:
    """The links between the images of an index.

    An image whose file is gone, unreadable or changed since it was indexed has none.

    Args:
        snapshot: The index.
        known: Found before: images that were compared then are not compared again.
        progress: Called after some pairs; ends the search by raising ``Cancelled``.
    """
    known = known or Links()
    images = snapshot.images
    ids = [one.decode() for one in images.ids.tolist()]
    new = [
        (images[one], images[other])
        for one, other in candidate_pairs(snapshot).tolist()
        if not known.examined.issuperset((ids[one], ids[other]))
    ]
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="duplicates") as pool:
        pictures = _Pictures(snapshot, pool)
        same = set(known.same)
        for start in range(0, len(new), _AT_ONCE):
            progress(Progress(Stage.COMPARING, start, len(new)))
            same.update(_verified(pictures, new[start : start + _AT_ONCE], pool))
        moment = {_key(images[one], images[other]) for one, other in moment_pairs(snapshot)}
        linked = {one for pair in same | moment for one in pair} & {*ids}
        conditions = _conditions(
            snapshot, linked.union(images.repeated_ids()), known, pool, progress
        )
    return Links(frozenset(same), frozenset(moment - same), frozenset(ids), conditions)


class _Pictures:
    """The local features of the pictures that were used last."""

    def __init__(self, snapshot: IndexSnapshot, pool: Executor) -> None:
        self._library = snapshot.library
        self._pool = pool
        self._known: OrderedDict[str, LocalFeatures | None] = OrderedDict()

    def of(self, images: Iterable[ImageRecord]) -> dict[str, LocalFeatures | None]:
        """The local features of images by id; ``None`` for one that cannot be read."""
        wanted = {image.id: image for image in images}
        new = [image for image_id, image in wanted.items() if image_id not in self._known]
        self._known.update(
            zip((image.id for image in new), self._pool.map(self._load, new), strict=True)
        )
        for image_id in wanted:
            self._known.move_to_end(image_id)
        found = {image_id: self._known[image_id] for image_id in wanted}
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found

    def _load(self, image: ImageRecord) -> LocalFeatures | None:
        try:
            _, loaded = load_file(
                self._library / image.path, enough=SIDE, unless=lambda found: found != image.id
            )
        except ImageError:
            return None
        return local_features(loaded.pixels) if loaded else None


def _verified(
    pictures: _Pictures, pairs: Sequence[Pair], pool: Executor
) -> Iterator[tuple[str, str]]:
    found = pictures.of(image for pair in pairs for image in pair)

    def is_same(pair: Pair) -> bool:
        one, other = (found[image.id] for image in pair)
        return one is not None and other is not None and is_same_picture(one, other)

    for pair, same in zip(pairs, pool.map(is_same, pairs), strict=True):
        if same:
            yield _key(*pair)


def _conditions(
    snapshot: IndexSnapshot,
    wanted: Collection[str],
    known: Links,
    pool: Executor,
    progress: ProgressCallback,
) -> dict[str, Contents]:
    conditions = {one: known.conditions[one] for one in wanted if one in known.conditions}
    new = sorted(set(wanted) - conditions.keys())

    def read(image_id: str) -> Contents | None:
        image = snapshot.with_id(image_id)
        assert image is not None
        try:
            return contents_of(snapshot.library / image.path, image_id)
        except ImageError:
            return None

    for start in range(0, len(new), _AT_ONCE):
        progress(Progress(Stage.CONDITIONS, start, len(new)))
        part = new[start : start + _AT_ONCE]
        found = zip(part, pool.map(read, part), strict=True)
        conditions.update((image_id, one) for image_id, one in found if one)
    return conditions


def _key(one: ImageRecord, other: ImageRecord) -> tuple[str, str]:
    return (one.id, other.id) if one.id < other.id else (other.id, one.id)
