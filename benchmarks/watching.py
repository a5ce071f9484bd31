"""An indexing run of the app while a page watches it."""

from __future__ import annotations

import shutil
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.limits import tell
from benchmarks.serving import Demo, start_run
from core.indexing import scan
from tests.install_browser import find_browser
from tests.served import Browser, Served

LOOK_SECONDS = 0.2


def measure_watching(library: Path, folder: Path, *, images: int = 256, rounds: int = 3) -> None:
    """Print images per second with nobody there, and with an Index page that is open.

    Args:
        library: Folder of images.
        folder: For a part of it, its index and what the app writes.
        images: How many are indexed in each run.
        rounds: How often, in turn.
    """
    part = folder / "watched"
    for file in scan(library).files[:images]:
        target = part / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(library / file.path, target)
    demo = Demo.of(part, folder / "watched-index")
    with demo.served() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser())
        page = browser.new_page()
        page.goto(f"{server.address}/index")
        ways: dict[str, Callable[[], AbstractContextManager[None]]] = {
            "nobody": lambda: _started(server),
            "a page": lambda: _polled(server),
            "Chromium on the same processor": lambda: _clicked(page),
        }
        rates: dict[str, list[float]] = {name: [] for name in ways}
        _rate(demo, _started(server))
        for _ in range(rounds):
            for name, way in ways.items():
                rates[name].append(_rate(demo, way()))
        browser.close()
    print(f"\nindex run in the app, {images} images, median of {rounds} rounds")
    alone = rates.pop("nobody")
    tell("watched by nobody", statistics.median(alone), "images/s")
    for name, watched in rates.items():
        ratio = statistics.median(b / a for a, b in zip(alone, watched, strict=True))
        tell(f"watched by {name}, of that", 100 * ratio, "%", limit=95, least=True)


def _rate(demo: Demo, run: AbstractContextManager[None]) -> float:
    before = demo.engine.require_snapshot().generation
    with run:
        while demo.engine.require_snapshot().generation == before:
            time.sleep(LOOK_SECONDS)
    rate: float = demo.engine.info().runs[0]["images_per_second"]
    return rate


@contextmanager
def _started(server: Served) -> Iterator[None]:
    """By somebody who leaves."""
    with server.browser() as owner:
        start_run(owner)
    yield


@contextmanager
def _polled(server: Served) -> Iterator[None]:
    """By a page that stays, as the server sees it."""
    left = threading.Event()

    def stay(page: Browser) -> None:
        polls = page.run("index").polls
        while not left.wait(min(polls.values())):
            for fragment in polls:
                page.run("index", fragment=fragment)

    with server.browser() as owner:
        start_run(owner)
        thread = threading.Thread(target=stay, args=(owner,))
        thread.start()
        try:
            yield
        finally:
            left.set()
            thread.join()


@contextmanager
def _clicked(page: Page) -> Iterator[None]:
    """By a button of a page that stays in a browser."""
    page.get_by_role("button", name="Rebuild index").click()
    yield
    # The page notices the end.
    page.get_by_text("The index is ready").wait_for()
