"""The answer in a real Chromium: seen large, asked on by mouse and keys, taken away."""

from __future__ import annotations

import csv
import re
import zipfile
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import ExifTags, Image
from playwright.sync_api import Locator, Page, expect

from core.config import Settings
from core.engine import ImageSearchEngine
from core.feature_store import IndexSnapshot
from tests.browser.browser_app import (
    PAGE_MS,
    READY,
    WIDTHS,
    OpenPage,
    expect_no_error,
    expect_pictures,
    faults,
    photograph,
    screen,
    show,
)
from tests.fakes import picture, save_picture

pytestmark = pytest.mark.browser

COLOURS = {"blue": (50, 60, 200), "green": (60, 170, 70), "red": (200, 50, 60)}
DATED = "reds & roses/holiday.jpg"
SIZE = (480, 360)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery of three colours with some special files, and its index beside it."""
    folder = tmp_path_factory.mktemp("results")
    library = folder / "library"
    for place, (name, colour) in enumerate(COLOURS.items()):
        for number in range(30):
            path = library / name / f"{name}-{number:03}.jpg"
            save_picture(path, 1000 * place + number, colour, SIZE)
    pillow_heif.register_heif_opener()
    for seed, name in enumerate(("phone.heic", "scan.tiff")):
        save_picture(library / name, 5000 + seed, COLOURS["red"], SIZE)
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2021:05:06 07:08:09"
    (library / DATED).parent.mkdir()
    picture(6000, COLOURS["red"], SIZE).save(library / DATED, exif=exif)
    settings = Settings(features=folder / "features", descriptor="hsv")
    ImageSearchEngine(settings).index(library)
    return folder


@pytest.fixture(scope="module")
def snapshot(folder: Path) -> IndexSnapshot:
    return ImageSearchEngine(Settings(features=folder / "features")).require_snapshot()


@pytest.fixture
def ask(browse: OpenPage, snapshot: IndexSnapshot) -> OpenPage:
    """Opens pages that search with an image of the gallery."""

    def open_page(path: str, *, k: int = 30, **options: Any) -> Page:
        page = browse(f"/?image={snapshot.record(path).id}&k={k}", **options)
        expect_pictures(page, k)
        expect_no_error(page)
        return page

    return open_page


def tile(page: Page, rank: int) -> Locator:
    return page.locator(".matches .open").nth(rank - 1)


def large(page: Page) -> Locator:
    return page.get_by_role("dialog")


def name_of(page: Page, rank: int) -> str:
    return page.locator(".matches .name").nth(rank - 1).inner_text()


def expect_place(page: Page, rank: int) -> None:
    """The large view shows this match, in full."""
    expect(large(page).get_by_text(f"{rank} of 30", exact=True)).to_be_visible()
    expect(large(page).get_by_role("heading")).to_have_text(name_of(page, rank))
    shown = large(page).locator("figure img").nth(1)
    expect(shown).to_have_attribute("src", re.compile("^/pictures/[0-9a-f]{32}$"))
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == SIZE[0]


def test_whole_flow_by_keyboard(ask: OpenPage, snapshot: IndexSnapshot) -> None:
    page = ask("red/red-001.jpg")
    passed: list[str] = []
    while not tile(page, 1).evaluate("tile => tile.getRootNode().activeElement === tile"):
        page.keyboard.press("Tab")
        passed.append(page.evaluate("document.activeElement.textContent"))
        assert len(passed) < 40
    assert any("Upload" in text for text in passed)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect_place(page, 2)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(tile(page, 3)).to_be_focused()
    third = name_of(page, 3)
    page.keyboard.press("m")
    expect_first(page, third)
    expect(tile(page, 1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    second = name_of(page, 2)
    page.keyboard.press("m")
    expect_first(page, second)


def expect_first(page: Page, name: str) -> None:
    """The match is the query by now, and so its own closest."""
    expect(page.locator(".matches .name").first).to_have_text(name, timeout=PAGE_MS)
    expect(page.locator(".matches .distance").first).to_have_text("0.0000")
    expect(page.locator(".matches")).not_to_have_attribute("aria-busy", "true")
    expect(large(page)).to_be_hidden()
    page.wait_for_selector(READY, timeout=PAGE_MS)
    expect_pictures(page, 30)
    expect_no_error(page)


def test_more_like_this_asks_with_a_match_and_back_with_the_one_before(
    ask: OpenPage, snapshot: IndexSnapshot
) -> None:
    page = ask("green/green-000.jpg")
    more = page.locator(".matches .more").nth(4)
    fifth = name_of(page, 5)
    expect(more).to_have_css("opacity", "0")
    tile(page, 5).hover()
    expect(more).to_have_css("opacity", "1")
    more.click()
    expect_first(page, fifth)
    identity = snapshot.record(f"green/{fifth}").id
    expect(page).to_have_url(re.compile(f"image={identity}"))
    tile(page, 3).click()
    third = name_of(page, 3)
    large(page).get_by_role("link", name="More like this").click()
    expect_first(page, third)
    page.go_back()
    expect_first(page, fifth)
    page.go_back()
    expect_first(page, "green-000.jpg")


def test_more_like_this_is_a_link_for_a_tab_of_its_own(
    ask: OpenPage, snapshot: IndexSnapshot
) -> None:
    page = ask("green/green-000.jpg", k=20)
    page.goto(f"{page.url}&folder=green")
    expect(page.get_by_text("Only: green")).to_be_visible()
    expect_pictures(page, 20)
    second = name_of(page, 2)
    with page.context.expect_page() as opened:
        page.locator(".matches .more").nth(1).click(modifiers=["ControlOrMeta"], force=True)
    expect(opened.value.locator(".matches .name").first).to_have_text(second)
    expect_pictures(opened.value, 20)
    expect(opened.value.get_by_text("Only: green")).to_be_visible()
    expect(page.locator(".matches .name").first).to_have_text("green-000.jpg")


@pytest.mark.parametrize("name", ["phone.heic", "scan.tiff"])
def test_formats_that_browsers_lack_are_shown_large(name: str, ask: OpenPage) -> None:
    page = ask(name)
    tile(page, 1).click()
    expect_place(page, 1)


def select_row(page: Page, row: int) -> None:
    # The table is drawn on a canvas: its boxes are found by their place.
    table = page.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    table.click(position={"x": 15, "y": 35 * row + 18})


def test_a_row_of_the_table_shows_its_match(ask: OpenPage) -> None:
    page = ask("blue/blue-000.jpg")
    select_row(page, 3)
    expect_place(page, 3)
    page.keyboard.press("Escape")
    expect(page.locator(".matches li[aria-current]")).to_have_count(1)
    expect(page.locator(".matches li").nth(2)).to_have_attribute("aria-current", "true")
    expect(tile(page, 3)).to_be_focused()
    page.wait_for_selector(READY)
    select_row(page, 5)
    expect_place(page, 5)
    fifth = name_of(page, 5)
    page.keyboard.press("m")
    expect_first(page, fifth)
    expect(page.locator(".matches li[aria-current]")).to_have_count(0)


def test_a_row_shows_its_match_also_in_a_sorted_table(ask: OpenPage) -> None:
    page = ask("blue/blue-000.jpg")
    table = page.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    # Once up, once down: the farthest comes first.
    for _ in range(2):
        table.click(position={"x": 120, "y": 18})
    select_row(page, 1)
    expect_place(page, 30)


def test_answer_is_taken_away_as_table_sheet_and_copies(ask: OpenPage, folder: Path) -> None:
    page = ask("blue/blue-000.jpg")

    def saved(role: Any, name: str) -> Path:
        with page.expect_download() as download:
            page.get_by_role(role, name=name).click()
        return Path(download.value.path())

    with saved("button", "Table (CSV)").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["rank"] for row in rows] == [str(rank) for rank in range(1, 31)]
    assert rows[0]["image"] == "blue/blue-000.jpg"
    with Image.open(saved("button", "Contact sheet (JPEG)")) as sheet:
        assert sheet.format == "JPEG"
        assert sheet.width > 1000
    with zipfile.ZipFile(saved("link", "Copies of the images (ZIP)")) as archive:
        assert len(archive.namelist()) == 30
        for name, row in zip(archive.namelist(), rows, strict=True):
            assert archive.read(name) == (folder / "library" / row["image"]).read_bytes()
    expect_no_error(page)


def test_browser_keeps_the_pictures(ask: OpenPage) -> None:
    page = ask("blue/blue-001.jpg")
    page.reload()
    page.wait_for_selector(READY)
    expect_pictures(page, 30)
    sent = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter(entry => entry.name.includes('/thumbnails/')).map(entry => entry.transferSize)"
    )
    assert len(sent) >= 30
    assert sum(sent) == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_answer_fits_the_screen(width: str, ask: OpenPage, artifacts: Path) -> None:
    page = ask("red/red-000.jpg", **screen(width))
    across, _ = WIDTHS[width]
    grid = page.locator(".matches")
    grid.scroll_into_view_if_needed()
    photograph(page, f"grid-{width}", artifacts)
    box, heading = grid.bounding_box(), page.get_by_role("heading").first.bounding_box()
    assert box and heading
    lefts = set(grid.locator("li").evaluate_all("all => all.map(li => li.offsetLeft)"))
    if width == "phone":
        assert len(lefts) == 2
        assert box["x"] == heading["x"]
        assert box["x"] + box["width"] == across - heading["x"]
    else:
        assert len(lefts) > 4
    tile(page, 4).click()
    expect_place(page, 4)
    photograph(page, f"large-{width}", artifacts)
    page.keyboard.press("Escape")
    page.get_by_test_id("stDataFrame").scroll_into_view_if_needed()
    photograph(page, f"table-{width}", artifacts)


def test_pages_are_accessible(browse: OpenPage, address: str) -> None:
    page = browse()
    for path in ("/", "/index", "/share"):
        show(page, address + path)
        expect(page.get_by_role("heading").first).to_be_visible()
        assert faults(page) == [], path


@pytest.mark.parametrize("width", WIDTHS)
def test_answer_and_large_view_are_accessible(width: str, ask: OpenPage) -> None:
    page = ask("red/red-000.jpg", **screen(width))
    assert faults(page) == []
    tile(page, 2).click()
    expect_place(page, 2)
    assert faults(page) == []


def test_axe_sees_into_the_grid(ask: OpenPage) -> None:
    page = ask("red/red-000.jpg")
    tile(page, 2).evaluate("tile => tile.removeAttribute('aria-label')")
    tile(page, 2).evaluate("tile => tile.removeAttribute('title')")
    assert any("button-name" in fault for fault in faults(page))
