"""A file of the gallery finds itself at distance 0, also where it was extracted otherwise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.config import Settings
from core.engine import ImageSearchEngine
from core.images import QueryPicture, image_id, load_image
from core.search import SearchOptions, approximate, rocchio, search
from core.types import DISTANCE, NEIGHBOURHOOD, FeatureSpace
from tests.fakes import OtherPrecision, fake_extractor, feedback_on


@pytest.fixture(params=["exact", "approximate"])
def index(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    # So few rows are searched by the lists as well.
    monkeypatch.setattr(approximate, "_FEW", 0)
    return str(request.param)


@pytest.fixture
def extractors() -> list[OtherPrecision]:
    """Those that the engine has made."""
    return []


@pytest.fixture
def engine(
    library: Path, tmp_path: Path, index: str, extractors: list[OtherPrecision]
) -> ImageSearchEngine:
    """The engine over 40 pictures that another precision has indexed."""
    settings = Settings(features=tmp_path / "features", weights="random", index=index)
    ImageSearchEngine(settings, make_extractor=fake_extractor).index(library)

    def make(_weights: object, space: FeatureSpace, _precision: str) -> OtherPrecision:
        extractors.append(OtherPrecision(space))
        return extractors[-1]

    return ImageSearchEngine(settings, make_extractor=make)


def asked(file: Path) -> QueryPicture:
    content = file.read_bytes()
    return QueryPicture(load_image(content).pixels, image_id(content))


@pytest.mark.parametrize("ranking", [DISTANCE, NEIGHBOURHOOD])
def test_it_is_first_at_distance_0_and_no_network_sees_it(
    ranking: str, engine: ImageSearchEngine, library: Path, extractors: list[OtherPrecision]
) -> None:
    options = SearchOptions(ranking=ranking)
    for file in sorted(library.rglob("*-0[0-3].*")):
        first, second, *_ = engine.search(asked(file), options).matches
        assert (first.image, first.distance) == (file.relative_to(library).as_posix(), 0.0)
        assert second.distance > 0
    assert [(extractor.loads, extractor.extracted) for extractor in extractors] == [(0, 0)]
    # The same pixels from elsewhere are extracted, and there is a rest.
    elsewhere = engine.search(asked(file).pixels, options).matches[0]
    assert elsewhere.image == first.image
    assert 1e-5 < elsewhere.distance < 1e-2
    assert [extractor.loads for extractor in extractors] == [1]


def test_of_several_only_the_others_are_extracted(
    engine: ImageSearchEngine, library: Path, extractors: list[OtherPrecision]
) -> None:
    files = [library / "red" / "red-00.png", library / "blue" / "blue-03.jpg"]
    unknown = Image.new("RGB", (64, 48), "orange")
    snapshot = engine.require_snapshot()
    pictures = [asked(files[0]), unknown, asked(files[1])]
    found = engine.search(pictures, SearchOptions(k=40, combine="any")).matches
    assert extractors[-1].batches == [1]
    assert {match.image for match in found if match.distance == 0.0} == {
        file.relative_to(library).as_posix() for file in files
    }
    alone = engine.search(unknown, SearchOptions(k=1)).matches[0]
    assert min(match.distance for match in found if match.image == alone.image) <= alone.distance
    rows = [snapshot.images.row_of_id(asked(file).content_id or "") for file in files]
    described = engine.describe(snapshot, pictures)
    np.testing.assert_array_equal(described[[0, 2]], snapshot.matrix[rows])
    np.testing.assert_array_equal(described[1], engine.describe(snapshot, [unknown])[0])


def test_feedback_moves_the_stored_row(engine: ImageSearchEngine, library: Path) -> None:
    snapshot = engine.require_snapshot()
    right, wrong = ["red/red-03.jpg"], ["red/red-01.jpg", "blue/blue-02.png"]
    options = SearchOptions(feedback=feedback_on(snapshot, right, wrong), k=12)
    row, *marked = (
        np.asarray(snapshot.matrix[[snapshot.images.row_of_path(path) for path in paths]])
        for paths in (["red/red-00.png"], right, sorted(wrong, key=lambda p: snapshot.record(p).id))
    )
    moved = rocchio(row, *marked)
    expected = search(snapshot, row, options, index=engine.indexes.of(snapshot), own=True)
    found = engine.search(asked(library / "red" / "red-00.png"), options)
    assert found.matches == expected.matches
    nearest = snapshot.images.row_of_path(found.matches[0].image)
    assert found.matches[0].distance == np.linalg.norm(snapshot.matrix[nearest] - moved)


def test_of_equal_files_the_first_comes_first(engine: ImageSearchEngine, library: Path) -> None:
    (library / "red" / "twin.png").write_bytes((library / "red" / "red-02.png").read_bytes())
    engine.index(library)
    query = asked(library / "red" / "twin.png")
    for ranking in (DISTANCE, NEIGHBOURHOOD):
        found = engine.search(query, SearchOptions(ranking=ranking)).matches[:2]
        assert [match.image for match in found] == ["red/red-02.png", "red/twin.png"]
        assert found[0].distance == 0.0
        assert found[1].distance < 1e-6


def test_an_id_that_the_gallery_has_not_is_extracted(
    engine: ImageSearchEngine, library: Path, extractors: list[OtherPrecision]
) -> None:
    picture = asked(library / "red" / "red-00.png")
    for unknown in ("0" * 32, "", "../x", "\0"):
        found = engine.search(QueryPicture(picture.pixels, unknown)).matches[0]
        assert found.image == "red/red-00.png"
        assert found.distance > 0
    (library / "red" / "red-00.png").unlink()
    engine.index(library)
    assert engine.search(picture).matches[0].distance > 1e-2
