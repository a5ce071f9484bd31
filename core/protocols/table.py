"""Anybody's protocol, as a CSV file."""

import csv
from pathlib import Path

from ..errors import ConfigurationError
from ..evaluation import MEASURES
from .pictures import Pictures
from .protocol import Box, Protocol, Query

COLUMNS = ("query", "image", "relevance")
RIGHT, JUNK = RELEVANCES = ("right", "junk")


def read_table(file: Path, pictures: Pictures) -> tuple[Protocol, ...]:
    """A CSV file with ``COLUMNS`` and perhaps ``box``; a line says one image of one query.

    ``query`` and ``image`` are paths relative to the library, ``relevance`` is ``right`` or
    ``junk``, ``box`` is ``left top right bottom`` in pixels, the same in all lines of a query.
    All other images of the library are wrong. A query is left out of its own ranking, unless a line
    says that it is right.

    Raises:
        ConfigurationError: It cannot be read, or names what is not in the library.
    """
    right: dict[tuple[str, Box | None], set[str]] = {}
    junk: dict[tuple[str, Box | None], set[str]] = {}
    there = set(pictures.paths)
    line = 1
    try:
        with file.open(newline="", encoding="utf-8-sig") as text:
            rows = csv.DictReader(text, restval="")
            if missing := set(COLUMNS) - set(rows.fieldnames or ()):
                raise ValueError(f"no column {', '.join(sorted(missing))}")
            for row in rows:
                line = rows.line_num
                query, image = (row[name].removeprefix("./") for name in COLUMNS[:2])
                if gone := {query, image} - there:
                    raise ValueError(f"line {line}: {min(gone)!r} is not in the index")
                if row["relevance"] not in RELEVANCES:
                    raise ValueError(f"line {line}: relevance {row['relevance']!r}")
                key = (query, _box(row.get("box") or "", line))
                right.setdefault(key, set())
                junk.setdefault(key, set())
                (right if row["relevance"] == RIGHT else junk)[key].add(image)
    except (OSError, ValueError, csv.Error) as error:
        raise ConfigurationError(
            f"The protocol cannot be read: expected a CSV file with the columns "
            f"{', '.join(COLUMNS)} and perhaps box, with paths of the library and "
            f"{' or '.join(RELEVANCES)}. Received: {file} ({error})"
        ) from error
    queries = tuple(
        Query(image, right[image, box], junk[image, box] | ({image} - right[image, box]), box)
        for image, box in right
    )
    return (Protocol(file.stem, queries, pictures.paths, MEASURES),)


def _box(words: str, line: int) -> Box | None:
    if not words.strip():
        return None
    try:
        left, top, right, bottom = map(float, words.split())
    except ValueError:
        raise ValueError(f"line {line}: box {words!r}") from None
    return (left, top, right, bottom)
