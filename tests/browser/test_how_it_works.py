"""The page How it works in a real Chromium: clicked, moved, saved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from core.config import Settings
from core.datasets import copy_sample
from core.engine import ImageSearchEngine
from core.types import UNTRAINED
from tests.browser.browser_app import (
    PAGE_MS,
    READY,
    WIDTHS,
    WITHOUT_NETWORK,
    OpenPage,
    expect_no_error,
    faults,
    photograph,
    running_app,
    screen,
)
from tests.fakes import fake_extractor

pytestmark = pytest.mark.browser

FLOWERS = 24


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The running app over a gallery, without a network: a page with it is in ``test_app.py``."""
    folder = tmp_path_factory.mktemp("how")
    copy_sample(folder / "flowers", count=FLOWERS)
    settings = Settings(features=folder / "features", weights=UNTRAINED)
    engine = ImageSearchEngine(settings, make_extractor=fake_extractor)
    engine.index(folder / "flowers")
    with running_app(folder, before=WITHOUT_NETWORK, LOOKALIKE_WEIGHTS=UNTRAINED) as address:
        yield address


def tiles(page: Page, label: str) -> Locator:
    return page.get_by_role("list", name=label).get_by_role("button")


def show_page(page: Page) -> None:
    """Wait until all of it is there."""
    heading = page.get_by_role("heading", name="Sizes and sources")
    expect(heading).to_be_visible(timeout=PAGE_MS)
    page.wait_for_selector(READY)


def save(page: Page, label: str, path: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=label).click()
    assert download.value.suggested_filename.endswith(path.suffix)
    download.value.save_as(path)
    return path


def test_a_click_shows_a_filter_and_a_channel_large(browse: OpenPage, tmp_path: Path) -> None:
    page = browse("/how_it_works")
    show_page(page)
    filters = tiles(page, "The filters of the first layer, each beside its map")
    expect(filters).to_have_count(64)
    filters.nth(20).click()
    expect(page.get_by_text("Filter 20 has 3 × 3 weights")).to_be_visible()
    expect(filters.nth(20)).to_have_attribute("aria-pressed", "true")
    # The focus stays, and the arrows lead to the others.
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Filter 21 has 3 × 3 weights")).to_be_visible()
    expect(filters.nth(21)).to_be_focused()
    with Image.open(save(page, "All filters (PNG)", tmp_path / "filters.png")) as sheet:
        assert sheet.size == (8 * (192 + 12) + 12, 8 * (96 + 22 + 12) + 12)

    channels = tiles(page, "The strongest maps of block5_pool")
    expect(channels).to_have_count(12)
    channel = channels.nth(3).get_attribute("aria-label")
    assert channel
    channels.nth(3).click()
    heading = f"What excites {channel.lower()}"
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(page.locator(".pictures").first.locator("img")).to_have_count(12)
    page.get_by_test_id("stButtonGroup").get_by_role("radio", name="2").click()
    expect(page.get_by_text("128 maps of 56 × 56 positions")).to_be_visible()
    expect(page.get_by_text("so the network has looked at these")).to_be_visible()
    expect(page.locator(".pictures").first.locator("img")).to_have_count(12)
    drawing = ElementTree.parse(save(page, "Feature (SVG)", tmp_path / "feature.svg"))
    assert len(drawing.findall(".//{*}g/{*}rect")) == 512
    expect_no_error(page)


def test_a_slider_moves_the_answer(browse: OpenPage, tmp_path: Path) -> None:
    page = browse("/how_it_works")
    show_page(page)
    unchanged = page.get_by_text("Distance 0.000 from the picture as it was.")
    expect(unchanged).to_be_visible()
    page.get_by_role("slider", name="Turn, in degrees").focus()
    page.keyboard.press("ArrowRight")
    expect(unchanged).to_have_count(0)
    expect(page.get_by_text(re.compile(r"Distance 0\.\d+ from the picture"))).to_be_visible()
    expect(page.locator(".pictures").last.locator("img")).to_have_count(8)
    with Image.open(save(page, "Answer (JPEG)", tmp_path / "changed.jpg")) as sheet:
        assert sheet.format == "JPEG"
    expect_no_error(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_page_fits_and_is_accessible(width: str, browse: OpenPage, artifacts: Path) -> None:
    page = browse("/how_it_works", **screen(width))
    show_page(page)
    assert faults(page) == []
    # Streamlit scrolls within the page: as high as all of it, it is seen at once.
    height = page.locator("[data-testid=stMainBlockContainer]").evaluate("e => e.scrollHeight")
    page.set_viewport_size({"width": WIDTHS[width][0], "height": int(height) + 80})
    pictures = page.locator("[data-testid=stImage] img, .pictures img")
    pictures.evaluate_all("all => Promise.all(all.map(image => image.decode()))")
    photograph(page, f"how-it-works-{width}", artifacts)
