"""Files that are written at once or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.atomic import atomic_write


def test_an_atomic_write_replaces_the_file_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    for durable in (False, True):
        with atomic_write(path, durable=durable) as file:
            before = path.read_bytes()
            file.write(b"new" if not durable else b"newer")
            assert path.read_bytes() == before
    assert path.read_bytes() == b"newer"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
def test_an_atomic_write_that_fails_leaves_the_old_file_alone(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(error), atomic_write(path) as file:
        file.write(b"half of the n")
        raise error
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_atomic_write_takes_a_name_of_any_legal_length(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    with atomic_write(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
