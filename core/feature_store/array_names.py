"""The names of the files of arrays where an image cannot give its own."""

import hashlib
import ntpath
import os
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from ..documents import read_document, write_document

FORMAT = "lookalike-array-names"
VERSION = 1
NAMES_NAME = "names.json"
_LONG = "\\\\?\\"


class ArrayNames:
    """Which arrays of a store are not named like their image.

    Windows and macOS take ``a.jpg`` and ``A.jpg`` for one name, and macOS two forms of an accent.
    There, of images whose names are the same to it, all but one have an array that is named by a
    hash. The file of them exists only where there are such images.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAMES_NAME

    @cached_property
    def _names(self) -> dict[str, str]:
        try:
            return dict(read_document(self._path, FORMAT, VERSION)["names"])
        # Without its names, an array counts as missing or as another one, and is made anew.
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def of(self, image: str) -> str:
        """The name of the array of an image, without ``.npy``."""
        return self._names.get(image, image)

    def image_of(self, name: str) -> str:
        """The image whose array has a name."""
        return next((image for image, given in self._names.items() if given == name), name)

    def assign(self, clashing: Iterable[Collection[str]], saved: Collection[str]) -> None:
        """Give each of some images, in groups of names that clash, a name of its own.

        Of each group one image that has an array, one of the ``saved``, keeps its name.
        """
        names = dict(self._names)
        for group in clashing:
            unnamed = [image for image in group if image not in names]
            unnamed.sort(key=lambda image: (image not in saved, image))
            names.update({image: _hashed(image) for image in unnamed[1:]})
        self._save(names)

    def keep(self, images: Collection[str]) -> None:
        """Forget the names of all images but these."""
        self._save({image: name for image, name in self._names.items() if image in images})

    def _save(self, names: dict[str, str]) -> None:
        if names != self._names:
            write_document(self._path, FORMAT, VERSION, {"names": names})
            self._names = names


def clashes(images: Iterable[str]) -> list[list[str]]:
    """The images whose names some file system takes for one, in groups."""
    groups: dict[str, list[str]] = defaultdict(list)
    for image in set(images):
        groups[name_key(image)].append(image)
    return [sorted(group) for group in groups.values() if len(group) > 1]


def name_key(name: str) -> str:
    """What the names have in common that some file system takes for one."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def folds_names(folder: Path) -> bool:
    """Whether the file system of a folder takes names for one; no if nothing can be written."""
    probe = folder / "\u00e4"
    try:
        probe.touch()
        return (folder / "\u00c4").exists() or (folder / "a\u0308").exists()
    except OSError:
        return False
    finally:
        with suppress(OSError):
            probe.unlink()


def long_path(path: str, *, windows: bool = os.name == "nt") -> str:
    r"""A path of any length: Windows takes more than 260 characters only with ``\\?\`` before."""
    if not windows or path.startswith(_LONG):
        return path
    path = ntpath.abspath(path)
    return f"{_LONG}UNC{path[1:]}" if path.startswith("\\\\") else f"{_LONG}{path}"


def short_path(path: str) -> str:
    """The path that ``long_path`` was given."""
    if path.startswith(f"{_LONG}UNC"):
        return "\\" + path.removeprefix(f"{_LONG}UNC")
    return path.removeprefix(_LONG)


def _hashed(image: str) -> str:
    return hashlib.blake2b(image.encode(), digest_size=16).hexdigest()
