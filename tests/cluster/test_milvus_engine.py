"""The engine and the command line with an index server."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.cli import main
from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import ConfigurationError, IndexServerError
from core.images import QueryPicture, image_id, load_image
from core.search import Difference, Filters, SearchOptions
from core.search.milvus.collections import alias_of
from core.search.milvus.connection import MilvusConnection
from core.search.milvus.schema import key_of
from core.types import NEIGHBOURHOOD
from tests.cluster.milvus_server import PASSWORD, MilvusServer
from tests.fakes import (
    OtherPrecision,
    fake_extractor,
    feedback_on,
    picture,
    save_kinds,
    save_picture,
)

pytestmark = pytest.mark.cluster


@pytest.fixture
def engine(milvus: MilvusServer, tmp_path: Path) -> ImageSearchEngine:
    settings = Settings(
        features=tmp_path / "features",
        weights="random",
        index_url=milvus.url,
        index_token=PASSWORD,
    )
    return ImageSearchEngine(settings, make_extractor=fake_extractor)


def run_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    capsys.readouterr()
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_an_update_is_published_and_the_commands_tell_of_it(
    engine: ImageSearchEngine,
    milvus: MilvusServer,
    connection: MilvusConnection,
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine.index(photos)
    assert engine.indexes.difference(engine.require_snapshot()) == Difference(0, 0, 0)
    (photos / "a.jpg").unlink()
    save_picture(photos / 'cats/it\'s "5" %.jpg', 77)
    report = engine.index()
    info = engine.indexes.describe(engine.require_snapshot())
    assert info is not None
    assert (info.vectors, info.generation, info.warning) == (6, report.generation, None)
    connection.ask("delete", alias_of("photos"), ids=[key_of("b.png")])
    monkeypatch.setenv("LOOKALIKE_INDEX_USER", "root")
    monkeypatch.setenv("LOOKALIKE_INDEX_PASSWORD", "Milvus")
    options = ["--features", engine.settings.features, "--index-url", milvus.url]
    assert run_json(capsys, "doctor", *options)["server"] == {
        "missing": 1,
        "changed": 0,
        "gone": 0,
    }
    # The fakes are of another space than VGG16, so the repair is by the engine.
    engine.repair()
    assert run_json(capsys, "doctor", *options)["server"] == {
        "missing": 0,
        "changed": 0,
        "gone": 0,
    }
    assert run_json(capsys, "info", *options)["remote"]["address"] == milvus.url
    assert main(["info", *map(str, options)]) == 0
    assert f"server      {milvus.url}, Milvus v2.3.5-lite, 6 vectors, flat, exact" in (
        capsys.readouterr().out
    )


def test_a_server_that_is_not_there_ends_an_update_before_it_begins(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pymilvus")
    features = tmp_path / "features"
    arguments = ["index", photos, "--features", features, "--weights", "random"]
    assert main([*map(str, arguments), "--index-url", "http://127.0.0.1:1"]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith(
        "lookalike: The index server does not answer: expected Milvus at http://127.0.0.1:1. "
    )
    assert not list(tmp_path.glob("features/*/arrays"))


def test_doctor_tells_that_the_server_does_not_answer(
    engine: ImageSearchEngine, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.index(photos)
    options = ["--features", engine.settings.features, "--index-url", "http://127.0.0.1:1"]
    report = run_json(capsys, "doctor", *options)
    assert report["server"] is None
    assert report["server_unknown"].startswith("The index server does not answer: ")


def test_a_search_is_answered_by_the_server_as_by_this_machine(
    engine: ImageSearchEngine, connection: MilvusConnection, library: Path
) -> None:
    engine.index(library)
    snapshot = engine.require_snapshot()
    feedback = feedback_on(snapshot, right=["red/red-03.jpg"], wrong=["blue/blue-02.png"])
    queries = [picture(1), picture(2, (200, 50, 60))]
    asked: list[dict[str, Any]] = [
        {},
        {"combine": "any"},
        {"filters": Filters(folders=("red", "green"), formats=("JPEG",))},
        {"feedback": feedback, "k": 12},
        {"max_distance": engine.search(queries, SearchOptions(exact=True)).matches[9].distance},
    ]
    for options in asked:
        found = engine.search(queries, SearchOptions(**options))
        expected = engine.search(queries, SearchOptions(exact=True, **options))
        assert found.matches
        assert replace(found, seconds=0) == replace(expected, seconds=0)
    # The matches come from the server: without it there are fewer.
    gone = engine.search(queries[0]).matches[0]
    connection.ask("delete", alias_of("library"), ids=[key_of(gone.image)])
    # A consistent read, so that the searches after it see what was deleted.
    assert engine.indexes.difference(engine.require_snapshot()) == Difference(1, 0, 0)
    assert gone not in engine.search(queries[0], SearchOptions(k=40)).matches
    with pytest.raises(ConfigurationError, match="by distance from an index server"):
        engine.search(queries[0], SearchOptions(ranking=NEIGHBOURHOOD))


def test_a_search_warns_of_another_generation_on_the_server(
    engine: ImageSearchEngine, photos: Path
) -> None:
    engine.index(photos)
    assert engine.search(picture(1)).warning is None
    local = ImageSearchEngine(
        replace(engine.settings, index_url=None), make_extractor=fake_extractor
    )
    save_picture(photos / "new.png", 8)
    local.index(photos)
    warning = engine.search(picture(1)).warning
    assert warning is not None
    assert warning.endswith(
        " is of another generation: expected 2. Received: 1. Update the gallery, or copy its "
        "index files here."
    )
    engine.index(photos)
    assert engine.search(picture(1)).warning is None


def test_a_file_of_the_gallery_is_at_distance_zero_whatever_the_fit(
    engine: ImageSearchEngine, connection: MilvusConnection, tmp_path: Path
) -> None:
    folder = save_kinds(tmp_path / "kinds", count=60, marked=True)
    asked = []
    for file in sorted(folder.rglob("*.png"))[:2]:
        content = file.read_bytes()
        asked.append(QueryPicture(load_image(content).pixels, image_id(content)))
    other = ImageSearchEngine(
        engine.settings, make_extractor=lambda _, space, __: OtherPrecision(space)
    )
    dimensions = []
    for fit in ("centre", "whiten", "centre"):
        engine.index(folder, fit=fit)
        snapshot = other.require_snapshot()
        dimensions.append(snapshot.fit.dimension)
        for picture_asked in asked:
            first = other.search(picture_asked).matches[0]
            assert (first.record.id, first.distance) == (picture_asked.content_id, 0)
            assert other.search(picture_asked.pixels).matches[0].distance > 1e-5
        rows = [snapshot.images.row_of_id(one.content_id or "") for one in asked]
        np.testing.assert_array_equal(other.describe(snapshot, asked), snapshot.matrix[rows])
        nearest = other.search(asked, SearchOptions(combine="any")).matches[:2]
        assert [match.distance for match in nearest] == [0, 0]
    assert dimensions[0] == dimensions[2] > dimensions[1]
    # The server is behind: the picture is extracted instead, and the search answers.
    connection.ask("delete", alias_of("kinds"), ids=[key_of(str(snapshot.images[rows[0]].path))])
    assert engine.indexes.difference(snapshot) == Difference(1, 0, 0)
    found = other.search(asked, SearchOptions(combine="any", k=60)).matches
    assert asked[0].content_id not in [match.record.id for match in found]
    assert len(found) == 59


def test_a_search_without_its_server_is_one_line(engine: ImageSearchEngine, photos: Path) -> None:
    engine.index(photos)
    lost = ImageSearchEngine(
        replace(engine.settings, index_url="http://127.0.0.1:1"), make_extractor=fake_extractor
    )
    with pytest.raises(IndexServerError, match=r"does not answer: expected Milvus at .*:1\. "):
        lost.search(picture(1))
    assert lost.search(picture(1), SearchOptions(exact=True)).matches
