"""The Quality page in a real Chromium: measured, compared, taken away."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from core.config import Settings
from core.engine import ImageSearchEngine
from core.evaluation import evaluate, ground_truth
from core.feature_store import IndexSnapshot
from tests.browser.browser_app import (
    PAGE_MS,
    READY,
    WIDTHS,
    OpenPage,
    expect_no_error,
    faults,
    photograph,
    screen,
)
from tests.fakes import save_picture

pytestmark = pytest.mark.browser

COLOURS = {"blue": (50, 60, 200), "green": (60, 170, 70), "red & <b>bold</b>": (200, 50, 60)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty pictures of three colours, some in the wrong folder, and their index by colours."""
    folder = tmp_path_factory.mktemp("quality")
    library = folder / "library"
    names = list(COLOURS)
    for place, name in enumerate(names):
        for number in range(20):
            wrong = names[(place + 1) % 3] if number < 3 else name
            path = library / name / f"{number:02}.jpg"
            save_picture(path, 100 * place + number, COLOURS[wrong], (320, 240))
    ImageSearchEngine(Settings(features=folder / "features", descriptor="hsv")).index(library)
    return folder


@pytest.fixture(scope="module")
def snapshot(folder: Path) -> IndexSnapshot:
    return ImageSearchEngine(Settings(features=folder / "features")).require_snapshot()


def heading(page: Page, name: str) -> Locator:
    return page.get_by_role("heading", name=name)


def expect_worst_pictures(page: Page, count: int) -> None:
    pictures = page.locator(".worst img")
    expect(pictures).to_have_count(count)
    pictures.first.scroll_into_view_if_needed()
    page.locator(".worst").evaluate(
        "list => Promise.all([...list.querySelectorAll('img')].map(image => {"
        "image.loading = 'eager'; return image.decode(); }))"
    )


def test_measured_compared_and_taken_away(
    browse: OpenPage, tmp_path: Path, artifacts: Path
) -> None:
    page = browse("/quality")
    page.get_by_text("Compare with what was before networks").click()
    page.get_by_role("button", name="Measure", exact=True).click()
    expect(heading(page, "Side by side")).to_be_visible(timeout=PAGE_MS)
    page.wait_for_selector(READY)
    expect(heading(page, "Self-check")).to_be_visible()
    # Of the curve, and of the intervals.
    for chart in ("Precision at each recall: ", "mAP of the best; "):
        expect(page.get_by_label(chart).get_by_role("img")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("button", name="Table (CSV)").click()
    download.value.save_as(tmp_path / "quality.csv")
    with (tmp_path / "quality.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    whole = {line["descriptor"]: line for line in lines if line["of"] == "gallery"}
    assert set(whole) == {"hsv, neighbours", "hsv, none", "phash, none"}
    assert float(whole["hsv, none"]["mAP"]) > float(whole["phash, none"]["mAP"])
    assert {line["of"] for line in lines} == {"gallery", "class", "change"}
    with page.expect_download() as download:
        page.get_by_role("button", name="Plot (PNG)").click()
    download.value.save_as(artifacts / "quality-plot.png")
    with Image.open(artifacts / "quality-plot.png") as plot:
        assert plot.format == "PNG"
    expect_no_error(page)


def measure(page: Page) -> None:
    """Have the gallery measured, unless that was done: whoever comes sees what there is."""
    if not heading(page, "Side by side").is_visible():
        page.get_by_role("button", name="Measure", exact=True).click()
    expect(heading(page, "Self-check")).to_be_visible(timeout=PAGE_MS)


@pytest.mark.parametrize("width", WIDTHS)
def test_page_fits_and_is_accessible(
    width: str, browse: OpenPage, snapshot: IndexSnapshot, artifacts: Path
) -> None:
    page = browse("/quality", **screen(width))
    measure(page)
    expect_worst_pictures(page, 24)
    worst = evaluate(snapshot.matrix, ground_truth(snapshot)).worst[0]
    captions = page.locator(".worst li").first.locator("figcaption")
    expect(captions).to_have_text([worst.image, str(worst.wrong)])
    # A name is text, whatever is in it.
    assert page.locator(".worst b").count() == 0
    assert faults(page) == []
    # Streamlit scrolls within the page: as high as all of it, it is seen at once.
    height = page.locator("[data-testid=stMainBlockContainer]").evaluate("e => e.scrollHeight")
    page.set_viewport_size({"width": WIDTHS[width][0], "height": int(height) + 80})
    photograph(page, f"quality-{width}", artifacts)
