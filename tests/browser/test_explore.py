"""Looking around without a question, in a real Chromium."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from core.config import Settings
from core.engine import ImageSearchEngine
from core.explore import GalleryMap, draw_map, gallery_map
from core.feature_store import IndexSnapshot
from core.types import Array
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
    """Pictures of some colours, a folder each, with their index and its map."""
    folder = tmp_path_factory.mktemp("explore")
    for place, (name, colour) in enumerate(COLOURS.items()):
        for number in range(IN_FOLDER):
            path = folder / "library" / name / f"{place}-{number:02}.jpg"
            save_picture(path, 1000 * place + number, colour, (320, 240))
    settings = Settings(features=folder / "features", descriptor="hsv")
    engine = ImageSearchEngine(settings)
    engine.index(folder / "library")
    draw_map(engine.require_snapshot())
    return folder


@pytest.fixture(scope="module")
def snapshot(folder: Path) -> IndexSnapshot:
    return ImageSearchEngine(Settings(features=folder / "features")).require_snapshot()


@pytest.fixture(scope="module")
def drawn(snapshot: IndexSnapshot) -> GalleryMap:
    found = gallery_map(snapshot)
    assert found
    return found


def paths(page: Page) -> list[str]:
    """What the grid shows."""
    # At once: asked one by one, tiles are gone that the page replaces meanwhile.
    shown = page.locator(".matches .open").evaluate_all("tiles => tiles.map(tile => tile.title)")
    return [str(path) for path in shown]


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
    expect_names(page, different[:SHOWN])
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
def test_first_answers_are_above_the_fold(
    width: str, browse: OpenPage, snapshot: IndexSnapshot, artifacts: Path
) -> None:
    across, down = SCREENS[width]
    options: dict[str, Any] = {**screen(width), "viewport": {"width": across, "height": down}}
    # With a note above them and filters beside them, which others do without.
    question = f"/?image={snapshot.images[0].id}&ranking=neighbourhood&folder=blue"
    page = browse(question, **options)
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
    photograph(page, f"asked-{width}", artifacts)
    assert faults(page) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_start_fits_and_is_accessible(width: str, browse: OpenPage, artifacts: Path) -> None:
    page = browse("/?browse=red", **screen(width))
    expect_pictures(page, SHOWN)
    assert faults(page) == []
    photograph(page, f"browse-{width}", artifacts)


# The map

MARGIN = 28


def canvas(page: Page) -> Locator:
    return page.locator(".map canvas")


def open_map(browse: OpenPage, count: int, path: str = "/explore", **options: Any) -> Page:
    page = browse(path, **options)
    expect(canvas(page)).to_have_attribute("data-drawn", str(count), timeout=PAGE_MS)
    page.wait_for_selector(READY)
    return page


def place(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a position of the map is on the page, while all of the map is in sight."""
    box = canvas(page).bounding_box()
    assert box
    scale = min(box["width"], box["height"]) - 2 * MARGIN
    across, down = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return across + (x - 0.5) * scale, down + (y - 0.5) * scale


def alone(drawn: GalleryMap) -> int:
    """The row that is the farthest from its nearest one, so that no other is meant by its place."""
    apart = np.linalg.norm(drawn.positions[:, None] - drawn.positions[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return int(apart.min(axis=1).argmax())


def gap(numbers: Array) -> float:
    """The middle of the widest gap between numbers that are not far from their median."""
    ordered = np.sort(numbers)[len(numbers) // 3 : 2 * len(numbers) // 3]
    widest = int(np.diff(ordered).argmax())
    return float(ordered[widest : widest + 2].mean())


def expect_question(page: Page, image_id: str) -> None:
    expect(page).to_have_url(re.compile(rf"/\?image={image_id}$"), timeout=PAGE_MS)
    expect_pictures(page, 30)
    expect_no_error(page)


def test_what_is_chosen_is_seen_searched_among_and_taken_away(
    browse: OpenPage, snapshot: IndexSnapshot, drawn: GalleryMap
) -> None:
    page = open_map(browse, len(snapshot.images))
    left, top = gap(drawn.positions[:, 0]), gap(drawn.positions[:, 1])
    right, bottom = 1.02, 1.02
    page.get_by_role("button", name="Box", exact=True).click()
    page.mouse.move(*place(page, left, top))
    page.mouse.down()
    page.mouse.move(*place(page, right, bottom), steps=4)
    page.mouse.up()
    x, y = drawn.positions.T
    rows = np.flatnonzero((x > left) & (x < right) & (y > top) & (y < bottom)).tolist()
    images = [snapshot.images.paths[row] for row in rows]
    assert len(images) >= 3
    expect(page.get_by_role("heading", name=f"{len(images)} chosen")).to_be_visible()
    expect_names(page, images)
    with page.expect_download() as download:
        page.get_by_role("button", name="Table (CSV)").click()
    table = download.value.path().read_text().splitlines()
    assert [line.partition(",")[0] for line in table] == ["image", *images]
    page.get_by_role("button", name="Search among these").click()
    expect(page).to_have_url(re.compile(r"/\?among=selection[0-9]+$"))
    expect_names(page, images[:SHOWN])
    expect(page.get_by_text(f"Only: {len(images)} chosen on the map")).to_be_visible()
    page.locator(".matches .open").nth(1).focus()
    page.keyboard.press("m")
    expect_pictures(page, min(len(images), 30))
    expect(page.get_by_text(f"of {len(images)} images")).to_be_visible()
    assert set(paths(page)) <= set(images)
    page.get_by_role("button", name="Clear filters").click()
    expect(page.get_by_text(f"of {len(snapshot.images)} images")).to_be_visible()
    expect_no_error(page)


def test_the_map_is_as_it_was_left(
    browse: OpenPage, snapshot: IndexSnapshot, drawn: GalleryMap
) -> None:
    page = open_map(browse, len(snapshot.images))
    group = max(drawn.groups, key=lambda group: group.size)
    page.get_by_role("button", name=f"{group.name} {group.size}", exact=True).click()
    expect(page.get_by_role("heading", name=f"{group.size} chosen")).to_be_visible()
    thumbnails = re.compile("[1-9]")
    expect(canvas(page)).to_have_attribute("data-thumbnails", thumbnails)
    page.locator(".matches .open").first.focus()
    page.keyboard.press("m")
    expect(page.get_by_role("list", name="Closest images")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name=f"{group.size} chosen")).to_be_visible()
    # Only a map that is zoomed in has some.
    expect(canvas(page)).to_have_attribute("data-thumbnails", thumbnails)
    expect_no_error(page)


def test_the_map_is_used_by_keyboard_alone(
    browse: OpenPage, snapshot: IndexSnapshot, drawn: GalleryMap
) -> None:
    page = open_map(browse, len(snapshot.images))
    group = max(drawn.groups, key=lambda group: group.size)
    page.get_by_role("button", name=f"{group.name} {group.size}", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"{group.size} chosen")).to_be_visible()
    members = [snapshot.images.paths[row] for row in drawn.members(group.number).tolist()]
    expect_names(page, members)
    canvas(page).focus()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name=re.compile("chosen$"))).to_have_count(0)
    canvas(page).focus()
    page.keyboard.press("Home")
    for key in ("+", "ArrowRight", "ArrowDown", "-"):
        page.keyboard.press(key)
    told = page.locator(".map").get_by_role("status")
    # Two steps of 80 pixels, at 1.5 times the scale, away from the centre of the map.
    box = canvas(page).bounding_box()
    assert box
    scale = min(box["width"], box["height"]) - 2 * MARGIN
    centre = np.full(2, 0.5 + 80 / 1.5 / scale)
    nearest = int(np.linalg.norm(drawn.positions - centre, axis=1).argmin())
    image = snapshot.images[nearest]
    expect(told).to_have_text(f"In the centre: {image.path.rpartition('/')[2]}")
    page.keyboard.press("Enter")
    expect_question(page, image.id)


def test_the_query_stands_on_the_map_and_colours_it(
    browse: OpenPage, snapshot: IndexSnapshot, drawn: GalleryMap
) -> None:
    row = alone(drawn)
    page = browse(f"/?image={snapshot.images[row].id}")
    expect_pictures(page, 30)
    page.get_by_role("link", name="Explore").first.click()
    expect(canvas(page)).to_have_attribute("data-drawn", str(len(snapshot.images)))
    page.wait_for_selector(READY)
    box = canvas(page).bounding_box()
    assert box
    across, down = place(page, *drawn.positions[row].tolist())
    shown = canvas(page).evaluate(
        "(canvas, [x, y]) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data]",
        [round(across - box["x"]), round(down - box["y"])],
    )
    # The main colour of the light theme.
    assert shown == [0xB0, 0x1E, 0x52, 255]
    for by, legend in {
        "Folder": ["blue", "green", "red/new", "red/old"],
        "Closeness to your picture": ["30 closest", "60 closest", "Farther"],
        "Group": ["In no group"],
    }.items():
        page.get_by_role("radio", name=by, exact=True).click()
        expect(page.locator(".map .legend li")).to_have_text(legend)
    expect_no_error(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_map_fits_and_is_accessible(
    width: str, browse: OpenPage, snapshot: IndexSnapshot, drawn: GalleryMap, artifacts: Path
) -> None:
    page = open_map(browse, len(snapshot.images), **screen(width))
    if width == "phone":
        # A finger sees the picture first, and asks with the button below it.
        row = alone(drawn)
        page.touchscreen.tap(*place(page, *drawn.positions[row].tolist()))
        more = page.locator(".map .card").get_by_role("button", name="More like this")
        expect(more).to_be_visible()
    assert faults(page) == []
    photograph(page, f"map-{width}", artifacts)


def test_the_views_are_switched_and_come_back(browse: OpenPage, snapshot: IndexSnapshot) -> None:
    page = open_map(browse, len(snapshot.images))
    views = {"Groups": "groups", "Odd ones out": "odd", "Probably misfiled": "misfiled"}
    for label, view in views.items():
        page.get_by_role("radio", name=label).click()
        expect(page).to_have_url(re.compile(rf"/explore\?view={view}$"))
        expect(canvas(page)).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("radio", name="Odd ones out")).to_be_checked()
    expect_no_error(page)
