"""Publication of a snapshot to a Milvus server, and what differs there."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...errors import IndexServerError
from ...feature_store import IndexSnapshot
from ...types import Progress, ProgressCallback, Stage
from ..exact import closest_rows
from ..options import SearchOptions
from .collections import (
    FLAT,
    GENERATION,
    HNSW,
    KIND,
    RECALL,
    Collected,
    Identity,
    alias_of,
    check_kind,
    collected,
    count_in,
    create,
    names_of,
)
from .connection import SECONDS_TO_LOAD, MilvusConnection
from .index import MilvusIndex
from .schema import KEY, KEY_DIGITS, STAMP, VECTOR, entity_of, from_to, key_of, stamp_of

# Images in one request.
_AT_ONCE = 2000
# Keys of one request; Milvus answers with at most 16,384.
_KEYS_AT_ONCE = 8000
# Each time makes the server a segment, which it must merge with others later.
_WORTH_SEALING = 10_000
_SECONDS_TO_POLL = 0.5
_STRONG = {"consistency_level": "Strong"}
# To measure the recall of HNSW.
_SAMPLE, _RECALL_AT = 100, 30

Keys = NDArray[np.bytes_]
Stamps = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Published:
    """Outcome of a publication.

    Attributes:
        images: Number of images on the server.
        upserted: Number of those that were new there or differed.
        deleted: Number of images that were there and are gone.
        recall: Share of the 30 nearest that an approximate index finds; ``None`` for an exact one.
    """

    images: int
    upserted: int
    deleted: int
    recall: float | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """How a collection differs from a snapshot, in images.

    Attributes:
        missing: Not on the server.
        changed: There with other features or another record.
        gone: There, but not in the snapshot.
    """

    missing: int
    changed: int
    gone: int

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed or self.gone)

    def __str__(self) -> str:
        if not self:
            return "the same images"
        return f"{self.missing:,} missing, {self.changed:,} changed, {self.gone:,} too many"


def publish(
    server: MilvusConnection,
    gallery: str,
    snapshot: IndexSnapshot,
    *,
    kind: str = FLAT,
    rebuild: bool = False,
    progress: ProgressCallback = lambda _: None,
) -> Published:
    """Bring the collection of a gallery up to date with a snapshot.

    What was added or changed is upserted and what is gone is deleted, found by comparing with what
    the server has; so an interrupted publication is completed by the next one. A rebuild, another
    space, fit or kind fills a second collection, and then an alias switches to it at once.

    Raises:
        ConfigurationError: There is no such kind.
        IndexServerError: The server did not keep all images.
    """
    check_kind(kind)
    alias, identity = alias_of(gallery), Identity.of(snapshot)
    wanted = {**identity.properties, KIND: kind}
    searched = collected(server, alias)
    if searched and searched.has(wanted) and not rebuild:
        target = searched
    else:
        target = _second(server, gallery, identity, kind, searched, afresh=rebuild)
    upserted, deleted = _synchronise(server, target.name, snapshot, progress)
    _check_complete(server, target.name, len(snapshot.images))
    if upserted >= _WORTH_SEALING:
        _seal(server, target.name)
    server.ask("alter_collection_properties", target.name, {GENERATION: str(snapshot.generation)})
    if searched is None:
        server.ask("create_alias", target.name, alias)
    elif searched.name != target.name:
        server.ask("alter_alias", target.name, alias)
    for name in names_of(gallery):
        if name != target.name:
            server.ask("drop_collection", name)
    recall = None
    if kind == HNSW:
        recall = _recall(MilvusIndex(server, gallery, snapshot), snapshot)
        server.ask("alter_collection_properties", target.name, {RECALL: f"{recall:.3f}"})
    return Published(len(snapshot.images), upserted, deleted, recall)


def difference(server: MilvusConnection, gallery: str, snapshot: IndexSnapshot) -> Difference:
    """How the collection that is searched differs from a snapshot, image by image."""
    found = collected(server, alias_of(gallery))
    expected = Identity.of(snapshot).properties
    if found is None or not found.has(expected):
        return Difference(len(snapshot.images), 0, 0)
    keys, stamps = _stored(server, found.name)
    own = _keys_of(snapshot)
    missing = changed = 0
    for _, known, same in _compared(snapshot, own, keys, stamps):
        missing += int(np.count_nonzero(~known))
        changed += int(np.count_nonzero(known & ~same))
    return Difference(missing, changed, len(np.setdiff1d(keys, own)))


def _second(
    server: MilvusConnection,
    gallery: str,
    identity: Identity,
    kind: str,
    searched: Collected | None,
    *,
    afresh: bool,
) -> Collected:
    """The collection of a gallery that is not searched, for rows of an identity."""
    name = next(name for name in names_of(gallery) if searched is None or name != searched.name)
    found = collected(server, name)
    if found and found.has({**identity.properties, KIND: kind}) and not afresh:
        return found
    server.ask("drop_collection", name)
    return create(server, name, gallery, identity, kind)


def _synchronise(
    server: MilvusConnection, name: str, snapshot: IndexSnapshot, progress: ProgressCallback
) -> tuple[int, int]:
    """Make a collection hold the images of a snapshot; the numbers of upserted and deleted."""
    keys, stamps = _stored(server, name)
    own = _keys_of(snapshot)
    gone = np.setdiff1d(keys, own)
    for some in _batches(len(gone)):
        ids = [key.decode() for key in gone[some].tolist()]
        server.ask("delete", name, ids=ids, seconds=SECONDS_TO_LOAD)
    upserted = 0
    for start, known, same in _compared(snapshot, own, keys, stamps):
        progress(Progress(Stage.STACKING, start, len(own)))
        entities = [
            entity_of(snapshot.images, row, snapshot.matrix[row])
            for row in (np.flatnonzero(~(known & same)) + start).tolist()
        ]
        if entities:
            server.ask("upsert", name, data=entities, seconds=SECONDS_TO_LOAD)
            upserted += len(entities)
    return upserted, len(gone)


def _check_complete(server: MilvusConnection, name: str, expected: int) -> None:
    # Strong: everything that was written before is counted, and in the answers from then on.
    count = count_in(server, name, seconds=SECONDS_TO_LOAD, **_STRONG)
    if count != expected:
        raise IndexServerError(
            f"The index server did not keep all images: expected {expected:,} at "
            f"{server.access.url}. Received: {count:,}. Index the gallery again with --rebuild."
        )


def _seal(server: MilvusConnection, name: str) -> None:
    """Have the server write what was added to its storage, where it is searched in half the time.

    Returns when the index of it is built.
    """
    server.ask("flush", name, seconds=SECONDS_TO_LOAD)
    while server.ask("describe_index", name, VECTOR)["pending_index_rows"]:
        time.sleep(_SECONDS_TO_POLL)


def _recall(index: MilvusIndex, snapshot: IndexSnapshot) -> float:
    """The share of the nearest images to some of the gallery's own that the server finds."""
    count, options = min(_SAMPLE, len(snapshot.images)), SearchOptions(k=_RECALL_AT)
    shares = []
    for row in np.linspace(0, len(snapshot.images) - 1, count).astype(int).tolist():
        query = np.asarray(snapshot.matrix[row : row + 1])
        _, rows = closest_rows(snapshot.matrix, query, _RECALL_AT)
        expected = {snapshot.images[near].path for near in rows.tolist()}
        found = {image.path for image in index.search(query, options).images}
        shares.append(len(expected & found) / len(expected))
    return float(np.mean(shares))


def _keys_of(snapshot: IndexSnapshot) -> Keys:
    keys = [key_of(image.path) for image in snapshot.images]
    return np.array(keys, f"S{KEY_DIGITS}")


def _compared(
    snapshot: IndexSnapshot, own: Keys, keys: Keys, stamps: Stamps
) -> Iterator[tuple[int, NDArray[np.bool_], NDArray[np.bool_]]]:
    """For each batch of rows the first, whether each is stored, and whether with its stamp.

    The stored keys ascend.
    """
    for rows in _batches(len(own)):
        pairs = zip(snapshot.images[rows], snapshot.matrix[rows], strict=True)
        own_stamps = np.array([stamp_of(image, row) for image, row in pairs], np.int64)
        places = np.searchsorted(keys[:-1], own[rows])
        known = keys[places] == own[rows] if len(keys) else np.zeros(len(own_stamps), bool)
        yield rows.start, known, known & (stamps[places] == own_stamps if len(keys) else False)


def _stored(server: MilvusConnection, name: str) -> tuple[Keys, Stamps]:
    """The keys of a collection, ascending, and their stamps."""
    # Strong at first; the same server answers no older state after that.
    count = count_in(server, name, seconds=SECONDS_TO_LOAD, **_STRONG)
    keys: list[Keys] = [np.empty(0, f"S{KEY_DIGITS}")]
    stamps: list[Stamps] = [np.empty(0, np.int64)]
    for first, end in pairwise([*_bounds(count), ""]):
        images = server.ask(
            "query",
            name,
            filter=from_to(first, end),
            output_fields=[KEY, STAMP],
            seconds=SECONDS_TO_LOAD,
        )
        keys.append(np.array([image[KEY] for image in images], keys[0].dtype))
        stamps.append(np.array([image[STAMP] for image in images], np.int64))
    together, numbers = np.concatenate(keys), np.concatenate(stamps)
    order = np.argsort(together)
    return together[order], numbers[order]


def _bounds(count: int) -> list[str]:
    """Where ranges of a few thousand of so many keys begin, in hexadecimal digits."""
    # The keys are hashes, so all ranges have about the same number.
    parts = count // _KEYS_AT_ONCE + 1
    return ["", *(f"{part * 16**6 // parts:06x}" for part in range(1, parts))]


def _batches(count: int) -> Iterator[slice]:
    for start in range(0, count, _AT_ONCE):
        yield slice(start, min(start + _AT_ONCE, count))
