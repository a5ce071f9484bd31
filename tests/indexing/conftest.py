"""What the tests of faults share: small libraries, drives, and an index to spoil."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import save_picture
from tests.indexing.drives import unmount
from tests.indexing.faults import NOBODY, Grown


@pytest.fixture
def two(tmp_path: Path) -> Path:
    folder = tmp_path / "two"
    for seed, name in enumerate(("a.jpg", "b/c.png")):
        save_picture(folder / name, seed)
    return folder


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Path]:
    """An empty folder to mount something on; unmounted in the end."""
    if not shutil.which("mount") or os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    folder = tmp_path / "drive"
    folder.mkdir()
    yield folder
    while unmount(folder):
        pass


@pytest.fixture
def grown(library: Path, tmp_path: Path) -> Grown:
    return Grown(library, tmp_path / "features")


@pytest.fixture
def open_grown() -> Iterator[Grown]:
    """An index that an ordinary user may reach and owns; root owns nothing of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(40):
            save_picture(folder / "library" / "ab"[number % 2] / f"{number}.png", number)
        grown = Grown(folder / "library", folder / "features")
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
        yield grown
        for path in folder.rglob("*"):
            if path.is_dir():
                path.chmod(0o700)
