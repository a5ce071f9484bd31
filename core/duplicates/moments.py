"""Pictures of the same moment: alike, and taken within seconds of each other."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from ..feature_store import IndexSnapshot

# Between two pictures of a burst, in seconds.
SECONDS = 5.0
# Of 9,409 photographs, 1 % of random pairs are so close. Nothing of this tier is ticked, so that a
# pair too many costs less than one that is missed.
LEAST_COSINE = 0.5


def moment_pairs(snapshot: IndexSnapshot) -> Iterator[tuple[int, int]]:
    """Rows of images of one folder that were taken one after the other, and are alike.

    Images without a date of the photograph belong to no moment.
    """
    taken: dict[str, list[tuple[datetime, int]]] = {}
    for row, image in enumerate(snapshot.images):
        if time := _time_of(image.taken_at or ""):
            folder = image.path.rpartition("/")[0]
            taken.setdefault(folder, []).append((time, row))
    for times in taken.values():
        for (before, one), (after, other) in pairwise(sorted(times)):
            if (after - before).total_seconds() > SECONDS:
                continue
            if float(snapshot.matrix[one] @ snapshot.matrix[other]) >= LEAST_COSINE:
                yield min(one, other), max(one, other)


def _time_of(taken_at: str) -> datetime | None:
    try:
        return datetime.fromisoformat(taken_at)
    # Older versions recorded the year 0 and years of five digits.
    except ValueError:
        return None
