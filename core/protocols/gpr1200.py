"""GPR1200: 12,000 pictures of 1,200 kinds (Schall et al. 2021).

The files are called ``0_name.jpg``, with the number of the kind first. Every picture is a query,
and finds itself: their program leaves nothing out of a ranking.
"""

import re
from pathlib import Path

from ..errors import LibraryError
from ..evaluation import average_precision
from .classes import queries_of
from .pictures import Pictures
from .protocol import Protocol
from .published import MAP

_NAME = re.compile(r"(?:.*/)?(\d+)_[^/]+")


def read_gpr1200(folder: Path, pictures: Pictures) -> tuple[Protocol, ...]:
    """GPR1200 in a folder; ``LibraryError`` if no picture is named so."""
    labels = {path: name[1] for path in pictures.paths if (name := _NAME.fullmatch(path))}
    if not labels:
        raise LibraryError(
            f"Expected pictures called like 0_name.jpg in {folder}, as in GPR1200. Received: "
            f"{len(pictures.paths):,} pictures of other names, such as {pictures.paths[0]!r}."
        )
    queries = queries_of(labels, itself=True)
    return (Protocol("GPR1200", queries, tuple(labels), {MAP: average_precision}, 12_000),)
