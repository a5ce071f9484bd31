"""The addresses that the app serves beside its pages, asked over HTTP."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.config import MOST_MATCHES, Settings
from core.engine import ImageSearchEngine
from core.types import ImageRecord
from core.ui import resources
from core.ui.sharing import ACCESS, ROUTES, copies_address
from tests.fakes import FakeExtractor, save_picture


@pytest.fixture
def client(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A server of the routes over an index of ``photos``."""
    features = tmp_path / "features"
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(features))
    resources.engine.clear()
    resources.picture_cache.clear()
    index(photos)
    with TestClient(Starlette(routes=ROUTES), follow_redirects=False) as client:
        yield client
    resources.engine.clear()
    resources.picture_cache.clear()


def index(folder: Path) -> None:
    ImageSearchEngine(
        Settings(features=resources.engine().settings.features, weights="random"),
        make_extractor=lambda *_: FakeExtractor(),
    ).index(folder)


def test_thumbnail_is_served_for_good_and_not_sniffed(client: TestClient) -> None:
    image = resources.engine().require_snapshot().images[0]
    answer = client.get(f"/thumbnails/{image.id}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/webp"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content[:4] == b"RIFF"


def test_picture_is_the_file_and_nothing_but_a_picture(client: TestClient, photos: Path) -> None:
    image = resources.engine().require_snapshot().images[0]
    answer = client.get(f"/pictures/{image.id}")
    assert answer.status_code == 200
    assert answer.content == (photos / image.path).read_bytes()
    assert answer.headers["content-type"] == "image/jpeg"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_picture_of_a_format_that_browsers_lack_is_a_jpeg(client: TestClient, photos: Path) -> None:
    save_picture(photos / "0.tiff", 77)
    index(photos)
    image = resources.engine().require_snapshot().images[0]
    answer = client.get(f"/pictures/{image.id}")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("route", ["/thumbnails/", "/pictures/", "/copies?images="])
@pytest.mark.parametrize(
    "name",
    [
        "0123456789abcdef0123456789abcdef",
        "..%2f..%2fetc%2fpasswd",
        "../../../etc/passwd",
        "%00",
        "a.jpg",
        "",
    ],
)
def test_what_is_not_in_the_index_is_not_served(route: str, name: str, client: TestClient) -> None:
    answer = client.get(route + name)
    assert answer.status_code == 404
    assert b"root:" not in answer.content


@pytest.mark.parametrize("route", ["/thumbnails/", "/pictures/", "/copies?images="])
@pytest.mark.parametrize("more", ["%00", "%00.webp", "%00%00", ",%00", "%ff", "%0a"])
def test_an_id_with_more_after_it_is_none(route: str, more: str, client: TestClient) -> None:
    image = resources.engine().require_snapshot().images[0]
    assert client.get(f"{route}{image.id}{more}").status_code == 404


@pytest.mark.parametrize("route", ["/thumbnails/", "/pictures/"])
def test_picture_that_is_gone_is_not_found(route: str, client: TestClient, photos: Path) -> None:
    image = resources.engine().require_snapshot().images[0]
    (photos / image.path).unlink()
    assert client.get(route + image.id).status_code == 404


@pytest.mark.parametrize("route", ["/thumbnails/", "/pictures/", "/copies?images="])
def test_picture_of_a_gallery_that_is_not_the_current_one_is_served(
    route: str, client: TestClient, tmp_path: Path
) -> None:
    first = resources.engine().require_snapshot().images[0]
    save_picture(tmp_path / "other" / "a.png", 99)
    index(tmp_path / "other")
    assert resources.engine().require_snapshot().with_id(first.id) is None
    assert client.get(route + first.id).status_code == 200


def test_copies_come_in_the_order_that_is_asked_for(client: TestClient, photos: Path) -> None:
    images = resources.engine().require_snapshot().images[4:1:-1]
    answer = client.get(copies_address(images))
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = [archive.read(name) for name in archive.namelist()]
    assert files == [(photos / image.path).read_bytes() for image in images]


def test_copies_with_one_unknown_image_are_not_served(client: TestClient) -> None:
    images = resources.engine().require_snapshot().images
    assert client.get(f"{copies_address(images)},{'0' * 32}").status_code == 404


def test_copies_of_an_image_that_is_named_many_times_are_one(
    client: TestClient, photos: Path
) -> None:
    first, second = resources.engine().require_snapshot().images[:2]
    answer = client.get(copies_address([first, *[second, first] * 500]))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = [archive.read(name) for name in archive.namelist()]
    assert files == [(photos / image.path).read_bytes() for image in (first, second)]


def test_copies_of_a_file_that_is_another_one_by_now_are_not_served(
    client: TestClient, photos: Path
) -> None:
    image = resources.engine().require_snapshot().images[0]
    secret = b"nobody may read this"
    (photos / image.path).write_bytes(secret)
    answer = client.get(copies_address([image]))
    assert secret not in answer.content
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["missing.txt"]
        assert b"has changed since it was indexed" in archive.read("missing.txt")


def test_copies_of_more_images_than_the_page_shows_are_refused(client: TestClient) -> None:
    image = resources.engine().require_snapshot().images[0]
    others = [f"{number:032}" for number in range(MOST_MATCHES)]
    answer = client.get(f"/copies?images={image.id},{','.join(others)}")
    assert answer.status_code == 400
    assert answer.text == "Expected at most 300 images. Received: 301. Ask for fewer."
    assert client.get(f"/copies?images={image.id},{','.join(others[1:])}").status_code == 404


def test_copies_of_three_hundred_images_fit_in_an_address() -> None:
    image = ImageRecord("a.jpg", 1, 0, "0" * 32, 1, 1, None)
    # Servers and browsers take 16,000 characters.
    assert len(copies_address([image] * MOST_MATCHES)) < 12_000


@pytest.mark.parametrize(("share", "status"), [("thumbnails", 403), ("pictures", 200)])
def test_a_share_of_thumbnails_gives_no_file_away(
    share: str, status: int, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_SHARE", share)
    resources.engine.clear()
    image = resources.engine().require_snapshot().images[0]
    monkeypatch.setattr(ACCESS, "_gallery", None)
    client.cookies.set(ACCESS.share.cookie, ACCESS.visitor)
    assert client.get(f"/thumbnails/{image.id}").status_code == 200
    assert client.get(f"/pictures/{image.id}").status_code == status
    assert client.get(copies_address([image])).status_code == status
    client.cookies.set(ACCESS.share.cookie, ACCESS.owner)
    assert client.get(f"/pictures/{image.id}").status_code == 200


def test_start_page_has_an_address_of_its_own(client: TestClient) -> None:
    answer = client.get("/search?image=abc")
    assert answer.status_code == 307
    assert answer.headers["location"] == "http://testserver/?image=abc"
