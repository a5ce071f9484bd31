"""Galleries of drawn vectors and made-up images, and what the exact index says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from core.feature_store import ImageTable, IndexSnapshot
from core.feature_store.arrays import checksum
from core.model import Fit, FitChoice
from core.search import LocalIndex, SearchIndex, SearchOptions
from core.types import Array, FeatureSpace, ImageRecord

WIDTH = 24
SPACE = FeatureSpace(
    model="vgg16",
    weights="random",
    weights_digest="5eed" * 16,
    descriptor="avg",
    dimension=WIDTH,
)
NO_FIT = Fit(FitChoice("none"), np.zeros(WIDTH, np.float32))
HOSTILE = (
    '"] or key != "',
    "it's",
    "100%_of",
    "back\\slash\\",
    "{curly}",
    "line\nbreak",
    "$(sleep 9)",
    "日本 🌸",
    "' or 1 == 1 or '",
)
EXTENSIONS = ("jpg", "JPEG", "png", "webp", "tif", "heic", "strange")
DATES = (None, "1999-12-31T23:59:59", "2020-02-29T00:00:00", "2021-06-15T12:00:00", "0000-00-00")


def draw_images(seed: int, count: int) -> tuple[ImageRecord, ...]:
    """Images in folders with hostile names and of all kinds, in the order of their paths.

    Every tenth is a copy of another one.
    """
    rng = np.random.default_rng(seed)
    folders = ["", "a/", "a/b/", "ab/", *(f"{name}/" for name in HOSTILE), "a/b/it's/"]
    images = []
    for number in range(count):
        folder, name = folders[rng.integers(len(folders))], HOSTILE[rng.integers(len(HOSTILE))]
        path = f"{folder}{name} {seed}-{number}.{EXTENSIONS[rng.integers(len(EXTENSIONS))]}"
        width, height = (int(side) for side in rng.integers(1, 5, size=2) * 500)
        content = number - 1 if number % 10 == 9 else number
        digest = blake2b(f"{seed} {content}".encode(), digest_size=16).hexdigest()
        images.append(
            ImageRecord(
                path=path,
                size=int(rng.integers(1, 10**9)),
                mtime_ns=int(rng.integers(10**18)),
                id=digest,
                width=width,
                height=height,
                taken_at=DATES[rng.integers(len(DATES))],
                checksum=digest[:16],
            )
        )
    return tuple(sorted(images, key=lambda image: image.path))


def draw_vectors(seed: int, count: int, width: int = WIDTH) -> Array:
    """Unit rows ``(count, width)`` float32 around a few centres."""
    rng = np.random.default_rng([seed, count])
    centres = np.random.default_rng(0).normal(size=(8, width))
    rows = centres[rng.integers(len(centres), size=count)] + rng.normal(size=(count, width)) / 2
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def make_snapshot(
    images: Sequence[ImageRecord],
    matrix: Array,
    *,
    space: FeatureSpace = SPACE,
    fit: Fit = NO_FIT,
    generation: int = 1,
) -> IndexSnapshot:
    """A published index of these images and rows."""
    return IndexSnapshot(
        library=Path("/library"),
        space=space,
        generation=generation,
        published_at="2026-01-01T00:00:00+00:00",
        images=ImageTable.of(images),
        rows=matrix,
        fit=fit,
    )


def draw_snapshot(seed: int, count: int, **attributes: Any) -> IndexSnapshot:
    """A snapshot of drawn images; copies have the same row, and every seventh row is the same."""
    images, matrix = draw_images(seed, count), draw_vectors(seed, count)
    first: dict[str, int] = {}
    for row, image in enumerate(images):
        matrix[row] = matrix[first.setdefault(image.id, row)]
    matrix[::7] = matrix[0]
    pairs = zip(images, matrix, strict=True)
    summed = [replace(image, checksum=checksum(row)) for image, row in pairs]
    return make_snapshot(summed, matrix, **attributes)


def answers(
    index: SearchIndex, queries: Array, k: int, **options: Any
) -> list[tuple[ImageRecord, float]]:
    """The images that an index finds, and their distances."""
    hits = index.search(queries, SearchOptions(k=k, **options))
    return list(zip(hits.images, hits.distances.tolist(), strict=True))


def exact_hits(
    snapshot: IndexSnapshot, queries: Array, k: int, **options: Any
) -> list[tuple[ImageRecord, float]]:
    """What a comparison with every row finds."""
    return answers(LocalIndex(snapshot), queries, k, **options)
