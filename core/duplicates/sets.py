"""Sets of duplicates in three tiers, made of what a search found and what was dismissed."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..feature_store import ImageTable
from ..types import ImageRecord
from .contents import KINDS_BESIDE, lacking
from .dismissals import Dismissals
from .files import missing_sidecars, obstacle
from .keeping import ONE_SIZE, which_to_keep
from .links import Links, Pair
from .relation import Relation

# One picture in identical or changed files; different pictures that share a part; different
# pictures of one moment.
SAME, OVERLAP, MOMENT = TIERS = ("same", "overlap", "moment")

NOT_COMPARED = "not compared in detail yet: look again"
# Of larger sets, copies are compared in detail with the one to keep only.
_SMALL_SET = 12
_EACH = "shows what the others do not"
_INDIRECT = "like another picture of the set"


@dataclass(frozen=True, slots=True)
class DuplicateImage:
    """An image of a set.

    Attributes:
        record: The image.
        keep: Whether it is the one to keep; of pictures that overlap, each is.
        why: What speaks for or against it, for a person.
        ticked: Whether it is moved by default: the one to keep shows and holds all of it.
        version: Whether it shows the same picture as the one to keep, but is changed or holds more.
        movable: Whether it may be moved at all.
    """

    record: ImageRecord
    keep: bool
    why: str
    ticked: bool = False
    version: bool = False
    movable: bool = True

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
        return frozenset(image.record.id for image in self.images)

    @property
    def key(self) -> str:
        """Hash of the tier and the paths, 16 hexadecimal digits."""
        said = "\0".join([self.tier, *sorted(image.image for image in self.images)])
        return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=8).hexdigest()


def duplicate_sets(
    images: ImageTable,
    links: Links,
    dismissals: Dismissals = (),
    *,
    keep_folder: str | None = None,
    library: Path | None = None,
) -> tuple[DuplicateSet, ...]:
    """The sets of all tiers, those of the same picture first, in the order of the paths.

    An image is in at most one set of each tier. Of a set of the same picture, only the image to
    keep can be in a set of another tier.

    Args:
        images: Of the index as it is now.
        links: What was found, perhaps in an older index.
        dismissals: Images that are not duplicates of each other.
        keep_folder: See ``which_to_keep``.
        library: Where the disk tells of links and sidecars; by default it is not asked.
    """
    same = []
    for made in _same_sets(images, links, dismissals, keep_folder):
        kept, *others = made.images
        judged = (_judge(image, kept.record, links, library) for image in others)
        same.append(replace(made, images=(kept, *judged)))
    keepers = {image.record.id: made.images[0].record for made in same for image in made.images}

    def row_of(image_id: str) -> int | None:
        keeper = keepers.get(image_id)
        return images.row_of_path(keeper.path) if keeper else images.row_of_id(image_id)

    def sets_of(tier: str, pairs: Iterable[Pair]) -> Iterator[DuplicateSet]:
        """Sets of images, each of which stands for its set of the same picture."""
        rows = ((row_of(one), row_of(other)) for one, other in _allowed(pairs, dismissals))
        for group in _components(pair for pair in rows if pair[0] != pair[1]):
            yield _set(tier, images, group, links, keep_folder)

    return (*same, *sets_of(OVERLAP, links.overlapping), *sets_of(MOMENT, links.moment))


def unjudged(
    images: ImageTable, links: Links, dismissals: Dismissals, keep_folder: str | None
) -> list[Pair]:
    """Pairs of ids, of a copy and of an image that may be kept, to be compared in detail."""
    return sorted(
        {
            (image.record.id, kept.id)
            for made in _same_sets(images, links, dismissals, keep_folder)
            for kept in _may_be_kept(made)
            for image in made.images
            if _changed(image.record, kept, links) == NOT_COMPARED
        }
    )


def _may_be_kept(made: DuplicateSet) -> list[ImageRecord]:
    """The image to keep and, of a small set of several contents, those of as many pixels."""
    kept = made.images[0].record
    if not 2 < len(made.ids) <= _SMALL_SET:
        return [kept]
    least = ONE_SIZE * kept.width * kept.height
    return [one.record for one in made.images if one.record.width * one.record.height >= least]


def _same_sets(
    images: ImageTable, links: Links, dismissals: Dismissals, keep_folder: str | None
) -> Iterator[DuplicateSet]:
    pairs = _allowed(links.same, dismissals)
    rows = ((images.row_of_id(one), images.row_of_id(other)) for one, other in pairs)
    groups = [images.rows_of_ids([images[row].id for row in group]) for group in _components(rows)]
    grouped = {images[int(row)].id for group in groups for row in group}
    dismissed = {image_id for ids in dismissals for image_id in ids}
    alone = set(images.repeated_ids()) - grouped - dismissed
    groups += [images.rows_of_ids([image_id]) for image_id in alone]
    for group in sorted(sorted(group.tolist()) for group in groups):
        yield _set(SAME, images, group, links, keep_folder)


def _judge(
    image: DuplicateImage, kept: ImageRecord, links: Links, library: Path | None
) -> DuplicateImage:
    """An image of the same picture, ticked where the one to keep shows and holds all of it."""
    copy = image.record
    if library and (reason := obstacle(library, copy, kept)):
        return replace(image, why=reason, movable=False)
    version = _changed(copy, kept, links)
    if version is None:
        return replace(image, why=_INDIRECT)
    if version == NOT_COMPARED:
        return replace(image, why=version)
    if not version and library and (missing := missing_sidecars(library, copy, kept)):
        version = _holds_more(missing)
    if version:
        return replace(image, why=version, version=True)
    return replace(image, ticked=True)


def _changed(copy: ImageRecord, kept: ImageRecord, links: Links) -> str | None:
    """What a copy shows or holds that the image to keep does not; ``None`` if never compared."""
    if copy.id == kept.id:
        return ""
    relation = links.relations.get((min(copy.id, kept.id), max(copy.id, kept.id)))
    if relation is None or relation is Relation.OVERLAP:
        return None
    if relation is not Relation.WHOLE:
        return str(relation)
    contents = links.contents.get(copy.id), links.contents.get(kept.id)
    if contents[0] is None or contents[1] is None:
        return NOT_COMPARED
    if missing := lacking(contents[0], contents[1]):
        return _holds_more(missing)
    # A side may be rounded up.
    if copy.width > kept.width + 1 or copy.height > kept.height + 1:
        return "more pixels, but not the better file"
    return links.differences.get((copy.id, kept.id), NOT_COMPARED)


def _holds_more(missing: Sequence[str]) -> str:
    if missing[0] in KINDS_BESIDE.values():
        return missing[0]
    return f"holds more: {', '.join(missing)}"


def _allowed(pairs: Iterable[Pair], dismissals: Dismissals) -> Iterator[Pair]:
    return (pair for pair in pairs if not any(ids.issuperset(pair) for ids in dismissals))


def _components(pairs: Iterable[tuple[int | None, int | None]]) -> list[list[int]]:
    """The rows that are connected by pairs of rows that exist, ascending; at least two each."""
    root: dict[int, int] = {}

    def find(row: int) -> int:
        while root.setdefault(row, row) != row:
            root[row] = row = root[root[row]]
        return row

    for one, other in pairs:
        if one is not None and other is not None:
            root[find(one)] = find(other)
    groups: dict[int, list[int]] = {}
    for row in sorted(root):
        groups.setdefault(find(row), []).append(row)
    return list(groups.values())


def _set(
    tier: str, images: ImageTable, rows: Sequence[int], links: Links, folder: str | None
) -> DuplicateSet:
    records = [images[row] for row in rows]
    if tier == OVERLAP:
        return DuplicateSet(tier, tuple(DuplicateImage(one, True, _EACH) for one in records))
    kept, words = which_to_keep(
        records, links.contents, folder=folder, differences=links.differences
    )
    order = [kept, *(number for number in range(len(records)) if number != kept)]
    return DuplicateSet(tier, tuple(DuplicateImage(records[n], n == kept, words[n]) for n in order))
