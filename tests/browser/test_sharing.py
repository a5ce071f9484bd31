"""Sharing in a real Chromium: the owner's page, the visitor's way in, and what others see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browser_app import PAGE_MS, READY, WIDTHS, expect_pictures, upload
from tests.served import ROOT, Served, served
from tests.ui.test_security import SHARE, environment, furnish

pytestmark = pytest.mark.browser
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six pictures with an index beside them."""
    return furnish(tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def shared(gallery: Path) -> Iterator[Served]:
    """An app that is shared."""
    with served(gallery.parent, *SHARE, environment=environment(gallery.parent)) as server:
        yield server


@pytest.fixture(params=[(width, scheme) for width in WIDTHS for scheme in SCHEMES], ids="-".join)
def screen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[str, Page]]:
    """A page in a browser of its own, and the name of its kind of screen."""
    width, scheme = request.param
    across, down = WIDTHS[width]
    context = browser.new_context(viewport={"width": across, "height": down}, color_scheme=scheme)
    yield f"{width}-{scheme}", context.new_page()
    context.close()


def photograph(page: Page, name: str) -> None:
    folder = ROOT / "test-artifacts"
    folder.mkdir(exist_ok=True)
    across = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= across
    page.screenshot(path=folder / f"{name}.png")


def test_who_has_no_key_is_told_what_to_do(shared: Served, screen: tuple[str, Page]) -> None:
    kind, page = screen
    answer = page.goto(f"http://127.0.0.1:{shared.port}/")
    assert answer is not None
    assert answer.status == 401
    expect(page.get_by_role("heading", name="This gallery needs a key")).to_be_visible()
    photograph(page, f"no-key-{kind}")


def test_owner_sees_the_address_and_the_code(shared: Served, screen: tuple[str, Page]) -> None:
    kind, page = screen
    page.goto(f"http://127.0.0.1:{shared.port}/share?key={shared.owner_key}")
    page.wait_for_selector(READY, timeout=PAGE_MS)
    expect(page).to_have_url(f"http://127.0.0.1:{shared.port}/share")
    expect(page.get_by_role("heading", name="Share", exact=True)).to_be_visible(timeout=PAGE_MS)
    expect(page.get_by_text(f"?key={shared.visitor_key}")).to_be_visible()
    code = page.get_by_test_id("stImage").locator("img")
    expect(code).to_be_visible()
    page.wait_for_function("document.querySelector('[data-testid=stImage] img').naturalWidth > 200")
    expect(page.get_by_text("“holidays”")).to_have_count(0)
    photograph(page, f"share-{kind}")


def test_a_visitor_searches_and_stays_let_in(
    shared: Served, gallery: Path, screen: tuple[str, Page]
) -> None:
    kind, page = screen
    here = f"http://127.0.0.1:{shared.port}"
    page.goto(f"{here}/?key={shared.visitor_key}")
    page.wait_for_selector(READY, timeout=PAGE_MS)
    expect(page).to_have_url(f"{here}/")
    upload(page, gallery / "p2.jpg")
    expect_pictures(page, 6)
    for name in ("Index", "Share"):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    photograph(page, f"visitor-{kind}")
    page.reload()
    expect(page.get_by_role("heading", name="Search by image")).to_be_visible(timeout=PAGE_MS)
    assert page.evaluate("document.cookie").count(shared.visitor_key) == 0
    assert shared.visitor_key not in page.content()
