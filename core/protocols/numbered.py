"""Holidays and UKBench: the number in a name says what belongs together."""

import re
from operator import itemgetter
from pathlib import Path

from ..errors import LibraryError
from ..evaluation import n_s_score, trapezoid_average_precision
from .classes import queries_of
from .pictures import Pictures
from .protocol import Protocol, Query
from .published import HOLIDAYS, MAP, PUBLISHED

_HOLIDAYS_NAME = re.compile(r"(?:.*/)?(\d{6})\.\w+")
_UKBENCH_NAME = re.compile(r"(?:.*/)?ukbench(\d{5})\.\w+", re.IGNORECASE)
_HOLIDAYS_GROUP, _UKBENCH_GROUP = 100, 4


def read_holidays(folder: Path, pictures: Pictures) -> tuple[Protocol, ...]:
    """INRIA Holidays (Jegou, Douze, Schmid 2008): ``100000.jpg``, ``100001.jpg`` and so on.

    The picture whose number is a multiple of 100 asks for the others of that hundred among all
    pictures but itself.

    Raises:
        LibraryError: No picture is named so.
    """
    numbers = _numbers(folder, pictures, _HOLIDAYS_NAME, "100000.jpg")
    groups: dict[int, set[str]] = {}
    for path, number in numbers.items():
        groups.setdefault(number // _HOLIDAYS_GROUP, set()).add(path)
    queries = tuple(
        Query(path, groups[number // _HOLIDAYS_GROUP], frozenset([path]))
        for path, number in numbers.items()
        if number % _HOLIDAYS_GROUP == 0
    )
    measures = {MAP: trapezoid_average_precision}
    return (Protocol(HOLIDAYS, queries, tuple(numbers), measures, 1491, PUBLISHED[HOLIDAYS]),)


def read_ukbench(folder: Path, pictures: Pictures) -> tuple[Protocol, ...]:
    """UKBench (Nister, Stewenius 2006): ``ukbench00000.jpg`` and so on, four of each object.

    Every picture asks, and itself counts as found.

    Raises:
        LibraryError: No picture is named so.
    """
    numbers = _numbers(folder, pictures, _UKBENCH_NAME, "ukbench00000.jpg")
    labels = {path: number // _UKBENCH_GROUP for path, number in numbers.items()}
    queries = queries_of(labels, itself=True)
    return (Protocol("UKBench", queries, tuple(labels), {"N-S": n_s_score}, 10_200),)


def _numbers(
    folder: Path, pictures: Pictures, name: re.Pattern[str], example: str
) -> dict[str, int]:
    matches = ((path, name.fullmatch(path)) for path in pictures.paths)
    numbers = {path: int(match[1]) for path, match in matches if match}
    if not numbers:
        raise LibraryError(
            f"Expected pictures called like {example} in {folder}. Received: "
            f"{len(pictures.paths):,} pictures of other names, such as {pictures.paths[0]!r}."
        )
    return dict(sorted(numbers.items(), key=itemgetter(1)))
