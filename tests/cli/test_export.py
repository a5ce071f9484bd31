"""``python -m core export``: what it writes, says and refuses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.cli.running import run

pytestmark = pytest.mark.usefixtures("set_to_colours")

ALWAYS = ["features.npy", "features-extracted.npy", "images.parquet", "fit.npz"]
PROJECTOR = ["vectors.tsv", "metadata.tsv", "sprite.jpg", "projector_config.pbtxt"]


def test_it_prints_the_paths(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "export"
    run(capsys, "index", photos)
    out, _ = run(capsys, "export", folder)
    paths = [str(folder / name) for name in [*ALWAYS, "model.json"]]
    assert out.splitlines() == ["6 images exported", *(f"  {path}" for path in paths)]
    out, _ = run(capsys, "export", folder, "--projector", "--thumbnails", "--json")
    paths = [str(folder / name) for name in [*ALWAYS, *PROJECTOR, "model.json"]]
    assert json.loads(out) == {"directory": str(folder), "images": 6, "files": paths}
    assert all(map(os.path.isfile, paths))
    assert pd.read_parquet(folder / "images.parquet").thumbnail.notna().all()


def test_a_gallery_is_named(
    photos: Path, library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "index", photos)
    run(capsys, "index", library)
    run(capsys, "export", tmp_path / "export", "--gallery", "photos")
    assert len(np.load(tmp_path / "export" / "features.npy")) == 6
    _, error = run(capsys, "export", tmp_path / "export", "--gallery", "owls", code=3)
    assert "There is no such gallery" in error


def test_a_file_of_the_user_stays(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "index", photos)
    mine = tmp_path / "export" / "model.json"
    mine.parent.mkdir()
    mine.write_text("{}")
    _, error = run(capsys, "export", mine.parent, code=2)
    assert f"Received: {mine}, which no export wrote" in error
    assert mine.read_text() == "{}"


def test_no_export_goes_into_a_gallery(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "index", photos)
    _, error = run(capsys, "export", photos / "cats" / "export", code=2)
    assert "Expected a folder outside of the folders of images" in error
    assert not (photos / "cats" / "export").exists()


def test_without_an_index_there_is_nothing_to_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, error = run(capsys, "export", tmp_path / "export", code=3)
    assert "There is no index yet" in error
    assert not (tmp_path / "export").exists()
