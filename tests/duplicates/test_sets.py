"""Sets are made of links, identical files and dismissals; what is ticked loses nothing."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.duplicates import MOMENT, OVERLAP, SAME, DuplicateImage, DuplicateSet, duplicate_sets
from core.duplicates.contents import Contents
from core.duplicates.links import Links, Pair
from core.duplicates.relation import Relation
from core.duplicates.sets import NOT_COMPARED, unjudged
from core.feature_store import ImageTable
from core.types import ImageRecord

IDS = [letter * 32 for letter in "0123456789"]


def image(path: str, identity: str, width: int = 100) -> ImageRecord:
    return ImageRecord(path, 1000, 0, identity, width, 100, None)


def table(*names: str) -> ImageTable:
    """Images ``a0``, ``b1`` …: the digit names the content."""
    return ImageTable.of(image(name, IDS[int(name[-1])]) for name in sorted(names))


def pairs(text: str) -> list[Pair]:
    """``"01 12"``: contents 0 and 1, and 1 and 2."""
    return [(IDS[int(one)], IDS[int(other)]) for one, other in text.split()]


def links(
    same: str = "",
    moment: str = "",
    overlap: str = "",
    *,
    relation: Relation = Relation.WHOLE,
    differences: dict[str, str] | None = None,
    **contents: Contents,
) -> Links:
    """Links of contents; ``differences`` by copy and kept, ``contents`` by ``_0`` and so on."""
    return Links(
        dict.fromkeys(pairs(same), relation) | dict.fromkeys(pairs(overlap), Relation.OVERLAP),
        frozenset(pairs(moment)),
        contents=dict.fromkeys(IDS, Contents())
        | {IDS[int(name[1:])]: content for name, content in contents.items()},
        differences={pairs(pair)[0]: words for pair, words in (differences or {}).items()},
    )


def names(sets: tuple[DuplicateSet, ...]) -> list[tuple[str, list[str]]]:
    return [(found.tier, sorted(one.image for one in found.images)) for found in sets]


def second(sets: tuple[DuplicateSet, ...]) -> DuplicateImage:
    """The image that is not kept, of the only set of two."""
    ((kept, other),) = (found.images for found in sets)
    assert kept.keep
    assert not (kept.ticked or kept.version or other.keep)
    return other


def test_pairs_and_identical_files_become_sets() -> None:
    found = duplicate_sets(table("a0", "b1", "c2", "d0", "e5", "f5", "g7"), links("01 12"))
    assert names(found) == [(SAME, ["a0", "b1", "c2", "d0"]), (SAME, ["e5", "f5"])]


def test_a_file_that_is_gone_links_nothing() -> None:
    assert duplicate_sets(table("a0", "c2"), links("01 12")) == ()


def test_only_what_was_compared_with_the_kept_file_itself_is_ticked() -> None:
    found = links("01 12", differences={"10": "", "21": "", "20": ""})
    (made,) = duplicate_sets(table("a0", "b1", "c2"), found)
    ticked = {one.image: one.ticked for one in made.images}
    assert ticked == {"a0": False, "b1": True, "c2": False}
    assert not made.images[2].version
    # Of several, each may turn out to be the one that shows most of the others.
    wanted = unjudged(table("a0", "b1", "c2"), links("01 12"), (), None)
    assert wanted == pairs("01 10 12 21")
    assert unjudged(table("a0", "b1"), links("01"), (), None) == pairs("10")


def test_a_copy_is_ticked_once_it_was_compared_in_detail() -> None:
    images = table("a0", "b1")
    other = second(duplicate_sets(images, links("01")))
    assert (other.ticked, other.version, other.why) == (False, False, NOT_COMPARED)
    assert second(duplicate_sets(images, links("01", differences={"10": ""}))).ticked
    # That the copy shows all of the kept file says nothing of what else it shows.
    turned = duplicate_sets(
        table("a/0", "b/1"), links("01", differences={"01": ""}), keep_folder="a"
    )
    assert not second(turned).ticked
    other = second(duplicate_sets(images, links("01", differences={"10": "other colours"})))
    assert (other.ticked, other.version, other.why) == (False, True, "other colours")


def test_of_a_picture_and_its_versions_the_one_that_the_others_are_copies_of_is_kept() -> None:
    """By itself the sharpest would be kept, such as a brighter version."""
    sharper = Contents(sharpness=50.0)
    found = links(
        "01 02 03 12 13 23",
        differences={"12": "other colours", "21": "other colours", "32": "other colours", "31": ""},
        _2=sharper,
    )
    (made,) = duplicate_sets(table("a0", "b1", "c2", "d3"), found)
    assert made.images[0].image == "b1"
    assert {one.image: one.ticked for one in made.images[1:]} == {
        "a0": False,
        "c2": False,
        "d3": True,
    }


@pytest.mark.parametrize(
    "relation", [Relation.STRETCHED, Relation.TURNED, Relation.MIRRORED, Relation.CROPPED]
)
def test_a_changed_picture_is_a_version(relation: Relation) -> None:
    found = links("01", relation=relation, differences={"10": ""})
    other = second(duplicate_sets(table("a0", "b1"), found))
    assert (other.ticked, other.version, other.why) == (False, True, str(relation))
    assert unjudged(table("a0", "b1"), found, (), None) == []


def test_a_file_that_holds_more_is_never_ticked() -> None:
    images = table("b/1", "a/0")
    more = Contents(tags={"GPS position": "1f"})
    found = links("01", differences={"10": "", "01": ""}, _0=more)
    # By itself the file that holds more is kept.
    (made,) = duplicate_sets(images, found)
    assert [one.image for one in made.images] == ["a/0", "b/1"]
    assert made.images[1].ticked
    other = second(duplicate_sets(images, found, keep_folder="b"))
    assert (other.image, other.ticked, other.version) == ("a/0", False, True)
    assert other.why.startswith("holds more: ")
    assert unjudged(images, replace(found, differences={}), (), "b") == []


def test_a_file_with_more_pixels_is_never_ticked() -> None:
    images = ImageTable.of([image("a/0", IDS[0], width=200), image("b/1", IDS[1])])
    found = links("01", differences={"10": "", "01": ""})
    assert second(duplicate_sets(images, found)).ticked
    other = second(duplicate_sets(images, found, keep_folder="b"))
    assert (other.image, other.ticked, other.version) == ("a/0", False, True)


def test_pictures_that_overlap_are_a_tier_of_their_own() -> None:
    found = duplicate_sets(
        table("a0", "b1", "c2"), links("01", overlap="12", differences={"10": ""})
    )
    assert names(found) == [(SAME, ["a0", "b1"]), (OVERLAP, ["a0", "c2"])]
    assert not any(one.ticked or one.version for one in found[1].images)


def test_of_the_same_picture_one_is_in_a_moment() -> None:
    found = duplicate_sets(table("a0", "b1", "c2"), links("01", "12 01"))
    assert names(found) == [(SAME, ["a0", "b1"]), (MOMENT, ["a0", "c2"])]
    assert not any(one.ticked or one.version for one in found[1].images)


def test_what_was_dismissed_is_no_set() -> None:
    def found(*dismissed: str) -> list[tuple[str, list[str]]]:
        sets = tuple(frozenset(IDS[int(one)] for one in ids) for ids in dismissed)
        images = table("a0", "b1", "c2", "d3", "e3")
        return names(duplicate_sets(images, links("01 12"), sets))

    pair = (SAME, ["d3", "e3"])
    assert found() == [(SAME, ["a0", "b1", "c2"]), pair]
    assert found("01") == [(SAME, ["b1", "c2"]), pair]
    assert found("012", "3") == []


digits = st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12)


@given(digits, digits, digits)
def test_tiers_never_share_a_pair(
    same: set[tuple[int, int]], overlap: set[tuple[int, int]], moment: set[tuple[int, int]]
) -> None:
    def text(chosen: set[tuple[int, int]]) -> str:
        return " ".join(f"{one}{other}" for one, other in chosen if one < other)

    found = links(text(same), text(moment), text(overlap - same))
    sets = duplicate_sets(table(*(f"p{n}" for n in range(10))), found)
    tiers: dict[str, list[str]] = {SAME: [], OVERLAP: [], MOMENT: []}
    for made in sets:
        assert len(made.images) > 1
        others = [made.tier == OVERLAP] * (len(made.images) - 1)
        assert [one.keep for one in made.images] == [True, *others]
        assert all(one.why for one in made.images)
        tiers[made.tier] += [one.image for one in made.images]
        if made.tier != SAME:
            inside = {one.image for one in made.images}
            assert all(
                len(inside & {one.image for one in other.images}) < 2
                for other in sets
                if other.tier == SAME
            )
    for paths in tiers.values():
        assert len(paths) == len({*paths})


def test_identical_files_are_ticked_unless_the_disk_speaks_against_it(tmp_path: Path) -> None:
    images = ImageTable.of(image(path, IDS[0]) for path in ("a.jpg", "b.jpg"))

    def other() -> DuplicateImage:
        return second(duplicate_sets(images, Links(), library=tmp_path))

    (tmp_path / "a.jpg").write_bytes(b"content")
    shutil.copy(tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert (other().image, other().ticked) == ("b.jpg", True)
    # A sidecar that the kept file lacks.
    (tmp_path / "b.xmp").write_bytes(b"edits")
    assert (other().ticked, other().version, other().movable) == (False, True, True)
    assert other().why == "holds more: b.xmp"
    (tmp_path / "a.xmp").write_bytes(b"edits")
    assert other().ticked
    (tmp_path / "b.jpg").unlink()
    os.link(tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert (other().ticked, other().version, other().movable) == (False, False, False)
    assert "same file" in other().why
