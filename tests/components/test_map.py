"""The map: moved, zoomed and chosen from by mouse, fingers and keys."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from core.types import Array
from tests.components.blank_page import Mount, Mounted
from tests.components.recordings import recording

pytestmark = pytest.mark.browser

MAP = "explore/map"
MARGIN = 28
SOME = re.compile("[1-9]")


def positions() -> Array:
    numbers = np.frombuffer(b64decode(recording("map")["positions"]), "<u2")
    return numbers.reshape(-1, 2) / 65535


def alone() -> int:
    """The row that is the farthest from its nearest one, so that no other is meant by its place."""
    places = positions()
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return int(apart.min(axis=1).argmax())


def identity(row: int) -> str:
    return b64decode(recording("map")["ids"])[16 * row : 16 * row + 16].hex()


def name(row: int) -> str:
    return str(recording("map")["names"].split("/")[row])


def canvas(shown: Mounted) -> Locator:
    return shown.find("canvas")


def mount_map(mount: Mount, width: str = "desktop", **changes: Any) -> Mounted:
    shown = mount(MAP, width, **changes)
    expect(canvas(shown)).to_have_attribute("data-drawn", str(len(positions())))
    return shown


def place(shown: Mounted, x: float, y: float) -> tuple[float, float]:
    """Where a position of the map is on the page, while all of the map is in sight."""
    box = canvas(shown).bounding_box()
    assert box
    scale = min(box["width"], box["height"]) - 2 * MARGIN
    across, down = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return across + (x - 0.5) * scale, down + (y - 0.5) * scale


def chosen(shown: Mounted) -> list[int]:
    sent = shown.sent("chosen")[-1]
    assert sent["key"] == shown.data["key"]
    return list(sent["rows"])


def drag(shown: Mounted, *corners: tuple[float, float]) -> None:
    """Press at the first position of the map, and let go at the last."""
    mouse = shown.page.mouse
    mouse.move(*place(shown, *corners[0]))
    mouse.down()
    for corner in corners[1:]:
        mouse.move(*place(shown, *corner), steps=4)
    mouse.up()


def colour_at(shown: Mounted, x: float, y: float) -> list[int]:
    box = canvas(shown).bounding_box()
    assert box
    across, down = place(shown, x, y)
    read = "(canvas, [x, y]) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data]"
    colour: list[int] = canvas(shown).evaluate(
        read, [round(across - box["x"]), round(down - box["y"])]
    )
    return colour[:3]


def next_frame(shown: Mounted) -> None:
    """Wait until what was just asked for is painted."""
    shown.page.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def test_a_point_shows_its_picture_and_a_click_asks_with_it(mount: Mount) -> None:
    shown, row = mount_map(mount), alone()
    card = shown.find(".card")
    expect(card).to_be_hidden()
    shown.page.mouse.move(*place(shown, *positions()[row]))
    expect(card).to_contain_text(name(row))
    expect(card.locator("img")).to_have_attribute("src", f"/thumbnails/{identity(row)}")
    expect(card.get_by_role("button")).to_be_hidden()
    shown.page.mouse.down()
    shown.page.mouse.up()
    assert shown.sent("more") == [identity(row)]
    expect(canvas(shown)).to_have_attribute("aria-busy", "true")
    shown.page.mouse.move(0, 0)
    expect(card).to_be_hidden()


@pytest.mark.parametrize("mode", ["Box", "Lasso"])
def test_what_a_box_or_a_lasso_encloses_is_chosen(mount: Mount, mode: str) -> None:
    shown = mount_map(mount)
    x, y = positions().T
    left, top = np.quantile(x, 0.4), np.quantile(y, 0.3)
    shown.page.get_by_role("button", name=mode, exact=True).click()
    corners = [(left, top), (1.02, 1.02)]
    # Without the corner at the right of the bottom, a lasso is a triangle.
    if mode == "Lasso":
        corners = [(left, top), (1.02, top), (left, 1.02)]
    drag(shown, *corners)
    inside = (x > left) & (y > top)
    if mode == "Lasso":
        inside &= (x - left) / (1.02 - left) + (y - top) / (1.02 - top) < 1
    assert chosen(shown) == np.flatnonzero(inside).tolist()
    assert 0 < inside.sum() < len(x)
    expect(shown.find(".status")).to_have_text(f"{inside.sum()} pictures chosen")
    # A click beside all points chooses nothing.
    shown.page.mouse.click(*place(shown, -0.02, -0.02))
    assert chosen(shown) == []


def test_what_is_chosen_stands_out_until_it_is_forgotten(mount: Mount) -> None:
    shown = mount_map(mount)
    row = alone()
    before = colour_at(shown, *positions()[row])
    group = shown.data["groups"][0]
    shown.page.get_by_role("button", name=f"{group['name']} {group['size']}", exact=True).click()
    members = np.frombuffer(b64decode(shown.data["group_of"]), "<i4") == group["number"]
    assert chosen(shown) == np.flatnonzero(members).tolist()
    expect(shown.find(".status")).to_have_text(f"{group['name']}: {group['size']} pictures")
    # The map flies there.
    expect(canvas(shown)).to_have_attribute("data-thumbnails", SOME)
    shown.show(chosen=0)
    shown.page.get_by_role("button", name="Show all of the map").click()
    expect(canvas(shown)).to_have_attribute("data-thumbnails", "0")
    for _ in range(500):
        if colour_at(shown, *positions()[row]) == before:
            break
        next_frame(shown)
    assert colour_at(shown, *positions()[row]) == before


def test_zooming_in_shows_thumbnails_in_place_of_points(mount: Mount) -> None:
    shown, row = mount_map(mount), alone()
    at = place(shown, *positions()[row])
    shown.page.mouse.move(*at)
    for _ in range(4):
        shown.page.mouse.wheel(0, -200)
    expect(canvas(shown)).to_have_attribute("data-thumbnails", SOME)
    # The place under the pointer stayed there, and its picture is larger than a point now.
    shown.page.mouse.move(at[0] + 25, at[1] + 25)
    expect(shown.find(".card p")).to_have_text(name(row))
    # A drag moves the map, and is no click.
    shown.page.get_by_role("button", name="Show all of the map").click()
    shown.page.mouse.move(*at)
    shown.page.mouse.down()
    shown.page.mouse.move(at[0] + 60, at[1], steps=3)
    shown.page.mouse.up()
    assert shown.sent("more") == []


def frames_of_flight(shown: Mounted) -> int:
    """How many different pictures the map shows on its way back to all of it."""
    shown.page.get_by_role("button", name="Zoom out").click()
    count: int = canvas(shown).evaluate(
        """async canvas => {
          const all = canvas.parentElement.querySelector("[aria-label='Show all of the map']");
          const frame = () => new Promise(requestAnimationFrame);
          const seen = new Set();
          all.click();
          for (let number = 0; number < 12; number += 1) {
            await frame();
            seen.add(canvas.toDataURL());
          }
          return seen.size;
        }"""
    )
    return count


def test_the_map_jumps_for_who_prefers_reduced_motion(mount: Mount) -> None:
    shown = mount_map(mount)
    assert frames_of_flight(shown) > 2
    shown.page.emulate_media(reduced_motion="reduce")
    # Zoomed out, and all of it.
    assert frames_of_flight(shown) <= 2


def test_the_map_is_as_it_was_left(mount: Mount) -> None:
    shown = mount_map(mount)
    group = shown.data["groups"][0]
    shown.page.get_by_role("button", name=f"{group['name']} {group['size']}", exact=True).click()
    expect(canvas(shown)).to_have_attribute("data-thumbnails", SOME)
    shown.data["chosen"] = group["size"]
    shown.leave()
    # Only a map that is zoomed in has some.
    expect(canvas(shown)).to_have_attribute("data-thumbnails", SOME)
    canvas(shown).focus()
    shown.press("Escape")
    assert chosen(shown) == []
    # Another map is seen from the start.
    shown.data["key"] = "another"
    shown.leave()
    expect(canvas(shown)).to_have_attribute("data-thumbnails", "0")


def test_the_map_is_used_by_keyboard_alone(mount: Mount) -> None:
    shown = mount_map(mount)
    group = shown.data["groups"][0]
    shown.page.get_by_role("button", name=f"{group['name']} {group['size']}", exact=True).focus()
    shown.press("Enter")
    assert len(chosen(shown)) == group["size"]
    canvas(shown).focus()
    shown.press("Escape")
    assert chosen(shown) == []
    shown.press("Home", "+", "ArrowRight", "ArrowDown", "-")
    # Two steps of 80 pixels, at 1.5 times the scale, away from the centre of the map.
    box = canvas(shown).bounding_box()
    assert box
    scale = min(box["width"], box["height"]) - 2 * MARGIN
    centre = np.full(2, 0.5 + 80 / 1.5 / scale)
    nearest = int(np.linalg.norm(positions() - centre, axis=1).argmin())
    expect(shown.find(".status")).to_have_text(f"In the centre: {name(nearest)}")
    shown.press("Enter")
    assert shown.sent("more") == [identity(nearest)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_points_and_query_have_the_colours_of_the_page(mount: Mount, scheme: Any) -> None:
    shown = mount(MAP, query=[0.9, 0.1])
    ground = "#141018" if scheme == "dark" else "#f3ece8"
    shown.page.emulate_media(color_scheme=scheme)
    shown.find("main").evaluate(
        "(main, ground) => main.style.setProperty('--st-secondary-background-color', ground)",
        ground,
    )
    row = alone()
    numbers = np.array(list(b64decode(shown.data["colours"])))
    numbers[row] = 1
    legend = [{"label": "Some", "colour": 1}, {"label": "None", "colour": 255}]
    colours = b64encode(numbers.astype(np.uint8).tobytes()).decode()
    shown.show(legend=legend, by="folder", colours=colours)
    second = [0x6C, 0xB8, 0xF0] if scheme == "dark" else [0x1F, 0x77, 0xB4]
    next_frame(shown)
    assert colour_at(shown, *positions()[row]) == second
    assert colour_at(shown, 0.9, 0.1) == [0xB0, 0x1E, 0x52]
    assert colour_at(shown, 1.02, 1.02) == list(bytes.fromhex(ground[1:]))
    swatch = "e => getComputedStyle(e).backgroundColor"
    assert (
        shown.find(".legend .swatch").first.evaluate(swatch)
        == f"rgb({', '.join(map(str, second))})"
    )
    expect(shown.find(".legend li")).to_have_text(["Some", "None"])
    # Colours of folders are none of groups.
    expect(shown.find(".groups .swatch").first).to_be_hidden()
    shown.show(by="group")
    expect(shown.find(".groups .swatch").first).to_be_visible()


def test_two_fingers_zoom(mount: Mount) -> None:
    shown = mount_map(mount, "phone")
    x, y = place(shown, *positions()[alone()])
    shown.touch(*([(x - half, y), (x + half, y)] for half in (15, 25, 40, 60)))
    expect(canvas(shown)).to_have_attribute("data-thumbnails", SOME)
    assert shown.page.evaluate("messages") == []
    # Only the map is larger, not the page.
    assert shown.page.evaluate("visualViewport.scale") == 1


def test_a_finger_sees_the_picture_first_and_asks_with_a_button(mount: Mount) -> None:
    shown, row = mount_map(mount, "phone"), alone()
    shown.page.touchscreen.tap(*place(shown, *positions()[row]))
    expect(shown.find(".card p")).to_have_text(name(row))
    assert shown.sent("more") == []
    shown.find(".card").get_by_role("button", name="More like this").tap()
    assert shown.sent("more") == [identity(row)]
