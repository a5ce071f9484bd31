"""The map in a browser: how soon it is there, and how many frames a second it is panned with."""

from __future__ import annotations

import statistics
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.limits import tell
from tests.install_browser import find_browser
from tests.served import served

APP = ("-m", "streamlit", "run", "benchmarks/map_app.py")
COUNTS = (9_409, 100_000)
# In headless Chromium, without a graphics card.
LEAST_FRAMES = 20
OPEN_SECONDS = 1.5
_PAN_MS = 3000
# Seconds since the address was opened, once there is a point on the canvas.
_OPENED = """new Promise(done => {
  const canvas = () => [...document.querySelectorAll("*")]
    .map(element => element.shadowRoot?.querySelector(".map canvas")).find(Boolean);
  const look = () => {
    const found = canvas();
    if (!found?.dataset.drawn) return void requestAnimationFrame(look);
    done(performance.now() / 1000);
  };
  look();
})"""
# Frames a second while the map is dragged to and fro.
_PAN = """milliseconds => new Promise(done => {
  const canvas = [...document.querySelectorAll("*")]
    .map(element => element.shadowRoot?.querySelector(".map canvas")).find(Boolean);
  const box = canvas.getBoundingClientRect();
  const send = (kind, x) => canvas.dispatchEvent(new PointerEvent(kind, {
    pointerId: 1, pointerType: "mouse", button: 0, bubbles: true,
    clientX: box.left + x, clientY: box.top + box.height / 2,
  }));
  canvas.setPointerCapture = () => {};
  send("pointerdown", 400);
  let frames = 0;
  const start = performance.now();
  const step = now => {
    frames += 1;
    send("pointermove", 400 + 200 * Math.sin(frames / 15));
    if (now - start < milliseconds) return void requestAnimationFrame(step);
    send("pointerup", 400);
    done(1000 * frames / (now - start));
  };
  requestAnimationFrame(step);
})"""


def measure_explore_map(folder: Path, *, rounds: int = 3) -> None:
    """Print seconds until a map of drawn pictures is there, and its frames a second.

    Args:
        folder: For the files of the server.
        rounds: Pages that are opened for each number of pictures.
    """
    environment = {"LOOKALIKE_FEATURES": str(folder / "map-features")}
    print("\nmap of drawn pictures, headless Chromium, 1440 × 1000")
    with served(folder, *APP, environment=environment) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser())
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        for count in COUNTS:
            # The first page waits for the server to draw the pictures.
            _open(page, server.address, count)
            found = [_open(page, server.address, count) for _ in range(rounds)]
            seconds, frames = (statistics.median(column) for column in zip(*found, strict=True))
            limit = OPEN_SECONDS if count == COUNTS[0] else None
            tell(f"{count:,} pictures, there after", seconds, "s", limit=limit)
            tell(f"{count:,} pictures, panned", frames, "frames/s", limit=LEAST_FRAMES, least=True)
        browser.close()


def _open(page: Page, address: str, count: int) -> tuple[float, float]:
    page.goto(f"{address}/?count={count}")
    seconds = page.evaluate(_OPENED)
    return seconds, page.evaluate(_PAN, _PAN_MS)
