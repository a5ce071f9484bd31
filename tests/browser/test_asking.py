"""Asking, in a real Chromium: every way to bring a picture, to cut it, and to come back to it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from core.images import image_id
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
    show,
    upload,
)
from tests.galleries import make_mixed_gallery

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a gallery of 61 images and its features."""
    folder = tmp_path_factory.mktemp("mixed")
    make_mixed_gallery(folder)
    return folder


@pytest.fixture(scope="module")
def address(place: Path) -> Iterator[str]:
    """The app over that gallery."""
    with running_app(place) as served:
        yield served


@pytest.fixture
def browse(browse: OpenPage) -> OpenPage:
    """Opens pages of the app that may use the clipboard."""
    return partial(browse, permissions=["clipboard-read", "clipboard-write"])


@pytest.fixture
def library(place: Path) -> Path:
    return place / "library"


def link(file: Path, more: str = "") -> str:
    return f"/?image={image_id(file.read_bytes())}{more}"


def expect_first(page: Page, name: str) -> None:
    expect(page.locator(".matches .name").first).to_have_text(name, timeout=PAGE_MS)
    page.wait_for_selector(READY, timeout=PAGE_MS)


def names(page: Page) -> list[str]:
    return page.locator(".matches .name").all_inner_texts()


def distances(page: Page) -> list[str]:
    return page.locator(".matches .distance").all_inner_texts()


def picture(page: Page) -> Locator:
    return page.locator(".st-key-query_side .frame img")


def part(page: Page) -> Locator:
    return page.get_by_role("group", name="Part of the picture")


def box_of(page: Page) -> list[float]:
    found = re.search(r"box=([0-9.%C,]+)", page.url)
    assert found
    return [float(edge) for edge in found[1].replace("%2C", ",").split(",")]


def expect_box(page: Page, edges: list[float]) -> None:
    expect(page).to_have_url(re.compile("box="), timeout=PAGE_MS)
    page.wait_for_selector(READY, timeout=PAGE_MS)
    assert box_of(page) == pytest.approx(edges, abs=0.01)


def expect_ready_to_ask(page: Page) -> None:
    """The parts of the page come one by one; before, there is nothing that takes a picture."""
    expect(page.locator("input[type=file]")).to_have_count(1)
    expect(page.get_by_role("button", name="Paste a picture")).to_be_visible()


def copy_to_clipboard(page: Page, file: Path) -> None:
    page.evaluate(
        """async content => {
            const bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
            const blob = new Blob([bytes], { type: "image/png" });
            await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
        }""",
        base64.b64encode(file.read_bytes()).decode(),
    )


def test_picture_of_the_clipboard_is_pasted_anywhere_on_the_page(
    browse: OpenPage, library: Path
) -> None:
    page = browse()
    expect_ready_to_ask(page)
    copy_to_clipboard(page, library / "red" / "04.png")
    page.keyboard.press("Control+V")
    expect_first(page, "04.png")
    assert float(distances(page)[0]) < 0.01
    copy_to_clipboard(page, library / "blue" / "06.png")
    expect_ready_to_ask(page)
    page.get_by_test_id("stFileUploaderDropzone").focus()
    page.keyboard.press("Control+V")
    expect_first(page, "06.png")
    expect_no_error(page)


def test_picture_of_the_clipboard_is_pasted_by_a_button(browse: OpenPage, library: Path) -> None:
    page = browse()
    expect_ready_to_ask(page)
    page.evaluate("navigator.clipboard.writeText('no picture')")
    page.get_by_role("button", name="Paste a picture").click()
    expect(page.get_by_text("There is no picture in the clipboard.")).to_be_visible()
    copy_to_clipboard(page, library / "red" / "04.png")
    page.get_by_role("button", name="Paste a picture").click()
    expect_first(page, "04.png")


def test_camera_is_off_until_it_is_asked_for_and_after_its_photo(browse: OpenPage) -> None:
    page = browse()
    expect(page.get_by_test_id("stCameraInput")).to_have_count(0)
    page.get_by_text("Camera", exact=True).click()
    expect(page.get_by_role("button", name="Take Photo")).to_be_visible()
    page.wait_for_function(
        "document.querySelector('[data-testid=stCameraInput] video')"
        "?.readyState === HTMLMediaElement.HAVE_ENOUGH_DATA",
        timeout=PAGE_MS,
    )
    page.get_by_role("button", name="Take Photo").click()
    expect_pictures(page, 30)
    expect(page.locator(".st-key-query_side .name")).to_have_text("Photo")
    expect(page.get_by_test_id("stCameraInput")).to_have_count(0)
    expect_no_error(page)


def test_link_to_a_query_survives_the_redirect_and_a_reload(
    browse: OpenPage, library: Path
) -> None:
    file = library / "blue" / "07.jpg"
    page = browse("/search" + link(file, "&box=0.1,0.2,0.6,0.9&turn=90&k=20&folder=blue")[1:])
    expect_first(page, "07.jpg")
    expect_pictures(page, 20)
    assert "/search" not in page.url
    before = (page.url, names(page), distances(page), picture(page).get_attribute("src"))
    expect(part(page)).to_be_visible()
    page.reload()
    expect_first(page, "07.jpg")
    expect_pictures(page, 20)
    assert (page.url, names(page), distances(page), picture(page).get_attribute("src")) == before
    expect(part(page)).to_be_visible()


def test_back_returns_to_the_former_question(browse: OpenPage, library: Path) -> None:
    page = browse()
    upload(page, library / "red" / "02.png")
    answers = []
    for _ in range(2):
        last = page.url
        tile = page.locator(".matches li").nth(1)
        wanted = tile.locator(".name").inner_text()
        tile.hover()
        tile.locator(".more").click()
        expect(page).not_to_have_url(last)
        expect_first(page, wanted)
        answers.append(names(page))
    second = page.url
    page.go_back()
    expect(page).to_have_url(last)
    first = answers[0]
    expect(page.locator(".matches .name")).to_have_text(first)
    page.go_back()
    expect_first(page, "02.png")
    assert "image=" not in page.url
    page.go_forward()
    expect(page).to_have_url(last)
    expect(page.locator(".matches .name")).to_have_text(first)
    page.go_forward()
    expect(page).to_have_url(second)
    expect_no_error(page)


def test_back_returns_to_the_files_that_were_brought_before(
    browse: OpenPage, library: Path
) -> None:
    page = browse()
    shown = []
    for name in ("red/02.png", "blue/05.jpg", "red/07.jpg"):
        upload(page, library / name)
        expect_first(page, name.rpartition("/")[2])
        shown.append((name.rpartition("/")[2], names(page)))
    for name, matches in (shown[1], shown[0]):
        page.go_back()
        expect_first(page, name)
        expect(page.locator(".matches .name")).to_have_text(matches)
    page.go_forward()
    expect_first(page, shown[1][0])
    page.get_by_role("link", name="Index").first.click()
    expect(page.get_by_role("heading", name="Index", exact=True)).to_be_visible(timeout=PAGE_MS)
    page.get_by_role("link", name="Search").first.click()
    expect_first(page, shown[1][0])
    expect_no_error(page)


def test_question_survives_a_page_change(browse: OpenPage, library: Path) -> None:
    page = browse(link(library / "red" / "09.jpg", "&box=0,0,0.5,0.5&k=20&orientation=landscape"))
    expect_first(page, "09.jpg")
    before = (names(page), distances(page))
    asked = page.url
    page.get_by_role("link", name="Index").first.click()
    expect(page.get_by_role("heading", name="Index", exact=True)).to_be_visible(timeout=PAGE_MS)
    page.get_by_role("link", name="Search").first.click()
    expect_first(page, "09.jpg")
    assert (names(page), distances(page)) == before
    expect(part(page)).to_be_visible()
    assert sorted(page.url.split("?")[1].split("&")) == sorted(
        asked.replace(",", "%2C").split("?")[1].split("&")
    )


def test_file_with_its_box_survives_a_page_change(browse: OpenPage, library: Path) -> None:
    page = browse()
    upload(page, library / "red" / "02.png")
    page.get_by_role("button", name="Select a part").click()
    expect_box(page, [0.25, 0.25, 0.75, 0.75])
    before = distances(page)
    page.get_by_role("link", name="Index").first.click()
    expect(page.get_by_role("heading", name="Index", exact=True)).to_be_visible(timeout=PAGE_MS)
    page.get_by_role("link", name="Search").first.click()
    expect(part(page)).to_be_visible(timeout=PAGE_MS)
    expect(page.locator(".matches .distance")).to_have_text(before)


def test_a_box_is_searched_by_and_the_whole_picture_again(browse: OpenPage, library: Path) -> None:
    page = browse(link(library / "large.png"))
    expect_first(page, "large.png")
    whole = distances(page)
    area = picture(page).bounding_box()
    assert area
    for x, y, act in ((0.2, 0.3, page.mouse.down), (0.6, 0.8, page.mouse.up)):
        page.mouse.move(area["x"] + x * area["width"], area["y"] + y * area["height"])
        act()
    expect_box(page, [0.2, 0.3, 0.6, 0.8])
    assert distances(page) != whole
    page.get_by_role("button", name="Whole picture").click()
    expect(page).not_to_have_url(re.compile("box="))
    expect(page.locator(".matches .distance")).to_have_text(whole)
    page.go_back()
    expect_box(page, [0.2, 0.3, 0.6, 0.8])
    expect(part(page)).to_be_visible()


def test_turning_and_mirroring_take_the_box_along(browse: OpenPage, library: Path) -> None:
    page = browse(link(library / "large.png", "&box=0.1,0.2,0.4,0.6"))
    expect_first(page, "large.png")
    before = picture(page).bounding_box()
    assert before
    assert before["width"] > before["height"]
    page.get_by_role("button", name="Turn clockwise").click()
    expect(page).to_have_url(re.compile("turn=90"))
    expect_box(page, [0.4, 0.1, 0.8, 0.4])
    after = picture(page).bounding_box()
    assert after
    assert after["height"] > after["width"]
    page.get_by_role("button", name="Mirror").click()
    expect(page).to_have_url(re.compile("mirror=1"))
    expect_box(page, [0.2, 0.1, 0.6, 0.4])
    page.go_back()
    expect(page).not_to_have_url(re.compile("mirror=1"))
    expect_box(page, [0.4, 0.1, 0.8, 0.4])
    expect_no_error(page)


def test_filters_and_number_are_chosen_beside_the_query(browse: OpenPage, library: Path) -> None:
    page = browse(link(library / "red" / "03.jpg"))
    expect_pictures(page, 30)
    page.get_by_role("button", name="Results and filters").click()
    number = page.get_by_role("slider", name="Number of results")
    expect(number).to_have_value("30")
    number.focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("k=20"))
    expect_pictures(page, 20)
    page.get_by_role("button", name="Portrait", exact=True).click()
    expect(page).to_have_url(re.compile("orientation=portrait"))
    page.get_by_role("button", name="PNG", exact=True).click()
    expect(page).to_have_url(re.compile("format=PNG"))
    # Of each of the three folders: 4, 10 and 16.
    expect_pictures(page, 9)
    page.keyboard.press("Escape")
    expect(page.get_by_text("Only: portrait · PNG")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect_pictures(page, 20)
    assert "orientation" not in page.url
    page.go_back()
    expect_pictures(page, 9)
    page.get_by_role("button", name="Clear filters").click()
    expect_pictures(page, 20)
    # What the closed filters last sent is not sent again with another click.
    page.get_by_role("button", name="Turn clockwise").click()
    expect(page).to_have_url(re.compile("turn=90"))
    assert "orientation" not in page.url
    expect_pictures(page, 20)
    # Nor after Back.
    page.get_by_role("button", name="Results and filters").click()
    page.get_by_role("button", name="Portrait", exact=True).click()
    expect(page.get_by_text("Only: portrait")).to_be_visible()
    page.keyboard.press("Escape")
    page.go_back()
    expect(page.get_by_text("Only: portrait")).to_have_count(0)
    page.get_by_role("button", name="Turn clockwise").click()
    expect(page).to_have_url(re.compile("turn=180"))
    assert "orientation" not in page.url
    expect_no_error(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_query_side_fits_the_screen(
    width: str, browse: OpenPage, library: Path, artifacts: Path
) -> None:
    query = link(library / "red" / "03.jpg", "&box=0.2,0.2,0.7,0.8&folder=red&orientation=portrait")
    page = browse(query, **screen(width))
    expect(page.get_by_text("Only: red · portrait")).to_be_visible(timeout=PAGE_MS)
    expect_pictures(page, 14)
    photograph(page, f"query-{width}", artifacts)
    if width == "phone":
        page.get_by_role("button", name="Crop or turn").click()
    page.get_by_role("button", name="Results and filters").click()
    expect(page.get_by_text("Taken to", exact=True)).to_be_visible()
    photograph(page, f"query-filters-{width}", artifacts)
    for tool in ("Whole picture", "Turn clockwise", "Mirror"):
        box = page.get_by_role("button", name=tool).bounding_box()
        assert box
        assert 0 <= box["x"] <= box["x"] + box["width"] <= WIDTHS[width][0]


def test_asking_is_accessible(browse: OpenPage, library: Path) -> None:
    query = link(library / "red" / "03.jpg", "&box=0.2,0.2,0.7,0.8&folder=red&orientation=portrait")
    page = browse(query)
    expect(page.get_by_role("button", name="Clear filters")).to_be_visible()
    page.get_by_role("button", name="Results and filters").click()
    for label in ("Distance limit", "Folders", "Portrait", "Taken to"):
        expect(page.get_by_text(label, exact=True)).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.get_by_text("Camera", exact=True).click()
    expect(page.get_by_role("button", name="Take Photo")).to_be_visible()
    assert faults(page) == []
    nothing = link(library / "red" / "03.jpg", "&folder=red&side=500")
    show(page, page.url.split("?")[0] + nothing[1:])
    expect(page.get_by_text("No image passes all filters")).to_be_visible()
    assert faults(page) == []
