"""Several pictures at once and marks on results, in a real Chromium: by mouse, finger and keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from core.config import Settings
from core.engine import ImageSearchEngine
from core.images import image_id, load_image
from core.types import Match
from tests.browser.browser_app import (
    PAGE_MS,
    READY,
    WIDTHS,
    OpenPage,
    drop,
    expect_no_error,
    expect_pictures,
    faults,
    photograph,
    running_app,
    screen,
)
from tests.fakes import feedback_on, picture, save_picture

pytestmark = pytest.mark.browser

COLOURS = {"blue": (50, 60, 200), "red": (200, 50, 60)}
SIZE = (320, 240)
FIVE = ("red/03.jpg", "red/11.jpg", "blue/04.jpg", "blue/15.jpg", "both/06.jpg")
FOLLOWS = "Results follow "


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty images of red, of blue and of both side by side, and their index."""
    folder = tmp_path_factory.mktemp("feedback")
    for row, (name, colour) in enumerate(COLOURS.items()):
        for number in range(20):
            path = folder / "library" / name / f"{number:02}.jpg"
            save_picture(path, 1000 * row + number, colour, SIZE)
    (folder / "library" / "both").mkdir()
    for number in range(20):
        image = picture(3000 + number, COLOURS["red"], SIZE)
        image.paste(picture(4000 + number, COLOURS["blue"], (160, 240)), (100 + 5 * number, 0))
        image.save(folder / "library" / "both" / f"{number:02}.jpg")
    engine = ImageSearchEngine(Settings(features=folder / "features", descriptor="hsv"))
    # As they are, colours are easy to foretell.
    engine.index(folder / "library", fit="none")
    return folder


@pytest.fixture(scope="module")
def address(place: Path) -> Iterator[str]:
    """The app over that gallery."""
    with running_app(place) as served_at:
        yield served_at


@pytest.fixture
def library(place: Path) -> Path:
    return place / "library"


@pytest.fixture(scope="module")
def answers(place: Path) -> Callable[..., list[str]]:
    """What the engine answers, as the grid says it: the paths and the distances."""
    engine = ImageSearchEngine(Settings(features=place / "features"))

    def ask(
        paths: Sequence[str],
        *,
        right: Sequence[str] = (),
        wrong: Sequence[str] = (),
        **options: Any,
    ) -> list[str]:
        queries = [load_image(place / "library" / path).pixels for path in paths]
        options["feedback"] = feedback_on(engine.require_snapshot(), right, wrong)
        return [said(match) for match in engine.search(queries, **options).matches]

    return ask


def said(match: Match) -> str:
    return f"{match.image} {match.distance:.4f}"


def shown(page: Page) -> list[str]:
    return page.locator(".matches li").evaluate_all(
        "all => all.map(one => one.querySelector('.open').title + ' '"
        " + one.querySelector('.distance').textContent)"
    )


def expect_answer(page: Page, answer: list[str]) -> None:
    expect(page.locator(".matches .distance")).to_have_text(
        [line.rpartition(" ")[2] for line in answer], timeout=PAGE_MS
    )
    page.wait_for_selector(READY, timeout=PAGE_MS)
    assert shown(page) == answer
    expect_no_error(page)


def link(library: Path, *paths: str, more: str = "") -> str:
    asked = [f"image={image_id((library / path).read_bytes())}" for path in paths]
    return f"/?{'&'.join(asked)}{more}"


def tile(page: Page, path: str) -> Locator:
    return page.locator(f'.matches .open[title="{path}"]')


def mark(page: Page, path: str, word: str) -> Locator:
    """The button in the grid."""
    item = page.locator(".matches li").filter(has=page.locator(f'.open[title="{path}"]'))
    return item.get_by_role("button", name=f"{word}: ")


def expect_bar(page: Page, text: str) -> None:
    expect(page.locator(".st-key-marks p").first).to_have_text(text)


def search_again(page: Page) -> None:
    page.get_by_role("button", name="Search again").click()
    expect(page.get_by_text(FOLLOWS)).to_be_visible()


def paths_of(answer: list[str]) -> list[str]:
    return [line.rpartition(" ")[0] for line in answer]


def small(page: Page) -> Locator:
    return page.get_by_role("list", name="The pictures that are asked with").locator("img")


def test_five_files_near_all_and_near_any(
    browse: OpenPage, library: Path, answers: Callable[..., list[str]]
) -> None:
    page = browse()
    drop(page, *(library / path for path in FIVE))
    expect_answer(page, answers(FIVE))
    expect(small(page)).to_have_count(5)
    # What is near all of red, blue and both has both.
    assert all(path.startswith("both/") for path in paths_of(shown(page))[:10])
    page.get_by_role("radio", name="Near any").click()
    expect_answer(page, answers(FIVE, combine="any"))
    # Each of the five is among the results, at no distance.
    assert {line for line in shown(page) if line.endswith(" 0.0000")} == {
        f"{path} 0.0000" for path in FIVE
    }
    page.go_back()
    expect_answer(page, answers(FIVE))
    page.get_by_role("button", name="Remove 04.jpg").click()
    expect(small(page)).to_have_count(4)
    expect_answer(page, answers([path for path in FIVE if path != "blue/04.jpg"]))
    for name in ("03.jpg", "11.jpg", "15.jpg"):
        page.get_by_role("button", name=f"Remove {name}").click()
        expect(page.get_by_role("button", name=f"Remove {name}")).to_have_count(0)
    # What is left is a single picture as ever: with its box and its turns, without a switch.
    expect_answer(page, answers(["both/06.jpg"]))
    expect(page.get_by_role("button", name="Select a part")).to_be_visible()
    expect(page.get_by_role("radio", name="Near any")).to_have_count(0)


def test_images_are_added_to_the_query_from_the_results(
    browse: OpenPage, library: Path, answers: Callable[..., list[str]]
) -> None:
    page = browse(link(library, "red/03.jpg"))
    alone = answers(["red/03.jpg"])
    expect_answer(page, alone)
    second = paths_of(alone)[4]
    tile(page, second).focus()
    page.keyboard.press("a")
    together = answers(["red/03.jpg", second])
    expect_answer(page, together)
    expect(small(page)).to_have_count(2)
    assert page.url.count("image=") == 2
    third = paths_of(together)[6]
    tile(page, third).click()
    page.get_by_role("dialog").get_by_role("button", name="Add to the query").click()
    expect_answer(page, answers(["red/03.jpg", second, third]))
    page.reload()
    expect_answer(page, answers(["red/03.jpg", second, third]))
    page.go_back()
    expect_answer(page, together)
    page.go_back()
    expect_answer(page, alone)
    # Files that were brought stay beside what is added to them.
    drop(page, library / "blue/04.jpg")
    expect_answer(page, answers(["blue/04.jpg"]))
    added = paths_of(answers(["blue/04.jpg"]))[3]
    tile(page, added).focus()
    page.keyboard.press("a")
    expect_answer(page, answers(["blue/04.jpg", added]))


def test_ten_pictures_are_the_most(browse: OpenPage, library: Path) -> None:
    page = browse()
    drop(page, *sorted((library / "red").iterdir())[:10])
    expect(small(page)).to_have_count(10)
    expect_pictures(page, 30)
    page.locator(".matches .open").last.focus()
    page.keyboard.press("a")
    expect(page.get_by_text("10 pictures are the most to ask with at once")).to_be_visible()
    expect(small(page)).to_have_count(10)
    expect(page.locator(".matches")).not_to_have_attribute("aria-busy", "true")


def test_two_rounds_by_mouse_then_back_reload_and_clear(
    browse: OpenPage, library: Path, answers: Callable[..., list[str]]
) -> None:
    page = browse(link(library, "red/03.jpg"))
    before = answers(["red/03.jpg"])
    expect_answer(page, before)
    expect_bar(page, "Mark results as right or wrong, then search again.")
    right, wrong = paths_of(before)[20:22], paths_of(before)[2:3]
    place = page.locator(".matches").bounding_box()
    mark(page, wrong[0], "Right").click()
    expect_bar(page, "1 right, 0 wrong")
    # The other mark takes the place of the first.
    mark(page, wrong[0], "Wrong").click()
    expect_bar(page, "0 right, 1 wrong")
    expect(mark(page, wrong[0], "Right")).to_have_attribute("aria-pressed", "false")
    # Nothing moved under the pointer.
    assert page.locator(".matches").bounding_box() == place
    for path in right:
        tile(page, path).hover()
        expect(mark(page, path, "Right")).to_have_css("opacity", "1")
        mark(page, path, "Right").click()
        expect(mark(page, path, "Right")).to_have_attribute("aria-pressed", "true")
    expect_bar(page, "2 right, 1 wrong")
    expect_answer(page, before)
    search_again(page)
    first = answers(["red/03.jpg"], right=right, wrong=wrong)
    expect_answer(page, first)
    assert wrong[0] not in paths_of(shown(page))
    for path in right:
        expect(mark(page, path, "Right")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("following 2 right, 1 wrong")).to_be_visible()
    after_one = page.url

    more_wrong = paths_of(first)[5]
    mark(page, more_wrong, "Wrong").click()
    expect_bar(page, "2 right, 2 wrong")
    search_again(page)
    second = answers(["red/03.jpg"], right=right, wrong=[*wrong, more_wrong])
    expect_answer(page, second)
    page.reload()
    expect_answer(page, second)
    expect(page.get_by_text(f"{FOLLOWS}2 right, 2 wrong")).to_be_visible()
    page.go_back()
    expect_bar(page, "2 right, 2 wrong")
    expect_answer(page, first)
    page.go_back()
    expect(page).to_have_url(after_one)
    expect_bar(page, f"{FOLLOWS}2 right, 1 wrong")
    expect(mark(page, more_wrong, "Wrong")).to_have_attribute("aria-pressed", "false")
    page.go_forward()
    expect(mark(page, more_wrong, "Wrong")).to_have_attribute("aria-pressed", "true")

    # The address is a link for others.
    other = page.context.new_page()
    other.goto(after_one)
    expect_answer(other, first)
    other.get_by_role("button", name="Clear", exact=False).first.click()
    expect_answer(other, before)
    expect_bar(other, "Mark results as right or wrong, then search again.")
    assert "right=" not in other.url
    assert "more=" not in other.url


def test_two_rounds_by_keyboard(
    browse: OpenPage, library: Path, answers: Callable[..., list[str]]
) -> None:
    page = browse(link(library, "blue/04.jpg"))
    before = answers(["blue/04.jpg"])
    expect_answer(page, before)
    page.locator(".matches .open").first.focus()
    # Faster than the server answers: no mark is lost.
    for key in ("+", "ArrowRight", "+", "ArrowRight", "-", "ArrowRight", "-", "ArrowRight", "+"):
        page.keyboard.press(key)
    page.keyboard.press("+")
    expect_bar(page, "2 right, 2 wrong")
    name = paths_of(before)[4].rpartition("/")[2]
    expect(page.get_by_role("status").filter(has_text=f"{name}: no mark")).to_have_count(1)
    focused = page.locator(".matches .open").nth(4)
    expect(focused).to_be_focused()
    # Back along the tiles' own way of the Tab key to the bar above them.
    again = page.get_by_role("button", name="Search again")
    for _ in range(8):
        page.keyboard.press("Shift+Tab")
        if again.evaluate("button => button === document.activeElement"):
            break
    expect(again).to_be_focused()
    page.keyboard.press("Enter")
    marks = paths_of(before)
    first = answers(["blue/04.jpg"], right=marks[:2], wrong=marks[2:4])
    expect_answer(page, first)
    # The large view has the same keys.
    page.locator(".matches .open").nth(6).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("-")
    expect(dialog.get_by_role("button", name="Wrong: ")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("button", name="Wrong: ")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("+")
    expect(dialog.get_by_role("button", name="Right: ")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect_bar(page, "3 right, 3 wrong")
    again.focus()
    page.keyboard.press("Enter")
    later = paths_of(first)
    right, wrong = [*marks[:2], later[7]], [*marks[2:4], later[6]]
    expect_answer(page, answers(["blue/04.jpg"], right=right, wrong=wrong))


def test_marks_by_finger(
    browse: OpenPage, library: Path, answers: Callable[..., list[str]]
) -> None:
    page = browse(
        link(library, "both/06.jpg"),
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
    )
    before = answers(["both/06.jpg"])
    expect_answer(page, before)
    path = paths_of(before)[3]
    # A finger cannot hover: the marks are in sight.
    assert float(mark(page, path, "Wrong").evaluate("one => getComputedStyle(one).opacity")) > 0.5
    mark(page, path, "Wrong").tap()
    expect_bar(page, "0 right, 1 wrong")
    page.get_by_role("button", name="Search again").tap()
    expect_answer(page, answers(["both/06.jpg"], wrong=[path]))


def test_a_new_question_clears_the_marks(
    browse: OpenPage, library: Path, answers: Callable[..., list[str]]
) -> None:
    marked = image_id((library / "blue/04.jpg").read_bytes())
    page = browse(link(library, "red/03.jpg", more=f"&right={marked}&more={marked}"))
    answer = answers(["red/03.jpg"], right=["blue/04.jpg"])
    expect_answer(page, answer)
    asked = paths_of(answer)[5]
    tile(page, asked).focus()
    page.keyboard.press("m")
    expect_answer(page, answers([asked]))
    expect_bar(page, "Mark results as right or wrong, then search again.")
    page.go_back()
    expect_answer(page, answer)
    expect(page.get_by_text(f"{FOLLOWS}1 right, 0 wrong")).to_be_visible()
    # Another part of the same picture is not another question.
    page.get_by_role("button", name="Turn clockwise").click()
    expect(page).to_have_url(re.compile("turn=90"))
    expect(page.get_by_text(f"{FOLLOWS}1 right, 0 wrong")).to_be_visible()


def test_marks_and_question_survive_a_page_change(
    browse: OpenPage, library: Path, answers: Callable[..., list[str]]
) -> None:
    marked = image_id((library / "blue/04.jpg").read_bytes())
    pair = ["red/03.jpg", "red/11.jpg"]
    page = browse(link(library, *pair, more=f"&near=any&right={marked}&more={marked}"))
    answer = answers(pair, combine="any", right=["blue/04.jpg"])
    expect_answer(page, answer)
    page.get_by_role("link", name="Index").first.click()
    expect(page.get_by_role("heading", name="Index", exact=True)).to_be_visible(timeout=PAGE_MS)
    page.get_by_role("link", name="Search").first.click()
    expect_answer(page, answer)
    expect(page.get_by_text(f"{FOLLOWS}1 right, 0 wrong")).to_be_visible()


def test_the_bar_stays_in_sight(browse: OpenPage, library: Path) -> None:
    page = browse(link(library, "red/03.jpg"), viewport={"width": 1000, "height": 600})
    expect_pictures(page, 30)
    page.locator(".matches .open").last.scroll_into_view_if_needed()
    last = page.locator(".matches li").last
    last.hover()
    last.get_by_role("button", name="Right: ").click()
    expect(page.get_by_role("button", name="Search again")).to_be_in_viewport()
    # It covers no tile that the keys lead to.
    page.keyboard.press("Home")
    bar, first = page.locator(".st-key-marks").bounding_box(), page.locator(".matches li").first
    box = first.bounding_box()
    assert bar
    assert box
    assert box["y"] >= bar["y"] + bar["height"] - 1


@pytest.mark.parametrize("width", WIDTHS)
def test_several_pictures_and_marks_fit_the_screen_and_are_accessible(
    width: str, browse: OpenPage, library: Path, artifacts: Path
) -> None:
    page = browse(link(library, *FIVE), **screen(width))
    expect_pictures(page, 30)
    page.locator(".matches .open").first.focus()
    for key in ("+", "ArrowRight", "-", "ArrowRight", "+"):
        page.keyboard.press(key)
    expect_bar(page, "2 right, 1 wrong")
    photograph(page, f"feedback-{width}", artifacts)
    assert faults(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    photograph(page, f"feedback-large-{width}", artifacts)
    assert faults(page) == []
    for part in ("header", "nav"):
        pieces = page.get_by_role("dialog").locator(f"{part} button, {part} a")
        boxes = pieces.evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())")
        assert boxes
        for box in boxes:
            assert 0 <= box["x"] <= box["x"] + box["width"] <= WIDTHS[width][0]
            assert box["height"] <= 60
    page.keyboard.press("Escape")
    search_again(page)
    expect(page.locator(".matches .is-wrong")).to_have_count(0)
    expect_pictures(page, 30)
    photograph(page, f"feedback-again-{width}", artifacts)
    assert faults(page) == []
