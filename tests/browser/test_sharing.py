"""Sharing in a real Chromium: the owner's page, how visitors come in, and what they see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from core.config import Settings
from core.engine import ImageSearchEngine
from core.images import load_image
from core.search import SearchOptions
from tests.browser.browser_app import (
    PAGE_MS,
    READY,
    WIDTHS,
    drop,
    expect_no_error,
    expect_pictures,
    photograph,
    screen,
    show,
    upload,
)
from tests.fakes import feedback_on
from tests.served import Served, served
from tests.ui.security import SHARE, environment, furnish

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six pictures with an index beside them."""
    return furnish(tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def shared(gallery: Path) -> Iterator[Served]:
    """An app that is shared."""
    with served(gallery.parent, *SHARE, environment=environment(gallery.parent)) as server:
        yield server


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stranger(width: str, browser: Browser) -> Iterator[BrowserContext]:
    """A browser that was never here."""
    context = browser.new_context(**screen(width))
    yield context
    context.close()


def test_who_has_no_key_is_told_what_to_do(
    width: str, shared: Served, stranger: BrowserContext, artifacts: Path
) -> None:
    page = stranger.new_page()
    answer = page.goto(shared.address)
    assert answer is not None
    assert answer.status == 401
    expect(page.get_by_role("heading", name="This gallery needs a key")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width][0]
    page.emulate_media(color_scheme="light")
    page.screenshot(path=artifacts / f"no-key-{width}-light.png")
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=artifacts / f"no-key-{width}-dark.png")


def test_owner_sees_the_address_and_the_code(
    width: str, shared: Served, stranger: BrowserContext, artifacts: Path
) -> None:
    page = show(stranger.new_page(), f"{shared.address}/share?key={shared.owner_key}")
    expect(page).to_have_url(f"{shared.address}/share")
    expect(page.get_by_role("heading", name="Share", exact=True)).to_be_visible(timeout=PAGE_MS)
    expect(page.get_by_text(f"?key={shared.visitor_key}")).to_be_visible()
    code = page.get_by_test_id("stImage").locator("img")
    expect(code).to_be_visible()
    page.wait_for_function("document.querySelector('[data-testid=stImage] img').naturalWidth > 200")
    expect(page.get_by_text("“holidays”")).to_have_count(0)
    photograph(page, f"share-{width}", artifacts)


def test_a_visitor_searches_and_stays_let_in(
    width: str, shared: Served, gallery: Path, stranger: BrowserContext, artifacts: Path
) -> None:
    page = show(stranger.new_page(), f"{shared.address}/?key={shared.visitor_key}")
    expect(page).to_have_url(f"{shared.address}/")
    upload(page, gallery / "p2.jpg")
    expect_pictures(page, 6)
    for name in ("Index", "Share"):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    photograph(page, f"visitor-{width}", artifacts)
    page.reload()
    expect(page.get_by_role("heading", name="Search by image")).to_be_visible(timeout=PAGE_MS)
    assert page.evaluate("document.cookie").count(shared.visitor_key) == 0
    assert shared.visitor_key not in page.content()


def test_a_visitor_marks_and_searches_with_several(
    browser: Browser, shared: Served, gallery: Path
) -> None:
    engine = ImageSearchEngine(Settings(features=gallery.parent / "features"))
    files = [gallery / "p1.jpg", gallery / "p4.jpg"]
    queries = [load_image(file).pixels for file in files]
    before = [match.image for match in engine.search(queries).matches]
    right, wrong = before[3], before[1]
    marks = feedback_on(engine.require_snapshot(), [right], [wrong])
    after = engine.search(queries, SearchOptions(feedback=marks)).matches

    context = browser.new_context(**screen("desktop"))
    page = show(context.new_page(), f"{shared.address}/?key={shared.visitor_key}")
    drop(page, *files)
    names = page.locator(".matches .name")
    expect(names).to_have_text(before, timeout=PAGE_MS)
    page.locator(f'.matches .open[title="{right}"]').focus()
    page.keyboard.press("+")
    page.locator(f'.matches .open[title="{wrong}"]').focus()
    page.keyboard.press("-")
    expect(page.locator(".st-key-marks p").first).to_have_text("1 right, 1 wrong")
    page.get_by_role("button", name="Search again").click()
    expect(page.get_by_text("Results follow 1 right, 1 wrong")).to_be_visible()
    expect(names).to_have_text([match.image for match in after])
    page.wait_for_selector(READY)
    expect(page.locator(".matches .distance")).to_have_text(
        [f"{match.distance:.4f}" for match in after]
    )
    expect_no_error(page)
    context.close()
