"""Sets are made of links, identical files and dismissals; tiers are never mixed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.duplicates import MOMENT, SAME, DuplicateSet, duplicate_sets
from core.duplicates.links import Links
from core.feature_store import ImageTable
from core.types import ImageRecord

IDS = [letter * 32 for letter in "0123456789"]


def image(path: str, identity: str, width: int = 100, mtime: int = 0) -> ImageRecord:
    return ImageRecord(path, 1000, mtime, identity, width, 100, None)


def table(*names: str) -> ImageTable:
    """Images ``a0``, ``b1`` …: the digit names the content."""
    return ImageTable.of(image(name, IDS[int(name[-1])]) for name in sorted(names))


def links(same: str = "", moment: str = "") -> Links:
    """``"01 12"``: contents 0 and 1 are linked, and 1 and 2."""

    def pairs(text: str) -> frozenset[tuple[str, str]]:
        return frozenset((IDS[int(one)], IDS[int(other)]) for one, other in text.split())

    return Links(pairs(same), pairs(moment))


def names(sets: tuple[DuplicateSet, ...]) -> list[tuple[str, list[str]]]:
    return [(found.tier, sorted(one.image for one in found.images)) for found in sets]


def test_pairs_and_identical_files_become_sets() -> None:
    found = duplicate_sets(table("a0", "b1", "c2", "d0", "e5", "f5", "g7"), links("01 12"))
    assert names(found) == [(SAME, ["a0", "b1", "c2", "d0"]), (SAME, ["e5", "f5"])]


def test_an_image_that_is_gone_still_links_the_others() -> None:
    assert names(duplicate_sets(table("a0", "c2"), links("01 12"))) == [(SAME, ["a0", "c2"])]
    assert duplicate_sets(table("a0"), links("01 12")) == ()


def test_of_the_same_picture_one_is_in_a_moment() -> None:
    found = duplicate_sets(table("a0", "b1", "c2"), links("01", "12 01"))
    assert names(found) == [(SAME, ["a0", "b1"]), (MOMENT, ["a0", "c2"])]


def test_what_was_dismissed_is_no_set() -> None:
    def found(*dismissed: str) -> list[tuple[str, list[str]]]:
        sets = tuple(frozenset(IDS[int(one)] for one in ids) for ids in dismissed)
        images = table("a0", "b1", "c2", "d3", "e3")
        return names(duplicate_sets(images, links("01 12"), sets))

    pair = (SAME, ["d3", "e3"])
    assert found() == [(SAME, ["a0", "b1", "c2"]), pair]
    assert found("01") == [(SAME, ["b1", "c2"]), pair]
    assert found("012", "3") == []


@given(
    st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12),
    st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12),
)
def test_tiers_never_share_a_pair(same: set[tuple[int, int]], moment: set[tuple[int, int]]) -> None:
    def text(pairs: set[tuple[int, int]]) -> str:
        return " ".join(f"{one}{other}" for one, other in pairs if one < other)

    sets = duplicate_sets(table(*(f"p{n}" for n in range(10))), links(text(same), text(moment)))
    tiers: dict[str, list[str]] = {SAME: [], MOMENT: []}
    for found in sets:
        assert len(found.images) > 1
        assert [one.keep for one in found.images] == [True] + [False] * (len(found.images) - 1)
        assert all(one.why for one in found.images)
        tiers[found.tier] += [one.image for one in found.images]
        if found.tier == MOMENT:
            inside = {one.image for one in found.images}
            assert all(
                len(inside & {one.image for one in other.images}) < 2
                for other in sets
                if other.tier == SAME
            )
    for paths in tiers.values():
        assert len(paths) == len({*paths})
