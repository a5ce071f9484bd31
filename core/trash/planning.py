"""What a removal is to move, and where to, before the first file moves."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..errors import ConfigurationError
from ..types import ImageRecord
from .checked_file import is_placeholder, look_at
from .journal import RemovedFile
from .names import alternatives, collision_key, printable
from .places import manager_of
from .sidecars import folder_names, sidecars_among


@dataclass(frozen=True, slots=True)
class Move:
    """An image that goes, and the one that stays for it."""

    image: ImageRecord
    kept: ImageRecord


def plan_removal(
    library: Path, moves: Sequence[Move], into: Path | None
) -> tuple[list[RemovedFile], dict[str, list[int]]]:
    """The files of a removal, and the numbers of the sidecars of each picture by its path.

    Each picture comes before its sidecars, each once; in a folder, no two of them have one name.
    """
    files: list[RemovedFile] = []
    sidecars: dict[str, list[int]] = {}
    numbers: dict[str, int] = {}
    taken: set[str] = set()
    names_in = cache(folder_names)

    def add(image: str, identity: str, size: int, mtime_ns: int, picture: str = "") -> None:
        to = _free(into, image, taken) if into else ""
        numbers[image] = len(files)
        files.append(RemovedFile(image, identity, size, to, mtime_ns=mtime_ns, picture=picture))

    for one in moves:
        path, image = library / one.image.path, one.image
        if image.path in numbers:
            continue
        mtime_ns = image.mtime_ns
        with suppress(OSError):
            mtime_ns = path.lstat().st_mtime_ns
        add(image.path, image.id, image.size, mtime_ns)
        for sidecar in sidecars_among(names_in(path.parent), path):
            name = f"{image.path[: -len(path.name)]}{sidecar.name}"
            # What cannot be read stays.
            with suppress(OSError):
                if name not in numbers and not is_placeholder(sidecar):
                    seen = look_at(sidecar)
                    add(name, seen.id, seen.state.st_size, seen.state.st_mtime_ns, image.path)
            if name in numbers:
                sidecars.setdefault(image.path, []).append(numbers[name])
    return files, sidecars


def allowed_folder(into: Path, library: Path) -> Path:
    """The absolute path of a folder that may take images of a library.

    Raises:
        ConfigurationError: It is in the library, or in the store of a program.
    """
    into = Path(os.path.realpath(into.expanduser()))
    if into.is_relative_to(os.path.realpath(library)) or any(
        _is_same_folder(folder, library) for folder in (into, *into.parents)
    ):
        raise ConfigurationError(
            "Expected a folder outside of the library to move images into. Received: "
            f"{printable(into)}. In the library they would be indexed again."
        )
    if manager := manager_of(into / "image"):
        raise ConfigurationError(
            f"Expected a folder of your own to move images into. Received: {printable(into)}, in "
            f"the store of {manager}. Name another one."
        )
    return into


def _is_same_folder(one: Path, other: Path) -> bool:
    # Also by a mount of the one at the other.
    try:
        return one.samefile(other)
    except OSError:
        return False


def _free(into: Path, image: str, taken: set[str]) -> str:
    for path in alternatives(into / image):
        key = collision_key(path.relative_to(into).as_posix())
        if key not in taken and not os.path.lexists(path):
            taken.add(key)
            return str(path)
    raise AssertionError("the alternatives have no end")
