"""Publish the features of a store as an index: fit, matrix, distances, neighbours."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from ..atomic import atomic_write
from ..model import (
    FOLDERS,
    LEAST_TAUGHT,
    MAX_FIT_FEATURES,
    Chosen,
    Fit,
    FitChoice,
    Labels,
    Lesson,
)
from ..types import Array, ImageRecord, Rows
from .arrays import checksum
from .distances import Distances, own_distances
from .image_table import ImageTable
from .neighbours import Neighbours, find_neighbours
from .reading import load_each
from .snapshot import (
    IndexSnapshot,
    generations_in,
    index_file,
    is_label_free,
    write_index,
)
from .store import FeatureStore
from .variety import most_different, save_rows

# From so many images on an approximate index saves more time than it takes.
LARGE = 100_000
# A fit is learnt anew once there are this many times as many images, or as few.
REFIT_CHANGE = 2
_ROWS_AT_ONCE = 1024


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
    table = ImageTable.of(images)
    publication = _Publication(store, table, generation, old if reuse else None, maker)
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


def keeps_fit(old: IndexSnapshot, choice: FitChoice, ids: NDArray[np.bytes_]) -> bool:
    """Whether the fit of an index serves for images with these ids, ``(n,)``."""
    fit, count = old.fit, len(ids)
    # What taught is not known of an older version.
    if fit.choice != choice or not len(fit.taught):
        return False
    left = int(np.isin(fit.taught, content_numbers(ids)).sum())
    return (
        not fit.images < LEAST_TAUGHT <= count
        and count < REFIT_CHANGE * fit.images
        and fit.images < REFIT_CHANGE * count
        and len(fit.taught) < REFIT_CHANGE * left
    )


def content_numbers(ids: NDArray[np.bytes_]) -> NDArray[np.uint64]:
    """The last 64 bits of the ids of images, ``(n,)``."""
    return np.array([int(one[-16:], 16) for one in ids.tolist()], np.uint64)


def _teachers(numbers: NDArray[np.uint64], labels: Labels) -> Rows:
    """The rows that a fit is learnt from, ascending: at most ``MAX_FIT_FEATURES``, by content.

    Of identical files of a large gallery there is one; half of them are labelled, if so many are.
    """
    if len(numbers) <= MAX_FIT_FEATURES:
        return np.arange(len(numbers))
    _, rows = np.unique(numbers, return_index=True)
    if labels:
        first = [row for row in rows.tolist() if labels[row] is not None][: MAX_FIT_FEATURES // 2]
        rows = np.concatenate([first, rows[~np.isin(rows, first)]])
    return np.sort(rows[:MAX_FIT_FEATURES])


class _Publication:
    """The files of one generation."""

    def __init__(
        self,
        store: FeatureStore,
        images: ImageTable,
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

    def write(self, choice: FitChoice, labels: Labels) -> str:
        """Write all files but the index; return the digest of the rows."""
        self._save("images", self.images.save)
        rows = self._old_rows()
        extracted = self._write_rows("extracted", self.store.space.dimension, self._features(rows))
        lesson, kept = None, self.old
        if kept and keeps_fit(kept, choice, self.images.ids):
            fit, held_out = kept.fit, kept.distances.neighbours
        else:
            kept = None
            lesson, fit = self._learn(extracted, choice, labels)
            held_out = lesson.held_out(choice)
        matrix = self._write_rows("matrix", fit.dimension, _fitted(fit, extracted))
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
        label_free = neighbours
        if not is_label_free(fit, len(matrix)):
            label_free = self._label_free(fit, extracted, lesson, kept, rows)
        self._save("fit", fit.save)
        self._save("distances", Distances(own_distances(neighbours), held_out).save)
        self._save("neighbours", neighbours.save)
        self._save("label_free", label_free.save)
        different = most_different(matrix)
        self._save("variety", lambda file: save_rows(different, file))
        return _digest(matrix)

    def _save(self, what: str, save: Callable[[BinaryIO], None]) -> None:
        path = index_file(self.store.folder, what, self.generation)
        with atomic_write(path, durable=True) as file:
            save(file)

    def _write_rows(self, what: str, width: int, blocks: Iterator[Array]) -> Array:
        """Write a matrix of float32 and map it."""
        shape = len(self.images), width
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}

        def write(file: BinaryIO) -> None:
            np.lib.format.write_array_header_1_0(file, header)
            for block in blocks:
                file.write(np.ascontiguousarray(block, "<f4").tobytes())

        self._save(what, write)
        path = index_file(self.store.folder, what, self.generation)
        matrix: Array = np.load(path, mmap_mode="r", allow_pickle=False)
        return matrix

    def _old_rows(self) -> Rows:
        """For each image its row in the old index, -1 where it has none."""
        if self.old is None:
            return np.full(len(self.images), -1, np.int64)
        known = {_key(image): row for row, image in enumerate(self.old.images)}
        return np.array([known.get(_key(image), -1) for image in self.images], np.int64)

    def _features(self, rows: Rows) -> Iterator[Array]:
        """The features as extracted, in blocks: from the old index, or else from their arrays."""
        old = self.old.extracted if self.old else None
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            images = self.images[part]
            block = np.zeros((len(images), self.store.space.dimension), np.float32)
            if old is not None:
                there = rows[part] >= 0
                block[there] = old[rows[part][there]]
            missing = [
                number
                for number, image in enumerate(images)
                if checksum(block[number]) != image.checksum
            ]
            features = load_each(self.store.load_checked, [images[number] for number in missing])
            for number, feature in zip(missing, features, strict=True):
                block[number] = feature
            yield block

    def _learn(self, extracted: Array, choice: FitChoice, labels: Labels) -> tuple[Lesson, Fit]:
        if choice.kind != FOLDERS:
            labels = ()
        numbers = content_numbers(self.images.ids)
        rows = _teachers(numbers, labels)
        lesson = Lesson(extracted[rows], [labels[row] for row in rows.tolist()] if labels else ())
        fit = lesson.fit(choice)
        taught = np.unique(numbers[rows])
        return lesson, dataclasses.replace(fit, images=len(self.images), taught=taught)

    def _label_free(
        self,
        fit: Fit,
        extracted: Array,
        lesson: Lesson | None,
        kept: IndexSnapshot | None,
        rows: Rows,
    ) -> Neighbours:
        """The neighbours of the centred rows."""
        count, width = extracted.shape
        if lesson and len(lesson.centred) == count:
            return Neighbours.of(lesson.centred, *lesson.nearest)
        old = None
        if kept and not is_label_free(fit, len(kept.images)):
            old = kept.label_free_neighbours
        with TemporaryFile(dir=self.store.folder) as file:
            centred: Array = np.memmap(file, np.float32, "w+", shape=(count, width))
            for start in range(0, count, _ROWS_AT_ONCE):
                part = slice(start, start + _ROWS_AT_ONCE)
                centred[part] = fit.centred(extracted[part])
            index = None
            if self.maker and self.maker.wanted(count):
                index = self.maker.make(centred, None, rows)
            return find_neighbours(centred, old, rows, nearest=index.nearest if index else None)


def _fitted(fit: Fit, extracted: Array) -> Iterator[Array]:
    for start in range(0, len(extracted), _ROWS_AT_ONCE):
        yield fit.apply(extracted[start : start + _ROWS_AT_ONCE])


def _digest(matrix: Array) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for start in range(0, len(matrix), _ROWS_AT_ONCE):
        digest.update(np.ascontiguousarray(matrix[start : start + _ROWS_AT_ONCE], "<f4").tobytes())
    return digest.hexdigest()


def _key(image: ImageRecord) -> tuple[str, str, str]:
    return image.path, image.id, image.checksum
