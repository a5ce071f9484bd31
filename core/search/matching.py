"""Search of a snapshot: feedback, the closest images, and how close they are."""

import math
from itertools import repeat

import numpy as np

from ..errors import ConfigurationError
from ..feature_store import Distances, IndexSnapshot
from ..types import Array, Closeness, Match, SearchResult
from .feedback import ALPHA, Feedback, rocchio, shift
from .index import SearchIndex
from .options import SearchOptions

# The best match is not similar if more than this share of the images have a nearer neighbour.
NEARER_NEIGHBOURS = 0.95


def search(
    snapshot: IndexSnapshot,
    queries: Array,
    options: SearchOptions,
    *,
    index: SearchIndex,
    own: bool = False,
) -> SearchResult:
    """The closest images to one query or to several together.

    The queries are ``(q, d)`` float32 unit rows, fitted like those of the gallery; ``own`` says
    that all are images of it. The rows of the snapshot are not read: the index has them.

    Raises:
        ConfigurationError: There is no query.
    """
    if not len(queries):
        raise ConfigurationError("Expected at least one query. Received: none")
    feedback = options.feedback
    if feedback:
        queries = rocchio(queries, *_marked(feedback, index))
    hits = index.search(queries, options)
    shares = snapshot.distances.farther(hits.distances, own=own)
    closeness = repeat(None) if shares is None else map(Closeness, shares.tolist())
    found = zip(hits.images, hits.distances.tolist(), closeness, strict=False)
    matches = tuple(Match(rank, *match) for rank, match in enumerate(found, 1))
    note = None
    # Only a single query that was not moved has the distance of two pictures.
    if matches and len(queries) == 1 and not feedback:
        note = nothing_similar(float(hits.distances.min()), snapshot.distances)
    return SearchResult(matches, hits.compared, note, warning=hits.warning)


def shift_by(feedback: Feedback, index: SearchIndex) -> Array:
    """What marks add to a query of length 1, before it is scaled again: ``(d,)`` float32."""
    return (shift(*_marked(feedback, index)) / ALPHA).astype(np.float32)


def _marked(feedback: Feedback, index: SearchIndex) -> tuple[Array, Array]:
    right, wrong = (index.features_of(sorted(set(ids))) for ids in (feedback.right, feedback.wrong))
    return right, wrong


def nothing_similar(distance: float, known: Distances) -> str | None:
    """A sentence for a person if the best match, at this distance, is not similar; else ``None``.

    A new picture is as far from its nearest one as those that were held out of the fit.
    """
    nearer = known.nearer_neighbours(distance)
    if nearer <= NEARER_NEIGHBOURS:
        return None
    return (
        f"{math.floor(100 * nearer)}\u00a0% of the images of this gallery have a nearer "
        "neighbour in it than your picture has."
    )
