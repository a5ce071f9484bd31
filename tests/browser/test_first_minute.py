"""The first minute with the app in a real Chromium: from nothing to an answer."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.datasets import draw_flower
from tests.browser.browser_app import (
    INDEXING_MS,
    PAGE_MS,
    SAMPLE_COUNT,
    WIDTHS,
    expect_no_error,
    expect_pictures,
    open_page,
    running_app,
)
from tests.datasets.flower_files import LABELS, archive_of, describe, labels_file, photographs
from tests.mirror import Mirror, missing, ranged, send, serving

pytestmark = [pytest.mark.browser, pytest.mark.model]

HEIGHTS = {"desktop": 1000, "phone": 1700}
DOORS = ["Choose a folder", "Draw a sample gallery", "Get 8,189 flower photographs"]
# With some megabytes more, for the bar to show.
PACKED = archive_of({**photographs(), "jpg/ballast": random.Random(0).randbytes(5_000_000)})
NAMED = labels_file(LABELS)
PUBLISH = f"""
from core.datasets import flowers102 as flowers
from core.downloads import PublishedFile
flowers.ARCHIVE = {describe("102flowers.tgz", PACKED)!r}
flowers.LABELS = {describe("imagelabels.mat", NAMED)!r}
"""


@pytest.fixture(scope="module")
def empty_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running app without a gallery, for the tests that make none."""
    with running_app(tmp_path_factory.mktemp("empty")) as address:
        yield address


@pytest.fixture
def my_picture(tmp_path: Path) -> Path:
    """A flower that is in no gallery."""
    path = tmp_path / "my flower.png"
    draw_flower("poppy", seed=77, number=1).save(path)
    return path


def drop(page: Page, file: Path) -> None:
    page.locator("input[type=file]").set_input_files(file)


def expect_onboarding(page: Page) -> None:
    for name in DOORS:
        expect(page.get_by_role("heading", name=name)).to_be_visible(timeout=PAGE_MS)
    for name in ("Index this folder", "Draw a sample gallery", "Get the photographs"):
        expect(page.get_by_role("button", name=name)).to_be_enabled(timeout=PAGE_MS)
    expect(page.get_by_label("Folder of images", exact=True)).to_be_visible()


def expect_fit(page: Page) -> None:
    """Nothing sticks out to the right."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_empty_start_tells_what_to_do(
    width: str,
    scheme: str,
    browser: Browser,
    empty_app: str,
    my_picture: Path,
    artifacts: Path,
) -> None:
    # Streamlit scrolls inside of the page: only a high window shows all of it.
    across, down = WIDTHS[width][0], HEIGHTS[width]
    context = browser.new_context(
        viewport={"width": across, "height": down},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = open_page(context, empty_app)
    expect_onboarding(page)
    for step in ("Choose where", "Watch the bar", "Drop a picture"):
        expect(page.get_by_role("listitem").filter(has_text=step)).to_be_visible()
    expect(page.get_by_text("Find images like this one")).to_be_visible()
    expect_fit(page)
    page.screenshot(path=artifacts / f"start-{width}-{scheme}.png")
    drop(page, my_picture)
    expect(page.get_by_text("my flower.png is kept")).to_be_visible(timeout=PAGE_MS)
    expect_onboarding(page)
    expect_fit(page)
    expect_no_error(page)
    page.screenshot(path=artifacts / f"start-kept-{width}-{scheme}.png")
    page.goto(f"{empty_app}/index")
    expect(page.get_by_role("heading", name="Index", exact=True)).to_be_visible(timeout=PAGE_MS)
    expect_onboarding(page)
    expect_fit(page)
    page.screenshot(path=artifacts / f"start-index-{width}-{scheme}.png")
    context.close()


def test_picture_that_cannot_be_used_is_told_at_once(
    browser: Browser, empty_app: str, tmp_path: Path
) -> None:
    notes = tmp_path / "notes.jpg"
    notes.write_text("no picture")
    context = browser.new_context()
    page = open_page(context, empty_app)
    drop(page, notes)
    expect(page.get_by_text("Choose another picture.")).to_be_visible(timeout=PAGE_MS)
    expect_onboarding(page)
    context.close()


def test_picture_dropped_first_is_answered_by_itself(
    browser: Browser, tmp_path: Path, my_picture: Path, artifacts: Path
) -> None:
    with running_app(tmp_path) as address:
        context = browser.new_context(viewport={"width": 1440, "height": 1000})
        page = open_page(context, address)
        drop(page, my_picture)
        expect(page.get_by_text("my flower.png is kept")).to_be_visible(timeout=PAGE_MS)
        page.get_by_role("button", name="Draw a sample gallery").click()
        expect(page.locator(".st-key-job")).to_be_visible(timeout=PAGE_MS)
        expect(page.get_by_text("my flower.png is kept")).to_be_visible()
        # A page change and a way back lose nothing.
        page.get_by_role("link", name="Index").first.click()
        expect(page.get_by_role("heading", name="Index", exact=True)).to_be_visible(timeout=PAGE_MS)
        page.get_by_role("link", name="Search").first.click()
        expect_pictures(page, 30, timeout=INDEXING_MS)
        expect(page.get_by_text(f"30 closest of {SAMPLE_COUNT} images")).to_be_visible()
        expect(page.locator(".st-key-query_side").get_by_text("my flower.png")).to_be_visible()
        # The gallery has no such picture: this is not the first search of the sample gallery.
        assert float(page.locator(".matches .distance").first.inner_text()) > 0
        expect_no_error(page)
        page.screenshot(path=artifacts / "start-answered-desktop.png")
        context.close()


def test_flower_photographs_cancelled_and_continued(
    browser: Browser, tmp_path: Path, artifacts: Path
) -> None:
    go_on = threading.Event()

    def half(handler: BaseHTTPRequestHandler) -> None:
        """Half of the archive, and the rest when somebody has pressed Cancel."""
        send(handler, PACKED[: len(PACKED) // 2], length=len(PACKED), ETag='"one"')
        assert go_on.wait(PAGE_MS / 1000)
        handler.wfile.write(PACKED[len(PACKED) // 2 :])

    def named(handler: BaseHTTPRequestHandler) -> None:
        send(handler, NAMED)

    flowers = tmp_path / "flowers-102"
    mirror = Mirror(named, half, ranged(PACKED))
    with (
        serving(mirror),
        running_app(
            tmp_path,
            before=PUBLISH,
            LOOKALIKE_FLOWERS=str(flowers),
            LOOKALIKE_FLOWERS_URL=mirror.url,
        ) as address,
    ):
        context = browser.new_context(viewport={"width": 1440, "height": 1000})
        page = open_page(context, address)
        page.get_by_role("button", name="Get the photographs").click()
        bar = re.compile(r"Downloading flower photographs: \d+ of \d+ MB")
        expect(page.get_by_text(bar)).to_be_visible(timeout=PAGE_MS)
        page.screenshot(path=artifacts / "flowers-download-desktop.png")
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("button", name="Stopping …")).to_be_visible(timeout=PAGE_MS)
        go_on.set()
        expect(page.get_by_text("Stopped: what arrived is kept.")).to_be_visible(timeout=PAGE_MS)
        expect_onboarding(page)
        page.screenshot(path=artifacts / "flowers-cancelled-desktop.png")
        kept = flowers / ".download" / "102flowers.tgz.partial" / "content"
        size = kept.stat().st_size
        page.get_by_role("button", name="Get the photographs").click()
        expect_pictures(page, len(LABELS), timeout=INDEXING_MS)
        assert mirror.ranges == ["", "", f"bytes={size}-"]
        expect(page.locator(".matches .distance").first).to_have_text("0.0000")
        expect(page.get_by_text("image_00003.jpg").first).to_be_visible()
        expect_no_error(page)
        page.screenshot(path=artifacts / "flowers-desktop.png")
        page.get_by_role("link", name="Index").first.click()
        expect(page.get_by_text(str(flowers))).to_be_visible(timeout=PAGE_MS)
        context.close()
    assert len(list(flowers.glob("*/*.jpg"))) == len(LABELS)


def test_flower_photographs_without_internet_leave_the_other_doors_open(
    browser: Browser, tmp_path: Path, artifacts: Path
) -> None:
    with (
        serving(Mirror(missing)) as mirror,
        running_app(
            tmp_path,
            LOOKALIKE_FLOWERS=str(tmp_path / "flowers-102"),
            LOOKALIKE_FLOWERS_URL=mirror.url,
        ) as address,
    ):
        context = browser.new_context(viewport={"width": 390, "height": HEIGHTS["phone"]})
        page = open_page(context, address)
        page.get_by_role("button", name="Get the photographs").click()
        expect(page.get_by_text("The flower photographs could not be downloaded")).to_be_visible(
            timeout=PAGE_MS
        )
        expect_onboarding(page)
        expect_fit(page)
        page.screenshot(path=artifacts / "flowers-offline-phone.png")
        context.close()
