"""Sets of duplicates in two tiers, made of what was found and what was dismissed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.duplicates.contents import Contents as Condition
from core.duplicates.dismissals import Dismissals
from core.duplicates.keeping import which_to_keep
from core.duplicates.links import Links, Pair
from core.feature_store import ImageTable
from core.types import ImageRecord

# The same picture, in identical or changed files; or different pictures of the same moment.
SAME, MOMENT = TIERS = ("same", "moment")


@dataclass(frozen=True, slots=True)
class DuplicateImage:
    """An image of a set.

    Attributes:
        record: The image.
        keep: Whether it is the one to keep.
        why: What speaks for or against it, for a person.
    """

    record: ImageRecord
    keep: bool
    why: str

    @property
    def image(self) -> str:
        """Path of the image relative to its library, with ``/``."""
        return self.record.path


@dataclass(frozen=True, slots=True)
class DuplicateSet:
    """At least two images that are duplicates of each other; the one to keep is first.

    Attributes:
        tier: One of ``TIERS``.
    """

    tier: str
    images: tuple[DuplicateImage, ...]

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the contents."""
        return frozenset(one.record.id for one in self.images)

    @property
    def key(self) -> str:
        """Hash of the tier and the paths, 16 hexadecimal digits."""
        said = "\0".join([self.tier, *sorted(one.image for one in self.images)])
        return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=8).hexdigest()


def duplicate_sets(
    images: ImageTable,
    links: Links,
    dismissals: Dismissals = (),
    *,
    keep_folder: str | None = None,
) -> tuple[DuplicateSet, ...]:
    """The sets of both tiers, those of the same picture first, in the order of the paths.

    An image is in at most one set of each tier. Of a set of the same picture, only the image to
    keep can be in a set of the same moment.

    Args:
        images: Of the index as it is now.
        links: What was found, perhaps in an older index.
        dismissals: Images that are not duplicates of each other.
        keep_folder: See ``which_to_keep``.
    """

    def made(tier: str, groups: Iterable[Sequence[int]]) -> list[DuplicateSet]:
        return [
            _set(tier, [images[row] for row in rows], links.contents, keep_folder)
            for rows in sorted(map(sorted, groups))
        ]

    same = made(SAME, _same(images, links, dismissals))
    kept = {one.record.id: found.images[0].record.id for found in same for one in found.images}

    def representative(image_id: str) -> str:
        return kept.get(image_id, image_id)

    moments = {
        (first, second)
        for one, other in _allowed(links.moment, dismissals)
        if (first := representative(one)) != (second := representative(other))
    }
    first_of = {found.images[0].record.id: found.images[0].record.path for found in same}

    def row_of(image_id: str) -> int | None:
        if path := first_of.get(image_id):
            return images.row_of_path(path)
        return images.row_of_id(image_id)

    groups = _components(moments, lambda image_id: row_of(image_id) is not None)
    rows = ([row_of(one) or 0 for one in group] for group in groups)
    return (*same, *made(MOMENT, rows))


def unjudged(
    images: ImageTable, links: Links, dismissals: Dismissals, keep_folder: str | None
) -> list[Pair]:
    """Stands in for the function of the same name until it is merged."""
    pairs = [
        (copy.record.id, found.images[0].record.id)
        for found in duplicate_sets(images, links, dismissals, keep_folder=keep_folder)
        if found.tier == SAME
        for copy in found.images[1:]
    ]
    return [
        (copy, kept)
        for copy, kept in dict.fromkeys(pairs)
        if links.relations.get((min(copy, kept), max(copy, kept))) == "whole"
        and (copy, kept) not in links.differences
    ]


def _same(images: ImageTable, links: Links, dismissals: Dismissals) -> list[list[int]]:
    groups = _components(
        _allowed(links.relations, dismissals),
        lambda image_id: images.row_of_id(image_id) is not None,
    )
    grouped = {image_id for group in groups for image_id in group}
    dismissed = {image_id for ids in dismissals for image_id in ids}
    alone = [[one] for one in images.repeated_ids() if one not in grouped | dismissed]
    return [images.rows_of_ids(group).tolist() for group in [*groups, *alone]]


def _allowed(pairs: Iterable[Pair], dismissals: Dismissals) -> Iterable[tuple[str, str]]:
    return (pair for pair in pairs if not any(ids.issuperset(pair) for ids in dismissals))


def _components(pairs: Iterable[tuple[str, str]], exists: Callable[[str], bool]) -> list[list[str]]:
    """The connected ids of pairs, without those that are gone; at least two each."""
    root: dict[str, str] = {}

    def find(one: str) -> str:
        while root.setdefault(one, one) != one:
            root[one] = one = root[root[one]]
        return one

    for one, other in pairs:
        root[find(one)] = find(other)
    groups: dict[str, list[str]] = {}
    for one in sorted(root):
        if exists(one):
            groups.setdefault(find(one), []).append(one)
    return [group for group in groups.values() if len(group) > 1]


def _set(
    tier: str,
    images: Sequence[ImageRecord],
    conditions: Mapping[str, Condition],
    folder: str | None,
) -> DuplicateSet:
    kept, words = which_to_keep(images, conditions, folder=folder)
    order = [kept, *(number for number in range(len(images)) if number != kept)]
    return DuplicateSet(tier, tuple(DuplicateImage(images[n], n == kept, words[n]) for n in order))
