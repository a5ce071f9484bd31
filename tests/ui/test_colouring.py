"""Colours of the map: against a count of each image by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.explore import GalleryMap
from core.feature_store import ImageTable
from core.types import ImageRecord
from core.ui.explore.colouring import (
    CATEGORIES,
    GREY,
    STEPS,
    by_closeness,
    by_date,
    by_folder,
    by_group,
)


def table(*named: tuple[str, str | None]) -> ImageTable:
    return ImageTable.of(
        ImageRecord(path, 1, 1, f"{number:032x}", 4, 3, taken)
        for number, (path, taken) in enumerate(sorted(named))
    )


def test_the_largest_folders_have_a_colour_each_and_the_others_are_grey() -> None:
    sizes = {f"f{number:02}": number + 1 for number in range(CATEGORIES + 3)}
    images = table(
        *((f"{name}/{n}.jpg", None) for name, size in sizes.items() for n in range(size))
    )
    found = by_folder(images)
    colour_of = dict(found.legend)
    largest = sorted(sizes, key=lambda name: -sizes[name])[:CATEGORIES]
    assert [label for label, _ in found.legend] == [*largest, "3 other folders"]
    assert len({colour_of[name] for name in largest}) == CATEGORIES
    for path, colour in zip(images.paths, found.colours.tolist(), strict=True):
        assert colour == colour_of.get(path.partition("/")[0], GREY)


def test_images_in_no_folder_are_in_the_top_folder() -> None:
    assert by_folder(table(("a.jpg", None))).legend == (("Top folder", 0),)


@given(st.lists(st.none() | st.dates().map(str), min_size=1, max_size=60))
def test_newer_images_have_no_weaker_colour(days: list[str | None]) -> None:
    images = table(*((f"{number:02}.jpg", day) for number, day in enumerate(days)))
    found = by_date(images)
    steps = sorted(
        (day, colour) for day, colour in zip(days, found.colours.tolist(), strict=True) if day
    )
    assert [colour for _, colour in steps] == sorted((c for _, c in steps), reverse=True)
    assert [step for _, step in steps[::-1]][:1] in ([], [0])
    assert {colour for _, colour in steps} <= set(range(STEPS))
    greys = [colour == GREY for colour in found.colours.tolist()]
    assert greys == [day is None for day in days]
    assert {colour for _, colour in found.legend} == set(found.colours.tolist())
    # Each label is from the first to the last day of its colour.
    for label, step in found.legend:
        if step != GREY:
            within = [day for day, colour in steps if colour == step]
            assert label in (min(within), f"{min(within)} to {max(within)}")


@pytest.mark.parametrize("count", [1, 30, 31, 200, 9409])
def test_closer_images_have_a_stronger_colour(count: int) -> None:
    products = np.random.default_rng(count).normal(size=count).astype(np.float32)
    found = by_closeness(products)
    ordered = found.colours[np.argsort(-products)]
    assert (np.diff(ordered.astype(int)) >= 0).all()
    assert len(found.legend) == len(set(ordered.tolist())) <= STEPS
    sizes = Counter(ordered.tolist())
    assert sizes[0] == min(30, count)
    if count == 9409:
        assert np.cumsum([sizes[step] for step in range(5)]).tolist() == [30, 94, 470, 1882, 4704]


def test_images_of_a_group_share_a_colour() -> None:
    group_of = np.array([-1, 0, 1, CATEGORIES, 0], np.int32)
    found = GalleryMap(np.zeros((5, 2), np.float32), group_of, (), np.ones(5, bool))
    assert by_group(found).colours.tolist() == [GREY, 0, 1, 0, 0]
