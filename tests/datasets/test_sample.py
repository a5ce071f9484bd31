"""The sample gallery: what is in the box, and how it is copied."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from core.datasets import SAMPLE_COUNT, SAMPLE_GALLERY, copy_sample
from core.errors import Cancelled, ConfigurationError, LibraryError
from core.types import Progress, Stage
from tests.flowers import KINDS

BOX = {
    path.relative_to(SAMPLE_GALLERY).as_posix(): path.read_bytes()
    for path in SAMPLE_GALLERY.rglob("*.jpg")
}


def contents(directory: Path) -> dict[str, bytes]:
    """What every file under a folder holds, hidden ones included."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


def kinds_of(names: dict[str, bytes]) -> Counter[str]:
    return Counter(name.partition("/")[0] for name in names)


def test_every_picture_in_the_box_is_another_rgb_jpeg() -> None:
    assert len(set(BOX.values())) == len(BOX) == SAMPLE_COUNT
    for name in BOX:
        with Image.open(SAMPLE_GALLERY / name) as image:
            image.load()
            assert (image.format, image.mode) == ("JPEG", "RGB"), name
            assert image.size in {(384, 384), (400, 300), (300, 400)}, name


def test_the_card_counts_the_pictures_of_every_kind() -> None:
    card = (SAMPLE_GALLERY / "README.md").read_text(encoding="utf-8")
    counts = dict(re.findall(r"\| ([a-z-]+) \| (\d+) (?=\|)", card))
    assert {kind: int(count) for kind, count in counts.items()} == kinds_of(BOX)
    assert f"{SAMPLE_COUNT} drawn flowers, {len(KINDS)} kinds" in card


def test_all_of_the_box_is_copied(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "flowers"
    assert copy_sample(directory) == SAMPLE_COUNT
    assert contents(directory) == BOX


@pytest.mark.parametrize("count", [1, len(KINDS) + 2, SAMPLE_COUNT - 1])
def test_fewer_are_spread_evenly_over_the_kinds(tmp_path: Path, count: int) -> None:
    assert copy_sample(tmp_path, count=count) == count
    copied = contents(tmp_path)
    assert copied.items() <= BOX.items()
    spread = [kinds_of(copied)[kind] for kind in KINDS]
    assert sum(spread) == count
    assert max(spread) - min(spread) <= 1
    numbers = {int(name[-7:-4]) for name in copied}
    assert numbers == set(range(1, max(spread) + 1))


@pytest.mark.parametrize("count", [-5, 0, SAMPLE_COUNT + 1])
def test_more_than_there_are_is_refused(tmp_path: Path, count: int) -> None:
    with pytest.raises(ConfigurationError, match=f"Expected 1 to 240 .* count={count}"):
        copy_sample(tmp_path / "new", count=count)
    assert not (tmp_path / "new").exists()


def test_other_files_of_the_same_names_are_replaced_only_if_asked(tmp_path: Path) -> None:
    copy_sample(tmp_path, count=2)
    mine, other = sorted(tmp_path.rglob("*.jpg"))
    before = other.stat()
    mine.write_text("mine")
    (tmp_path / "notes.txt").write_text("mine, too")
    (mine.parent / "mine.jpg").write_text("mine, too")
    theirs = contents(tmp_path)
    with pytest.raises(ConfigurationError, match=f"Received: {mine}.*--overwrite"):
        copy_sample(tmp_path, count=4)
    assert contents(tmp_path) == theirs
    copy_sample(tmp_path, count=4, overwrite=True)
    copied = contents(tmp_path)
    assert {copied.pop("notes.txt"), copied.pop(f"{mine.parent.name}/mine.jpg")} == {b"mine, too"}
    assert copied.items() <= BOX.items()
    assert len(copied) == 4
    # What was there already was not written again.
    assert (other.stat().st_ino, other.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_link_that_leads_nowhere_is_not_replaced(tmp_path: Path) -> None:
    link = tmp_path / "bluebell" / "bluebell-001.jpg"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match="--overwrite"):
        copy_sample(tmp_path)
    assert link.is_symlink()
    assert list(tmp_path.rglob("*.jpg")) == [link]


def test_a_file_that_comes_into_being_meanwhile_is_kept(tmp_path: Path) -> None:
    last = tmp_path / "tulip" / "tulip-015.jpg"

    def come(progress: Progress) -> None:
        if progress.done == SAMPLE_COUNT - 1:
            last.write_text("mine")

    with pytest.raises(LibraryError, match="another folder"):
        copy_sample(tmp_path, progress=come)
    copied = contents(tmp_path)
    assert copied.pop("tulip/tulip-015.jpg") == b"mine"
    assert copied.items() <= BOX.items()


@pytest.mark.parametrize("stop", [0, 1, 100, SAMPLE_COUNT - 1])
def test_stopped_half_way_it_keeps_what_was_copied_and_goes_on(tmp_path: Path, stop: int) -> None:
    calls: list[Progress] = []

    def progress(now: Progress) -> None:
        calls.append(now)
        if now.done == stop:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        copy_sample(tmp_path, progress=progress)
    copied = contents(tmp_path)
    assert len(copied) == stop
    assert copied.items() <= BOX.items()
    assert copy_sample(tmp_path, progress=calls.append) == SAMPLE_COUNT
    assert contents(tmp_path) == BOX
    assert {(call.stage, call.total) for call in calls} == {(Stage.COPYING, SAMPLE_COUNT)}
    counted = [*range(stop + 1), *range(stop, SAMPLE_COUNT + 1)]
    assert [call.done for call in calls] == counted


@pytest.mark.parametrize("blocked", ["", "bluebell", "bluebell/bluebell-001.jpg"])
def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path: Path, blocked: str) -> None:
    directory = tmp_path / "flowers"
    obstacle = directory / blocked
    obstacle.parent.mkdir(parents=True, exist_ok=True)
    if obstacle.suffix:
        obstacle.mkdir()
    else:
        obstacle.write_text("a file where a folder should be")
    before = contents(tmp_path)
    with pytest.raises(LibraryError, match="another folder") as caught:
        copy_sample(directory, count=1, overwrite=True)
    assert str(directory) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert contents(tmp_path) == before
