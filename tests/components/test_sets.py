"""Sets of duplicates: ticked, compared and dismissed."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.components.blank_page import Mount, Mounted
from tests.components.recordings import recording

pytestmark = pytest.mark.browser

SETS = "duplicates/sets"
MARKUP = "<b>flower.png"


def image(name: str, **changes: Any) -> dict[str, Any]:
    """A picture of a set that stays unless it is ticked."""
    recorded: dict[str, Any] = recording("sets")["sets"][0]["images"][1]
    return recorded | {"name": name, "ticked": False} | changes


def set_of(key: str, *images: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, "images": list(images)}


def boxes(sets: Mounted, number: int = 0) -> Locator:
    return sets.find(".sets > li").nth(number).get_by_role("checkbox")


def ticks(sets: Mounted) -> dict[str, list[int]]:
    sent: dict[str, list[int]] = sets.sent("ticked")[-1]["sets"]
    return sent


def test_what_a_set_says_of_its_pictures(mount: Mount) -> None:
    sets = mount(SETS)
    figures = sets.find("figure")
    expect(figures.first.locator("figcaption span")).to_have_text(
        ["first.png", "top folder", "320 × 240 px, 2.4 kB", "Keep: most pixels"]
    )
    expect(figures.last.locator("figcaption span").nth(3)).to_have_text("fewer pixels")
    expect(sets.find("label")).to_have_text(["Stays", "To the trash"])
    expect(figures.first).not_to_have_class("going")
    expect(figures.last).to_have_class("going")
    # A name is text, whatever is in it.
    version = image(MARKUP, version=True, why="mirrored", ticked=True)
    sets.show(sets=[set_of("other", image("a"), version)])
    expect(sets.find(".name").last).to_have_text(MARKUP)
    expect(sets.find(".why").last).to_have_text("Version: mirrored")


def test_one_of_each_set_stays(mount: Mount) -> None:
    one = set_of("one", image("a"), image("b", ticked=True), image("c", movable=False))
    two = set_of("two", image("d"), image("e", ticked=True))
    sets = mount(SETS, sets=[one, two])
    # Of the first set, what cannot be moved stays anyway.
    expect(boxes(sets).nth(0)).to_be_enabled()
    expect(boxes(sets).nth(2)).to_be_disabled()
    expect(boxes(sets, 1).nth(0)).to_be_disabled()
    boxes(sets, 1).nth(1).focus()
    sets.press("Space")
    assert ticks(sets) == {"one": [1], "two": []}
    expect(boxes(sets, 1).nth(0)).to_be_enabled()
    boxes(sets, 1).nth(0).check()
    expect(boxes(sets, 1).nth(1)).to_be_disabled()
    assert ticks(sets) == {"one": [1], "two": [0]}
    boxes(sets).nth(0).check()
    assert ticks(sets) == {"one": [0, 1], "two": [0]}
    expect(sets.find("figure.going")).to_have_count(3)


def test_ticks_of_the_server_count_once_it_has_received_the_last(mount: Mount) -> None:
    before = [set_of("one", image("a"), image("b"), image("c"))]
    sets = mount(SETS, sets=before)
    boxes(sets).nth(0).check()
    boxes(sets).nth(1).check()
    first, last = (sent["turn"] for sent in sets.sent("ticked"))
    sets.show(sets=[set_of("one", image("a", ticked=True), image("b"), image("c"))], heard=first)
    expect(sets.find("input:checked")).to_have_count(2)
    after = [set_of("one", image("a", ticked=True), image("b", ticked=True), image("c"))]
    sets.show(sets=after, heard=last)
    expect(sets.find("input:checked")).to_have_count(2)
    # The focus stays when the sets are shown anew.
    expect(boxes(sets).nth(1)).to_be_focused()
    sets.show(sets=before, heard=last)
    expect(sets.find("input:checked")).to_have_count(0)


def test_another_page_of_sets_is_shown_at_once(mount: Mount) -> None:
    sets = mount(SETS)
    boxes(sets).nth(1).uncheck()
    # The server has not answered the tick yet.
    sets.show(sets=[set_of("other", image("x"), image("y", ticked=True))])
    expect(sets.find("li[data-key=other]")).to_have_count(1)
    expect(boxes(sets).nth(1)).to_be_checked()


def test_a_set_is_dismissed(mount: Mount) -> None:
    sets = mount(SETS)
    sets.page.get_by_role("button", name="Not duplicates: first.png, small.png").click()
    assert sets.sent("dismissed") == [sets.data["sets"][0]["key"]]


def test_pictures_are_compared_with_the_keyboard_alone(mount: Mount) -> None:
    sets = mount(SETS)
    compare = sets.page.get_by_role("button", name="Compare:")
    compare.focus()
    sets.press("Enter")
    dialog = sets.page.get_by_role("dialog", name="Compare")
    expect(dialog.get_by_role("heading", name="Side by side")).to_be_visible()
    expect(dialog.locator(".facts")).to_have_text("1 of 1: fewer pixels")
    expect(dialog.get_by_role("button", name="Next picture")).to_be_hidden()
    sets.press("Enter")
    expect(dialog.get_by_role("heading", name="What differs")).to_be_visible()
    expect(dialog.locator(".pair")).to_have_class("pair differing")
    decoded = "images => Promise.all(images.map(one => one.decode().then(() => one.naturalWidth)))"
    widths = dialog.get_by_role("img").evaluate_all(decoded)
    assert widths and min(widths) > 0
    sets.press("Escape")
    expect(dialog).to_be_hidden()
    expect(compare).to_be_focused()


def test_the_arrows_lead_round_the_pictures_of_a_set(mount: Mount) -> None:
    images = [image(name, why=f"why {name}") for name in "abcd"]
    sets = mount(SETS, sets=[set_of("one", *images)])
    sets.page.get_by_role("button", name="Compare red/c").click()
    dialog, facts = sets.page.get_by_role("dialog"), sets.find("dialog .facts")
    expect(dialog.get_by_role("img")).to_have_count(2)
    expect(dialog.locator("figcaption b")).to_have_text(["red/a", "red/c"])
    expect(facts).to_have_text("2 of 3: why c")
    sets.press("ArrowRight", "ArrowRight")
    expect(facts).to_have_text("1 of 3: why b")
    sets.press("ArrowLeft")
    expect(facts).to_have_text("3 of 3: why d")
    dialog.get_by_role("button", name="Next picture").click()
    expect(facts).to_have_text("1 of 3: why b")
