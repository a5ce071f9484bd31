"""The duplicates of a gallery as they are known: found, saved, and read again."""

from functools import partial
from pathlib import Path

from ..feature_store import IndexSnapshot
from ..types import ProgressCallback
from .dismissals import read_dismissals
from .finding import find_duplicates
from .links import Links, read_links, write_links
from .sets import MOMENT, SAME, DuplicateSet, duplicate_sets


def find_and_save(
    features: Path,
    snapshot: IndexSnapshot,
    *,
    keep_folder: str | None = None,
    progress: ProgressCallback = lambda _: None,
) -> Links:
    """Find the duplicates of an index and save them; pictures that were compared are not again.

    A search that was stopped goes on from where it was; see ``find_duplicates``.
    """
    library = snapshot.library
    links = find_duplicates(
        snapshot,
        read_links(features, library),
        dismissals=read_dismissals(features, library),
        keep_folder=keep_folder,
        save=partial(write_links, features, library),
        progress=progress,
    )
    write_links(features, library, links)
    return links


def known_sets(
    features: Path, snapshot: IndexSnapshot, *, keep_folder: str | None = None
) -> tuple[DuplicateSet, ...] | None:
    """The sets of an index by what was found last; ``None`` where nothing was looked for yet."""
    library = snapshot.library
    links = read_links(features, library)
    if links is None:
        return None
    return duplicate_sets(
        snapshot.images,
        links,
        read_dismissals(features, library),
        keep_folder=keep_folder,
        library=library,
    )


def known_copies(
    features: Path, snapshot: IndexSnapshot
) -> tuple[tuple[frozenset[str], ...], frozenset[str]]:
    """Sets of ids of the same picture or moment, and the ids of images that were compared."""
    library = snapshot.library
    links = read_links(features, library) or Links()
    sets = duplicate_sets(snapshot.images, links, read_dismissals(features, library))
    return tuple(found.ids for found in sets if found.tier in (SAME, MOMENT)), links.examined
