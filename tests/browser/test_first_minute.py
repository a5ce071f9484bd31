"""The first page of the app in a real Chromium, before there is a gallery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browser_app import (
    PAGE_MS,
    WIDTHS,
    OpenPage,
    drop,
    expect_no_error,
    photograph,
    running_app,
    screen,
    show,
)
from tests.mirror import Mirror, missing, serving

pytestmark = pytest.mark.browser

# Streamlit scrolls inside of the page: only a high window shows all of it.
HEIGHTS = {"desktop": 1000, "phone": 1700}
OFFERS = ["Choose a folder", "Try the sample gallery", "Get 8,189 flower photographs"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running app without a gallery, and without the flower photographs on the internet."""
    folder = tmp_path_factory.mktemp("empty")
    with (
        serving(Mirror(missing)) as mirror,
        running_app(
            folder,
            LOOKALIKE_FLOWERS=str(folder / "flowers-102"),
            LOOKALIKE_FLOWERS_URL=mirror.url,
        ) as served,
    ):
        yield served


def expect_onboarding(page: Page) -> None:
    for name in OFFERS:
        expect(page.get_by_role("heading", name=name)).to_be_visible(timeout=PAGE_MS)
    for name in ("Index this folder", "Try the sample gallery", "Get the photographs"):
        expect(page.get_by_role("button", name=name)).to_be_enabled(timeout=PAGE_MS)
    expect(page.get_by_label("Folder of images", exact=True)).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_empty_start_tells_what_to_do(
    width: str, browse: OpenPage, my_picture: Path, artifacts: Path
) -> None:
    high = screen(width) | {"viewport": {"width": WIDTHS[width][0], "height": HEIGHTS[width]}}
    page = browse(**high)
    expect_onboarding(page)
    for step in ("Choose where", "Watch the bar", "Drop a picture"):
        expect(page.get_by_role("listitem").filter(has_text=step)).to_be_visible()
    expect(page.get_by_text("Find images like this one")).to_be_visible()
    photograph(page, f"start-{width}", artifacts)
    drop(page, my_picture)
    expect(page.get_by_text("my flower.png is kept")).to_be_visible(timeout=PAGE_MS)
    expect_onboarding(page)
    expect_no_error(page)
    photograph(page, f"start-kept-{width}", artifacts)
    page.get_by_role("button", name="Get the photographs").click()
    offline = page.get_by_text("The flower photographs could not be downloaded")
    expect(offline).to_be_visible(timeout=PAGE_MS)
    expect_onboarding(page)
    photograph(page, f"flowers-offline-{width}", artifacts)
    show(page, f"{page.url}index")
    expect(page.get_by_role("heading", name="Index", exact=True)).to_be_visible(timeout=PAGE_MS)
    expect_onboarding(page)
    photograph(page, f"start-index-{width}", artifacts)
