"""A gallery that got a new default fit, in a real Chromium: what is told, asked and offered."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.config import Settings
from core.engine import ImageSearchEngine
from core.explore import draw_map
from core.feature_store import IndexSnapshot
from core.model import CENTRE, selection
from tests.browser.browser_app import (
    PAGE_MS,
    WIDTHS,
    OpenPage,
    expect_no_error,
    expect_pictures,
    faults,
    photograph,
    screen,
)
from tests.fakes import save_kinds

pytestmark = pytest.mark.browser

CHANGED = "Answers now learn from each picture's neighbours"
OLD_MAP = "This map does not say for which fit"
LIMIT = 0.4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty pictures with their map, drawn by an older version whose default was to centre."""
    folder = tmp_path_factory.mktemp("default")
    engine = ImageSearchEngine(Settings(features=folder / "features", descriptor="hsv"))
    library = save_kinds(folder / "library", count=80, marked=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selection, "DEFAULT_FIT", CENTRE)
        engine.index(library)
        patch.setattr(IndexSnapshot, "label_free_fit", "")
        draw_map(engine.require_snapshot())
    (folder / "link").write_text(
        f"/?image={engine.require_snapshot().images[0].id}&limit={LIMIT}"
        f"&fit={engine.require_snapshot().fit.digest[:8]}"
    )
    engine.index(library)
    return folder


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_told_fits_and_is_accessible(
    width: str, browse: OpenPage, folder: Path, artifacts: Path
) -> None:
    page = browse("/index", **screen(width))
    expect(page.get_by_text(CHANGED)).to_be_visible(timeout=PAGE_MS)
    assert faults(page) == []
    photograph(page, f"new-default-{width}", artifacts)
    page = browse((folder / "link").read_text(), **screen(width))
    expect(page.get_by_role("button", name="Keep the limit")).to_be_visible(timeout=PAGE_MS)
    expect(page.locator(".matches")).to_have_count(0)
    assert faults(page) == []
    photograph(page, f"limit-question-{width}", artifacts)
    page = browse("/explore", **screen(width))
    expect(page.get_by_text(OLD_MAP)).to_be_visible(timeout=PAGE_MS)
    assert faults(page) == []
    photograph(page, f"old-map-{width}", artifacts)


def test_a_limit_is_asked_about_and_back_asks_again(browse: OpenPage, folder: Path) -> None:
    page = browse((folder / "link").read_text())
    page.get_by_role("button", name="Search without a limit").click()
    expect_pictures(page, 30)
    assert "limit" not in page.url
    page.go_back()
    page.get_by_role("button", name="Keep the limit").click()
    expect(page.get_by_text(f"Only: within {LIMIT:.2f}")).to_be_visible()
    expect(page.locator(".matches img").first).to_be_visible()
    engine = ImageSearchEngine(Settings(features=folder / "features"))
    assert f"limit={LIMIT}&fit={engine.require_snapshot().fit.digest[:8]}" in page.url
    expect_no_error(page)


def test_the_map_is_drawn_again_and_the_default_taken_back(browse: OpenPage, folder: Path) -> None:
    page = browse("/explore")
    draw = page.get_by_role("button", name="Draw it again")
    draw.click()
    expect(draw).to_have_count(0)
    expect(page.get_by_text("Drawing the map")).to_have_count(0, timeout=PAGE_MS)
    expect(page.get_by_text(OLD_MAP)).to_have_count(0)
    page.get_by_role("link", name="Index").first.click()
    page.get_by_role("button", name="Go back to Centre").click()
    expect(page.get_by_text("The index is ready: 80 images, nothing has changed")).to_be_visible(
        timeout=PAGE_MS
    )
    expect(page.get_by_text(CHANGED)).to_have_count(0)
    expect(page.get_by_text("Centre (in use)")).to_be_visible()
    # A map by centred features serves for both.
    page.get_by_role("link", name="Explore").first.click()
    expect(page.get_by_role("radio", name="Map")).to_be_visible()
    expect(draw).to_have_count(0)
    expect_no_error(page)
