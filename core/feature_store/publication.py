"""Publish the features of a store as an index: fit, matrix, distances, neighbours."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from ..atomic import atomic_write
from ..model import (
    FOLDERS,
    LEAST_TAUGHT,
    MAX_FIT_FEATURES,
    NEIGHBOURS,
    NONE,
    Chosen,
    Fit,
    FitChoice,
    Labels,
    learn_fit,
)
from ..types import Array, ImageRecord, Rows
from .arrays import check_checksum
from .distances import Distances
from .image_table import ImageTable
from .neighbours import find_neighbours
from .reading import load_each
from .snapshot import (
    IndexSnapshot,
    generations_in,
    index_file,
    write_index,
)
from .store import FeatureStore
from .variety import most_different, save_rows

# From so many images on an approximate index saves more time than it takes.
LARGE = 100_000
# A fit is learnt anew once there are this many times as many images to learn from.
REFIT_GROWTH = 2
_ROWS_AT_ONCE = 1024
_Key = tuple[str, str, str]


class RowIndex(Protocol):
    """An approximate index of the rows of a matrix."""

    def save(self, file: BinaryIO) -> None:
        """Write the index."""
        ...

    def nearest(self, rows: Rows, k: int) -> tuple[Rows, Array]:
        """Numbers and inner products ``(m, k)`` of about the nearest other rows of ``m`` rows."""
        ...

    def recall(self) -> float:
        """The share of the nearest rows that it finds, 0 to 1."""
        ...


class IndexMaker(Protocol):
    """Makes approximate indexes of the galleries that need one."""

    def wanted(self, images: int) -> bool:
        """Whether a gallery of so many images gets one."""
        ...

    def make(self, matrix: Array, old: Path | None, old_rows: Rows) -> RowIndex:
        """Make one of ``(n, d)`` float32 unit rows.

        Args:
            matrix: The rows; may be memory-mapped.
            old: File of the index of an older matrix.
            old_rows: For each row its number in the older matrix, -1 for a new row.
        """
        ...

    def problem(self, path: Path, matrix: Array) -> str | None:
        """What is wrong with the saved index of a matrix; ``None`` if nothing, or not known."""
        ...


def publish(
    store: FeatureStore,
    images: tuple[ImageRecord, ...],
    fit: FitChoice,
    *,
    chosen: Chosen | None = None,
    labels: Labels = (),
    maker: IndexMaker | None = None,
    reuse: bool = True,
) -> int:
    """Publish the features of images as a new generation; return its number.

    On an error the old index stands.

    Args:
        store: Has the features.
        images: In the order of the rows; at least one.
        fit: What to learn.
        chosen: What somebody chose for the gallery.
        labels: Of the images, for the fit ``folders``.
        maker: Makes the approximate index, where one is wanted; by default there is none.
        reuse: Whether the fit and the rows of the old index may be used again.
    """
    old = store.readable_snapshot()
    # The published one plus 1: counted from a newer matrix, which a killed run left, the sweep
    # would delete the published one.
    generation = (old.generation if old else max(generations_in(store.folder), default=0)) + 1
    publication = _Publication(store, images, generation, old if reuse else None, maker)
    digest = publication.write(fit, labels)
    write_index(
        store.folder,
        library=store.library,
        space=store.space,
        generation=generation,
        published_at=datetime.now(UTC).isoformat(timespec="seconds"),
        images=len(images),
        chosen=chosen or Chosen(),
        matrix_digest=digest,
        recall=publication.recall,
    )
    store.sweep()
    return generation


def keeps_fit(old: IndexSnapshot, fit: FitChoice, images: int) -> bool:
    """Whether the fit of an index serves for so many images."""
    if fit.kind == NONE or old.fit.choice != fit:
        return old.fit.choice == fit
    count = min(images, MAX_FIT_FEATURES if fit.kind != FOLDERS else images)
    if fit.kind == NEIGHBOURS and (
        REFIT_GROWTH * count <= old.fit.images or old.fit.images < LEAST_TAUGHT <= count
    ):
        return False
    return count < REFIT_GROWTH * old.fit.images


class _Publication:
    """The files of one generation."""

    def __init__(
        self,
        store: FeatureStore,
        images: tuple[ImageRecord, ...],
        generation: int,
        old: IndexSnapshot | None,
        maker: IndexMaker | None,
    ) -> None:
        self.store = store
        self.images = images
        self.generation = generation
        self.old = old
        self.maker = maker
        self.recall: float | None = None
        # Of the old matrix, where that has the features as extracted and another fit is learnt.
        self.extracted_rows: Mapping[_Key, int] = {}

    def write(self, choice: FitChoice, labels: Labels) -> str:
        """Write all files but the index; return the digest of the rows."""
        old = self.old
        if old and keeps_fit(old, choice, len(self.images)):
            fit, rows = old.fit, self._kept_rows(old)
        else:
            if old and old.fit.choice.kind == NONE:
                self.extracted_rows = _rows_of(old)
            fit, rows = self._learn(choice, labels), np.full(len(self.images), -1, np.int64)
        digest = hashlib.blake2b(digest_size=16)
        header = {
            "descr": "<f4",
            "fortran_order": False,
            "shape": (len(self.images), fit.dimension),
        }
        path = index_file(self.store.folder, "matrix", self.generation)
        with atomic_write(path, durable=True) as file:
            np.lib.format.write_array_header_1_0(file, header)
            for block in self._fitted(fit, rows):
                content = np.ascontiguousarray(block, "<f4").tobytes()
                digest.update(content)
                file.write(content)
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
        kept = old if (rows >= 0).any() else None
        index = None
        if self.maker and self.maker.wanted(len(matrix)):
            index = self.maker.make(matrix, kept.approximate if kept else None, rows)
            self._save("approximate", index.save)
            self.recall = index.recall()
        neighbours = find_neighbours(
            matrix,
            kept.neighbours if kept else None,
            rows,
            nearest=index.nearest if index else None,
        )
        self._save("images", ImageTable.of(self.images).save)
        self._save("fit", fit.save)
        self._save("distances", Distances.between(matrix).save)
        self._save("neighbours", neighbours.save)
        different = most_different(matrix)
        self._save("variety", lambda file: save_rows(different, file))
        return digest.hexdigest()

    def _save(self, what: str, save: Callable[[BinaryIO], None]) -> None:
        path = index_file(self.store.folder, what, self.generation)
        with atomic_write(path, durable=True) as file:
            save(file)

    def _kept_rows(self, old: IndexSnapshot) -> Rows:
        """For each image its row in the old matrix, -1 where it has none that can be copied."""
        known = _rows_of(old)
        # Of fitted rows there is no checksum each.
        if old.fit.choice.kind != NONE and _digest(old.matrix) != old.matrix_digest:
            known = {}
        return np.array([known.get(_key(image), -1) for image in self.images], np.int64)

    def _fitted(self, fit: Fit, rows: Rows) -> Iterator[Array]:
        for start in range(0, len(self.images), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            block = np.empty((len(rows[part]), fit.dimension), np.float32)
            copied = rows[part] >= 0
            if self.old and copied.any():
                block[copied] = self.old.matrix[rows[part][copied]]
            new = [image for image, old in zip(self.images[part], copied, strict=True) if not old]
            if fit.choice.kind == NONE and self.old and copied.any():
                self._check(block[copied], np.flatnonzero(copied) + start)
            if new:
                block[~copied] = fit.apply(self._features(new))
            yield block

    def _check(self, rows: Array, numbers: Rows) -> None:
        assert self.old is not None
        path = index_file(self.store.folder, "matrix", self.old.generation)
        for row, number in zip(rows, numbers, strict=True):
            check_checksum(row, self.images[number], path)

    def _features(self, images: Sequence[ImageRecord]) -> Array:
        """The features of images as extracted; those in an old matrix without opening arrays."""
        features = np.empty((len(images), self.store.space.dimension), np.float32)
        for number, feature in enumerate(load_each(self._feature, images)):
            features[number] = feature
        return features

    def _feature(self, image: ImageRecord) -> Array:
        row = self.extracted_rows.get(_key(image))
        if row is None:
            return self.store.load_checked(image)
        assert self.old is not None
        feature: Array = self.old.matrix[row]
        check_checksum(feature, image, index_file(self.store.folder, "matrix", self.old.generation))
        return feature

    def _learn(self, choice: FitChoice, labels: Labels) -> Fit:
        if choice.kind == NONE:
            return Fit(choice, np.zeros(self.store.space.dimension, np.float32))
        total = len(self.images)
        count = total if choice.kind == FOLDERS else min(total, MAX_FIT_FEATURES)
        rows = np.linspace(0, total - 1, count).astype(int)
        features = self._features([self.images[row] for row in rows])
        return learn_fit(features, choice, [labels[row] for row in rows] if labels else ())


def _digest(matrix: Array) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for start in range(0, len(matrix), _ROWS_AT_ONCE):
        rows = np.ascontiguousarray(matrix[start : start + _ROWS_AT_ONCE], "<f4")
        digest.update(rows.tobytes())
    return digest.hexdigest()


def _rows_of(snapshot: IndexSnapshot) -> dict[_Key, int]:
    return {_key(image): row for row, image in enumerate(snapshot.images)}


def _key(image: ImageRecord) -> _Key:
    return image.path, image.id, image.checksum
