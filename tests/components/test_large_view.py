"""The large view of the grid: walked through, closed, asked with and explained."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.browser_app import WIDTHS
from tests.components.blank_page import SIZE, Mount, Mounted
from tests.components.test_grid import GRID, identity, item, mark, marks_sent, tile

pytestmark = pytest.mark.browser


def large(grid: Mounted) -> Locator:
    return grid.page.get_by_role("dialog")


def button(grid: Mounted, name: str) -> Locator:
    return large(grid).get_by_role("button", name=name)


def expect_place(grid: Mounted, rank: int) -> None:
    """It shows this match, in full."""
    expect(large(grid).get_by_text(f"{rank} of 30", exact=True)).to_be_visible()
    expect(large(grid).get_by_role("heading")).to_have_text(grid.data["items"][rank - 1]["name"])
    shown = large(grid).locator("figure img").nth(1)
    expect(shown).to_have_attribute("src", re.compile("^/pictures/[0-9a-f]{32}$"))
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == SIZE[0]


def facts(grid: Mounted) -> dict[str, str]:
    names, values = grid.find("dt").all_inner_texts(), grid.find("dd").all_inner_texts()
    return dict(zip(names, values, strict=True))


def test_a_click_shows_a_match_large_beside_the_query(mount: Mount) -> None:
    grid = mount(GRID)
    tile(grid, 1).click()
    expect_place(grid, 1)
    query = large(grid).get_by_role("img", name="Your picture: red-00.jpg")
    expect(query).to_be_visible()
    assert query.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    expect(large(grid).locator("figcaption").nth(1)).to_have_text("Match 1")
    expect(large(grid).get_by_role("link", name="More like this")).not_to_be_focused()
    expect(button(grid, "Next")).to_be_focused()
    button(grid, "Close").click()
    expect(large(grid)).to_be_hidden()
    expect(tile(grid, 1)).to_be_focused()


def test_it_says_what_is_recorded_of_the_picture(mount: Mount) -> None:
    close = {"than": "67 %", "bar": 0.67}
    full: dict[str, Any] = {
        "folder": "a/b",
        "taken_at": "2021-05-06T07:08:09",
        "distance": 0.12345,
        "copies": 2,
        "box": [0, 0, 0.5, 1],
        "close": close,
    }
    bare = item(1, folder="", taken_at=None, close=None)
    del bare["distance"]
    grid = mount(GRID, items=[item(**full), bare])
    tile(grid, 1).click()
    assert facts(grid) == {
        "Folder": "a/b",
        "Size": f"320 × 240 px, {item()['size']}",
        "Taken": "2021-05-06 07:08:09",
        "Distance": "0.1235",
        "Hidden copies": "2",
        "Found": "from 0 to 50 % across and 0 to 100 % down",
        "Closer than": "the first match of 67 % of the pictures",
    }
    grid.press("ArrowRight")
    assert facts(grid) == {
        "Folder": "top folder",
        "Size": f"320 × 240 px, {item(1)['size']}",
        "Taken": "not recorded",
    }


def test_previous_and_next_walk_through_the_matches(mount: Mount) -> None:
    grid = mount(GRID)
    tile(grid, 2).click()
    button(grid, "Next").click()
    expect_place(grid, 3)
    grid.press("ArrowLeft", "ArrowLeft")
    expect_place(grid, 1)
    expect(button(grid, "Previous")).to_be_disabled()
    grid.press("ArrowLeft")
    expect_place(grid, 1)
    button(grid, "Next").click()
    button(grid, "Previous").click()
    # The button went off under the finger: the keys still work.
    grid.press("ArrowRight")
    expect_place(grid, 2)
    grid.press("Escape")
    tile(grid, 30).click()
    expect(button(grid, "Next")).to_be_disabled()
    grid.press("ArrowRight")
    expect_place(grid, 30)
    grid.press("Escape")
    expect(large(grid)).to_be_hidden()
    expect(tile(grid, 30)).to_be_focused()


def test_the_neighbours_of_a_match_are_fetched_ahead(mount: Mount) -> None:
    grid = mount(GRID)
    with grid.page.expect_request(f"**/pictures/{identity(grid, 4)}"):
        tile(grid, 5).click()
    expect_place(grid, 5)
    assert f"/pictures/{identity(grid, 6)}" in grid.requests
    assert f"/pictures/{identity(grid, 7)}" not in grid.requests


def test_the_picture_in_sight_is_marked(mount: Mount) -> None:
    grid = mount(GRID)
    tile(grid, 7).click()
    grid.press("-")
    expect(button(grid, "Wrong: ")).to_have_attribute("aria-pressed", "true")
    grid.press("ArrowRight")
    expect(button(grid, "Wrong: ")).to_have_attribute("aria-pressed", "false")
    button(grid, "Right: ").click()
    expect(button(grid, "Right: ")).to_have_attribute("aria-pressed", "true")
    grid.press("Escape")
    assert marks_sent(grid) == {"right": [identity(grid, 8)], "wrong": [identity(grid, 7)]}
    expect(mark(grid, 7, "Wrong")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(
    ("key", "label"), [("m", "More like this"), ("a", "Add to the query")], ids=["more", "add"]
)
def test_the_picture_in_sight_is_asked_with(mount: Mount, key: str, label: str) -> None:
    name = "more" if key == "m" else "add"
    grid = mount(GRID)
    tile(grid, 2).click()
    grid.press("ArrowRight", key)
    expect(large(grid)).to_be_hidden()
    assert grid.sent(name) == [identity(grid, 3)]
    # The grid waits, and the answer has the focus.
    expect(grid.find(".matches")).to_have_attribute("aria-busy", "true")
    grid.show(key="answer", taken=1)
    expect(tile(grid, 1)).to_be_focused()
    tile(grid, 4).click()
    large(grid).get_by_role("link" if key == "m" else "button", name=label).click()
    assert grid.sent(name)[1:] == [identity(grid, 4)]


def test_the_part_that_was_found_is_asked_with(mount: Mount) -> None:
    box = [0.1, 0.25, 0.5, 1]
    grid = mount(GRID, items=[item(box=box)], scope="&k=20")
    tile(grid, 1).click()
    expect(large(grid).locator(".found")).to_have_count(1)
    part = large(grid).get_by_role("link", name="Use this part")
    address = f"/?image={identity(grid, 1)}&box=0.1000,0.2500,0.5000,1.0000&k=20"
    expect(part).to_have_attribute("href", address)
    part.click()
    assert grid.sent("part") == [{"image": identity(grid, 1), "box": box}]
    expect(large(grid)).to_be_hidden()


def test_without_a_query_the_picture_is_alone(mount: Mount) -> None:
    plain = item()
    del plain["distance"]
    grid = mount(GRID, query=None, items=[plain | {"close": None}], marks=None, explainable=False)
    tile(grid, 1).click()
    expect(large(grid).locator("figure:visible")).to_have_count(1)
    expect(large(grid).get_by_role("button", name="Right")).to_have_count(0)
    expect(large(grid).get_by_role("button", name="Add to the query")).to_have_count(0)
    expect(large(grid).locator(".why")).to_be_hidden()
    expect(large(grid).locator("figcaption").nth(1)).to_have_text("red/red-00.jpg")


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_the_screen(mount: Mount, width: str) -> None:
    across, down = WIDTHS[width]
    grid = mount(GRID, width)
    tile(grid, 4).click()
    expect_place(grid, 4)
    shown = large(grid).bounding_box()
    assert shown
    assert shown["x"] >= 0
    assert shown["y"] >= 0
    assert shown["x"] + shown["width"] <= across
    assert shown["y"] + shown["height"] <= down
    if width == "phone":
        assert (shown["width"], shown["height"]) == (across, down)
    for part in ("header", ".pair", "dl", "nav"):
        inner = large(grid).locator(part).bounding_box()
        assert inner
        assert inner["y"] + inner["height"] <= shown["y"] + shown["height"]
        assert inner["x"] + inner["width"] <= shown["x"] + shown["width"]


def test_leaving_the_page_closes_it(mount: Mount) -> None:
    grid = mount(GRID)
    tile(grid, 4).click()
    grid.page.evaluate("leave()")
    expect(large(grid)).to_be_hidden()
