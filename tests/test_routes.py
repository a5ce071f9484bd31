"""The addresses that the app serves beside its pages, asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.config import Settings
from core.engine import ImageSearchEngine
from core.ui import resources
from core.ui.routes import ROUTES
from tests.fakes import FakeExtractor


@pytest.fixture
def client(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A server of the routes over an index of ``photos``."""
    features = tmp_path / "features"
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(features))
    resources.engine.clear()
    ImageSearchEngine(
        Settings(features=features, weights="random"),
        make_extractor=lambda *_: FakeExtractor(),
    ).index(photos)
    with TestClient(Starlette(routes=ROUTES), follow_redirects=False) as client:
        yield client
    resources.engine.clear()


def test_thumbnail_is_served_for_good_and_not_sniffed(client: TestClient) -> None:
    image = resources.engine().require_snapshot().images[0]
    answer = client.get(f"/thumbnails/{image.id}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/webp"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content[:4] == b"RIFF"


@pytest.mark.parametrize(
    "path",
    [
        "/thumbnails/0123456789abcdef0123456789abcdef",
        "/thumbnails/..%2f..%2fetc%2fpasswd",
        "/thumbnails/../../../etc/passwd",
        "/thumbnails/%00",
        "/thumbnails/a.jpg",
        "/thumbnails/",
    ],
)
def test_what_is_not_in_the_index_is_not_served(path: str, client: TestClient) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert b"root:" not in answer.content


def test_picture_that_is_gone_is_not_found(client: TestClient, photos: Path) -> None:
    image = resources.engine().require_snapshot().images[0]
    (photos / image.path).unlink()
    assert client.get(f"/thumbnails/{image.id}").status_code == 404


def test_start_page_has_an_address_of_its_own(client: TestClient) -> None:
    answer = client.get("/search?image=abc")
    assert answer.status_code == 307
    assert answer.headers["location"] == "http://testserver/?image=abc"
