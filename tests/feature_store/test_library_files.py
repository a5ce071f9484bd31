"""Files about a library are found again after its folder was renamed."""

from __future__ import annotations

import json
from pathlib import Path

from core.feature_store import library_file, library_files


def write(features: Path, library: Path, kind: str, **content: object) -> Path:
    path = library_file(features, library, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"format": "x-1", "library": str(library), **content}))
    return path


def test_own_files_come_first_then_those_of_libraries_that_are_gone(tmp_path: Path) -> None:
    features, here = tmp_path / "features", tmp_path / 'a "quoted" \\ name\udcff'
    other, gone = tmp_path / "other", tmp_path / "gone\nü"
    here.mkdir()
    other.mkdir()
    own = write(features, here, "links.json", long=["x" * 100_000])
    write(features, other, "links.json")
    lost = write(features, gone, "links.json", long=["x" * 100_000])
    write(features, gone, "dismissed.json")
    assert library_files(features, here, "links.json") == [own, lost]
    here.rename(tmp_path / "new")
    assert set(library_files(features, tmp_path / "new", "links.json")) == {own, lost}
    assert library_files(tmp_path / "none", here, "links.json") == []


def test_damaged_files_of_others_are_passed_over(tmp_path: Path) -> None:
    features, library = tmp_path / "features", tmp_path / "library"
    library.mkdir()
    own = write(features, library, "removal-000001.jsonl")
    for number, content in enumerate((b"", b"{", b'{"library": "\\q"}', b'{"library": 3}')):
        (own.parent / f"x{number}-0.removal-000001.jsonl").write_bytes(content)
    assert library_files(features, library, "removal-*.jsonl") == [own]
