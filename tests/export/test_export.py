"""An export, read by the programs that it is for."""

from __future__ import annotations

import io
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import ExifTags, Image
from sklearn.neighbors import NearestNeighbors

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import Cancelled, ConfigurationError, FeatureStoreError
from core.images import QueryPicture
from core.search import SearchOptions
from core.types import Progress, Stage
from tests.fakes import stop_when
from tests.indexing.drives import fill, mount, unmount

COUNT = 40
PAGE = 4096


@pytest.fixture
def engine(library: Path, tmp_path: Path) -> ImageSearchEngine:
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(library, fit="whiten", fit_size=64)
    return engine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "export"


def images_of(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "images.parquet")


def test_rows_are_those_of_the_index(engine: ImageSearchEngine, folder: Path) -> None:
    snapshot = engine.require_snapshot()
    written = engine.export(folder)
    assert (written.folder, written.images) == (folder, COUNT)
    assert all(path.is_file() and path.parent == folder for path in written.files)
    for name, rows in (("features", snapshot.matrix), ("features-extracted", snapshot.extracted)):
        features = np.load(folder / f"{name}.npy", allow_pickle=False)
        assert features.dtype == np.float32
        assert np.array_equal(features, rows)
    with np.load(folder / "fit.npz", allow_pickle=False) as fit:
        extracted = np.load(folder / "features-extracted.npy")
        fitted = (extracted - fit["mean"]) @ fit["axes"]
    fitted /= np.linalg.norm(fitted, axis=1, keepdims=True)
    assert np.allclose(fitted, snapshot.matrix, atol=1e-6)


def test_nearest_neighbours_are_those_of_the_search(
    engine: ImageSearchEngine, library: Path, folder: Path
) -> None:
    engine.export(folder)
    features, images = np.load(folder / "features.npy"), images_of(folder)
    found = NearestNeighbors(n_neighbors=11, algorithm="brute").fit(features)
    distances, rows = found.kneighbors(features)
    for row, path in enumerate(images.path):
        picture = QueryPicture.of(Image.open(library / path))
        query = replace(picture, content_id=images.id[row])
        matches = engine.search(query, SearchOptions(k=11)).matches
        assert [match.image for match in matches] == images.path[rows[row]].tolist()
        assert np.allclose([match.distance for match in matches], distances[row], atol=2e-3)
        listed = images.neighbours[row]
        assert listed["ids"].tolist() == rows[row][1:].tolist()
        assert listed["distances"].tolist() == [match.distance for match in matches[1:]]


def test_faiss_finds_the_same(engine: ImageSearchEngine, folder: Path) -> None:
    faiss = pytest.importorskip("faiss")
    engine.export(folder)
    features = np.load(folder / "features.npy")
    index = faiss.IndexFlatL2(features.shape[1])
    index.add(features)
    _, rows = index.search(features, 11)
    listed = np.stack([one["ids"] for one in images_of(folder).neighbours])
    assert np.array_equal(rows[:, 1:], listed)


def test_the_table_says_what_the_index_says(
    engine: ImageSearchEngine, library: Path, folder: Path
) -> None:
    taken = Image.Exif()
    exif_ifd = taken.get_ifd(ExifTags.IFD.Exif)
    exif_ifd[ExifTags.Base.DateTimeOriginal] = "2021:05:04 03:02:01"
    Image.new("RGB", (30, 50)).save(library / "zoo.jpg", exif=taken)
    engine.index(library)
    engine.export(folder)
    images = images_of(folder)
    records = engine.require_snapshot().images
    for column, field in (("id", "id"), ("path", "path"), ("bytes", "size")):
        assert images[column].tolist() == [getattr(one, field) for one in records]
    assert images.folder.tolist() == [one.path.rpartition("/")[0] for one in records]
    assert images.kind.tolist() == images.folder.tolist()
    last = images.iloc[-1]
    assert (last.path, last.width, last.height) == ("zoo.jpg", 30, 50)
    assert last.taken_at == pd.Timestamp("2021-05-04T03:02:01")
    assert images.taken_at.isna().sum() == COUNT
    assert images[["group", "x", "y"]].isna().all(axis=None)
    assert "thumbnail" not in images


def test_kinds_are_the_labels_of_the_gallery(
    engine: ImageSearchEngine, library: Path, folder: Path, tmp_path: Path
) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text(
        "image,label\nred/red-00.png,warm\nred/red-01.jpg,warm\nblue/blue-00.png,not warm\n"
        "green/green-00.png,cold\n"
    )
    engine.index(library, fit="folders", labels=str(labels))
    engine.export(folder)
    kinds = images_of(folder).set_index("path").kind
    assert kinds["red/red-00.png"] == "warm"
    assert kinds.notna().sum() == 3


def test_the_map_is_in_the_table_once_it_is_drawn(engine: ImageSearchEngine, folder: Path) -> None:
    snapshot = engine.require_snapshot()
    drawn = engine.maps.draw(snapshot)
    engine.export(folder)
    images = images_of(folder)
    assert np.array_equal(images[["x", "y"]].to_numpy(np.float32), drawn.positions)
    names = [drawn.groups[one].name if one >= 0 else None for one in drawn.group_of.tolist()]
    assert images.group.astype(object).where(images.group.notna(), None).tolist() == names
    assert any(names)


def test_thumbnails_are_small_jpegs_of_the_images(
    engine: ImageSearchEngine, library: Path, folder: Path
) -> None:
    Image.new("RGB", (900, 300), (10, 200, 30)).save(library / "wide.png")
    engine.index(library)
    (library / "red" / "red-00.png").unlink()
    steps: list[Progress] = []
    engine.export(folder, thumbnails=True, progress=steps.append)
    images = images_of(folder).set_index("path")
    assert images.thumbnail.isna().sum() == 1
    assert images.thumbnail["red/red-00.png"] is None
    with Image.open(io.BytesIO(images.thumbnail["wide.png"])) as wide:
        assert (wide.format, wide.size) == ("JPEG", (160, 54))
        assert np.allclose(np.asarray(wide), (10, 200, 30), atol=8)
    assert {(step.stage, step.total) for step in steps} == {(Stage.EXPORTING, COUNT + 1)}


def test_model_json_names_what_is_there(
    engine: ImageSearchEngine, library: Path, folder: Path
) -> None:
    engine.export(folder)
    content = json.loads((folder / "model.json").read_text())
    assert (content["format"], content["version"]) == ("lookalike-export", 1)
    assert (content["library"], content["gallery"]) == (str(library), "library")
    snapshot = engine.require_snapshot()
    assert content["model"]["weights_digest"] == snapshot.space.weights_digest
    assert content["fit"]["digest"] == snapshot.fit.digest
    assert all((folder / name).is_file() for name in content["files"])


def test_an_export_without_a_fit_has_no_file_of_one(
    engine: ImageSearchEngine, library: Path, folder: Path
) -> None:
    engine.export(folder)
    engine.index(library, fit="none")
    written = engine.export(folder)
    assert "fit.npz" not in {path.name for path in written.files}
    assert not (folder / "fit.npz").exists()
    assert np.array_equal(
        np.load(folder / "features.npy"), np.load(folder / "features-extracted.npy")
    )
    assert json.loads((folder / "model.json").read_text())["fit"]["fitted"] == "extracted"


def test_an_index_of_an_older_version_gives_its_saved_features(
    engine: ImageSearchEngine, folder: Path
) -> None:
    snapshot = engine.require_snapshot()
    extracted = np.array(snapshot.extracted)
    for file in engine.settings.features.glob("*/extracted-*.npy"):
        file.unlink()
    other = ImageSearchEngine(engine.settings)
    assert other.require_snapshot().extracted is None
    other.export(folder)
    assert np.array_equal(np.load(folder / "features-extracted.npy"), extracted)


def test_where_the_rows_are_elsewhere_nothing_is_written(
    engine: ImageSearchEngine, folder: Path
) -> None:
    for file in engine.settings.features.glob("*/matrix-*.npy"):
        file.unlink()
    other = ImageSearchEngine(replace(engine.settings, index_url="http://127.0.0.1:9"))
    with pytest.raises(FeatureStoreError, match="not on this computer"):
        other.export(folder)
    assert not folder.exists()


def test_no_export_goes_into_pictures_or_features(
    engine: ImageSearchEngine, library: Path, photos: Path
) -> None:
    engine.index(photos)
    for place in (library / "red", photos, engine.settings.features / "export"):
        with pytest.raises(ConfigurationError, match="Expected a folder outside of the folders"):
            engine.export(place, gallery="library")
    assert not (engine.settings.features / "export").exists()
    assert engine.index(library).images == COUNT


def test_a_cancelled_export_leaves_the_earlier_one(engine: ImageSearchEngine, folder: Path) -> None:
    engine.export(folder)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(Cancelled):
        engine.export(folder, thumbnails=True, progress=stop_when(lambda: True))
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_wherever_the_disk_is_full_one_line_says_so(
    engine: ImageSearchEngine, folder: Path
) -> None:
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    folder.mkdir()
    mount(folder, "-t", "tmpfs", "-o", "size=1m", "tmpfs")
    try:
        engine.export(folder, projector=True, thumbnails=True)
        before = {path: path.read_bytes() for path in folder.iterdir()}
        size = sum(map(len, before.values()))
        # Some pages more each time: every file is once the one that does not fit.
        for room in range(PAGE, size, 2 * PAGE):
            filler = fill(folder, room)
            with pytest.raises(ConfigurationError) as caught:
                engine.export(folder, projector=True, thumbnails=True)
            filler.unlink()
            assert f"Received: {folder} (No space left on device)" in str(caught.value)
            assert {path: path.read_bytes() for path in folder.iterdir()} == before
    finally:
        unmount(folder)
