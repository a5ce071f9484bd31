"""From a picture that is dropped to 30 pictures on the screen, in Chromium."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from benchmarks.limits import tell
from benchmarks.serving import READY, Demo
from core.config import DEFAULT_MATCHES
from core.images import image_id
from tests.install_browser import find_browser
from tests.served import Served

# Until the answer to an image of the gallery stands on the page, with all its pictures decoded.
ANSWERED = """([id, count]) => new Promise(done => {
  const look = () => {
    const grid = [...document.querySelectorAll("*")]
      .map(element => element.shadowRoot?.querySelector(".matches")).find(Boolean);
    const images = [...grid?.querySelectorAll(".open img") ?? []];
    const there = images.length === count && images[0].src.endsWith(id)
      && images.every(image => image.complete && image.naturalWidth);
    if (!there) return void setTimeout(look, 2);
    Promise.all(images.map(image => image.decode())).then(() => requestAnimationFrame(done));
  };
  look();
})"""
# Milliseconds from the choice of the file until then.
_TIMED = f"""asked => {{
  window.timed = new Promise(done => window.addEventListener("change", () => {{
    const start = performance.now();
    ({ANSWERED})(asked).then(() => done(performance.now() - start));
  }}, {{ capture: true, once: true }}));
}}"""


def measure_uploading(demo: Demo, *, uploads: int = 20) -> None:
    """Print milliseconds from a dropped file to its answer, all pictures decoded.

    Args:
        demo: The index.
        uploads: How many.
    """
    first, *files = demo.queries(uploads + 1)
    count = min(DEFAULT_MATCHES, len(demo.snapshot.images))
    with demo.served() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser())
        # Loads the model.
        _upload(browser, server, [first], count)
        new = _upload(browser, server, files, count)
        made = _upload(browser, server, files, count)
        browser.close()
    print(
        f"\nupload to {count} pictures decoded in Chromium, {len(demo.snapshot.images):,} images, "
        f"p50 of {uploads}"
    )
    tell("thumbnails made before, the browser's cache empty", median(made), "ms", limit=700)
    tell("slowest of these", max(made), "ms")
    tell("thumbnails made meanwhile", median(new), "ms", limit=700)


def _upload(browser: Browser, server: Served, files: list[Path], count: int) -> list[float]:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.goto(server.address)
    field = page.locator("input[type=file]")
    times = []
    for file in files:
        field.wait_for(state="attached")
        page.wait_for_selector(READY)
        page.wait_for_load_state("networkidle")
        page.evaluate(_TIMED, [image_id(file.read_bytes()), count])
        field.set_input_files(file)
        times.append(page.evaluate("window.timed"))
    page.close()
    return times
