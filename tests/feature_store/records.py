"""Features and records of a few images, for the tests of the store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from core.feature_store import FeatureStore
from core.feature_store import publish as publish_index
from core.feature_store.arrays import checksum
from core.model import NONE, FitChoice
from core.types import Array, ImageRecord
from tests.fakes import FAKE_SPACE

DIMENSION = FAKE_SPACE.dimension
NAMES = ("a.jpg", "b.jpg", "cats/1.jpg", "cats/1.png")


# Any name that a file of an image can have: no slash, no zero, no surrogates, not too long.
SEGMENT = (
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)
    .filter(lambda name: name not in (".", ".."))
    .filter(lambda name: len(name.encode()) <= 251)
)


def feature(seed: int) -> Array:
    numbers = np.random.default_rng(seed).normal(size=DIMENSION)
    return (numbers / np.linalg.norm(numbers)).astype(np.float32)


def record(path: str, *, content: int = 0) -> ImageRecord:
    return ImageRecord(path, 10, 1_700_000_000_000_000_000, f"{content:032x}", 64, 48, None)


def records(first: int = 0) -> tuple[ImageRecord, ...]:
    """The records of ``NAMES`` with the features from a number on."""
    return tuple(
        replace(record(name, content=number), checksum=checksum(feature(first + number)))
        for number, name in enumerate(NAMES)
    )


def publish(
    store: FeatureStore, images: tuple[ImageRecord, ...], kind: str = NONE, **options: Any
) -> int:
    return publish_index(store, images, FitChoice.of(kind), **options)


def cut(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
