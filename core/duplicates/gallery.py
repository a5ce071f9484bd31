"""The duplicates of a gallery as they are known: found, saved, and read again."""

from __future__ import annotations

from core.duplicates.dismissals import read_dismissals
from core.duplicates.finding import find_duplicates
from core.duplicates.links import Links, read_links, write_links
from core.duplicates.sets import DuplicateSet, duplicate_sets
from core.engine import ImageSearchEngine
from core.feature_store import IndexSnapshot
from core.types import ProgressCallback


def find_and_save(
    engine: ImageSearchEngine,
    gallery: str | None = None,
    *,
    progress: ProgressCallback = lambda _: None,
) -> Links:
    """Find the duplicates of a gallery and save them; pictures that were compared are not again."""
    snapshot, features = engine.require_snapshot(gallery), engine.settings.features
    known = read_links(features, snapshot.library)

    def save(links: Links) -> None:
        write_links(features, snapshot.library, links)

    links = find_duplicates(
        snapshot,
        known,
        dismissals=read_dismissals(features, snapshot.library),
        save=save,
        progress=progress,
    )
    save(links)
    return links


def known_sets(
    engine: ImageSearchEngine, snapshot: IndexSnapshot, *, keep_folder: str | None = None
) -> tuple[DuplicateSet, ...] | None:
    """The sets of an index by what was found last; ``None`` where nothing was looked for yet.

    Raises:
        FeatureStoreError: A file of what was found is damaged.
    """
    features, library = engine.settings.features, snapshot.library
    links = read_links(features, library)
    if links is None:
        return None
    dismissals = read_dismissals(features, library)
    return duplicate_sets(snapshot.images, links, dismissals, keep_folder=keep_folder)
