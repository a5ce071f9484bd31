"""Links that lead out of a gallery: the owner sees their files, visitors do not."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.config import Settings
from core.engine import ImageSearchEngine
from core.feature_store import IndexSnapshot
from core.media import make_contact_sheet
from core.types import Match
from core.ui import resources
from core.ui.sharing import ACCESS, ROUTES
from tests.fakes import save_picture
from tests.served import served
from tests.ui.security import SHARE, environment, furnish

OUTSIDE = ("link.png", "folder/private.png")


@pytest.fixture
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[IndexSnapshot]:
    """A gallery with links out of it, to a file and to a folder, and one within it."""
    library, elsewhere = tmp_path / "library", tmp_path / "elsewhere"
    save_picture(library / "own.png", 1)
    save_picture(elsewhere / "single.png", 2)
    save_picture(elsewhere / "folder" / "private.png", 3)
    # Of this one there is a copy within the gallery, so that it is no secret.
    save_picture(elsewhere / "folder" / "shared.png", 4)
    save_picture(library / "own" / "shared.png", 4)
    save_picture(library / "deep" / "inner.png", 5)
    (library / "link.png").symlink_to(elsewhere / "single.png")
    (library / "folder").symlink_to(elsewhere / "folder")
    (library / "inner.png").symlink_to(library / "deep" / "inner.png")
    (tmp_path / "gallery").symlink_to(library)
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(tmp_path / "features"))
    monkeypatch.setenv("LOOKALIKE_SHARE", "pictures")
    monkeypatch.setattr(ACCESS, "_gallery", None)
    resources.engine.clear()
    resources.picture_cache.clear()
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(tmp_path / "gallery")
    yield engine.require_snapshot()
    resources.engine.clear()
    resources.picture_cache.clear()


def statuses(snapshot: IndexSnapshot, key: str) -> dict[str, set[int]]:
    """What the addresses of each image answer."""
    with TestClient(Starlette(routes=ROUTES), follow_redirects=False) as client:
        client.cookies.set(ACCESS.share.cookie, key)
        return {
            image.path: {
                client.get(f"{route}{image.id}").status_code
                for route in ("/thumbnails/", "/pictures/", "/copies?images=")
            }
            for image in snapshot.images
        }


def test_visitors_are_served_no_file_that_a_link_leads_out_to(
    snapshot: IndexSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # First the owner, so that the thumbnails are in the cache.
    assert set().union(*statuses(snapshot, ACCESS.owner).values()) == {200}
    found = statuses(snapshot, ACCESS.visitor)
    assert {path for path, status in found.items() if status == {404}} == set(OUTSIDE)
    assert {path for path, status in found.items() if status == {200}} == (
        set(found) - set(OUTSIDE)
    )
    monkeypatch.setenv("LOOKALIKE_SHARE_LINKS", "on")
    resources.engine.clear()
    assert set().union(*statuses(snapshot, ACCESS.visitor).values()) == {200}


def test_no_archive_holds_such_a_file(snapshot: IndexSnapshot) -> None:
    ids = ",".join(snapshot.record(path).id for path in ("own.png", *OUTSIDE))
    with TestClient(Starlette(routes=ROUTES)) as client:
        client.cookies.set(ACCESS.share.cookie, ACCESS.visitor)
        assert client.get(f"/copies?images={ids}").status_code == 404
        client.cookies.set(ACCESS.share.cookie, ACCESS.owner)
        answer = client.get(f"/copies?images={ids}")
    assert len(zipfile.ZipFile(io.BytesIO(answer.content)).namelist()) == 3


def test_a_running_share_keeps_such_files_from_visitors(tmp_path: Path) -> None:
    library = furnish(tmp_path)
    save_picture(tmp_path / "elsewhere" / "private.png", 77, size=(900, 700))
    (library / "link.png").symlink_to(tmp_path / "elsewhere" / "private.png")
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(library)
    image = engine.require_snapshot().record("link.png")
    with served(tmp_path, *SHARE, environment=environment(tmp_path)) as server:
        for route in ("/thumbnails/", "/pictures/", "/copies?images="):
            assert server.ask(f"{route}{image.id}", key=server.owner_key).status == 200
            assert server.ask(f"{route}{image.id}", key=server.visitor_key).status == 404
        with server.browser(server.visitor_key) as browser:
            told = browser.run(query=f"image={image.id}").received.decode("utf-8", "replace")
        assert "does not share this picture" in told
        with server.browser(server.owner_key) as browser:
            told = browser.run(query=f"image={image.id}").received.decode("utf-8", "replace")
        assert "does not share this picture" not in told


def test_a_contact_sheet_leaves_the_place_of_such_a_file_empty(snapshot: IndexSnapshot) -> None:
    record = snapshot.record("link.png")
    match = Match(1, record, 0.0)
    query, cache = Image.new("RGB", (9, 9)), resources.picture_cache()
    sheets = [
        make_contact_sheet(query, "query", [match], snapshot, cache, lambda _, shown=shown: shown)
        for shown in (False, True)
    ]
    hidden, shown = (Image.open(io.BytesIO(sheet)).convert("RGB") for sheet in sheets)
    # Of the first match, below the query, without its edge.
    cell = (48 + 16, 348 + 16, 48 + 200, 348 + 200)
    assert len(set(hidden.crop(cell).getdata())) == 1
    assert len(set(shown.crop(cell).getdata())) > 10
