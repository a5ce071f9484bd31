"""Many people who search: at the same moment, and one after the other for a long time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from benchmarks.limits import tell
from benchmarks.serving import Demo, matches
from core.images import image_id
from tests.served import Served, search

# Between unit features; what is left of rounding where a picture is compared with itself.
SAME = 1e-3
PHOTOGRAPH_BYTES = 2_000_000


@dataclass(frozen=True)
class Search:
    """A search and how it went.

    Attributes:
        seconds: From the drop to the answer.
        answered: Whether 30 matches, or as many as there are images, came.
        own: Whether the first one is the picture that was asked with, at no distance.
    """

    seconds: float
    answered: bool
    own: bool


def measure_crowd(demo: Demo, *, people: int = 20) -> None:
    """Print how many searches at the same moment are answered, rightly, and how fast.

    Args:
        demo: The index.
        people: How many, each with a picture of their own.
    """
    files = demo.queries(people)
    everybody_is_here = threading.Barrier(people)
    with demo.served() as server:
        # Loads the model.
        _visit(server, demo, files[0])
        alone = [_visit(server, demo, file) for file in files]
        with ThreadPoolExecutor(people) as pool:
            found = list(
                pool.map(lambda file: _visit(server, demo, file, everybody_is_here), files)
            )
    print(f"\n{people} people search at the same moment, {len(demo.snapshot.images):,} images")
    tell("answered", sum(one.answered for one in found), "", limit=people, least=True)
    tell(
        "with their own picture first", sum(one.own for one in found), "", limit=people, least=True
    )
    tell("the last one has the answer after", max(one.seconds for one in found), "s")
    tell("the same searches one after the other", sum(one.seconds for one in alone), "s")


def measure_endurance(demo: Demo, *, searches: int = 500, early: int = 100) -> None:
    """Print the memory of the app early in a row of searches and at its end.

    Args:
        demo: The index.
        searches: How many, by one person who does not leave, with photographs of some megabytes.
        early: After how many the memory is taken the first time.
    """
    if not Path("/proc/self/status").exists():
        print("\nmemory of the app: only measured on Linux")
        return
    files = islice(cycle(demo.queries(min(searches, 50))), searches)
    with demo.served() as server, server.browser() as browser:
        for number, file in enumerate(files, 1):
            # What follows the end of a JPEG is no part of the picture.
            content = file.read_bytes() + bytes(PHOTOGRAPH_BYTES)
            run = search(server, browser, None, file.name, content, file=f"file-{number}")
            assert matches(run), run.texts
            if number == early:
                first = _resident(server)
        last = _resident(server)
    print(f"\nmemory of the app over {searches} searches")
    tell(f"after {early}", first, "MB")
    tell(f"after {searches}, of that", 100 * last / first, "%", limit=110)


def _visit(
    server: Served, demo: Demo, file: Path, together: threading.Barrier | None = None
) -> Search:
    with server.browser() as browser:
        browser.run()
        if together:
            together.wait()
        start = time.perf_counter()
        content = file.read_bytes()
        found = matches(search(server, browser, None, file.name, content))
        seconds = time.perf_counter() - start
    wanted = min(30, len(demo.snapshot.images))
    own = bool(found) and found[0]["id"] == image_id(content) and found[0]["distance"] < SAME
    return Search(seconds, len(found) == wanted, own)


def _resident(server: Served) -> float:
    status = Path(f"/proc/{server.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
