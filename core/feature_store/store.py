"""The features of one gallery in one feature space."""

import os
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np

from ..atomic import atomic_write, temporaries_in
from ..documents import file_version
from ..errors import FeatureStoreError
from ..model import Chosen
from ..program import COMMAND
from ..types import Array, FeatureSpace, ImageRecord
from .array_names import ArrayNames, clashes, folds_names, long_path, name_key
from .arrays import check_checksum, checksum, file_sizes, read_arrays, read_feature, write_arrays
from .catalog import Catalog
from .snapshot import (
    FILES,
    INDEX_NAME,
    IndexSnapshot,
    generations_in,
    index_file,
    read_chosen,
    read_index,
)

KEPT_GENERATIONS = 2

T = TypeVar("T")


class FeatureStore:
    """A folder with ``arrays/<path of the image>.npy``, a catalog, and the published index.

    The folder is created by the first write. The index can be rebuilt from the arrays and the
    catalog. The file of an image holds its feature, followed by those of the sibling descriptors;
    ``np.load`` reads the first. All are of one feature space.
    """

    def __init__(self, folder: Path, *, library: Path, space: FeatureSpace) -> None:
        self.folder = folder
        self.library = library
        self.space = space
        # Windows ends at 260 characters otherwise, and a store makes the paths of a library longer.
        self._arrays = long_path(str(folder / "arrays"))
        self.names = ArrayNames(folder)

    def catalog(self, *, reading: bool = False) -> Catalog:
        """Open the catalog; see ``Catalog``."""
        return Catalog(self.catalog_path, reading=reading)

    @property
    def catalog_path(self) -> Path:
        """Path of the catalog."""
        return self.folder / "catalog.sqlite"

    @property
    def arrays(self) -> Path:
        """Folder of the saved features."""
        return Path(self._arrays)

    @property
    def _scratch(self) -> Path:
        return self.folder / "partial"

    def array_path(self, image: str) -> Path:
        """Path of the file of an image: ``arrays/cats/1.jpg.npy`` for ``cats/1.jpg``."""
        return Path(self._array_file(image))

    def _array_file(self, image: str) -> str:
        return self._file_named(self.names.of(image))

    def _file_named(self, name: str) -> str:
        if os.sep != "/":
            name = name.replace("/", os.sep)
        # A path object takes longer than the file system, for a million images half a minute.
        return f"{self._arrays}{os.sep}{name}.npy"

    def save(self, image: str, feature: Array, siblings: Mapping[str, Array] | None = None) -> str:
        """Save the feature ``(d,)`` float32 of an image in one rename; return its checksum.

        The path of the image is relative to the library. The siblings are ``(d,)`` float32, too, by
        name of the descriptor.
        """
        path = self.array_path(image)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._scratch.mkdir(exist_ok=True)
        with atomic_write(path, scratch=self._scratch) as file:
            write_arrays(file, feature, siblings or {})
        return checksum(feature)

    def save_all(self, image: str, features: Mapping[str, Array]) -> str:
        """Like ``save``, with all features by name of the descriptor.

        Raises:
            KeyError: The descriptor of the space is missing.
        """
        siblings = dict(features)
        return self.save(image, siblings.pop(self.space.descriptor), siblings)

    def has(self, image: str) -> bool:
        """Whether there is a file of a possible size for an image."""
        try:
            size = os.stat(self._array_file(image)).st_size  # noqa: PTH116
        except OSError:
            return False
        return size in file_sizes(self.space.descriptor, self.space.dimension)

    def load(self, image: str) -> Array:
        """The feature ``(d,)`` float32 of an image.

        Raises:
            FeatureStoreError: It is missing or has the wrong form.
        """
        path = self._array_file(image)
        feature = _read(path, read_feature)
        self._check_form(feature, path)
        return feature

    def _check_form(self, feature: Array, path: str) -> None:
        if feature.shape != (self.space.dimension,) or feature.dtype != np.float32:
            raise FeatureStoreError(
                f"A feature has the wrong form: expected ({self.space.dimension},) float32. "
                f"Received: {path} with {feature.shape} {feature.dtype}. "
                f"Run `{COMMAND} doctor --repair`."
            )

    def load_checked(self, image: ImageRecord) -> Array:
        """Like ``load``; other numbers than those recorded raise ``FeatureStoreError``, too."""
        feature = self.load(image.path)
        check_checksum(feature, image, self._array_file(image.path))
        return feature

    def load_all(self, image: ImageRecord) -> dict[str, Array]:
        """Like ``load_checked``, by name of the descriptor, followed by the siblings."""
        path = self._array_file(image.path)
        feature, siblings = _read(path, read_arrays)
        self._check_form(feature, path)
        check_checksum(feature, image, path)
        return {self.space.descriptor: feature} | siblings

    def is_sound(self, image: ImageRecord) -> bool:
        """Whether the feature and its siblings are as they were saved."""
        try:
            self.load_all(image)
        except FeatureStoreError:
            return False
        return True

    def remove(self, images: Iterable[str]) -> None:
        """Delete the files of images by path, and the folders that become empty."""
        self._remove(self.names.of(image) for image in images)

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            path = Path(self._file_named(name))
            path.unlink(missing_ok=True)
            for parent in path.parents:
                if parent == self.arrays or not _removed_if_empty(parent):
                    break

    def prune(self, images: Iterable[str]) -> None:
        """Delete the files of all images but these, recorded or not."""
        images = set(images)
        self._remove(self.stray_arrays(images))
        self.names.keep(images)

    def stray_arrays(self, images: Iterable[str]) -> list[str]:
        """The names, without ``.npy``, of the files of no image of these, ascending."""
        kept = {self.names.of(image) for image in images}
        # Some file systems list a name in another Unicode form than it was created with.
        listed = {unicodedata.normalize("NFC", name) for name in kept}
        stray = []
        for folder, _, files in os.walk(self._arrays):
            within = folder.removeprefix(self._arrays).replace(os.sep, "/").lstrip("/")
            prefix = f"{within}/" if within else ""
            names = (prefix + file.removesuffix(".npy") for file in files if file.endswith(".npy"))
            stray += [name for name in names if unicodedata.normalize("NFC", name) not in listed]
        keys = {name_key(name) for name in kept} if stray else set()
        # Or with the capitals of an image that had the name before.
        alike = {name for name in stray if name_key(name) in keys}
        if alike and self.folds_names():
            stray = [name for name in stray if name not in alike]
        return sorted(stray)

    def clashing(self, images: Iterable[str]) -> list[list[str]]:
        """The images whose arrays could not all be named like them here, in groups."""
        groups = clashes(images)
        return groups if groups and self.folds_names() else []

    def folds_names(self) -> bool:
        """Whether the file system takes names for one that differ in capitals, for example."""
        with suppress(OSError):
            self._scratch.mkdir(parents=True, exist_ok=True)
        return folds_names(self._scratch)

    def require_arrays(self) -> None:
        """Raise ``FeatureStoreError`` where the features of the images are on another machine."""
        if not self.arrays.is_dir():
            raise FeatureStoreError(
                f"The features of the images are not on this computer: expected {self.arrays}. "
                "Received: none. Copy the folder here, or do this on the computer that indexes."
            )

    def snapshot(self, *, needs_rows: bool = True) -> IndexSnapshot | None:
        """The published index; ``None`` where there is none yet. See ``read_index``."""
        return read_index(self.folder, needs_rows=needs_rows)

    def readable_snapshot(self) -> IndexSnapshot | None:
        """The published index; ``None`` where there is none or it is damaged."""
        try:
            return self.snapshot()
        except FeatureStoreError:
            return None

    @property
    def chosen(self) -> Chosen:
        """What somebody chose for the gallery, by the published index."""
        return read_chosen(self.folder)

    def publication_id(self) -> tuple[int, int] | None:
        """A value that changes with every publication; ``None`` before the first."""
        return file_version(self.folder / INDEX_NAME)

    def sweep(self) -> None:
        """Delete temporary files of killed runs, and old generations."""
        # The generation before the last stays: a reader may have read its index, but not yet its
        # matrix.
        old = generations_in(self.folder)[:-KEPT_GENERATIONS]
        left = [index_file(self.folder, what, number) for number in old for what in FILES]
        for folder in (self.folder, self._scratch):
            left += temporaries_in(folder)
        for path in left:
            try:
                path.unlink(missing_ok=True)
            except PermissionError:
                # Windows does not delete a mapped file; a later run does.
                continue


def _read(path: str, read: Callable[[BinaryIO], T]) -> T:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            try:
                return read(file)
            except SystemError:
                # NumPy parses the header as Python, and Python 3.11 mixes up two threads that do.
                file.seek(0)
                return read(file)
    # NumPy parses the header as Python: a damaged one raises SyntaxError, TokenError …
    except Exception as error:
        raise FeatureStoreError(
            f"A feature cannot be read: expected a NumPy array. Received: {path} ({error}). "
            f"Run `{COMMAND} doctor --repair`."
        ) from error


def _removed_if_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
