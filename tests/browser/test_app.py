"""The running app in a real Chromium: what a person does, and what it looks like."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browser_app import (
    INDEXING_MS,
    PAGE_MS,
    ROOT,
    SAMPLE_COUNT,
    WIDTHS,
    expect_no_error,
    expect_pictures,
    open_page,
    running_app,
    sample_folder,
    upload,
)
from tests.fakes import save_picture

pytestmark = [pytest.mark.browser, pytest.mark.model]


@pytest.mark.parametrize("path", ["/", "/search", "/index"])
def test_deep_link_right_after_a_start_shows_the_menu_of_the_app(
    path: str, browser: Browser, tmp_path: Path
) -> None:
    with running_app(tmp_path) as address:
        context = browser.new_context()
        page = open_page(context, address + path)
        for name in ("Search", "Index"):
            expect(page.get_by_role("link", name=name).first).to_be_visible(timeout=PAGE_MS)
        heading = "Index" if path == "/index" else "Search by image"
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        expect(page.get_by_text("Page not found")).to_have_count(0)
        expect(page.get_by_role("link", name="main", exact=True)).to_have_count(0)
        context.close()


def test_sample_gallery_by_one_button_ends_in_a_first_search(sample: Page) -> None:
    expect(sample.locator(".matches .distance").first).to_have_text("0.0000")
    expect(sample.get_by_text(f"30 closest of {SAMPLE_COUNT} images")).to_be_visible()
    expect(sample.get_by_test_id("stDataFrame")).to_be_visible()
    expect(sample.get_by_text("Searching with the starter weights")).to_be_visible()
    expect_no_error(sample)


def test_better_weights_that_cannot_be_had_leave_the_index_as_it_is(
    new_page: Callable[..., Page],
) -> None:
    page = new_page(viewport={"width": 1440, "height": 1000})
    page.get_by_role("button", name="Get the ImageNet weights (59 MB)").click()
    expect(page.get_by_text("The ImageNet weights could not be downloaded")).to_be_visible(
        timeout=PAGE_MS
    )
    expect(page.get_by_text("Searching with the starter weights")).to_be_visible()
    expect(page.get_by_text(f"among {SAMPLE_COUNT} images")).to_be_visible()


def test_uploaded_file_is_its_own_first_match(
    new_page: Callable[..., Page], artifacts: Path
) -> None:
    folder = sample_folder(new_page("/index"))
    query = sorted(folder.rglob("*.jpg"))[20]
    page = new_page(viewport={"width": 1440, "height": 1000})
    upload(page, query)
    expect_pictures(page, 30)
    assert float(page.locator(".matches .distance").first.inner_text()) < 0.01
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    expect(page.locator(".st-key-query_side img")).to_be_visible()
    expect_no_error(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Table (CSV)").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0] == "rank,image,distance,closer_than,width,height,bytes,taken_at"
    assert len(lines) == 31
    assert query.relative_to(folder).as_posix() in lines[1]


def test_query_survives_a_page_change(new_page: Callable[..., Page]) -> None:
    page = new_page("/index")
    query = sorted(sample_folder(page).rglob("*.jpg"))[9]
    page.get_by_role("link", name="Search").first.click()
    page.wait_for_selector("input[type=file]", state="attached", timeout=PAGE_MS)
    upload(page, query)
    page.get_by_role("link", name="Index").first.click()
    expect(page.get_by_role("heading", name="Index", exact=True)).to_be_visible(timeout=PAGE_MS)
    page.get_by_role("link", name="Search").first.click()
    expect(page.locator(".matches .name").first).to_have_text(query.name)


def test_file_that_is_no_picture_is_told_in_plain_words(
    new_page: Callable[..., Page], tmp_path: Path
) -> None:
    notes = tmp_path / "notes.jpg"
    notes.write_text("no picture")
    page = new_page()
    page.locator("input[type=file]").set_input_files(notes)
    expect(page.get_by_text("“notes.jpg” cannot be used")).to_be_visible(timeout=PAGE_MS)


def test_search_goes_on_while_another_browser_rebuilds(
    new_page: Callable[..., Page],
) -> None:
    owner = new_page("/index")
    queries = sorted(sample_folder(owner).rglob("*.jpg"))[:4]
    visitor = new_page()
    owner.get_by_role("button", name="Rebuild index").click()
    expect(owner.locator(".st-key-job")).to_be_visible(timeout=PAGE_MS)
    for query in queries:
        upload(visitor, query)
        expect_pictures(visitor, 30)
        expect_no_error(visitor)
    expect(owner.get_by_text("The index is ready")).to_be_visible(timeout=INDEXING_MS)
    upload(visitor, queries[0])
    expect_no_error(visitor)


def test_running_job_survives_page_change_reload_and_a_second_browser_cancels_it(
    new_page: Callable[..., Page],
) -> None:
    first = new_page("/index")
    # So many that the run lasts longer than the walk through the pages, also on a fast machine.
    more = sample_folder(first) / "more"
    for number in range(1500):
        save_picture(more / f"{number}.png", 1000 + number)
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
    second = new_page("/index")
    second.get_by_role("button", name="Cancel").click()
    expect(second.get_by_text("what was extracted is kept")).to_be_visible(timeout=INDEXING_MS)
    expect(first.locator(".st-key-job")).to_have_count(0, timeout=INDEXING_MS)
    expect_no_error(second)
    shutil.rmtree(more)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_the_screen(
    width: str, scheme: str, new_page: Callable[..., Page], artifacts: Path
) -> None:
    across, down = WIDTHS[width]
    page = new_page("/index", viewport={"width": across, "height": down}, color_scheme=scheme)
    query = sorted(sample_folder(page).rglob("*.jpg"))[33]
    expect(page.get_by_test_id("stMetric")).to_have_count(4, timeout=PAGE_MS)
    expect_fit(page, across)
    page.screenshot(path=artifacts / f"index-{width}-{scheme}.png")
    page.goto(page.url.replace("/index", "/"))
    page.wait_for_selector("input[type=file]", state="attached", timeout=PAGE_MS)
    upload(page, query)
    expect_pictures(page, 30)
    expect_fit(page, across)
    page.screenshot(path=artifacts / f"search-{width}-{scheme}.png")
    if os.environ.get("LOOKALIKE_README_SCREENSHOT") and (width, scheme) == ("desktop", "light"):
        page.screenshot(path=ROOT / "docs" / "screenshot.png")


def expect_fit(page: Page, across: int) -> None:
    """Nothing sticks out to the right, and no two pictures or captions overlap."""
    assert page.evaluate("document.documentElement.scrollWidth") <= across
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
