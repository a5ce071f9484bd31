"""Why a match matches, in the large view of a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.config import Settings
from core.engine import ImageSearchEngine
from core.types import UNTRAINED
from tests.browser.browser_app import (
    WIDTHS,
    WITHOUT_NETWORK,
    OpenPage,
    expect_no_error,
    expect_pictures,
    faults,
    photograph,
    running_app,
    screen,
)
from tests.fakes import fake_extractor
from tests.flowers import sample_flower

pytestmark = pytest.mark.browser

KINDS = ("poppy", "daisy")
COUNT = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery of drawn flowers."""
    folder = tmp_path_factory.mktemp("explained")
    library = folder / "library"
    library.mkdir()
    for number in range(COUNT):
        kind = KINDS[number % 2]
        sample_flower(kind, number + 1).save(library / f"{kind}{number}.png")
    settings = Settings(features=folder / "features", weights=UNTRAINED)
    ImageSearchEngine(settings, make_extractor=fake_extractor).index(library)
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """The running app over that gallery."""
    with running_app(folder, before=WITHOUT_NETWORK, LOOKALIKE_WEIGHTS=UNTRAINED) as address:
        yield address


@pytest.fixture(scope="module")
def query(folder: Path) -> str:
    """The address of a search with an image of the gallery."""
    snapshot = ImageSearchEngine(Settings(features=folder / "features")).require_snapshot()
    return f"/?image={snapshot.record('poppy0.png').id}"


def opened(page: Page, match: int) -> Page:
    expect_pictures(page, COUNT)
    page.locator(".matches .open").nth(match).click()
    return page


@pytest.mark.parametrize("width", WIDTHS)
def test_heat_maps_lie_over_both_pictures(
    browse: OpenPage, query: str, width: str, artifacts: Path
) -> None:
    page = opened(browse(query, **screen(width)), 1)
    why, sentence = page.locator(".why button"), page.locator(".why p").first
    expect(page.locator("canvas.heat:visible")).to_have_count(0)
    why.click()
    expect(sentence).to_contain_text("of what speaks for this match comes from the warmest fifth")
    expect(page.locator("canvas.heat:visible")).to_have_count(2)
    expect(page.locator(".key")).to_have_text("speaks againstspeaks for")
    expect(page.locator(".note")).to_have_text(
        "Each place sees 212 of 224 pixels of a side: the maps are coarse."
    )
    pictures = [page.locator("figure .frame").nth(side).bounding_box() for side in (0, 1)]
    heats = [page.locator("canvas.heat").nth(side).bounding_box() for side in (0, 1)]
    assert heats == pictures
    first, second = (box for box in pictures if box)
    if width == "phone":
        assert second["y"] >= first["y"] + first["height"]
    else:
        assert second["x"] >= first["x"] + first["width"]
    photograph(page, f"explained-{width}", artifacts)
    assert faults(page) == []
    expect_no_error(page)


def test_marks_and_the_order_of_the_neighbourhood_are_told(browse: OpenPage, query: str) -> None:
    marked = f"&more={query.partition('=')[2]}&ranking=neighbourhood"
    page = opened(browse(query + marked), 1)
    page.keyboard.press("w")
    expect(page.locator(".why p").first).to_contain_text(", your marks ")
    expect(page.locator(".note")).to_contain_text("The order of the neighbourhood also counts")


def test_several_pictures_are_not_explained(browse: OpenPage, query: str) -> None:
    page = opened(browse(query), 2)
    page.keyboard.press("a")
    expect(page.locator("dialog")).to_be_hidden()
    expect(page.locator(".matches[aria-busy]")).to_have_count(0)
    opened(page, 0)
    expect(page.locator(".why")).to_be_hidden()
