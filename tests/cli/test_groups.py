"""``python -m core groups``, and searches within a group."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.cli import main
from core.explore.storage import map_file
from tests.cli.running import run


@pytest.fixture
def features(library: Path, tmp_path: Path) -> Path:
    """Forty pictures of four colours, a folder for each; one of them is in a wrong folder."""
    (library / "red" / "red-02.png").rename(library / "blue" / "red-02.png")
    folder = tmp_path / "features"
    options = ["--features", str(folder), "--descriptor", "hsv", "--fit", "none"]
    assert main(["index", str(library), *options]) == 0
    return folder


def listed(capsys: pytest.CaptureFixture[str], features: Path, *options: str) -> dict[str, Any]:
    out, _ = run(capsys, "groups", "--features", features, "--json", *options)
    content: dict[str, Any] = json.loads(out)
    return content


def test_groups_are_those_of_a_map_that_is_drawn_once(
    features: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = listed(capsys, features)
    assert set(found) == {"groups", "odd", "misfiled"}
    assert len(found["groups"]) >= 2
    everything = [image for group in found["groups"] for image in group["images"]]
    assert len(everything) == len(set(everything)) > 20
    for group in found["groups"]:
        assert set(group) == {"name", "size", "image", "images"}
        assert group["size"] == len(group["images"])
        assert group["image"] in group["images"]
    wrong = dict(*found["misfiled"])
    assert 0.2 < wrong.pop("score") <= 2
    assert wrong == {"image": "blue/red-02.png", "folder": "blue", "fits": "red"}
    (store,) = features.glob("library-*")
    drawn = map_file(store)
    assert drawn is not None
    before = drawn.stat().st_ino
    assert listed(capsys, features) == found
    assert drawn.stat().st_ino == before
    assert listed(capsys, features, "--redraw") == found
    assert drawn.stat().st_ino != before
    out, _ = run(capsys, "groups", "--features", features)
    assert f"{len(found['groups'])} groups\n" in out
    assert "blue/red-02.png fits red" in out


def test_a_map_of_another_fit_is_told_in_one_line(
    features: Path,
    library: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As in a large gallery, whose map is drawn by the fitted rows.
    monkeypatch.setattr("core.feature_store.snapshot.MAX_FIT_FEATURES", 0)
    before = listed(capsys, features)
    assert main(["index", str(library), "--features", str(features), "--fit", "neighbours"]) == 0
    capsys.readouterr()
    for options, lines in (([], 1), (["--redraw"], 0), ([], 0)):
        assert main(["groups", "--features", str(features), "--json", *options]) == 0
        captured = capsys.readouterr()
        told = [line for line in captured.err.splitlines() if "another fit" in line]
        assert len(told) == len(captured.err.splitlines()) == lines
        assert all(line.endswith("Draw it anew with --redraw.") for line in told)
        if lines:
            assert json.loads(captured.out)["groups"] == before["groups"]


def test_a_search_within_a_group(
    features: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = library / "green" / "green-00.png"
    _, error = run(capsys, "search", query, "--features", features, "--group", "red", code=2)
    assert "python -m core groups" in error
    groups = listed(capsys, features)["groups"]
    query = library / groups[0]["image"]
    search = ["search", query, "--features", features, "--json"]
    for chosen in (groups[:1], groups[:2]):
        options = [part for group in chosen for part in ("--group", group["name"])]
        out, _ = run(capsys, *search, *options)
        found = {match["image"] for match in json.loads(out)["matches"]}
        assert found == {image for group in chosen for image in group["images"]}
    _, error = run(capsys, *search, "--group", "owls", code=2)
    assert "There is no such group: expected one of " in error


def test_without_an_index_there_are_no_groups(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, error = run(capsys, "groups", "--features", tmp_path / "none", code=3)
    assert "There is no index yet" in error
