"""Maps on the disk: ``maps/map-<generation>.npz`` in the folder of a store."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

import filelock
import numpy as np
from numpy.typing import NDArray

from ..atomic import atomic_write, temporaries_in
from ..errors import FeatureStoreError
from ..types import Array

logger = logging.getLogger(__name__)

FORMAT = "lookalike-map"
VERSION = 1
FOLDER = "maps"
# A reader may have found the name of the one before the last.
_KEPT = 2
_LOCK_SECONDS = 10.0


@dataclass(frozen=True, eq=False)
class StoredMap:
    """Positions and groups of pictures, by their ids.

    Attributes:
        generation: Of the index that it was made for, or a later one.
        ids: ``(n,)`` ASCII, ids of images; files with the same content have the same one.
        positions: ``(n, 2)`` float32, 0 to 1.
        group_of: ``(n,)`` int32, from 0; -1 for no group.
        drawn: ``(n,)``, whether a picture was there when the map was drawn; else it was placed in
            the map later.
        fit: ``IndexSnapshot.label_free_fit`` of the index that it was drawn for; empty where an
            older version drew it.
    """

    generation: int
    ids: NDArray[np.bytes_]
    positions: Array
    group_of: NDArray[np.int32]
    drawn: NDArray[np.bool_]
    fit: str = ""

    def save(self, file: BinaryIO) -> None:
        """Write a NumPy archive."""
        np.savez(
            file,
            allow_pickle=False,
            format=np.array(FORMAT),
            version=np.array(VERSION),
            generation=np.array(self.generation),
            ids=self.ids,
            positions=self.positions,
            group_of=self.group_of,
            drawn=self.drawn,
            fit=np.array(self.fit),
        )

    @classmethod
    def load(cls, file: BinaryIO) -> Self:
        """Read what ``save`` wrote; anything else raises ``ValueError``."""
        with np.load(file, allow_pickle=False) as content:
            try:
                kind = str(content["format"]), int(content["version"])
                if kind != (FORMAT, VERSION):
                    raise ValueError(f"format {kind[0]} {kind[1]}")
                found = cls(
                    int(content["generation"]),
                    content["ids"],
                    content["positions"],
                    content["group_of"],
                    content["drawn"],
                    str(content["fit"]) if "fit" in content else "",
                )
            except KeyError as error:
                raise ValueError(f"no map: {error}") from error
        found._check()
        return found

    def _check(self) -> None:
        count = len(self.ids)
        form = (self.positions.shape, self.group_of.shape, self.drawn.shape)
        kinds = [one.dtype.str[1:] for one in (self.positions, self.group_of, self.drawn)]
        if form != ((count, 2), (count,), (count,)) or self.ids.dtype.kind != "S":
            raise ValueError(f"a map of {form}")
        if kinds != ["f4", "i4", "b1"] or not np.isfinite(self.positions).all():
            raise ValueError(f"a map of {kinds}")


def map_file(store: Path) -> Path | None:
    """The newest map in the folder of a store; ``None`` where there is none."""
    found = _maps(store)
    return found[-1][1] if found else None


def newest_generation(store: Path) -> int:
    """The generation of the newest map in the folder of a store; 0 where there is none."""
    found = _maps(store)
    return found[-1][0] if found else 0


def read_map(path: Path) -> StoredMap | None:
    """The map in a file; ``None`` and a warning where it is damaged: it can be drawn anew."""
    try:
        with path.open("rb") as file:
            return StoredMap.load(file)
    # NumPy parses the header as Python: a damaged one raises SyntaxError, TokenError …
    except Exception as error:
        logger.warning(
            "The map cannot be read: expected a %s of version %d. Received: %s (%s). Draw it anew.",
            FORMAT,
            VERSION,
            path,
            error,
        )
        return None


def write_map(store: Path, stored: StoredMap) -> None:
    """Save a map in the folder of a store in one rename.

    Raises:
        FeatureStoreError: It cannot be written; the older map stands.
    """
    folder = store / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        # Nobody else writes while what killed runs left is deleted.
        with filelock.FileLock(folder / ".lock", timeout=_LOCK_SECONDS):
            for left in temporaries_in(folder):
                left.unlink()
            path = folder / f"map-{stored.generation:06d}.npz"
            with atomic_write(path, durable=True) as file:
                stored.save(file)
            for _, old in _maps(store)[:-_KEPT]:
                old.unlink()
    except (OSError, filelock.Timeout) as error:
        raise FeatureStoreError(
            f"The map cannot be saved: expected a folder to write to, with free space. "
            f"Received: {folder} ({error}). Make it writable or free some space."
        ) from error


def _maps(store: Path) -> list[tuple[int, Path]]:
    """The generations of maps and their files, rising."""
    names = (
        (re.fullmatch(r"map-([0-9]{6,})\.npz", path.name), path)
        for path in (store / FOLDER).glob("map-*.npz")
    )
    return sorted((int(name[1]), path) for name, path in names if name)
