"""Search of a snapshot: feedback, the closest images, and how close they are."""

import math

from ..errors import ConfigurationError
from ..feature_store import Distances, IndexSnapshot
from ..types import Array, Closeness, Match, SearchResult
from .feedback import rocchio
from .index import SearchIndex
from .options import SearchOptions

# The best match is not similar if more than this share of the images have a nearer neighbour.
NEARER_NEIGHBOURS = 0.95


def search(
    snapshot: IndexSnapshot, queries: Array, options: SearchOptions, *, index: SearchIndex
) -> SearchResult:
    """The closest images to one query or to several together.

    The queries are ``(q, d)`` float32 unit rows, fitted like those of the gallery. The rows of the
    snapshot are not read: the index has them.

    Raises:
        ConfigurationError: There is no query.
    """
    if not len(queries):
        raise ConfigurationError("Expected at least one query. Received: none")
    feedback, pairs = options.feedback, len(snapshot.distances.pairs)
    if feedback:
        marked = (sorted(set(ids)) for ids in (feedback.right, feedback.wrong))
        queries = rocchio(queries, *map(index.features_of, marked))
    hits = index.search(queries, options)
    shares = snapshot.distances.farther_pairs(hits.distances)
    found = zip(hits.images, hits.distances.tolist(), shares.tolist(), strict=True)
    matches = tuple(
        Match(rank, image, distance, Closeness(share, pairs) if pairs else None)
        for rank, (image, distance, share) in enumerate(found, 1)
    )
    note = None
    # Only a single query that was not moved has the distance of two pictures.
    if matches and len(queries) == 1 and not feedback:
        note = nothing_similar(float(hits.distances.min()), snapshot.distances)
    return SearchResult(matches, hits.compared, note, warning=hits.warning)


def nothing_similar(distance: float, known: Distances) -> str | None:
    """A sentence for a person if the best match, at this distance, is not similar; else ``None``.

    The distance is compared with those of nearest neighbours, not of random pairs: in a gallery of
    few kinds most pairs are close.
    """
    nearer = known.nearer_neighbours(distance)
    if nearer <= NEARER_NEIGHBOURS:
        return None
    return (
        f"{math.floor(100 * nearer)}\u00a0% of the images of this gallery have a nearer "
        "neighbour in it than your picture has."
    )
