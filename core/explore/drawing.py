"""Draw the map of an index: positions by t-SNE, and groups."""

import numpy as np

from ..errors import ConfigurationError
from ..feature_store import IndexSnapshot
from ..types import ProgressCallback
from .embedding import embed
from .gallery_map import GalleryMap, gallery_map
from .groups import find_groups
from .placing import place_others
from .storage import StoredMap, newest_generation, write_map

# Of more pictures a sample is embedded and the others are placed among it.
MOST_EMBEDDED = 50_000
_SEED = 0


def draw_map(snapshot: IndexSnapshot, progress: ProgressCallback = lambda _: None) -> GalleryMap:
    """Draw the map of an index and its groups, and save them; takes a minute for 10,000 pictures.

    Until it is saved, an older map stands. ``progress`` is called after each few steps.

    Raises:
        ConfigurationError: The index is in no folder.
    """
    if snapshot.folder is None:
        raise ConfigurationError("Expected an index of the features folder. Received: another one")
    matrix, count = snapshot.label_free_rows(), len(snapshot.images)
    sample = np.arange(count)
    if count > MOST_EMBEDDED:
        sample = np.sort(np.random.default_rng(_SEED).choice(count, MOST_EMBEDDED, replace=False))
    drawn = np.zeros(count, bool)
    drawn[sample] = True
    positions, group_of = np.zeros((count, 2), np.float32), np.full(count, -1, np.int32)
    positions[sample] = embed(matrix[sample] if count > len(sample) else matrix, progress)
    group_of[sample] = find_groups(positions[sample])
    place_others(snapshot, drawn, positions, group_of, progress)
    # An update may have been published meanwhile, and the old map carried over to it.
    generation = max(snapshot.generation, newest_generation(snapshot.folder))
    ids, every = snapshot.images.ids, np.ones(count, bool)
    fit = snapshot.label_free_fit
    write_map(snapshot.folder, StoredMap(generation, ids, positions, group_of, every, fit))
    found = gallery_map(snapshot)
    assert found is not None  # it was just written
    return found
