"""The box on a picture that is asked with: drawn, moved and resized by mouse, finger and keys."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from tests.components.blank_page import Mount, Mounted

pytestmark = pytest.mark.browser

EDITOR = "question/query_editor"


def part(editor: Mounted) -> Locator:
    return editor.page.get_by_role("group", name="Part of the picture")


def picture(editor: Mounted) -> FloatRect:
    editor.find(".frame img").evaluate("image => image.decode()")
    area = editor.find(".frame img").bounding_box()
    assert area
    return area


def place(editor: Mounted, x: float, y: float) -> tuple[float, float]:
    area = picture(editor)
    return area["x"] + x * area["width"], area["y"] + y * area["height"]


def drag(editor: Mounted, start: tuple[float, float], end: tuple[float, float]) -> None:
    mouse = editor.page.mouse
    mouse.move(*place(editor, *start))
    mouse.down()
    mouse.move(*place(editor, *end))
    mouse.up()


def expect_box(editor: Mounted, edges: list[float] | None) -> None:
    """What was sent last, which the server sends back."""
    sent: Any = editor.sent("box")[-1]
    assert sent == pytest.approx(edges or [], abs=0.01)
    editor.show(box=sent or None)
    if edges:
        area, box = picture(editor), part(editor).bounding_box()
        assert box
        assert box["x"] == pytest.approx(area["x"] + edges[0] * area["width"], abs=3)
        assert box["height"] == pytest.approx((edges[3] - edges[1]) * area["height"], abs=3)
    else:
        expect(part(editor)).to_be_hidden()


def test_a_box_is_drawn_moved_and_resized_with_the_mouse(mount: Mount) -> None:
    editor = mount(EDITOR, box=None)
    drag(editor, (0.2, 0.3), (0.6, 0.8))
    expect_box(editor, [0.2, 0.3, 0.6, 0.8])
    words = "Searching by the part from 20 to 60 % across and 30 to 80 % down."
    expect(editor.find(".status")).to_have_text(words)
    drag(editor, (0.4, 0.5), (0.5, 0.4))
    expect_box(editor, [0.3, 0.2, 0.7, 0.7])
    drag(editor, (0.7, 0.7), (0.9, 0.9))
    expect_box(editor, [0.3, 0.2, 0.9, 0.9])
    # The other corner stays, also when it is passed.
    drag(editor, (0.9, 0.9), (0, 0.9))
    expect_box(editor, [0, 0.2, 0.3, 0.9])
    # It never leaves the picture.
    drag(editor, (0.15, 0.55), (0.95, 1.5))
    expect_box(editor, [0.7, 0.3, 1, 1])


def test_a_click_or_a_tiny_box_changes_nothing(mount: Mount) -> None:
    editor = mount(EDITOR)
    drag(editor, (0.9, 0.1), (0.9, 0.1))
    drag(editor, (0.9, 0.1), (0.92, 0.3))
    assert editor.sent("box") == []
    expect(editor.find(".status")).to_contain_text("from 10 to 60 % across")
    assert part(editor).evaluate("e => e.style.left") == "10%"


def test_a_box_that_is_being_drawn_is_not_replaced(mount: Mount) -> None:
    editor = mount(EDITOR, box=None)
    mouse = editor.page.mouse
    mouse.move(*place(editor, 0.2, 0.2))
    mouse.down()
    mouse.move(*place(editor, 0.6, 0.6))
    editor.show(box=[0, 0, 0.1, 0.1])
    assert part(editor).evaluate("e => parseFloat(e.style.width)") == pytest.approx(40, abs=1)
    mouse.up()
    expect_box(editor, [0.2, 0.2, 0.6, 0.6])


def test_a_box_is_moved_and_resized_with_the_keyboard(mount: Mount) -> None:
    editor = mount(EDITOR, box=None)
    editor.page.get_by_role("button", name="Select a part").focus()
    editor.press("Enter")
    expect_box(editor, [0.25, 0.25, 0.75, 0.75])
    expect(part(editor)).to_be_focused()
    editor.press("ArrowRight", "ArrowUp", "ArrowUp", "Shift+ArrowLeft", "Shift+ArrowDown", "Enter")
    expect_box(editor, [0.27, 0.21, 0.75, 0.73])
    expect(part(editor)).to_be_focused()
    editor.press("Escape")
    expect_box(editor, None)
    expect(editor.page.get_by_role("button", name="Select a part")).to_be_focused()


def test_a_box_is_sent_once_the_keys_rest(mount: Mount) -> None:
    editor = mount(EDITOR, box=[0.1, 0.1, 0.5, 0.5])
    editor.page.clock.install()
    part(editor).focus()
    editor.press("ArrowRight", "ArrowRight")
    # What the server answers meanwhile to an earlier box does not move this one back.
    editor.show(box=[0.1, 0.1, 0.5, 0.5])
    editor.page.clock.run_for(500)
    assert editor.sent("box") == []
    editor.page.clock.run_for(200)
    assert len(editor.sent("box")) == 1
    expect_box(editor, [0.14, 0.1, 0.54, 0.5])
    editor.press(*["ArrowLeft"] * 10, "Enter")
    expect_box(editor, [0, 0.1, 0.4, 0.5])


def test_a_box_is_drawn_and_moved_with_a_finger(mount: Mount) -> None:
    editor = mount(EDITOR, box=None)
    # Sideways at first: up and down scrolls the page.
    editor.touch(*([place(editor, *stop)] for stop in ((0.2, 0.3), (0.4, 0.3), (0.6, 0.8))))
    expect_box(editor, [0.2, 0.3, 0.6, 0.8])
    # The box itself goes up and down as well.
    editor.touch(*([place(editor, *stop)] for stop in ((0.4, 0.6), (0.4, 0.5), (0.4, 0.4))))
    expect_box(editor, [0.2, 0.1, 0.6, 0.6])


def test_buttons_turn_mirror_and_take_the_whole_picture(mount: Mount) -> None:
    editor = mount(EDITOR)
    editor.page.get_by_role("button", name="Turn clockwise").click()
    editor.page.get_by_role("button", name="Mirror").click()
    assert editor.page.evaluate("messages") == [["turn", True], ["mirror", True]]
    editor.page.get_by_role("button", name="Whole picture").click()
    expect_box(editor, None)


def test_on_a_phone_the_picture_is_small_until_it_is_cropped(mount: Mount) -> None:
    editor = mount(EDITOR, "phone", box=None)
    small = picture(editor)
    expect(editor.page.get_by_role("button", name="Select a part")).to_be_hidden()
    unfold = editor.page.get_by_role("button", name="Crop or turn")
    expect(unfold).to_have_attribute("aria-expanded", "false")
    unfold.tap()
    editor.page.get_by_role("button", name="Select a part").tap()
    assert picture(editor)["height"] > 2 * small["height"]
    expect_box(editor, [0.25, 0.25, 0.75, 0.75])
    editor.page.get_by_role("button", name="Done").tap()
    expect(editor.page.get_by_role("button", name="Whole picture")).to_be_hidden()
    assert picture(editor)["height"] == small["height"]
