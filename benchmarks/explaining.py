"""Why a match matches: the heat maps of one match after the other."""

from __future__ import annotations

import statistics
import time

from benchmarks.limits import tell
from benchmarks.serving import Demo
from core.explanation import Explainer
from core.images import load_file
from core.search import SearchOptions
from core.types import ImageRecord

LIMIT_MS = 150


def measure_explaining(demo: Demo, *, queries: int = 5, matches: int = 10) -> None:
    """Print milliseconds from the wish for the heat maps to their numbers, the model loaded.

    Args:
        demo: The index.
        queries: Images of the gallery, spread over it.
        matches: Of each query.
    """
    engine, snapshot = demo.engine, demo.snapshot
    print(f"\nHeat maps, model loaded, p50 of {queries} queries with {matches} matches")
    first, further = [], []
    for row in range(0, len(snapshot.images), max(len(snapshot.images) // queries, 1)):
        _, query = load_file(snapshot.library / snapshot.images[row].path)
        assert query
        found = engine.search(query.pixels, SearchOptions(k=matches), snapshot=snapshot).matches
        explainer = engine.explainer(snapshot, query.pixels)
        times = [_milliseconds(explainer, match.record) for match in found]
        first.append(times[0])
        further += times[1:]
    tell("the first match, with the query", statistics.median(first), "ms", limit=LIMIT_MS)
    tell("a further match", statistics.median(further), "ms", limit=LIMIT_MS)


def _milliseconds(explainer: Explainer, match: ImageRecord) -> float:
    start = time.perf_counter()
    explainer.explain(match)
    return 1000 * (time.perf_counter() - start)
