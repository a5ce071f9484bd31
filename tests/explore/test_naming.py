"""Groups are named by what most of their pictures have in common."""

from __future__ import annotations

import numpy as np
import pytest

from core.explore.naming import names_of
from core.feature_store import ImageTable
from tests.explore.indexes import image


def name_of(*pictures: tuple[str, str | None]) -> str:
    """The name of a group of pictures in folders, taken on days."""
    images = [
        image(f"{folder}/{number}.jpg".lstrip("/"), number, day and f"{day}T10:00:00")
        for number, (folder, day) in enumerate(pictures)
    ]
    table = ImageTable.of(sorted(images, key=lambda one: one.path))
    (name,) = names_of([np.arange(len(images))], table)
    return name


@pytest.mark.parametrize(
    ("pictures", "name"),
    [
        ([("roses", None), ("roses", None), ("tulips", None)], "roses"),
        ([("garden/roses", "2020-05-04"), ("garden/roses", "2020-05-05")], "roses"),
        ([("a", "2020-05-04"), ("b", "2020-05-31"), ("c", "2020-06-01")], "May 2020"),
        ([("", "2020-05-04"), ("", "2020-12-31"), ("", "2020-06-01"), ("", None)], "2020"),
        ([("a", "2018-05-04"), ("b", None), ("b", None), ("c", None), ("d", None)], "b, a"),
        ([("", None), ("", "2018-01-01"), ("", None)], "Group"),
    ],
)
def test_a_group_is_named_by_its_folder_else_its_date(
    pictures: list[tuple[str, str | None]], name: str
) -> None:
    assert name_of(*pictures) == name


def test_no_two_groups_have_the_same_name() -> None:
    paths = ["a/roses/1.jpg", "b/roses/1.jpg", "c/roses 2/1.jpg", "d.jpg", "e.jpg"]
    table = ImageTable.of([image(path, number) for number, path in enumerate(paths)])
    members = [np.array([row]) for row in range(len(paths))]
    assert names_of(members, table) == ["roses", "roses 2", "roses 2 2", "Group", "Group 2"]
