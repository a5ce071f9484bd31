"""Sidecars move and come back with their picture, and stay with any file of their stem."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from core.trash import Move, last_removal, removal_run, remove, sidecars_of, undo
from tests.trash.libraries import contents, fill_library, pictures, record, remove_images

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the trash of freedesktop.org")

CLIP = b"....moov....com.apple.quicktime.content.identifier...."
SIDECARS = (
    "a.xmp",
    "a.jpg.xmp",
    "a.AAE",
    "a.pp3",
    "a.jpg.pp3",
    "a.dop",
    "a.json",
    "a.jpg.json",
    "a.jpg.supplemental-metadata.json",
    "a.jpg.supplemental-me.json",
    "a.mov",
)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    fill_library(folder, 0)
    write(folder, "x/a.jpg", *(f"x/{name}" for name in SIDECARS), "x/b.xmp", "x/a1.xmp")
    write(folder, "y/a.xmp", "x/a.jpg.txt")
    return folder


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() + (CLIP if name.lower().endswith(".mov") else b""))


def test_the_sidecars_of_a_picture_are_those_with_its_name(library: Path) -> None:
    found = {path.name for path in sidecars_of(library / "x" / "a.jpg")}
    assert found == set(SIDECARS)
    assert sidecars_of(library / "nowhere" / "a.jpg") == ()


def test_a_film_with_the_name_of_a_picture_is_no_sidecar(library: Path) -> None:
    (library / "x" / "a.mov").write_bytes(b"a film of something else")
    assert "a.mov" not in {path.name for path in sidecars_of(library / "x" / "a.jpg")}


@pytest.mark.parametrize("to_trash", [True, False])
def test_sidecars_go_and_come_back_with_their_picture(
    to_trash: bool, library: Path, tmp_path: Path, trash: Path
) -> None:
    features, into = tmp_path / "features", tmp_path / "out"
    (library / "x" / "a.jpg.txt").unlink()
    before = contents(library)
    times = {name: (library / name).stat().st_mtime_ns for name in before}
    report = remove_images(
        features, library, [record(library, "x/a.jpg")], into=None if to_trash else into
    )
    assert report.moved == ("x/a.jpg",)
    assert {*report.sidecars} == {f"x/{name}" for name in SIDECARS}
    assert report.bytes == sum(len(before[name]) for name in (*report.moved, *report.sidecars))
    assert sorted(contents(library)) == ["kept.png", "x/a1.xmp", "x/b.xmp", "y/a.xmp"]
    removal = last_removal(features, library)
    assert removal
    assert (len(removal.removed), len(removal.away)) == (1, 1 + len(SIDECARS))
    back = undo(features, library)
    assert (back.restored, set(back.sidecars)) == (report.moved, set(report.sidecars))
    assert contents(library) == before
    assert {name: (library / name).stat().st_mtime_ns for name in before} == times
    assert last_removal(features, library) is None


@pytest.mark.parametrize("other", ["a.raf", "A.HEIC", "a.txt", "a"])
def test_sidecars_stay_with_a_file_of_their_stem(
    other: str, library: Path, tmp_path: Path, trash: Path
) -> None:
    write(library, f"x/{other}")
    report = remove_images(tmp_path / "features", library, [record(library, "x/a.jpg")])
    assert report.moved == ("x/a.jpg",)
    # Those of a.jpg.* stay with a.jpg.txt.
    assert report.sidecars == ()
    (library / "x" / "a.jpg.txt").unlink()
    undo(tmp_path / "features", library)
    report = remove_images(tmp_path / "features", library, [record(library, "x/a.jpg")])
    assert {*report.sidecars} == {f"x/{name}" for name in SIDECARS if name.startswith("a.jpg.")}


def test_sidecars_go_with_the_last_picture_of_their_stem(
    library: Path, tmp_path: Path, trash: Path
) -> None:
    features = tmp_path / "features"
    write(library, "x/c.jpg", "x/c.raf", "x/c.xmp", "x/d.jpg", "x/d.raf", "x/d.xmp")
    before = contents(library)
    kept = record(library, "kept.png")
    images = {name: record(library, f"x/{name}") for name in ("c.jpg", "c.raf", "d.jpg", "d.raf")}
    (library / "x" / "d.jpg").write_bytes(b"changed")
    report = remove(features, library, [Move(one, kept) for one in images.values()])
    assert report.moved == ("x/c.jpg", "x/c.raf", "x/d.raf")
    assert report.sidecars == ("x/c.xmp",)
    (library / "x" / "d.jpg").write_bytes(before["x/d.jpg"])
    undo(features, library)
    assert contents(library) == before


def test_a_sidecar_that_changes_meanwhile_stays(
    library: Path, tmp_path: Path, trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(library, "x/c.jpg", "x/c.xmp", "x/c.pp3")
    to_trash = removal_run.to_trash

    def moved(going: object) -> object:
        (library / "x" / "c.xmp").write_bytes(b"edited")
        return to_trash(going)  # type: ignore[arg-type]

    monkeypatch.setattr(removal_run, "to_trash", moved)
    report = remove_images(tmp_path / "features", library, [record(library, "x/c.jpg")])
    assert (report.moved, report.sidecars) == (("x/c.jpg",), ("x/c.pp3",))
    assert "c.xmp stays" in report.notes[0]
    assert (library / "x" / "c.xmp").read_bytes() == b"edited"


def test_sidecars_come_back_with_a_picture_whose_other_is_gone(
    library: Path, tmp_path: Path, trash: Path
) -> None:
    write(library, "x/c.jpg", "x/c.xmp", "x/d.jpg", "x/d.xmp")
    before = pictures(library)
    images = [record(library, "x/c.jpg"), record(library, "x/d.jpg")]

    def deleted(done: int, _total: int) -> None:
        # After the first was moved and checked, with its sidecar.
        if done == 1:
            (library / "kept.png").unlink()

    kept = record(library, "kept.png")
    moves = [Move(one, kept) for one in images]
    report = remove(tmp_path / "features", library, moves, progress=deleted)
    assert (report.moved, report.sidecars) == ((), ())
    del before["kept.png"]
    assert contents(library) == before
    assert last_removal(tmp_path / "features", library) is None


def test_a_linked_sidecar_stays(library: Path, tmp_path: Path, trash: Path) -> None:
    write(library, "x/c.jpg")
    write(tmp_path, "outside.xmp")
    (library / "x" / "c.xmp").symlink_to(tmp_path / "outside.xmp")
    report = remove_images(tmp_path / "features", library, [record(library, "x/c.jpg")])
    assert (report.moved, report.sidecars) == (("x/c.jpg",), ())
    assert (library / "x" / "c.xmp").is_symlink()
