"""Near-copies count as one picture, and are told by a search for duplicates or by features."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation import KnownCopies, ground_truth
from core.feature_store import ImageTable, IndexSnapshot, find_neighbours
from core.model import NONE, FitChoice, learn_fit
from core.types import ImageRecord
from tests.fakes import FAKE_SPACE

# Of these angles of a circle a cosine is above 0.9 up to 25 degrees.
NEAR = 25
IMAGES = 9


def snapshot_of(ids: list[int], degrees: list[int]) -> IndexSnapshot:
    angles = np.radians(degrees)
    matrix = np.zeros((len(ids), FAKE_SPACE.dimension), np.float32)
    matrix[:, 0], matrix[:, 1] = np.cos(angles), np.sin(angles)
    images = ImageTable.of(
        [ImageRecord(f"{row}.jpg", 1, 1, f"{one:032x}", 1, 1, None) for row, one in enumerate(ids)]
    )
    return IndexSnapshot(
        Path("/library"),
        replace(FAKE_SPACE, weights="imagenet"),
        1,
        "2024-01-01T00:00:00+00:00",
        images,
        matrix,
        learn_fit(matrix, FitChoice.of(NONE)),
        neighbours=find_neighbours(matrix),
    )


@given(
    angle_of=st.lists(st.integers(0, 179), min_size=IMAGES, max_size=IMAGES),
    ids=st.lists(st.integers(0, IMAGES - 1), min_size=1, max_size=IMAGES),
    examined=st.sets(st.integers(0, IMAGES - 1)),
    data=st.data(),
)
def test_groups_are_those_of_the_pairs(
    angle_of: list[int], ids: list[int], examined: set[int], data: st.DataObject
) -> None:
    """Identical files, pictures of one set, and near ones of which no search said otherwise."""
    made = data.draw(st.sets(st.sampled_from(sorted(examined)))) if examined else set[int]()
    rows = range(len(ids))

    def is_pair(one: int, other: int) -> bool:
        first, second = ids[one], ids[other]
        compared = {first, second} <= examined
        near = abs(angle_of[first] - angle_of[second]) <= NEAR
        return first == second or {first, second} <= made or (near and not compared)

    expected = [{row} for row in rows]
    for one in rows:
        for other in rows:
            if is_pair(one, other) and expected[one] is not expected[other]:
                expected[one] |= expected[other]
                for row in expected[one]:
                    expected[row] = expected[one]

    def names(numbers: set[int]) -> frozenset[str]:
        return frozenset(f"{number:032x}" for number in numbers)

    snapshot = snapshot_of(ids, [angle_of[one] for one in ids])
    known = KnownCopies((names(made),) if made else (), names(examined))
    groups = ground_truth(snapshot, copies=known).groups
    assert groups == tuple(f"{min(ids[row] for row in group):032x}" for group in expected)


def test_features_that_learnt_nothing_tell_no_copies() -> None:
    snapshot = replace(snapshot_of([0, 1], [0, 5]), space=replace(FAKE_SPACE, weights="random"))
    assert len(set(ground_truth(snapshot_of([0, 1], [0, 5])).groups)) == 1
    assert len(set(ground_truth(snapshot).groups)) == 2
