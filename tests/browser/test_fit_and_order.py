"""The order and the fit in a real Chromium: switched, learnt from folders, adopted."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.config import Settings
from core.engine import ImageSearchEngine
from core.images import load_image
from core.search import SearchOptions
from core.types import DISTANCE, NEIGHBOURHOOD
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
    screen,
)
from tests.fakes import save_kinds

pytestmark = pytest.mark.browser

SHOWN = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty pictures whose folders tell what a corner of each is like, indexed by colours."""
    folder = tmp_path_factory.mktemp("kinds")
    library = save_kinds(folder / "library", count=80, marked=True)
    ImageSearchEngine(Settings(features=folder / "features", descriptor="hsv")).index(library)
    return folder


@pytest.fixture(scope="module")
def new_picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of the kind ``bright`` that is not in the gallery."""
    return save_kinds(tmp_path_factory.mktemp("new"), count=86, marked=True) / "bright" / "85.png"


def answer(folder: Path, path: Path, ranking: str) -> list[str]:
    """The paths that the engine finds for a file."""
    engine = ImageSearchEngine(Settings(features=folder / "features"))
    query = load_image(path.read_bytes()).pixels
    matches = engine.search(query, SearchOptions(k=SHOWN, ranking=ranking)).matches
    return [match.image for match in matches]


def expect_answer(page: Page, paths: list[str]) -> None:
    expect_pictures(page, SHOWN)
    expect(page.locator(".matches .name")).to_have_text([Path(path).name for path in paths])


def ask(browse: OpenPage, picture: Path, **options: object) -> Page:
    page = browse(f"/?k={SHOWN}", **options)
    drop(page, picture)
    expect_pictures(page, SHOWN)
    page.wait_for_selector(READY)
    return page


def by_neighbourhood_order(page: Page) -> None:
    page.get_by_role("button", name="Results and filters").click()
    page.get_by_text("By neighbourhood", exact=True).click()
    page.keyboard.press("Escape")


def test_order_is_switched_and_comes_back(
    browse: OpenPage, address: str, folder: Path, new_picture: Path
) -> None:
    by_distance, by_neighbourhood = (
        answer(folder, new_picture, ranking) for ranking in (DISTANCE, NEIGHBOURHOOD)
    )
    assert by_distance != by_neighbourhood
    page = ask(browse, new_picture)
    expect_answer(page, by_distance)
    note = page.get_by_text("In the order of the neighbourhood")
    expect(note).to_have_count(0)
    by_neighbourhood_order(page)
    expect_answer(page, by_neighbourhood)
    expect(note).to_be_visible()
    assert "ranking=neighbourhood" in page.url
    page.go_back()
    expect_answer(page, by_distance)
    expect(note).to_have_count(0)
    page.go_forward()
    expect_answer(page, by_neighbourhood)
    # The next picture is asked in the same order, also in another browser.
    page.locator(".matches li").first.hover()
    page.locator(".matches li").first.get_by_role("link", name="More like this").click()
    asked = folder / "library" / by_neighbourhood[0]
    expect_answer(page, answer(folder, asked, NEIGHBOURHOOD))
    link = browse(page.url.removeprefix(address))
    expect_answer(link, answer(folder, asked, NEIGHBOURHOOD))
    expect_no_error(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_and_are_accessible(
    width: str, browse: OpenPage, new_picture: Path, artifacts: Path
) -> None:
    page = ask(browse, new_picture, **screen(width))
    by_neighbourhood_order(page)
    expect(page.get_by_text("In the order of the neighbourhood")).to_be_visible()
    assert faults(page) == []
    photograph(page, f"order-{width}", artifacts)
    page = browse("/index", **screen(width))
    expect(page.get_by_role("heading", name="Fit")).to_be_visible(timeout=PAGE_MS)
    assert faults(page) == []
    photograph(page, f"fit-{width}", artifacts)


def test_folders_teach_better_answers(
    browse: OpenPage, folder: Path, new_picture: Path, artifacts: Path
) -> None:
    page = ask(browse, new_picture)
    before = answer(folder, new_picture, DISTANCE)
    expect_answer(page, before)
    page.get_by_role("link", name="Index").first.click()
    page.get_by_role("button", name="Measure what my folders teach").click()
    expect(page.get_by_text("Learning from your folders helps here.")).to_be_visible(
        timeout=PAGE_MS
    )
    expect(page.get_by_role("radio", name="Learn from my folders")).to_be_checked()
    page.wait_for_selector(READY)
    photograph(page, "fit-measured-desktop", artifacts)
    page.get_by_role("button", name="Use: Learn from my folders").click()
    expect(page.get_by_text("The index is ready: 80 images, nothing has changed")).to_be_visible(
        timeout=PAGE_MS
    )
    expect(page.get_by_text("Learn from my folders (in use)")).to_be_visible()
    page.get_by_role("link", name="Search").first.click()
    after = answer(folder, new_picture, DISTANCE)
    expect_answer(page, after)
    right = [sum(path.startswith("bright/") for path in paths) for paths in (before, after)]
    assert right[0] < right[1] == SHOWN
    expect_no_error(page)
