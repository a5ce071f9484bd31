"""Indexes made of chosen features, paths and dates, in a folder as that of a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.feature_store import ImageTable, IndexSnapshot, Neighbours, find_neighbours
from core.model import FOLDERS, NONE, Fit, FitChoice, Lesson, l2_normalise
from core.types import Array, ImageRecord
from tests.fakes import FAKE_SPACE

WIDTH = 16


def image(path: str, content: int, taken_at: str | None = None) -> ImageRecord:
    """An image whose id is that of a content."""
    return ImageRecord(path, 1, 1, f"{content:032x}", 800, 600, taken_at)


def blobs(counts: Sequence[int], seed: int = 0, spread: float = 0.1) -> Array:
    """Unit rows ``(n, 16)`` float32, so many around each of a few directions at right angles."""
    rng = np.random.default_rng(seed)
    centres = np.repeat(np.eye(WIDTH, dtype=np.float32)[: len(counts)], counts, axis=0)
    return l2_normalise(centres + spread * rng.normal(size=centres.shape).astype(np.float32))


def index_of(
    folder: Path, images: Sequence[ImageRecord], features: Array, *, generation: int = 1
) -> IndexSnapshot:
    """An index of images and their rows, in any order.

    Args:
        folder: The features folder; the store in it is made.
        images: One for each row.
        features: ``(n, 16)`` float32 unit rows.
        generation: Of the index.
    """
    store = folder / "store"
    store.mkdir(parents=True, exist_ok=True)
    order = sorted(range(len(images)), key=lambda row: images[row].path)
    matrix = features[order]
    return IndexSnapshot(
        library=Path("/pictures/library"),
        space=FAKE_SPACE,
        generation=generation,
        published_at="2026-01-01T00:00:00+00:00",
        images=ImageTable.of([images[row] for row in order]),
        rows=matrix,
        fit=Fit(FitChoice(NONE), np.zeros(WIDTH, np.float32)),
        neighbours=find_neighbours(matrix),
        folder=store,
    )


def two_kinds(folder: Path, *, count: int = 40, generation: int = 1) -> IndexSnapshot:
    """An index of ``count`` pictures in each of the folders ``cats`` and ``dogs``, far apart."""
    images = [
        image(f"{kind}/{number:03}.jpg", 1000 * place + number)
        for place, kind in enumerate(("cats", "dogs"))
        for number in range(count)
    ]
    return index_of(folder, images, blobs([count, count]), generation=generation)


def fitted(snapshot: IndexSnapshot, kind: str) -> IndexSnapshot:
    """An index of ``index_of`` with a fit, which ``folders`` learns from the folders."""
    features = np.asarray(snapshot.matrix)
    labels = [path.rpartition("/")[0] for path in snapshot.images.paths]
    lesson = Lesson(features, labels if kind == FOLDERS else ())
    fit = lesson.fit(FitChoice.of(kind))
    matrix = fit.apply(features)
    return replace(
        snapshot,
        rows=matrix,
        fit=fit,
        extracted=features,
        neighbours=find_neighbours(matrix),
        label_free=Neighbours.of(lesson.centred, *lesson.nearest),
    )
