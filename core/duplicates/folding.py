"""Copies in the answer of a search, folded into the closest file of each picture."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from ..feature_store import IndexSnapshot
from ..search import SearchOptions
from ..types import Match, SearchResult
from .dismissals import read_dismissals
from .links import Links, read_links
from .sets import SAME, duplicate_sets


def pictures_of(features: Path, snapshot: IndexSnapshot) -> dict[str, str]:
    """For the id of each file that has changed copies, one id that they have in common."""
    library = snapshot.library
    links = read_links(features, library) or Links()
    sets = duplicate_sets(snapshot.images, links, read_dismissals(features, library))
    return {
        image.record.id: found.images[0].record.id
        for found in sets
        if found.tier == SAME
        for image in found.images
    }


def without_copies(
    search: Callable[[SearchOptions], SearchResult],
    options: SearchOptions,
    pictures: Mapping[str, str],
) -> SearchResult:
    """The ``k`` closest pictures, of each only its closest file; pictures are as ``pictures_of``.

    Files of the same content are of the same picture anyway.
    """
    k = asked = options.k
    while True:
        # Of the last picture, copies may follow: one more is asked for.
        result = search(replace(options, k=asked + 1))
        first: dict[str, Match] = {}
        for match in result.matches:
            picture = pictures.get(match.record.id, match.record.id)
            known = first.get(picture)
            first[picture] = replace(known, copies=known.copies + 1) if known else match
        if len(first) > k or len(result.matches) <= asked:
            break
        asked *= 2
    matches = [replace(one, rank=rank) for rank, one in enumerate(first.values(), 1)]
    return replace(result, matches=tuple(matches[:k]))
