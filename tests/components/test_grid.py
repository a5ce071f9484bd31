"""The grid of pictures: keys, marks, links, what it shows and what it sends."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.components.blank_page import Mount, Mounted
from tests.components.recordings import recording

pytestmark = pytest.mark.browser

GRID = "results/grid"
MARKUP = "<img src=x onerror=alert(1)>&amp;.png"
MANY = 300


def item(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A recorded match, changed."""
    matches: list[dict[str, Any]] = recording("grid")["items"]
    return matches[number] | changes


def tile(grid: Mounted, rank: int) -> Locator:
    return grid.find(".matches .open").nth(rank - 1)


def mark(grid: Mounted, rank: int, word: str) -> Locator:
    return grid.find(".matches li").nth(rank - 1).get_by_role("button", name=f"{word}: ")


def identity(grid: Mounted, rank: int) -> str:
    return str(grid.data["items"][rank - 1]["id"])


def marks_sent(grid: Mounted) -> dict[str, list[str]]:
    sent = grid.sent("marks")[-1]
    return {name: sent[name] for name in ("right", "wrong")}


def test_a_tile_says_in_words_what_it_shows(mount: Mount) -> None:
    close = {"than": "67 %", "bar": 0.67}
    box = [0.1, 0.2, 0.4, 0.6]
    changes = {"folder": "a/b", "name": "c.jpg", "distance": 0.5, "box": box, "close": close}
    grid = mount(GRID, items=[item(copies=2, **changes), item(1, copies=1, close=None)])
    expect(tile(grid, 1)).to_have_attribute(
        "aria-label",
        "1: a/b/c.jpg, distance 0.5000, closer than the first match of 67 % of the pictures here, "
        "and 2 copies, found from 10 to 40 % across and 20 to 60 % down",
    )
    expect(grid.find(".distance").first).to_have_text("0.5000")
    expect(grid.find(".copies")).to_have_text(["+2", "+1"])
    expect(grid.find(".copies").last).to_have_attribute("title", "and 1 copy")
    expect(grid.find(".closeness")).to_have_count(1)
    line, picture = grid.find(".line").bounding_box(), tile(grid, 1).bounding_box()
    assert line and picture
    # The picture is shown whole in a square: its height is three quarters.
    side = picture["width"]
    assert line["x"] - picture["x"] == pytest.approx(0.1 * side, abs=2)
    assert line["y"] - picture["y"] == pytest.approx((0.125 + 0.2 * 0.75) * side, abs=2)
    assert line["width"] == pytest.approx(0.3 * side, abs=4)


def test_other_pictures_than_matches_have_no_marks_and_no_distance(mount: Mount) -> None:
    plain = [
        {name: value for name, value in item(number).items() if name != "distance"}
        | {"close": None}
        for number in range(3)
    ]
    grid = mount(GRID, query=None, items=plain, marks=None)
    expect(grid.find(".matches li")).to_have_count(3)
    expect(grid.find(".rank")).to_have_count(0)
    expect(grid.find(".mark:visible")).to_have_count(0)
    tile(grid, 1).focus()
    grid.press("+", "a")
    assert grid.sent("marks") == grid.sent("add") == []
    grid.press("m")
    assert grid.sent("more") == [identity(grid, 1)]


def test_names_are_shown_and_never_run(mount: Mount) -> None:
    grid = mount(GRID, items=[item(name=MARKUP, folder=MARKUP)])
    alerts: list[str] = []
    grid.page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    expect(grid.find(".matches .name")).to_have_text(MARKUP)
    tile(grid, 1).click()
    expect(grid.page.get_by_role("dialog").get_by_role("heading")).to_have_text(MARKUP)
    expect(grid.find("dd").first).to_have_text(MARKUP)
    assert grid.find("img[src=x]").count() == 0
    assert alerts == []


def test_arrows_home_and_end_lead_through_the_tiles(mount: Mount) -> None:
    grid = mount(GRID)
    tile(grid, 1).focus()
    grid.press("ArrowLeft", "ArrowRight")
    expect(tile(grid, 2)).to_be_focused()
    grid.press("ArrowDown", "ArrowUp", "ArrowUp")
    expect(tile(grid, 2)).to_be_focused()
    grid.press("ArrowDown")
    columns = grid.find(".matches").evaluate(
        "list => getComputedStyle(list).gridTemplateColumns.split(' ').length"
    )
    expect(tile(grid, 2 + columns)).to_be_focused()
    grid.press("End", "ArrowRight")
    expect(tile(grid, 30)).to_be_focused()
    grid.press("Home", "ArrowRight", "Enter")
    expect(grid.page.get_by_role("dialog")).to_be_visible()
    grid.press("ArrowRight", "Escape")
    expect(tile(grid, 3)).to_be_focused()
    # One tile and what belongs to it are on the way of the Tab key, whatever their number.
    grid.press("Tab")
    expect(grid.find(".matches .more").nth(2)).to_be_focused()
    expect(grid.find(".matches .more").nth(2)).to_have_css("opacity", "1")
    assert grid.find(".matches [tabindex='0']").count() == 4
    grid.press("Shift+Tab", "Control+ArrowRight")
    expect(tile(grid, 3)).to_be_focused()


def test_keys_ask_and_wait_for_the_answer(mount: Mount) -> None:
    grid = mount(GRID)
    tile(grid, 3).focus()
    grid.press("Control+m", "Alt+a")
    assert grid.page.evaluate("messages") == []
    grid.press("m")
    assert grid.sent("more") == [identity(grid, 3)]
    expect(grid.find(".matches")).to_have_attribute("aria-busy", "true")
    # The answer has other matches: the keys go on at the first.
    grid.show(key="other", taken=1, items=recording("grid")["items"][5:])
    expect(grid.find(".matches")).not_to_have_attribute("aria-busy", "true")
    expect(tile(grid, 1)).to_be_focused()
    grid.press("a")
    assert grid.sent("add") == [identity(grid, 1)]
    # The server has refused it: the same matches, but the grid no longer waits.
    grid.show(taken=2)
    expect(grid.find(".matches")).not_to_have_attribute("aria-busy", "true")


def test_a_link_asks_here_or_in_a_tab_of_its_own(mount: Mount) -> None:
    grid = mount(GRID, scope="&folder=red")
    more = grid.find(".matches .more").nth(1)
    expect(more).to_have_attribute("href", f"/?image={identity(grid, 2)}&folder=red")
    expect(more).to_have_css("opacity", "0")
    tile(grid, 2).hover()
    expect(more).to_have_css("opacity", "1")
    with grid.page.context.expect_page():
        more.click(modifiers=["ControlOrMeta"])
    assert grid.sent("more") == []
    more.click()
    assert grid.sent("more") == [identity(grid, 2)]
    # Links of an answer in another folder are others, though its matches are the same.
    grid.show(scope="")
    expect(more).to_have_attribute("href", f"/?image={identity(grid, 2)}")


def test_a_mark_is_set_changed_and_taken_back(mount: Mount) -> None:
    grid = mount(GRID)
    tile(grid, 3).hover()
    mark(grid, 3, "Right").click()
    assert marks_sent(grid) == {"right": [identity(grid, 3)], "wrong": []}
    expect(mark(grid, 3, "Right")).to_have_attribute("aria-pressed", "true")
    expect(grid.find("li.is-right")).to_have_count(1)
    mark(grid, 3, "Wrong").click()
    assert marks_sent(grid) == {"right": [], "wrong": [identity(grid, 3)]}
    expect(mark(grid, 3, "Right")).to_have_attribute("aria-pressed", "false")
    mark(grid, 3, "Wrong").click()
    assert marks_sent(grid) == {"right": [], "wrong": []}
    expect(grid.find(".status")).to_have_text(f"{grid.data['items'][2]['name']}: no mark")


def test_quick_marks_by_keys_are_all_sent(mount: Mount) -> None:
    grid = mount(GRID)
    tile(grid, 1).focus()
    grid.press("+", "ArrowRight", "=", "ArrowRight", "-", "ArrowRight", "+", "+")
    right, wrong = [identity(grid, rank) for rank in (1, 2)], [identity(grid, 3)]
    assert marks_sent(grid) == {"right": right, "wrong": wrong}
    expect(tile(grid, 4)).to_be_focused()


def test_marks_of_the_server_count_once_it_has_received_the_last(mount: Mount) -> None:
    grid = mount(GRID)
    tile(grid, 1).focus()
    grid.press("+")
    first = grid.sent("marks")[0]
    grid.press("ArrowRight", "+")
    second = grid.sent("marks")[1]
    # The answer to the first mark is older than the second.
    grid.show(marks={"right": first["right"], "wrong": []}, heard=first["turn"])
    expect(grid.find("li.is-right")).to_have_count(2)
    grid.show(marks={"right": second["right"], "wrong": []}, heard=second["turn"])
    expect(grid.find("li.is-right")).to_have_count(2)
    # By now the address says what is marked, as after Back.
    grid.show(marks={"right": [], "wrong": [identity(grid, 5)]})
    expect(grid.find("li.is-right")).to_have_count(0)
    expect(grid.find("li.is-wrong")).to_have_count(1)


def test_a_finger_sees_the_marks(mount: Mount) -> None:
    grid = mount(GRID, "phone")
    assert float(mark(grid, 4, "Wrong").evaluate("e => getComputedStyle(e).opacity")) > 0.5
    mark(grid, 4, "Wrong").tap()
    assert marks_sent(grid) == {"right": [], "wrong": [identity(grid, 4)]}


def test_a_chosen_row_of_the_table_is_shown_large_once(mount: Mount) -> None:
    grid = mount(GRID)
    grid.show(selected=3)
    dialog = grid.page.get_by_role("dialog")
    expect(dialog.get_by_text("3 of 30", exact=True)).to_be_visible()
    grid.press("Escape")
    expect(tile(grid, 3)).to_be_focused()
    grid.show()
    expect(dialog).to_be_hidden()
    expect(grid.find(".matches li").nth(2)).to_have_attribute("aria-current", "true")
    grid.show(selected=None)
    expect(grid.find("li[aria-current]")).to_have_count(0)


def test_many_pictures_are_fetched_as_they_come_into_sight(mount: Mount) -> None:
    many = [
        item(id=f"{number:032x}", rank=number + 1, thumbnail=f"/thumbnails/{number:032x}")
        for number in range(MANY)
    ]
    grid = mount(GRID, items=many)
    images, loaded = grid.find(".matches img"), "all => all.filter(e => e.naturalWidth).length"
    expect(images).to_have_count(MANY)
    grid.find(".matches").evaluate(
        "list => Promise.all("
        "[...list.querySelectorAll('[loading=eager]')].map(image => image.decode()))"
    )
    assert 30 <= images.evaluate_all(loaded) < MANY
    before = grid.find(".matches").bounding_box()
    tile(grid, 1).focus()
    grid.press("End")
    expect(tile(grid, MANY)).to_be_in_viewport()
    assert images.last.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    # Nothing moves when they come.
    after = grid.find(".matches").bounding_box()
    assert before and after
    assert after["height"] == before["height"]
