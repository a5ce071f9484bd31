"""Searching for a part in a real Chromium: prepared, found, drawn, and asked with again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.types import UNTRAINED
from tests.browser.browser_app import (
    PAGE_MS,
    READY,
    WIDTHS,
    WITHOUT_NETWORK,
    OpenPage,
    drop,
    expect_no_error,
    expect_pictures,
    faults,
    photograph,
    running_app,
    screen,
)
from tests.detail.test_details import HOST, PLACE, THING, engine_of, make

pytestmark = pytest.mark.browser

SHOWN = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery of which one picture shows the thing, and the thing."""
    folder = tmp_path_factory.mktemp("parts")
    make(folder / "library", 20)
    THING.save(folder / "thing.png")
    engine_of(folder).index(folder / "library")
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """The running app over that gallery."""
    with running_app(folder, before=WITHOUT_NETWORK, LOOKALIKE_WEIGHTS=UNTRAINED) as address:
        yield address


def ask(browse: OpenPage, folder: Path, path: str, **options: object) -> Page:
    page = browse(path, **options)
    drop(page, folder / "thing.png")
    page.wait_for_selector(READY)
    return page


def expect_frame(page: Page, within: str) -> None:
    """The box over a picture lies about where the thing was put, also in pixels of the screen."""
    frame = page.locator(f"{within} .line").first
    expect(frame).to_be_visible()
    picture = page.locator(f"{within} img").first.bounding_box()
    box = frame.bounding_box()
    assert picture and box
    # The picture is shown whole: bars fill what its 448 to 320 pixels leave of the place.
    scale = min(picture["width"] / 448, picture["height"] / 320)
    across, down = (
        picture[start] + (picture[side] - length * scale) / 2
        for start, side, length in (("x", "width", 448), ("y", "height", 320))
    )
    middle = (
        (box["x"] + box["width"] / 2 - across) / scale,
        (box["y"] + box["height"] / 2 - down) / scale,
    )
    left, top, right, bottom = PLACE
    assert left < middle[0] < right
    assert top < middle[1] < bottom


def test_a_part_is_prepared_found_and_asked_with_again(
    browse: OpenPage, folder: Path, artifacts: Path
) -> None:
    for details in folder.glob("features/*/details"):
        shutil.rmtree(details)
    page = ask(browse, folder, f"/?k={SHOWN}")
    expect_pictures(page, SHOWN)
    expect(page.locator(".found")).to_have_count(0)
    page.get_by_text("A part", exact=True).click()
    expect(page.get_by_text("Describing the parts of 21 pictures")).to_be_visible()
    page.wait_for_selector(READY)
    photograph(page, "part-offer-desktop", artifacts)
    page.get_by_role("button", name="Prepare").click()
    expect_pictures(page, SHOWN)
    expect(page.locator(".matches .name").first).to_have_text(Path(HOST).name)
    expect(page.locator(".matches .found")).to_have_count(SHOWN)
    assert "find=part" in page.url
    page.locator(".matches .open").first.click()
    expect_frame(page, ".pair figure:last-child")
    page.get_by_role("link", name="Use this part").click()
    expect(page.locator(".part:visible")).to_have_count(1)
    expect_pictures(page, SHOWN)
    page.wait_for_selector(READY)
    assert "box=0." in page.url
    expect(page.locator(".matches[aria-busy]")).to_have_count(0)
    assert "find=part" in page.url
    expect(page.locator(".matches .name").first).to_have_text(Path(HOST).name)
    page.get_by_text("A whole picture", exact=True).click()
    expect(page.locator(".found")).to_have_count(0)
    expect_no_error(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_boxes_fit_and_are_accessible(
    width: str, browse: OpenPage, folder: Path, artifacts: Path
) -> None:
    engine = engine_of(folder)
    engine.parts.update(engine.require_snapshot())
    page = ask(browse, folder, f"/?k={SHOWN}&find=part", **screen(width))
    expect_pictures(page, SHOWN)
    expect_frame(page, ".matches li:first-child")
    assert faults(page) == []
    photograph(page, f"part-{width}", artifacts)
    page.locator(".matches .open").first.click()
    expect(page.get_by_text("% across and")).to_be_visible(timeout=PAGE_MS)
    expect_frame(page, ".pair figure:last-child")
    assert faults(page) == []
    photograph(page, f"part-large-{width}", artifacts)
