"""Small pictures of which one is picked, and drawings."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.components.blank_page import Mount, Mounted

pytestmark = pytest.mark.browser

TILES = "how_it_works/tiles"


def buttons(tiles: Mounted) -> Locator:
    return tiles.page.get_by_role("list").get_by_role("button")


def numbered(count: int, first: int = 0) -> list[dict[str, Any]]:
    numbers = range(first, first + count)
    return [{"number": n, "name": f"Filter {n}", "caption": str(n), "address": ""} for n in numbers]


def style(tiles: Mounted, place: int, name: str) -> str:
    picture = buttons(tiles).nth(place).locator(".picture")
    return str(picture.evaluate("(e, name) => getComputedStyle(e)[name]", name))


def test_a_tile_is_picked_and_keeps_the_focus(mount: Mount) -> None:
    tiles = mount(TILES, tiles=numbered(6, first=10), picked=10)
    buttons(tiles).nth(2).click()
    assert tiles.sent("pick") == [12]
    tiles.show(picked=12)
    expect(buttons(tiles).nth(2)).to_have_attribute("aria-pressed", "true")
    expect(buttons(tiles).nth(0)).to_have_attribute("aria-pressed", "false")
    # The arrows lead to the others, and no further.
    tiles.press("ArrowRight", "Enter")
    assert tiles.sent("pick") == [12, 13]
    tiles.show(tiles=numbered(4, first=13), picked=13)
    expect(buttons(tiles)).to_have_text(["13", "14", "15", "16"])
    tiles.press("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    expect(buttons(tiles).nth(0)).to_be_focused()


def test_arrows_go_up_and_down_in_the_columns_that_are_seen(mount: Mount) -> None:
    tiles = mount(TILES, tiles=numbered(40), least="10rem", picked=0)
    columns = tiles.find("ul").evaluate(
        "list => getComputedStyle(list).gridTemplateColumns.split(' ').length"
    )
    assert 1 < columns < 20
    buttons(tiles).nth(0).focus()
    tiles.press("ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp")
    expect(buttons(tiles).nth(1 + columns)).to_be_focused()
    assert tiles.find("[tabindex='0']").count() == 1


def test_one_tile_can_be_reached_also_where_none_is_picked(mount: Mount) -> None:
    tiles = mount(TILES, tiles=numbered(3), picked=7)
    assert tiles.find("[tabindex='0']").count() == 1
    tiles.press("Tab")
    expect(buttons(tiles).nth(0)).to_be_focused()


def test_pictures_are_parts_of_a_sheet_or_have_addresses(mount: Mount) -> None:
    tiles = mount(TILES)
    address = tiles.data["tiles"][0]["address"]
    assert address in style(tiles, 0, "backgroundImage")
    assert style(tiles, 0, "backgroundSize") == "cover"
    sheet = "data:image/png;base64,AAAA"
    tiles.show(tiles=numbered(6), sheet=sheet, columns=3)
    assert style(tiles, 0, "backgroundImage") == f'url("{sheet}")'
    assert style(tiles, 0, "backgroundSize") == "300% 200%"
    places = [style(tiles, place, "backgroundPosition") for place in range(6)]
    assert places == ["0% 0%", "50% 0%", "100% 0%", "0% 100%", "50% 100%", "100% 100%"]


@pytest.mark.parametrize(("width", "name"), [("desktop", "wide"), ("phone", "narrow")])
def test_a_drawing_fits_the_screen(mount: Mount, width: str, name: str) -> None:
    drawing = mount("how_it_works/drawing", width)
    expect(drawing.find("figure > div:visible")).to_have_class(name)
    drawing.show(wide="<svg id=other></svg>", narrow="<svg id=other></svg>")
    expect(drawing.find("figure > div")).to_have_count(2)
    expect(drawing.find("#other")).to_have_count(2)
