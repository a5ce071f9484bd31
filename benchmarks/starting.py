"""From the command that starts the app to a page, and to the answer of a first search."""

from __future__ import annotations

import time
from statistics import median

from playwright.sync_api import sync_playwright

from benchmarks.limits import tell
from benchmarks.serving import READY, Demo
from benchmarks.uploading import ANSWERED
from core.config import DEFAULT_MATCHES
from core.images import image_id
from tests.install_browser import find_browser


def measure_starting(demo: Demo, *, starts: int = 3) -> None:
    """Print seconds from the command to a page that can be used, and to a first answer.

    Args:
        demo: The index.
        starts: How many.
    """
    (file,) = demo.queries(1)
    count = min(DEFAULT_MATCHES, len(demo.snapshot.images))
    pages, answers = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser())
        for _ in range(starts):
            start = time.perf_counter()
            with demo.served() as server:
                page = browser.new_page(viewport={"width": 1440, "height": 1000})
                page.goto(server.address)
                page.wait_for_selector(READY)
                field = page.locator("input[type=file]")
                field.wait_for(state="attached")
                pages.append(time.perf_counter() - start)
                field.set_input_files(file)
                page.evaluate(ANSWERED, [image_id(file.read_bytes()), count])
                answers.append(time.perf_counter() - start)
                page.close()
        browser.close()
    print(f"\nstart of the app, {len(demo.snapshot.images):,} images, median of {starts}")
    tell("from the command to a page that can be used", median(pages), "s", limit=3)
    tell("to the answer of a first search, all decoded", median(answers), "s", limit=8)
