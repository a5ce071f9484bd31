"""How an app without a gallery gets its first one, on the page that a person meets first."""

from __future__ import annotations

import re
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.ui import resources
from core.ui.text import plain
from tests.datasets.flower_files import LABELS, archive_of, photographs, publish
from tests.mirror import Mirror, missing, send, serving
from tests.ui.conftest import SECONDS
from tests.ui.pages import OFFERS, ROUTER, button, offers, open_page, picture_file, texts

CHUNK = 1 << 16  # bytes that a download writes at once


@pytest.mark.parametrize("name", ["search", "index"])
def test_first_start_tells_three_steps_and_offers_three_galleries(
    name: str, features: Path
) -> None:
    page = open_page(name)
    assert [item.value for item in page.subheader] == [
        "Choose a folder",
        "Try the sample gallery",
        "Get 8,189 flower photographs",
    ]
    steps = next(item.value for item in page.markdown if "1. **Choose**" in item.value)
    assert "2. **Watch**" in steps
    assert "3. **Drop**" in steps
    assert len(page.file_uploader) == (name == "search")
    assert not features.exists()


def test_picture_brought_before_there_is_a_gallery_is_answered_by_itself(
    features: Path, library: Path
) -> None:
    mine = next(library.rglob("*.png"))
    page = open_page("search")
    page.file_uploader[0].set_value(picture_file(mine)).run()
    assert f"**{plain(mine.name)}** is kept" in texts(page)
    assert len(page.subheader) == 3
    page = button(page, "Try the sample gallery")
    assert f"**{plain(mine.name)}** is kept" in texts(page)
    assert "Your gallery is being made" in texts(page)
    resources.jobs().indexing.wait()
    page.run()
    assert not page.exception
    assert "is kept" not in texts(page)
    assert "30 closest of 240 images" in texts(page)
    # The first picture of the gallery would be at 0.
    assert page.dataframe[0].value["distance"].iloc[0] > 0.01


def test_bad_picture_before_there_is_a_gallery_is_told(features: Path) -> None:
    page = open_page("search")
    page.file_uploader[0].set_value(("notes.jpg", b"no picture", "image/jpeg")).run()
    assert not page.exception
    assert "cannot be used: not an image of a known format. Choose another picture." in texts(page)
    assert "is kept" not in texts(page)
    assert offers(page) == OFFERS


def test_flower_photographs_lead_to_a_first_search(
    features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_FLOWERS", str(tmp_path / "flowers"))
    publication = publish(monkeypatch, archive_of(photographs()))
    with serving(Mirror(publication)) as mirror:
        monkeypatch.setenv("LOOKALIKE_FLOWERS_URL", mirror.url)
        page = button(open_page("search"), "Get the photographs")
        assert "Your gallery is being made" in texts(page)
        resources.jobs().indexing.wait()
    page.run()
    assert not page.exception
    assert "24 closest of 24 images" in texts(page)
    nearest = page.dataframe[0].value.iloc[0]
    assert nearest["image"] == "012 colt's foot/image_00003.jpg"
    assert nearest["distance"] < 0.01


def test_flower_photographs_without_internet(
    features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_FLOWERS", str(tmp_path / "flowers"))
    with serving(Mirror(missing)) as mirror:
        monkeypatch.setenv("LOOKALIKE_FLOWERS_URL", mirror.url)
        app = AppTest.from_file(ROUTER, default_timeout=SECONDS).run()
        fetch = resources.jobs().indexing.fetch_flowers

        def fetch_and_fail(folder: Path, *, base_url: str) -> None:
            """So fast that no page sees it running."""
            fetch(folder, base_url=base_url)
            resources.jobs().indexing.wait()

        monkeypatch.setattr(resources.jobs().indexing, "fetch_flowers", fetch_and_fail)
        button(app, "Get the photographs")
    assert "The flower photographs could not be downloaded" in texts(app)
    assert "Try again, it goes on from where it ended" in texts(app)
    assert offers(app) == OFFERS


def test_flower_photographs_are_cancelled_and_continued(
    features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flowers = tmp_path / "flowers"
    monkeypatch.setenv("LOOKALIKE_FLOWERS", str(flowers))
    # With some megabytes more, for the bar to show.
    ballast = np.random.default_rng(0).bytes(5_000_000)
    archive = archive_of({**photographs(), "jpg/ballast": ballast})
    publication = publish(monkeypatch, archive)
    middle, go_on = len(archive) // 2, threading.Event()
    kept = flowers / ".download" / "102flowers.tgz.partial" / "content"

    def half(handler: BaseHTTPRequestHandler) -> None:
        """Send half of the archive, and the rest once the job is cancelled."""
        send(handler, archive[:middle], length=len(archive), ETag='"one"')
        assert go_on.wait(SECONDS)
        handler.wfile.write(archive[middle:])

    with serving(Mirror(publication, half, publication)) as mirror:
        monkeypatch.setenv("LOOKALIKE_FLOWERS_URL", mirror.url)
        app = AppTest.from_file(ROUTER, default_timeout=SECONDS).run()
        button(app, "Get the photographs")
        # The job waits for the rest once it has no whole chunk of the first half to come.
        while not (kept.exists() and kept.stat().st_size > middle - CHUNK):
            job = resources.jobs().indexing.latest
            assert job is not None and job.running
        app.run()
        bar = app.get("progress")[0].proto.text
        assert re.match(r"Downloading flower photographs: [\d.]+ MB of [\d.]+ MB", bar)
        assert "Your gallery is being made" in texts(app)
        assert not app.button(key="cancel_job").disabled
        # Streamlit's test runner cannot press it: it runs no part of a page alone.
        resources.jobs().indexing.cancel()
        app.run()
        assert app.button(key="cancel_job").label == "Stopping …"
        assert app.button(key="cancel_job").disabled
        go_on.set()
        resources.jobs().indexing.wait()
        app.run()
        assert "Stopped: what arrived is kept." in texts(app)
        assert offers(app) == OFFERS
        size = kept.stat().st_size
        button(app, "Get the photographs")
        resources.jobs().indexing.wait()
        app.run()
    assert mirror.ranges == ["", "", f"bytes={size}-"]
    assert not app.exception
    assert "24 closest of 24 images" in texts(app)
    nearest = app.dataframe[0].value.iloc[0]
    assert nearest["image"] == "012 colt's foot/image_00003.jpg"
    assert nearest["distance"] < 0.01
    assert len(list(flowers.glob("*/*.jpg"))) == len(LABELS)
    assert str(flowers) in texts(open_page("index"))


def test_sample_gallery_leads_to_a_first_search(features: Path) -> None:
    page = button(open_page("search"), "Try the sample gallery")
    assert "Your gallery is being made" in texts(page)
    resources.jobs().indexing.wait()
    page.run()
    assert not page.exception
    assert "30 closest of 240 images" in texts(page)
    table = page.dataframe[0].value
    assert list(table["rank"]) == list(range(1, 31))
    assert table["distance"].iloc[0] < 0.01
    assert features.exists()


def test_folder_that_does_not_exist_is_an_error_in_plain_words(features: Path) -> None:
    page = open_page("search")
    page.text_input[0].set_value("/no/such/folder").run()
    button(page, "Index this folder")
    resources.jobs().indexing.wait()
    job = resources.jobs().indexing.latest
    assert job is not None
    assert job.error is not None
    assert "does not exist" in job.error


def test_folder_chooser_walks_into_a_subfolder(features: Path, library: Path) -> None:
    page = open_page("search")
    page.text_input[0].set_value(str(library)).run()
    first = sorted(path for path in library.iterdir() if path.is_dir())[0]
    page.selectbox[0].set_value(str(first)).run()
    assert page.text_input[0].value == str(first)
    assert page.selectbox[0].value is None
