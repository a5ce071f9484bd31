"""The pages in a real Chromium while a job runs: it stays in sight, searches go on, it stops."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.config import Settings
from core.engine import ImageSearchEngine
from core.types import UNTRAINED
from tests.browser.browser_app import (
    PAGE_MS,
    OpenPage,
    expect_no_error,
    expect_pictures,
    running_app,
    upload,
)
from tests.fakes import fake_extractor, save_picture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(os.name != "posix", reason="a pipe with a name holds the job"),
]

COUNT = 40
# The server has an extractor without a network, which waits for the pipe before several images.
HELD = """
import os
from core.ui import resources
from tests.fakes import FakeExtractor

class Held(FakeExtractor):
    def extract_all(self, images):
        if len(images) > 1:
            open(os.environ["LOOKALIKE_TEST_PIPE"]).close()
        return super().extract_all(images)

resources.feature_extractor = lambda _, space, __: Held(space)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery, and the pipe that a job waits for."""
    folder = tmp_path_factory.mktemp("running")
    for number in range(COUNT):
        save_picture(folder / "library" / f"{number:02}.png", number)
    settings = Settings(features=folder / "features", weights=UNTRAINED)
    ImageSearchEngine(settings, make_extractor=fake_extractor).index(folder / "library")
    os.mkfifo(folder / "pipe")
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """The running app over that gallery."""
    settings = {"LOOKALIKE_WEIGHTS": UNTRAINED, "LOOKALIKE_TEST_PIPE": str(folder / "pipe")}
    with running_app(folder, before=HELD, **settings) as address:
        yield address


def test_running_job_survives_page_changes_while_a_second_browser_searches_and_cancels_it(
    browse: OpenPage, folder: Path
) -> None:
    first = browse("/index")
    first.get_by_role("button", name="Rebuild index").click()
    expect(first.locator(".st-key-job")).to_be_visible(timeout=PAGE_MS)
    # The page before stands beside the new one for a moment.
    locked = first.get_by_role("button", name="Rebuild index", disabled=True)
    expect(locked).to_be_visible(timeout=PAGE_MS)
    first.get_by_role("link", name="Search").first.click()
    expect(first.get_by_role("heading", name="Search by image")).to_be_visible(timeout=PAGE_MS)
    expect(first.locator(".st-key-job")).to_be_visible(timeout=PAGE_MS)
    first.reload()
    expect(first.locator(".st-key-job")).to_be_visible(timeout=PAGE_MS)
    second = browse()
    upload(second, folder / "library" / "20.png")
    expect_pictures(second, 30)
    second.get_by_role("link", name="Index").first.click()
    second.get_by_role("button", name="Cancel").click()
    expect(second.get_by_role("button", name="Stopping …")).to_be_visible()
    (folder / "pipe").open("w").close()
    expect(second.get_by_text("what was extracted is kept")).to_be_visible(timeout=PAGE_MS)
    expect(first.locator(".st-key-job")).to_have_count(0, timeout=PAGE_MS)
    expect_no_error(second)
