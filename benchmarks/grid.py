"""From a click to 30 pictures on the screen: our grid against ``st.image`` in columns."""

from __future__ import annotations

import statistics
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.limits import tell
from benchmarks.serving import READY
from core.config import Settings
from core.datasets import SAMPLE_COUNT, copy_sample
from core.engine import ImageSearchEngine
from core.media import thumbnail, thumbnail_cache
from tests.install_browser import find_browser
from tests.served import served

MATCHES = 30
PAGES = SAMPLE_COUNT // MATCHES
APP = ("-m", "streamlit", "run", "benchmarks/grid_app.py")
WAYS = {"grid": "/?with=grid", "columns": "/?with=columns"}
# Milliseconds from the click until other pictures, all of them, are decoded.
_CLICK = """count => new Promise(done => {
  const roots = () => [document, ...[...document.querySelectorAll("*")]
    .map(element => element.shadowRoot).filter(Boolean)];
  const shown = () =>
    roots().flatMap(root => [...root.querySelectorAll(".open img, .stImage img")]);
  const before = new Set(shown().map(image => image.src));
  const start = performance.now();
  const look = () => {
    const images = shown();
    const there = images.length === count
      && images.every(image => !before.has(image.src) && image.complete && image.naturalWidth);
    if (!there) return void setTimeout(look, 2);
    Promise.all(images.map(image => image.decode())).then(() => done(performance.now() - start));
  };
  document.querySelector(".stButton button").click();
  look();
})"""


def measure_grid(folder: Path, *, rounds: int = 3) -> None:
    """Print milliseconds from a click to 30 pictures that the browser has not seen before.

    Args:
        folder: For a gallery and its index.
        rounds: Browsers with empty caches for each way, in turn.
    """
    library = folder / "grid-gallery"
    copy_sample(library)
    settings = Settings(features=folder / "grid-features", descriptor="hsv")
    engine = ImageSearchEngine(settings)
    engine.index(library)
    snapshot, cache = engine.require_snapshot(), thumbnail_cache(settings.features)
    for image in snapshot.images:
        thumbnail(snapshot, image.id, cache)
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    environment = {"LOOKALIKE_FEATURES": str(settings.features)}
    with served(folder, *APP, environment=environment) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser())
        for _ in range(rounds):
            for way, path in WAYS.items():
                page = browser.new_page(viewport={"width": 1440, "height": 1000})
                page.goto(server.address + path)
                times[way] += _clicks(page)
                page.close()
        browser.close()
    ours, baseline = (statistics.median(times[way]) for way in WAYS)
    print(f"\ngrid, click to {MATCHES} new pictures decoded, median of {len(times['grid'])}")
    tell("our grid", ours, "ms", limit=300)
    tell("st.image in columns", baseline, "ms")
    print(f"  grid / columns {ours / baseline:.2f}")


def _clicks(page: Page) -> list[float]:
    page.locator(".open img, .stImage img").nth(MATCHES - 1).wait_for()
    times = []
    for _ in range(PAGES - 1):
        page.wait_for_selector(READY)
        page.wait_for_load_state("networkidle")
        times.append(page.evaluate(_CLICK, MATCHES))
    return times
