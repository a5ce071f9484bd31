"""The page How it works: one picture after the other, and the same picture again."""

from __future__ import annotations

import statistics
import time

from benchmarks.limits import tell
from benchmarks.serving import Demo
from tests.served import Browser


def measure_how_it_works(demo: Demo, *, pictures: int = 20) -> None:
    """Print milliseconds from the wish for the page to its end, the model loaded.

    Args:
        demo: The index.
        pictures: Of the gallery, spread over it.
    """
    images = demo.snapshot.images
    step = len(images) // (pictures + 1)
    queries = [f"image={images[place * step].id}" for place in range(pictures + 1)]
    print(f"\nHow it works, model loaded, {len(images):,} images, p50 of {pictures}")
    with demo.served() as server, server.browser() as page:
        _milliseconds(page, queries.pop())
        first = [_milliseconds(page, query) for query in queries]
        again = [_milliseconds(page, queries[-1]) for _ in queries]
        tell("another picture: all figures", statistics.median(first), "ms", limit=1000)
        tell("the same picture again", statistics.median(again), "ms")


def _milliseconds(page: Browser, query: str) -> float:
    start = time.perf_counter()
    run = page.run("how_it_works", query=query)
    assert "Sizes and sources" in run.texts
    return 1000 * (time.perf_counter() - start)
