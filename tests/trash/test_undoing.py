"""What was moved away comes back, and no removal is forgotten while a file is away."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from core.errors import FeatureStoreError
from core.trash import last_removal, undo
from tests.fakes import save_picture
from tests.indexing.drives import mount, unmount
from tests.trash.libraries import KEPT, contents, fill_library, pictures, records, remove_images

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the trash of freedesktop.org")


def test_an_undo_overwrites_nothing(tmp_path: Path, trash: Path) -> None:
    library, features = tmp_path / "library", tmp_path / "features"
    images = fill_library(library)
    remove_images(features, library, images[:2])
    save_picture(library / images[0].path, 55)
    new = contents(library)[images[0].path]
    report = undo(features, library)
    assert report.restored == (images[1].path,)
    assert [one.image for one in report.missing] == [images[0].path]
    assert contents(library)[images[0].path] == new
    # What is still in the trash stays in the journal.
    removal = last_removal(features, library)
    assert removal and [one.image for one in removal.removed] == [images[0].path]


def test_removals_are_undone_one_after_the_other(tmp_path: Path, trash: Path) -> None:
    library, features = tmp_path / "library", tmp_path / "features"
    images = fill_library(library)
    before = contents(library)
    for image in images[:3]:
        assert remove_images(features, library, [image]).moved == (image.path,)
    for image in reversed(images[:3]):
        assert undo(features, library).restored == (image.path,)
    assert contents(library) == before
    assert undo(features, library).restored == ()


def test_a_damaged_journal_is_one_clear_line(tmp_path: Path, trash: Path) -> None:
    library, features = tmp_path / "library", tmp_path / "features"
    remove_images(features, library, fill_library(library)[:2])
    (path,) = features.rglob("*.jsonl")
    whole = path.read_bytes()
    for content in (b"", b"{}", b"[]\n", b'{"format": 1}', whole[:50], whole + b'{"file": 99}\n'):
        path.write_bytes(content)
        with pytest.raises(FeatureStoreError) as caught:
            undo(features, library)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
    path.write_bytes(whole)
    assert len(undo(features, library).restored) == 2


def test_what_is_on_an_unplugged_drive_can_come_back_later(tmp_path: Path, trash: Path) -> None:
    library, features, into = tmp_path / "library", tmp_path / "features", tmp_path / "drive"
    images = fill_library(library)
    before = contents(library)
    remove_images(features, library, images[:1])
    remove_images(features, library, images[1:2], into=into)
    into.rename(tmp_path / "unplugged")
    # The earlier removal is not held up by it.
    report = undo(features, library)
    assert report.restored == (images[0].path,)
    (missing,) = report.missing
    assert missing.image == images[1].path
    assert str(into / images[1].path) in missing.reason
    assert [one.image for one in undo(features, library).missing] == [images[1].path]
    (tmp_path / "unplugged").rename(into)
    assert undo(features, library).restored == (images[1].path,)
    assert contents(library) == before


def test_an_undo_makes_no_library_where_its_drive_is_unplugged(tmp_path: Path, trash: Path) -> None:
    library, features = tmp_path / "library", tmp_path / "features"
    images = fill_library(library)
    before = contents(library)
    remove_images(features, library, images[:2])
    library.rename(tmp_path / "unplugged")
    assert len(undo(features, library).missing) == 2
    assert not library.exists()
    (tmp_path / "unplugged").rename(library)
    assert len(undo(features, library).restored) == 2
    assert contents(library) == before


@pytest.mark.parametrize("to_trash", [True, False])
def test_the_empty_mount_point_of_an_unplugged_drive_makes_nothing_gone(
    to_trash: bool, drive: Path, tmp_path: Path, trash: Path
) -> None:
    stick, features = tmp_path / "stick", tmp_path / "features"
    stick.mkdir()
    mount(stick, "-t", "tmpfs", "-o", "size=4m", "tmpfs")
    try:
        mount(drive, "--bind", str(stick))
        library = drive if to_trash else tmp_path / "library"
        images = fill_library(library)
        before = pictures(library)
        remove_images(features, library, images[:2], into=None if to_trash else drive / "out")
        unmount(drive)
        assert [*drive.iterdir()] == []
        assert len(undo(features, library).missing) == 2
        assert [*drive.iterdir()] == []
        mount(drive, "--bind", str(stick))
        assert last_removal(features, library)
        assert len(undo(features, library).restored) == 2
        assert pictures(library) == before
    finally:
        unmount(stick)


@pytest.mark.parametrize("to_trash", [True, False])
def test_what_was_deleted_elsewhere_is_named_once(
    to_trash: bool, tmp_path: Path, trash: Path
) -> None:
    library, features, into = tmp_path / "library", tmp_path / "features", tmp_path / "out"
    images = fill_library(library)
    remove_images(features, library, images[:2], into=None if to_trash else into)
    for folder in [trash / "files", trash / "info"] if to_trash else [into / "a"]:
        shutil.rmtree(folder)
    report = undo(features, library)
    assert [one.image for one in report.missing] == [one.path for one in images[:2]]
    assert last_removal(features, library) is None
    assert undo(features, library).missing == ()


def test_no_journal_of_a_file_that_is_away_is_deleted(
    tmp_path: Path, trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.trash.journal.SETTLED_JOURNALS", 2)
    library, features = tmp_path / "library", tmp_path / "features"
    images = fill_library(library)
    before = contents(library)
    for image in images:
        remove_images(features, library, [image])
    for _ in images:
        assert len(undo(features, library).restored) == 1
    assert contents(library) == before
    # Of which all is back, few are kept.
    for image in images[:2]:
        remove_images(features, library, [image])
    assert len([*features.rglob("*.jsonl")]) == 3


def test_reading_writes_nothing(tmp_path: Path, trash: Path) -> None:
    library, features = tmp_path / "library", tmp_path / "features"
    images = fill_library(library)
    remove_images(features, library, images)
    (path,) = features.rglob("*.jsonl")
    # As after a kill: what was done is not in the journal.
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    shutil.copy(trash / "files" / Path(images[0].path).name, library / images[0].path)
    os.utime(library / images[0].path, ns=(0, images[0].mtime_ns))
    before = contents(features)
    removal = last_removal(features, library)
    assert removal and [one.image for one in removal.removed] == [one.path for one in images[1:]]
    assert contents(features) == before
    assert len(undo(features, library).restored) == len(images)


def test_a_removal_is_undone_after_the_library_was_renamed(tmp_path: Path, trash: Path) -> None:
    library, features, renamed = tmp_path / "library", tmp_path / "features", tmp_path / "photos"
    images = fill_library(library)
    before = contents(library)
    remove_images(features, library, images[:1])
    remove_images(features, library, images[1:2], into=tmp_path / "out")
    library.rename(renamed)
    assert undo(features, library).restored == ()
    removal = last_removal(features, renamed)
    assert removal and [one.image for one in removal.removed] == [images[1].path]
    remove_images(features, renamed, images[2:3])
    for image in (images[2], images[1], images[0]):
        assert undo(features, renamed).restored == (image.path,)
    assert contents(renamed) == before
    assert not library.exists()


def test_another_library_is_not_taken_for_the_renamed_one(tmp_path: Path, trash: Path) -> None:
    library, features = tmp_path / "library", tmp_path / "features"
    images = fill_library(library)
    before = contents(library)
    shutil.copytree(library, tmp_path / "backup")
    fill_library(tmp_path / "strange", 0)
    (tmp_path / "strange" / KEPT).write_bytes(b"another picture")
    remove_images(features, library, images[:2])
    library.rename(tmp_path / "unplugged")
    for other in ("backup", "strange"):
        assert last_removal(features, tmp_path / other) is None
        assert undo(features, tmp_path / other).restored == ()
    (tmp_path / "unplugged").rename(library)
    assert len(undo(features, library).restored) == 2
    assert contents(library) == before


@pytest.mark.parametrize("to_trash", [True, False])
def test_a_journal_of_the_former_version_is_read(
    to_trash: bool, tmp_path: Path, trash: Path
) -> None:
    library, features, into = tmp_path / "library", tmp_path / "features", tmp_path / "out"
    images = fill_library(library)
    before = contents(library)
    remove_images(features, library, images[:2], into=None if to_trash else into)
    (path,) = features.rglob("*.jsonl")
    files = [
        {
            "image": one.path,
            "id": one.id,
            "size": one.size,
            "to": "" if to_trash else str(into / one.path),
            "state": "planned",
        }
        for one in images[:2]
    ]
    plan = {"format": "lookalike-removal-1", "library": str(library), "at": "2026-01-01T00:00:00"}
    lines = [plan | {"files": files}, {"file": 0, "state": "moved"}]
    path.write_text("\n".join(map(json.dumps, lines)))
    removal = last_removal(features, library)
    assert removal and len(removal.removed) == 2
    assert len(undo(features, library).restored) == 2
    assert contents(library) == before


def test_a_person_finds_the_way_back_in_the_folder(tmp_path: Path, trash: Path) -> None:
    library, into = tmp_path / "library", tmp_path / "out"
    images = fill_library(library)
    before = contents(library)
    remove_images(tmp_path / "one", library, images[:2], into=into)
    save_picture(library / images[0].path, 9)
    changed = records(library)[0]
    remove_images(tmp_path / "other", library, [changed], into=into)
    save_picture(library / images[0].path, 0)
    shutil.rmtree(tmp_path / "one")
    with (into / "original-paths.csv").open(newline="") as file:
        rows = [*csv.DictReader(file)]
    assert [row["content id"] for row in rows] == [images[0].id, images[1].id, changed.id]
    assert rows[0]["file"] != rows[2]["file"]
    for row in rows[:2]:
        Path(into / row["file"]).replace(row["original path"])
    assert contents(library) == before


def test_a_table_of_someone_else_is_not_written_to(tmp_path: Path, trash: Path) -> None:
    library, into = tmp_path / "library", tmp_path / "out"
    images = fill_library(library)
    into.mkdir()
    (into / "original-paths.csv").write_text("my,own,table\n")
    remove_images(tmp_path / "features", library, images[:1], into=into)
    assert (into / "original-paths.csv").read_text() == "my,own,table\n"
    assert images[0].id in (into / "original-paths 2.csv").read_text()


def test_a_planned_file_that_someone_changed_is_not_away(tmp_path: Path, trash: Path) -> None:
    library, features = tmp_path / "library", tmp_path / "features"
    images = fill_library(library)
    remove_images(features, library, images[:1])
    undo(features, library)
    (path,) = features.rglob("*.jsonl")
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    (library / images[0].path).write_bytes(b"changed")
    report = undo(features, library)
    assert (report.restored, report.missing) == ((), ())
    assert last_removal(features, library) is None


def test_of_two_files_of_a_name_in_the_trash_the_right_one_comes_back(
    tmp_path: Path, trash: Path
) -> None:
    library, features = tmp_path / "library", tmp_path / "features"
    (first,) = fill_library(library, 1)
    before = contents(library)
    remove_images(features, library, [first])
    save_picture(library / first.path, 5)
    remove_images(tmp_path / "other features", library, records(library)[:1])
    assert undo(features, library).restored == (first.path,)
    assert contents(library) == before
