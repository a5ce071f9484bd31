"""Names of groups: those that were given, else what the pictures of a group have in common."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

import numpy as np

from ..feature_store import ImageTable
from ..types import Rows
from .given_names import GivenName

# Of the pictures of a group; what so many have in common names it.
_DOMINANT = 0.5
_NAMELESS = "Group"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def names_of(
    members: Sequence[Rows], images: ImageTable, given: Sequence[GivenName] = ()
) -> list[str]:
    """A name for each group of rows, no two the same.

    A group has at least one row. Names may have been given to groups of any map of the gallery.
    """
    names = {number: one.name for number, one in owners(members, images, given).items()}
    used = set(names.values())
    for number, rows in enumerate(members):
        if number not in names:
            names[number] = _free(common_name(rows, images), used)
            used.add(names[number])
    return [names[number] for number in range(len(members))]


def owners(
    members: Sequence[Rows], images: ImageTable, given: Sequence[GivenName]
) -> dict[int, GivenName]:
    """The given name of each group that has most of the pictures that the name was given to.

    Where a group has those of several names, it is the one of which it has the largest share.
    """
    group_of = np.full(len(images), -1, np.int64)
    for number, rows in enumerate(members):
        group_of[rows] = number
    shares: list[tuple[float, int, GivenName]] = []
    for one in given:
        groups = group_of[images.rows_of_ids(one.images)]
        counts = np.bincount(groups[groups >= 0], minlength=1)
        best = int(counts.argmax())
        if counts[best] > _DOMINANT * len(groups):
            shares.append((float(counts[best] / len(groups)), best, one))
    found: dict[int, GivenName] = {}
    for _, number, one in sorted(shares, key=lambda share: -share[0]):
        if number not in found and one.name not in {other.name for other in found.values()}:
            found[number] = one
    return found


def common_name(rows: Rows, images: ImageTable) -> str:
    """The folder of most pictures of a group, else the month, else the year of most of them.

    Where they have none of these in common, it is the folders of the two largest parts.
    """
    folders = [images.paths[row].rpartition("/")[0] for row in rows.tolist()]
    days = [date.fromordinal(day) for day in images.days[rows].tolist() if day]
    months = [f"{_MONTHS[day.month - 1]} {day.year}" for day in days]
    years = [str(day.year) for day in days]
    for values in (folders, months, years):
        for value, count in Counter(values).most_common(1):
            # Pictures that are in no folder have none in common.
            if value and count >= _DOMINANT * len(rows):
                return str(value).rpartition("/")[2]
    largest = [folder.rpartition("/")[2] for folder, _ in Counter(folders).most_common(2) if folder]
    return ", ".join(dict.fromkeys(largest)) or _NAMELESS


def _free(name: str, used: set[str]) -> str:
    one, number = name, 2
    while one in used:
        one, number = f"{name} {number}", number + 1
    return one
