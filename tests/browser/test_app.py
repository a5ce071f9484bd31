"""The running app in a real Chromium: from an empty start to a gallery."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browser_app import (
    INDEXING_MS,
    PAGE_MS,
    ROOT,
    WIDTHS,
    OpenPage,
    drop,
    expect_no_error,
    expect_pictures,
    photograph,
    running_app,
    screen,
    show,
    upload,
)

pytestmark = [pytest.mark.browser, pytest.mark.model]

# The network takes a second or two for an image: the server copies fewer than all.
SAMPLE_COUNT = 40
FEWER = (
    "from functools import partial\n"
    "from core import datasets\n"
    f"datasets.copy_sample = partial(datasets.copy_sample, count={SAMPLE_COUNT})"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="module")
def address(place: Path) -> Iterator[str]:
    """The running app, empty at first."""
    with running_app(place, before=FEWER) as served:
        yield served


@pytest.fixture(scope="module")
def answered(browser: Browser, address: str, my_picture: Path, artifacts: Path) -> Iterator[Page]:
    """The page of somebody who dropped a picture, took the sample gallery, and waited."""
    context = browser.new_context(**screen("desktop"))
    page = show(context.new_page(), address)
    expect_menu(page)
    expect(page.get_by_role("heading", name="Search by image", exact=True)).to_be_visible()
    photograph(page, "onboarding-desktop", artifacts)
    drop(page, my_picture)
    expect(page.get_by_text("my flower.png is kept")).to_be_visible(timeout=PAGE_MS)
    page.get_by_role("button", name="Try the sample gallery").click()
    expect(page.locator(".st-key-job")).to_be_visible(timeout=PAGE_MS)
    expect(page.get_by_text("my flower.png is kept")).to_be_visible()
    # The panel asks every second: it may miss a stage that is shorter.
    expect(page.locator(".st-key-job")).to_contain_text(re.compile(rf"\d+ of {SAMPLE_COUNT}"))
    photograph(page, "progress-desktop", artifacts)
    # A page change and a way back lose nothing.
    page.get_by_role("link", name="Index").first.click()
    expect(page.get_by_role("heading", name="Index", exact=True)).to_be_visible(timeout=PAGE_MS)
    page.get_by_role("link", name="Search").first.click()
    expect_pictures(page, 30, timeout=INDEXING_MS)
    photograph(page, "start-answered-desktop", artifacts)
    yield page
    context.close()


@pytest.fixture(scope="module")
def queries(place: Path, answered: Page) -> list[Path]:
    """The pictures of the sample gallery."""
    return sorted((place / "sample").rglob("*.jpg"))


def expect_menu(page: Page) -> None:
    for name in ("Search", "Index"):
        expect(page.get_by_role("link", name=name).first).to_be_visible(timeout=PAGE_MS)
    expect(page.get_by_text("Page not found")).to_have_count(0)
    expect(page.get_by_role("link", name="main", exact=True)).to_have_count(0)


def test_deep_link_right_after_a_start_shows_the_menu_of_the_app(browse: OpenPage) -> None:
    # The first test of the file: nobody has opened a page of this server yet.
    page = browse("/index")
    expect_menu(page)
    expect(page.get_by_role("heading", name="Index", exact=True)).to_be_visible()


def test_picture_dropped_first_is_answered_by_itself(answered: Page) -> None:
    expect(answered.get_by_text(f"30 closest of {SAMPLE_COUNT} images")).to_be_visible()
    expect(answered.locator(".st-key-query_side").get_by_text("my flower.png")).to_be_visible()
    # The gallery has no such picture: this is not the first search of the sample gallery.
    assert float(answered.locator(".matches .distance").first.inner_text()) > 0
    expect(answered.get_by_test_id("stDataFrame")).to_be_visible()
    # Those of ImageNet are in the box: there is nothing to say or to get.
    expect(answered.get_by_text("weights")).to_have_count(0)
    expect_no_error(answered)


def test_how_it_works_looks_into_the_network_of_the_searches(
    browse: OpenPage, queries: list[Path]
) -> None:
    page = browse("/how_it_works")
    heading = page.get_by_role("heading", name="Sizes and sources")
    expect(heading).to_be_visible(timeout=PAGE_MS)
    filters = page.get_by_role("list", name="The filters of the first layer, each beside its map")
    expect(filters.get_by_role("button")).to_have_count(64)
    maps = page.get_by_role("list", name="The strongest maps of block5_pool")
    expect(maps.get_by_role("button")).to_have_count(12)
    expect_no_error(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_the_screen(
    width: str, browse: OpenPage, queries: list[Path], artifacts: Path
) -> None:
    page = browse("/index", **screen(width))
    expect(page.get_by_test_id("stMetric")).to_have_count(5, timeout=PAGE_MS)
    photograph(page, f"index-{width}", artifacts)
    show(page, page.url.replace("/index", "/"))
    upload(page, queries[33])
    expect_pictures(page, 30)
    expect_no_overlap(page, WIDTHS[width][0])
    photograph(page, f"search-{width}", artifacts)
    if os.environ.get("LOOKALIKE_README_SCREENSHOT") and width == "desktop":
        page.emulate_media(color_scheme="light")
        page.screenshot(path=ROOT / "docs" / "screenshot.png")


def expect_no_overlap(page: Page, across: int) -> None:
    """No picture sticks out of the page, and no two pictures or captions overlap."""
    boxes = page.locator(".matches li").evaluate_all(
        "items => items.map(item => item.getBoundingClientRect())"
        ".map(box => [box.left, box.top, box.right, box.bottom])"
    )
    for number, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0
        assert right <= across
        for other in boxes[number + 1 :]:
            apart = other[0] >= right or other[2] <= left or other[1] >= bottom or other[3] <= top
            assert apart
