"""Looking around without a question, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

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
    running_app,
    screen,
)
from tests.fakes import save_picture

pytestmark = pytest.mark.browser

COLOURS = {
    "blue": (50, 60, 200),
    "green": (60, 170, 70),
    "red/new": (200, 50, 60),
    "red/old": (190, 60, 50),
}
IN_FOLDER = 30
SHOWN = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of some colours, a folder each, and their index."""
    folder = tmp_path_factory.mktemp("explore")
    for place, (name, colour) in enumerate(COLOURS.items()):
        for number in range(IN_FOLDER):
            path = folder / "library" / name / f"{place}-{number:02}.jpg"
            save_picture(path, 1000 * place + number, colour, (320, 240))
    settings = Settings(features=folder / "features", descriptor="hsv")
    ImageSearchEngine(settings).index(folder / "library")
    return folder


@pytest.fixture(scope="module")
def snapshot(folder: Path) -> IndexSnapshot:
    return ImageSearchEngine(Settings(features=folder / "features")).require_snapshot()


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """The running app over that gallery."""
    with running_app(folder) as address:
        yield address


def paths(page: Page) -> list[str]:
    """What the grid shows."""
    tiles = page.locator(".matches .open")
    return [str(tile.get_attribute("title")) for tile in tiles.all()]


def expect_names(page: Page, images: list[str]) -> None:
    names = [path.rpartition("/")[2] for path in images]
    expect(page.locator(".matches .name")).to_have_text(names, timeout=PAGE_MS)
    page.wait_for_selector(READY)


def test_start_shows_what_differs_most_and_others_and_back(
    browse: OpenPage, snapshot: IndexSnapshot
) -> None:
    different = [snapshot.images.paths[int(row)] for row in snapshot.variety]
    page = browse()
    expect_pictures(page, SHOWN)
    assert paths(page) == different[:SHOWN]
    assert {path.partition("/")[0] for path in different[:SHOWN]} == {"blue", "green", "red"}
    page.get_by_role("button", name="Others").click()
    expect_names(page, different[SHOWN : 2 * SHOWN])
    page.get_by_role("button", name="Others").click()
    expect_names(page, different[2 * SHOWN :])
    page.get_by_role("button", name="Others").click()
    expect_names(page, different[:SHOWN])
    page.go_back()
    expect_names(page, different[2 * SHOWN :])
    expect_no_error(page)


def test_folders_are_chips_on_each_level(browse: OpenPage, snapshot: IndexSnapshot) -> None:
    page = browse()
    expect_pictures(page, SHOWN)
    page.get_by_role("radio", name="green").click()
    expect_pictures(page, IN_FOLDER)
    expect_names(page, [path for path in snapshot.images.paths if path.startswith("green/")])
    page.get_by_role("radio", name="red").click()
    page.get_by_role("radio", name="old").click()
    expect(page).to_have_url(re.compile(r"browse=red%2Fold"))
    expect_names(page, [path for path in snapshot.images.paths if path.startswith("red/old/")])
    page.go_back()
    expect(page.get_by_role("radio", name="old")).not_to_be_checked()
    page.get_by_role("radio", name="red").click()
    expect_pictures(page, SHOWN)
    expect(page.get_by_role("radio", name="old")).to_have_count(0)
    expect_no_error(page)


def test_a_picture_of_the_start_is_seen_large_and_asked_with(browse: OpenPage) -> None:
    page = browse()
    expect_pictures(page, SHOWN)
    first = paths(page)[0]
    page.locator(".matches .open").first.click()
    large = page.get_by_role("dialog")
    expect(large.get_by_role("heading")).to_have_text(first.rpartition("/")[2])
    expect(large.locator("figure:visible")).to_have_count(1)
    expect(large.get_by_text("Distance")).to_have_count(0)
    expect(large.get_by_role("button", name="Right")).to_have_count(0)
    large.get_by_role("link", name="More like this").click()
    expect_pictures(page, 30)
    assert paths(page)[0] == first
    expect(page).to_have_url(re.compile(r"\?image=[0-9a-f]{32}$"))
    page.go_back()
    expect_pictures(page, SHOWN)
    # By keyboard alone.
    page.locator(".matches .open").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("m")
    expect_pictures(page, 30)
    expect_no_error(page)


SCREENS = {"desktop": (1440, 900), "phone": WIDTHS["phone"]}


@pytest.mark.parametrize("width", SCREENS)
@pytest.mark.parametrize("more", ["", "&ranking=neighbourhood&folder=blue"], ids=["plain", "notes"])
def test_first_answers_are_above_the_fold(
    more: str, width: str, browse: OpenPage, snapshot: IndexSnapshot, artifacts: Path
) -> None:
    across, down = SCREENS[width]
    options: dict[str, Any] = {**screen(width), "viewport": {"width": across, "height": down}}
    page = browse(f"/?image={snapshot.images[0].id}{more}", **options)
    expect_pictures(page, 30)
    page.wait_for_selector(READY)
    row = page.locator(".matches li").evaluate_all(
        "tiles => tiles.map(tile => tile.getBoundingClientRect())"
        ".filter((box, _, all) => box.top === all[0].top).map(box => box.bottom)"
    )
    assert len(row) >= 2
    assert max(row) <= down
    # All that stands above them is there to be used, too.
    for name in ("Upload", "Results and filters"):
        expect(page.get_by_role("button", name=name).last).to_be_in_viewport(ratio=1)
    photograph(page, f"asked-{width}{'-notes' if more else ''}", artifacts)
    assert faults(page) == []


def test_on_a_phone_the_query_is_small_until_it_is_cropped(
    browse: OpenPage, snapshot: IndexSnapshot
) -> None:
    page = browse(f"/?image={snapshot.images[0].id}", **screen("phone"))
    expect_pictures(page, 30)
    frame = page.locator(".st-key-query_side .frame")
    small = frame.bounding_box()
    expect(page.get_by_role("button", name="Select a part")).to_be_hidden()
    page.get_by_role("button", name="Crop or turn").click()
    page.get_by_role("button", name="Select a part").click()
    expect(page).to_have_url(re.compile("box="))
    large = frame.bounding_box()
    assert small
    assert large
    assert large["height"] > 2 * small["height"]
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("button", name="Whole picture")).to_be_hidden()


@pytest.mark.parametrize("width", WIDTHS)
def test_start_fits_and_is_accessible(width: str, browse: OpenPage, artifacts: Path) -> None:
    page = browse("/?browse=red", **screen(width))
    expect_pictures(page, SHOWN)
    assert faults(page) == []
    photograph(page, f"browse-{width}", artifacts)
