"""Pages beside an indexing run of the app."""

from __future__ import annotations

import statistics
import time

from benchmarks.limits import tell
from benchmarks.serving import Demo, matches, start_run, stop_run
from tests.served import Browser, search

PAGES = {"search page with an answer": "", "index page": "index"}


def measure_reruns(demo: Demo, *, reruns: int = 100) -> None:
    """Print milliseconds from the wish for a page to its end.

    Args:
        demo: The index.
        reruns: Of each page.
    """
    query = demo.queries(1)[0]
    print(f"\npage rerun, model loaded, {len(demo.snapshot.images):,} images, p50 of {reruns}")
    with demo.served() as server, server.browser() as page, server.browser() as owner:
        assert matches(search(server, page, None, query.name, query))
        alone = {name: _milliseconds(page, path, reruns) for name, path in PAGES.items()}
        for name, path in PAGES.items():
            start_run(owner)
            beside = _milliseconds(page, path, reruns)
            stop_run(owner)
            tell(f"{name}, index run going", beside, "ms", limit=50)
            tell(f"{name}, no index run", alone[name], "ms")


def _milliseconds(page: Browser, path: str, reruns: int) -> float:
    page.run(path)
    times = []
    for _ in range(reruns):
        start = time.perf_counter()
        page.run(path)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)
