"""What the tests of a cluster share: a cluster, and a library of several parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.model import BATCH_SIZE
from tests.cluster.dask_cluster import DaskCluster
from tests.fakes import save_picture

PARTS = 6


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskCluster]:
    """A scheduler without workers."""
    pytest.importorskip("distributed")
    folder = tmp_path / "dask"
    folder.mkdir()
    with DaskCluster(folder) as started:
        yield started


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A library of so many pictures that each of two workers gets several parts."""
    folder = tmp_path / "many"
    for number in range(PARTS * BATCH_SIZE):
        save_picture(folder / "ab"[number % 2] / f"{number:03}.png", number)
    return folder
