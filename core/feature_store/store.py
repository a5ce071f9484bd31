"""The features of one gallery in one feature space."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np

from core.atomic import TEMPORARY_SUFFIX, atomic_write
from core.errors import FeatureStoreError
from core.feature_store.arrays import checksum, read_arrays, read_feature, sizes, write_arrays
from core.feature_store.catalog import Catalog
from core.feature_store.distances import Distances
from core.feature_store.snapshot import (
    INDEX_NAME,
    IndexSnapshot,
    distances_name,
    generations_in,
    matrix_name,
    read_index,
    whitening_name,
    write_index,
)
from core.model import LEARNT_FROM, Whitening, fit_whitening
from core.types import Array, FeatureSpace, ImageRecord

KEPT_GENERATIONS = 2
# A whitening that few images taught is learnt anew when the gallery has grown to so many times.
_GROWN = 2

T = TypeVar("T")


class FeatureStore:
    """``arrays/<path of the image>.npy``, a catalog, and the published index, in one folder.

    The arrays and the catalog are the truth; the matrix can be rebuilt from them. The file of an
    image holds its feature, and after it, as a second array, what the same forward pass gave for
    the other descriptors of the layer: ``np.load`` reads the first.

    Args:
        folder: Where it lies; made by the first write.
        library: Folder of the images.
        space: The feature space of all its arrays.
    """

    def __init__(self, folder: Path, *, library: Path, space: FeatureSpace) -> None:
        self.folder = folder
        self.library = library
        self.space = space

    def catalog(self, *, reading: bool = False) -> Catalog:
        """Open the catalog.

        Args:
            reading: Whether it is enough to read, also where nothing can be written.

        Raises:
            FeatureStoreError: It cannot be opened.
        """
        return Catalog(self.catalog_path, reading=reading)

    @property
    def catalog_path(self) -> Path:
        """Where the catalog lies."""
        return self.folder / "catalog.sqlite"

    @property
    def arrays(self) -> Path:
        """Folder of the saved features."""
        return self.folder / "arrays"

    @property
    def _scratch(self) -> Path:
        return self.folder / "partial"

    def array_path(self, image: str) -> Path:
        """Where the feature of an image lies; ``cats/1.jpg`` has ``arrays/cats/1.jpg.npy``."""
        return self.arrays / f"{image}.npy"

    def save(self, image: str, feature: Array, others: Mapping[str, Array] | None = None) -> str:
        """Save one feature.

        Args:
            image: Path of the image relative to its library.
            feature: ``(d,)`` float32.
            others: What the same pass gave for other descriptors, ``(d,)`` float32 each.

        Returns:
            The checksum for the image's record.

        Raises:
            OSError: The folder cannot be written; an older array is as it was.
        """
        path = self.array_path(image)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._scratch.mkdir(exist_ok=True)
        with atomic_write(path, scratch=self._scratch) as file:
            write_arrays(file, feature, others or {})
        return checksum(feature)

    def save_all(self, image: str, features: Mapping[str, Array]) -> str:
        """Save what one pass gave of an image.

        Args:
            image: Path of the image relative to its library.
            features: ``(d,)`` float32 by the name of the descriptor, that of the space among them.

        Returns:
            The checksum for the image's record.

        Raises:
            KeyError: The descriptor of the space is not among them.
            OSError: The folder cannot be written; an older array is as it was.
        """
        others = dict(features)
        return self.save(image, others.pop(self.space.descriptor), others)

    def has(self, image: str) -> bool:
        """Whether there is an array for an image, of the size that an array must have."""
        try:
            size = self.array_path(image).stat().st_size
        except OSError:
            return False
        return size in sizes(self.space.descriptor, self.space.dimension)

    def load(self, image: str) -> Array:
        """Load one feature.

        Args:
            image: Path of the image relative to its library.

        Returns:
            ``(d,)`` float32.

        Raises:
            FeatureStoreError: The array is missing or damaged.
        """
        path = self.array_path(image)
        feature = _read(path, read_feature)
        self._check_form(feature, path)
        return feature

    def _check_form(self, feature: Array, path: Path) -> None:
        if feature.shape != (self.space.dimension,) or feature.dtype != np.float32:
            raise FeatureStoreError(
                f"A feature has the wrong form: expected ({self.space.dimension},) float32. "
                f"Received: {path} with {feature.shape} {feature.dtype}. "
                "Run `python -m core doctor --repair`."
            )

    def load_checked(self, image: ImageRecord) -> Array:
        """Load the feature of an image, sure that it is the one that was saved.

        The system may lose power between an array and the disk: it then has the right size and
        other numbers.

        Args:
            image: Its record.

        Returns:
            ``(d,)`` float32.

        Raises:
            FeatureStoreError: The array is missing, damaged or not the one that was recorded.
        """
        feature = self.load(image.path)
        _check(feature, image, self.array_path(image.path))
        return feature

    def load_all(self, image: ImageRecord) -> dict[str, Array]:
        """Load the feature of an image and what the same pass gave for other descriptors.

        Args:
            image: Its record.

        Returns:
            ``(d,)`` float32 by the name of the descriptor, that of the space among them.

        Raises:
            FeatureStoreError: The file is missing or damaged, or its feature not the recorded one.
        """
        path = self.array_path(image.path)
        feature, others = _read(path, read_arrays)
        self._check_form(feature, path)
        _check(feature, image, path)
        return {self.space.descriptor: feature} | others

    def is_sound(self, image: ImageRecord) -> bool:
        """Whether all that was saved of an image is there and as it was saved."""
        try:
            self.load_all(image)
        except FeatureStoreError:
            return False
        return True

    def remove(self, images: Iterable[str]) -> None:
        """Delete features, and the folders that become empty.

        Args:
            images: Paths of images relative to the library.
        """
        for image in images:
            path = self.array_path(image)
            path.unlink(missing_ok=True)
            for parent in path.parents:
                if parent == self.arrays or not _removed_if_empty(parent):
                    break

    def prune(self, images: Iterable[str]) -> None:
        """Delete the features of all other images, also of such that a killed run left unrecorded.

        Args:
            images: Paths of the images that stay.
        """
        # Some file systems tell a name in another form of Unicode than it was given in.
        kept = {unicodedata.normalize("NFC", f"{image}.npy") for image in images}
        for folder, _, names in os.walk(self.arrays, topdown=False):
            within = Path(folder).relative_to(self.arrays)
            paths = [(within / name).as_posix() for name in names if name.endswith(".npy")]
            gone = [path for path in paths if unicodedata.normalize("NFC", path) not in kept]
            self.remove(path.removesuffix(".npy") for path in gone)

    def snapshot(self) -> IndexSnapshot | None:
        """The published index, or ``None`` where there is none yet.

        Raises:
            FeatureStoreError: It is damaged.
        """
        return read_index(self.folder)

    def readable_snapshot(self) -> IndexSnapshot | None:
        """The published index, or ``None`` where there is none or a new one must replace it."""
        try:
            return self.snapshot()
        except FeatureStoreError:
            return None

    @property
    def whitened_to(self) -> int:
        """Dimension that the published index is whitened to, 0 for none."""
        snapshot = self.readable_snapshot()
        return snapshot.whitened_to if snapshot else 0

    def publication_id(self) -> tuple[int, int] | None:
        """A value that changes with every publication; ``None`` where there is none yet."""
        try:
            status = (self.folder / INDEX_NAME).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino

    def publish(
        self, images: tuple[ImageRecord, ...], *, reuse: bool = True, whiten: int = 0
    ) -> int:
        """Stack the features of all images and make that the index that is searched.

        Args:
            images: The images of the index, in the order of its rows; at least one.
            reuse: Whether rows of the index before may be copied where the image is the same,
                which saves opening its array; and whether its whitening may be kept.
            whiten: Dimension to whiten to; 0 leaves the features as they are.

        Returns:
            The number of the new generation.

        Raises:
            FeatureStoreError: An array is missing, damaged or not the one that was recorded; the
                old index stands.
            OSError: The folder cannot be written; the old index stands.
        """
        old = self.readable_snapshot()
        # After the published one, not the newest there: a matrix that a killed run left must not
        # push the published one out of those that the sweep keeps.
        generation = (old.generation if old else max(generations_in(self.folder), default=0)) + 1
        self._stack(generation, images, old if reuse else None, whiten)
        write_index(
            self.folder,
            library=self.library,
            space=self.space,
            generation=generation,
            published_at=datetime.now(UTC).isoformat(timespec="seconds"),
            images=images,
            whiten=whiten,
        )
        self.sweep()
        return generation

    def _stack(
        self,
        generation: int,
        images: tuple[ImageRecord, ...],
        old: IndexSnapshot | None,
        whiten: int,
    ) -> None:
        whitening = self._whitening(images, old, whiten) if whiten else None
        width = whitening.dimension if whitening else self.space.dimension
        header = {"descr": "<f4", "fortran_order": False, "shape": (len(images), width)}
        matrix = self.folder / matrix_name(generation)
        with atomic_write(matrix, durable=True) as file:
            np.lib.format.write_array_header_1_0(file, header)
            for feature in self._features(images, old):
                row = whitening.apply(feature[None])[0] if whitening else feature
                file.write(np.ascontiguousarray(row, "<f4").tobytes())
        if whitening:
            with atomic_write(self.folder / whitening_name(generation), durable=True) as file:
                whitening.save(file)
        distances = Distances.between(np.load(matrix, mmap_mode="r", allow_pickle=False))
        with atomic_write(self.folder / distances_name(generation), durable=True) as file:
            distances.save(file)

    def _features(
        self, images: Iterable[ImageRecord], old: IndexSnapshot | None
    ) -> Iterator[Array]:
        # Rows of a whitened matrix are no features any more.
        usable = old if old and not old.whitening else None
        rows = {_saved(image): row for row, image in enumerate(usable.images)} if usable else {}
        for image in images:
            row = rows.get(_saved(image))
            if usable and row is not None:
                feature: Array = usable.matrix[row]
                _check(feature, image, self.folder / matrix_name(usable.generation))
                yield feature
            else:
                yield self.load_checked(image)

    def _whitening(
        self, images: tuple[ImageRecord, ...], old: IndexSnapshot | None, whiten: int
    ) -> Whitening:
        """The one before where it fits, else one that these images teach."""
        known = old.whitening if old else None
        dimension = min(whiten, self.space.dimension)
        enough = min(len(images), LEARNT_FROM) < _GROWN * known.images if known else False
        if known and known.dimension == dimension and enough:
            return known
        chosen = np.linspace(0, len(images) - 1, min(len(images), LEARNT_FROM)).astype(int)
        learnt_from = [images[row] for row in chosen]
        return fit_whitening(np.stack(list(self._features(learnt_from, old))), dimension)

    def sweep(self) -> None:
        """Delete what killed runs left behind, and generations that nobody reads any more."""
        # The generation before this one stays: a reader may be between the index and its matrix.
        old = generations_in(self.folder)[:-KEPT_GENERATIONS]
        names = (matrix_name, whitening_name, distances_name)
        left = [self.folder / name(number) for number in old for name in names]
        for folder in (self.folder, self._scratch):
            left += folder.glob(f".*{TEMPORARY_SUFFIX}")
        for path in left:
            try:
                path.unlink(missing_ok=True)
            except PermissionError:
                # Windows keeps a mapped file; a later run sweeps it.
                continue


def _read(path: Path, read: Callable[[BinaryIO], T]) -> T:
    try:
        with path.open("rb") as file:
            return read(file)
    # NumPy parses the header as Python: a damaged one raises SyntaxError, TokenError …
    except Exception as error:
        raise FeatureStoreError(
            f"A feature cannot be read: expected a NumPy array. Received: {path} ({error}). "
            "Run `python -m core doctor --repair`."
        ) from error


def _saved(image: ImageRecord) -> tuple[str, str, str]:
    return image.path, image.id, image.checksum


def _check(feature: Array, image: ImageRecord, path: Path) -> None:
    if checksum(feature) != image.checksum:
        raise FeatureStoreError(
            f"A feature is not the one that was saved: expected that of {image.path!r} with the "
            f"checksum {image.checksum}. Received: another one in {path}. "
            "Run `python -m core doctor --repair`."
        )


def _removed_if_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
