"""The map of a gallery: a position and a group for each picture."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..documents import file_version
from ..errors import ConfigurationError, FeatureStoreError
from ..feature_store import IndexSnapshot
from ..types import Array, Rows
from .given_names import GivenName, names_file, read_names
from .naming import names_of
from .placing import carried
from .storage import StoredMap, map_file, read_map, write_map

logger = logging.getLogger(__name__)

# Of the pictures; where more than this are new, the map says little about the gallery.
_MOST_NEW = 0.5
_CACHED = 2
# Groups that a message names.
_TOLD = 10
_APART = "pictures that are similar now may be far apart on it."


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures that are close together on the map.

    Attributes:
        number: From 0; see ``GalleryMap.group_of``.
        name: No other group of the gallery has it.
        size: Number of its pictures.
        representative: Id of its most central picture.
    """

    number: int
    name: str
    size: int
    representative: str


@dataclass(frozen=True, eq=False)
class GalleryMap:
    """Where the pictures of an index are on a map, and which are together.

    Attributes:
        positions: ``(n, 2)`` float32, one a row of the index, 0 to 1; the longer side of the map
            has length 1.
        group_of: ``(n,)`` int32, the number of the group; -1 for none.
        groups: By their numbers.
        drawn: ``(n,)``, whether a picture was there when the map was drawn; else it was placed in
            the map later.
        redraw_reason: Why the map should be drawn anew, a sentence; empty where it serves.
    """

    positions: Array
    group_of: NDArray[np.int32]
    groups: tuple[Group, ...]
    drawn: NDArray[np.bool_]
    redraw_reason: str = ""

    def members(self, number: int) -> Rows:
        """The rows of the pictures of a group, ascending."""
        return np.flatnonzero(self.group_of == number)

    def group_name(self, row: int) -> str | None:
        """The name of the group of a row; ``None`` for no group."""
        number = int(self.group_of[row])
        return None if number < 0 else self.groups[number].name

    def named(self, name: str) -> Group:
        """The group of a name; ``ConfigurationError`` where there is none."""
        for group in self.groups:
            if group.name == name:
                return group
        known = ", ".join(group.name for group in self.groups[:_TOLD]) or "none"
        raise ConfigurationError(
            f"There is no such group: expected one of {known}"
            f"{' …' if len(self.groups) > _TOLD else ''}. Received: {name!r}"
        )


def gallery_map(snapshot: IndexSnapshot) -> GalleryMap | None:
    """The map of an index; ``None`` where none was drawn yet.

    A map of another generation is carried over: pictures keep their positions, and new ones are
    placed among them.
    """
    path = snapshot.folder and map_file(snapshot.folder)
    if path is None:
        return None
    names = names_file(snapshot)
    return _read(snapshot, path, file_version(path), names and file_version(names))


def group_ids(snapshot: IndexSnapshot, found: GalleryMap, name: str) -> frozenset[str]:
    """The ids of the pictures of a group; an unknown name raises ``ConfigurationError``."""
    rows = found.members(found.named(name).number)
    return frozenset(one.decode() for one in snapshot.images.ids[rows].tolist())


# Reading the same files again would take longer than a page.
@lru_cache(_CACHED)
def _read(snapshot: IndexSnapshot, path: Path, _map: object, _names: object) -> GalleryMap | None:
    stored = read_map(path)
    if stored is None:
        return None
    if not np.array_equal(stored.ids, snapshot.images.ids):
        older = snapshot.generation < stored.generation
        stored = carried(stored, snapshot)
        if snapshot.folder and not older:
            # A folder that cannot be written: it is carried over again.
            with suppress(FeatureStoreError):
                write_map(snapshot.folder, stored)
    return _assembled(stored, snapshot)


def _assembled(stored: StoredMap, snapshot: IndexSnapshot) -> GalleryMap:
    # A group may have lost its pictures.
    numbers = np.unique(stored.group_of[stored.group_of >= 0])
    places = np.searchsorted(numbers, stored.group_of)
    group_of = np.where(stored.group_of >= 0, places, -1).astype(np.int32)
    members = [np.flatnonzero(group_of == number) for number in range(len(numbers))]
    names = names_of(members, snapshot.images, _given_names(snapshot))
    groups = tuple(
        Group(number, name, len(rows), _id_of_first(snapshot, rows))
        for number, (name, rows) in enumerate(zip(names, members, strict=True))
    )
    reason = _redraw_reason(stored, snapshot)
    return GalleryMap(stored.positions, group_of, groups, stored.drawn, reason)


def _redraw_reason(stored: StoredMap, snapshot: IndexSnapshot) -> str:
    if len(stored.drawn) and float(1 - stored.drawn.mean()) > _MOST_NEW:
        return "Most pictures are newer than this map."
    if not stored.fit:
        return f"This map does not say for which fit of the gallery it was drawn: {_APART}"
    if stored.fit != snapshot.label_free_fit:
        return f"This map was drawn for another fit of the gallery: {_APART}"
    return ""


def _given_names(snapshot: IndexSnapshot) -> tuple[GivenName, ...]:
    try:
        return read_names(names_file(snapshot))
    except FeatureStoreError as error:
        # The groups can be shown without them; who gives a name sees the error.
        logger.warning("%s", error)
        return ()


def central_first(matrix: Array, rows: Rows) -> Rows:
    """Rows of a matrix ``(n, d)`` in the order of their cosine with their mean, largest first."""
    features = np.asarray(matrix)[rows]
    return rows[np.argsort(-(features @ features.mean(axis=0)), kind="stable")]


def _id_of_first(snapshot: IndexSnapshot, rows: Rows) -> str:
    return snapshot.images[int(central_first(snapshot.matrix, rows)[0])].id
