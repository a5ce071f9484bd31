"""Maps on the disk: read as written, never in part, damaged ones as missing."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.errors import FeatureStoreError
from core.explore.storage import StoredMap, map_file, read_map, write_map

ROOT = Path(__file__).parents[2]


@st.composite
def maps(draw: st.DrawFn) -> StoredMap:
    count = draw(st.integers(0, 20))
    ids = draw(
        st.lists(
            st.text("0123456789abcdef", min_size=32, max_size=32), min_size=count, max_size=count
        )
    )
    return StoredMap(
        draw(st.integers(1, 10**6)),
        np.array(ids, "S32"),
        draw(arrays(np.float32, (count, 2), elements=st.floats(0, 1, width=32))),
        draw(arrays(np.int32, count, elements=st.integers(-1, 9))),
        draw(arrays(np.bool_, count)),
        draw(st.sampled_from(["", "0123456789abcdef" * 2])),
    )


def a_map(generation: int = 1) -> StoredMap:
    return StoredMap(
        generation,
        np.array([b"0" * 32, b"1" * 32]),
        np.array([[0, 0.5], [1, 0.5]], np.float32),
        np.array([-1, 0], np.int32),
        np.array([True, False]),
        "f" * 32,
    )


def assert_same(one: StoredMap, other: StoredMap) -> None:
    assert (one.generation, one.fit) == (other.generation, other.fit)
    for name in ("ids", "positions", "group_of", "drawn"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@given(maps())
def test_a_map_is_read_as_it_was_written(stored: StoredMap) -> None:
    file = io.BytesIO()
    stored.save(file)
    file.seek(0)
    assert_same(StoredMap.load(file), stored)


def test_the_newest_map_is_found_and_old_ones_are_deleted(tmp_path: Path) -> None:
    assert map_file(tmp_path) is None
    for generation in (1, 999_999, 1_000_000):
        write_map(tmp_path, a_map(generation))
    newest = map_file(tmp_path)
    assert newest is not None
    found = read_map(newest)
    assert found is not None
    assert_same(found, a_map(1_000_000))
    assert len(list((tmp_path / "maps").glob("map-*"))) == 2


def test_a_map_of_an_older_version_is_of_an_unknown_fit(tmp_path: Path) -> None:
    write_map(tmp_path, a_map())
    path = map_file(tmp_path)
    assert path is not None
    with np.load(path) as archive:
        np.savez(path, **{name: archive[name] for name in archive.files if name != "fit"})
    found = read_map(path)
    assert found is not None
    assert_same(found, replace(a_map(), fit=""))


@given(st.binary(max_size=200), st.floats(0, 1))
def test_a_damaged_map_counts_as_missing(noise: bytes, share: float) -> None:
    file = io.BytesIO()
    a_map().save(file)
    content = file.getvalue()
    place = int(share * len(content))
    for damaged in (content[:place], content[:place] + noise + content[place + len(noise) + 1 :]):
        try:
            found = StoredMap.load(io.BytesIO(damaged))
        except Exception:
            # Whatever NumPy raises, ``read_map`` reports.
            continue
        # What is not read again by the checksum of the archive: bytes that nothing depends on.
        assert_same(found, a_map())


@pytest.mark.parametrize("change", [
    {"version": 2}, {"format": "another"}, {"positions": np.zeros((3, 2), np.float32)},
    {"positions": np.full((2, 2), np.nan, np.float32)}, {"group_of": np.zeros(2)},
    {"ids": np.array([1, 2])}, {"drawn": None},
])  # fmt: skip
def test_another_content_counts_as_missing(
    tmp_path: Path, change: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    write_map(tmp_path, a_map())
    path = map_file(tmp_path)
    assert path is not None
    with np.load(path) as archive:
        content = {name: archive[name] for name in archive.files} | change
    np.savez(path, **{name: value for name, value in content.items() if value is not None})
    assert read_map(path) is None
    assert "Draw it anew" in caplog.text
    assert len(caplog.records) == 1


def test_a_folder_that_cannot_be_written_is_one_clear_line(
    tmp_path: Path, as_user: Callable[[Callable[[], Any]], Any]
) -> None:
    store = Path("store")
    (tmp_path / store).mkdir()

    def write() -> str:
        with pytest.raises(FeatureStoreError) as error:
            write_map(store, a_map())
        return str(error.value)

    message = as_user(write)
    assert "The map cannot be saved" in message
    assert len(message.splitlines()) == 1


KILLED = """
import os, signal, sys
from pathlib import Path
from core.explore import storage
from tests.explore.test_storage import a_map

class Dying(storage.StoredMap):
    def save(self, file):
        file.write(b"PK half of a map")
        file.flush()
        os.kill(os.getpid(), signal.SIGKILL)

one = a_map(2)
storage.write_map(Path(sys.argv[1]), Dying(2, one.ids, one.positions, one.group_of, one.drawn))
"""


def test_a_run_killed_while_it_writes_leaves_the_old_map(tmp_path: Path) -> None:
    write_map(tmp_path, a_map(1))
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    left = list((tmp_path / "maps").glob(".*.tmp"))
    assert len(left) == 1
    path = map_file(tmp_path)
    assert path is not None
    found = read_map(path)
    assert found is not None
    assert_same(found, a_map(1))
    # The next run writes, and deletes what is left.
    write_map(tmp_path, a_map(2))
    assert not left[0].exists()
