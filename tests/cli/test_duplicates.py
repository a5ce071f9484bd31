"""``python -m core duplicates``: what it finds, moves and brings back."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image, ImageOps

from core.cli import main
from core.config import Settings
from core.engine import ImageSearchEngine
from core.feature_store import library_file
from tests.flowers import sample_flower
from tests.trash.libraries import contents

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the trash of freedesktop.org")


@pytest.fixture
def gallery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four flowers, an identical, a smaller and a mirrored copy, and a burst of two; indexed."""
    library = tmp_path / "library"
    for name in ("a", "b"):
        (library / name).mkdir(parents=True)
    for number, kind in enumerate(("poppy", "daffodil", "lily", "rose")):
        sample_flower(kind, number + 1).save(library / "a" / f"{number}.png")
    shutil.copy(library / "a" / "0.png", library / "b" / "0 copy.png")
    with Image.open(library / "a" / "1.png") as flower:
        ImageOps.mirror(flower).save(library / "b" / "1 mirrored.jpg", quality=60)
    with Image.open(library / "a" / "2.png") as flower:
        flower.convert("RGB").reduce(2).save(library / "b" / "2 small.jpg", quality=90)
    for second in (3, 5):
        exif = Image.Exif()
        taken = exif.get_ifd(ExifTags.IFD.Exif)
        taken[ExifTags.Base.DateTimeOriginal] = f"2024:05:04 03:02:0{second}"
        flower = sample_flower("poppy", 3)
        bend = 12 * second
        corners = (0, 0, 0, flower.height, flower.width - bend, flower.height, flower.width, bend)
        bent = flower.transform(flower.size, Image.Transform.QUAD, corners)
        bent.save(library / "b" / f"burst {second}.jpg", exif=exif)
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(tmp_path / "features"))
    ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv")).index(library)
    return library


def run(capsys: pytest.CaptureFixture[str], *options: str, code: int = 0) -> tuple[Any, str]:
    """The JSON of a command, ``None`` where it prints none, and what it says beside it."""
    capsys.readouterr()
    assert main(["duplicates", "--json", *options]) == code
    out, error = capsys.readouterr()
    return json.loads(out) if out else None, error


def pictures(features: Path) -> set[str]:
    snapshot = ImageSearchEngine(Settings(features=features)).require_snapshot()
    return {image.path for image in snapshot.images}


def made(*images: tuple[str, bool, bool, str]) -> dict[str, Any]:
    keys = ("image", "keep", "ticked", "why")
    return {"tier": "same", "images": [dict(zip(keys, one, strict=True)) for one in images]}


SAME = [
    made(
        ("a/0.png", True, False, "original name"),
        ("b/0 copy.png", False, True, "identical, named like a copy"),
    ),
    made(
        ("a/1.png", True, False, "least compressed"),
        ("b/1 mirrored.jpg", False, False, "mirrored"),
    ),
    made(
        ("a/2.png", True, False, "most pixels"),
        ("b/2 small.jpg", False, True, "fewer pixels"),
    ),
]
COPIES = {"b/0 copy.png", "b/2 small.jpg"}


def test_all_tiers_are_found(gallery: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, _ = run(capsys)
    assert found["sets"][:3] == SAME
    (moment,) = found["sets"][3:]
    assert moment["tier"] == "moment"
    assert {one["image"] for one in moment["images"]} == {"b/burst 3.jpg", "b/burst 5.jpg"}
    assert not any(one["ticked"] for one in moment["images"])
    assert run(capsys, "--tier", "same")[0] == {"sets": SAME}
    assert run(capsys, "--tier", "overlap")[0] == {"sets": []}
    assert run(capsys, "--tier", "moment")[0] == {"sets": [moment]}
    assert main(["duplicates"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  keep  a/0.png  (original name)" in lines
    assert "  move  b/2 small.jpg  (fewer pixels)" in lines
    assert "        b/1 mirrored.jpg  (mirrored)" in lines


def test_copies_go_to_the_trash_only_with_yes_and_come_back(
    gallery: Path,
    tmp_path: Path,
    trash: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = contents(gallery)
    _, error = run(capsys, "--trash", code=2)
    assert "2 images" in error
    assert "--yes" in error
    assert error.splitlines()[-1].startswith("lookalike: Expected --yes")
    assert contents(gallery) == before
    found, error = run(capsys, "--trash", "--yes")
    assert found == {"sets": SAME}
    assert "moved 2 images" in error
    assert before.keys() - contents(gallery).keys() == COPIES
    # The index follows without a run.
    assert pictures(tmp_path / "features") == contents(gallery).keys()
    assert run(capsys, "--tier", "same")[0] == {"sets": SAME[1:2]}
    assert run(capsys, "--undo")[0] == {"restored": sorted(COPIES), "missing": []}
    assert contents(gallery) == before
    assert pictures(tmp_path / "features") == before.keys()
    assert run(capsys, "--undo")[0] == {"restored": [], "missing": []}
    assert run(capsys, "--tier", "same")[0] == {"sets": SAME}


def test_versions_go_only_where_they_are_asked_for(
    gallery: Path, trash: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(gallery)
    assert run(capsys, "--versions", code=2)[1].count("\n") == 1
    assert contents(gallery) == before
    run(capsys, "--trash", "--yes", "--versions")
    assert before.keys() - contents(gallery).keys() == {*COPIES, "b/1 mirrored.jpg"}


def test_copies_move_into_a_folder_and_the_folder_to_keep_wins(
    gallery: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--keep-folder", "./b/", "--move-to", str(tmp_path / "out"), "--yes")
    found, _ = run(capsys, *options)
    kept = [one["images"][0]["image"] for one in found["sets"]]
    assert kept == ["b/0 copy.png", "b/1 mirrored.jpg", "b/2 small.jpg"]
    # The smaller copy does not show all of the original.
    assert {path for path in contents(tmp_path / "out") if path.endswith(".png")} == {"a/0.png"}
    assert run(capsys, "--undo")[0]["restored"] == ["a/0.png"]


def test_a_folder_to_keep_that_is_not_there_moves_nothing(
    gallery: Path, trash: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(gallery)
    found, error = run(capsys, "--keep-folder", "c", "--trash", "--yes", code=2)
    assert found is None
    assert "a, b" in error
    assert error.count("\n") == 1
    assert contents(gallery) == before


def test_where_the_one_to_keep_has_changed_its_copies_stay(
    gallery: Path,
    trash: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(capsys)
    (gallery / "a" / "0.png").write_bytes(b"something else")
    _, error = run(capsys, "--trash", "--yes")
    assert "b/0 copy.png stays: " in error
    assert (gallery / "b" / "0 copy.png").exists()
    assert not (gallery / "b" / "2 small.jpg").exists()


def test_what_was_moved_is_told_also_where_the_index_cannot_follow(
    gallery: Path, tmp_path: Path, trash: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (catalog,) = (tmp_path / "features").glob("*/catalog.sqlite")
    saved = catalog.read_bytes()
    catalog.write_bytes(b"no catalog" * 1000)
    _, error = run(capsys, "--trash", "--yes", code=2)
    told, problem = error.splitlines()[-2:]
    assert told.startswith("moved 2 images")
    assert "The index does not follow yet" in problem
    assert contents(gallery).keys().isdisjoint(COPIES)
    _, error = run(capsys, "--undo", code=2)
    assert "The index does not follow yet" in error
    assert contents(gallery).keys() > COPIES
    catalog.write_bytes(saved)
    run(capsys, "--trash", "--yes")
    assert pictures(tmp_path / "features") == contents(gallery).keys()


def test_bad_input_is_one_line(
    gallery: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "expected" in run(capsys, "--trash", "--tier", "moment", code=2)[1].lower()
    assert run(capsys, "--trash", "--move-to", str(tmp_path), code=2)[1].count("\n") == 1
    inside = ("--move-to", str(gallery / "x"), "--yes")
    assert "outside of the library" in run(capsys, *inside, code=2)[1].splitlines()[-1]
    assert run(capsys, "--gallery", "none", code=3)[0] is None
    path = library_file(tmp_path / "features", gallery, "links.json")
    path.write_bytes(b"{")
    error = run(capsys, code=2)[1]
    assert str(path) in error
    assert error.count("\n") == 1
