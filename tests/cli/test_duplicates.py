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
from core.datasets import draw_flower
from core.engine import ImageSearchEngine
from core.feature_store import library_file
from tests.trash.libraries import contents

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the trash of freedesktop.org")


@pytest.fixture
def gallery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four flowers with their index; an identical and a mirrored copy, and a burst of two."""
    library = tmp_path / "library"
    for name in ("a", "b"):
        (library / name).mkdir(parents=True)
    for number, kind in enumerate(("poppy", "daffodil", "lily", "rose")):
        draw_flower(kind, seed=2, number=number).save(library / "a" / f"{number}.png")
    shutil.copy(library / "a" / "0.png", library / "b" / "0 copy.png")
    with Image.open(library / "a" / "1.png") as flower:
        ImageOps.mirror(flower).save(library / "b" / "1 small.jpg", quality=60)
    for second in (3, 5):
        exif = Image.Exif()
        taken = exif.get_ifd(ExifTags.IFD.Exif)
        taken[ExifTags.Base.DateTimeOriginal] = f"2024:05:04 03:02:0{second}"
        flower = draw_flower("poppy", seed=8, number=2)
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


SAME = [
    {
        "tier": "same",
        "images": [
            {"image": "a/0.png", "keep": True, "why": "original name"},
            {"image": "b/0 copy.png", "keep": False, "why": "identical, named like a copy"},
        ],
    },
    {
        "tier": "same",
        "images": [
            {"image": "a/1.png", "keep": True, "why": "least compressed"},
            {"image": "b/1 small.jpg", "keep": False, "why": "more compressed"},
        ],
    },
]


def test_both_tiers_are_found(gallery: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, _ = run(capsys)
    assert found["sets"][:2] == SAME
    (moment,) = found["sets"][2:]
    assert moment["tier"] == "moment"
    assert {one["image"] for one in moment["images"]} == {"b/burst 3.jpg", "b/burst 5.jpg"}
    assert run(capsys, "--tier", "same")[0] == {"sets": SAME}
    assert run(capsys, "--tier", "moment")[0] == {"sets": [moment]}
    assert main(["duplicates"]) == 0
    assert "  keep  a/0.png  (original name)" in capsys.readouterr().out


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
    assert error.count("\n") == 1
    assert contents(gallery) == before
    found, error = run(capsys, "--trash", "--yes")
    assert found == {"sets": SAME}
    assert "moved 2 images" in error
    gone = {"b/0 copy.png", "b/1 small.jpg"}
    assert before.keys() - contents(gallery).keys() == gone
    # The index follows without a run.
    assert pictures(tmp_path / "features") == contents(gallery).keys()
    assert run(capsys, "--tier", "same")[0] == {"sets": []}
    assert run(capsys, "--undo")[0] == {"restored": sorted(gone), "missing": []}
    assert contents(gallery) == before
    assert pictures(tmp_path / "features") == before.keys()
    assert run(capsys, "--undo")[0] == {"restored": [], "missing": []}
    assert run(capsys, "--tier", "same")[0] == {"sets": SAME}


def test_copies_move_into_a_folder_and_the_folder_to_keep_wins(
    gallery: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--keep-folder", "b/", "--move-to", str(tmp_path / "out"), "--yes")
    found, _ = run(capsys, *options)
    assert [one["images"][0]["image"] for one in found["sets"]] == ["b/0 copy.png", "b/1 small.jpg"]
    assert contents(tmp_path / "out").keys() == {"a/0.png", "a/1.png", "original-paths.csv"}
    assert run(capsys, "--undo")[0]["restored"] == ["a/0.png", "a/1.png"]


def test_where_the_one_to_keep_has_changed_its_copies_stay(
    gallery: Path,
    trash: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (gallery / "a" / "0.png").write_bytes(b"something else")
    _, error = run(capsys, "--trash", "--yes")
    assert "b/0 copy.png stays: no other picture of its set would stay" in error
    assert (gallery / "b" / "0 copy.png").exists()
    assert not (gallery / "b" / "1 small.jpg").exists()


def test_bad_input_is_one_line(
    gallery: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "expected" in run(capsys, "--trash", "--tier", "moment", code=2)[1].lower()
    assert run(capsys, "--move-to", str(gallery / "x"), "--yes", code=2)[1].count("\n") == 1
    assert run(capsys, "--gallery", "none", code=3)[0] is None
    path = library_file(tmp_path / "features", gallery, "links.json")
    path.write_bytes(b"{")
    error = run(capsys, code=2)[1]
    assert str(path) in error
    assert error.count("\n") == 1
