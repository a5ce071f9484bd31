"""Drives for the tests of removals."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.indexing.drives import unmount


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Path]:
    """An empty folder to mount something on."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    folder = tmp_path / "drive"
    folder.mkdir()
    yield folder
    while unmount(folder):
        pass
