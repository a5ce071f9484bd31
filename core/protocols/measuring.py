"""The measures of a protocol on an index."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from ..errors import LibraryError
from ..evaluation import (
    Estimate,
    Rankings,
    Scorer,
    average_precision,
    blocks,
    estimates,
    rank,
    trapezoid_average_precision,
)
from ..feature_store import IndexSnapshot, find_neighbours
from ..types import NEIGHBOURHOOD, Array, Progress, ProgressCallback, Stage
from .asking import Asking, Describe
from .protocol import Protocol, Query

# Means over all right pictures, also over those that the library lacks.
_OVER_ALL_RIGHT = (average_precision, trapezoid_average_precision)


@dataclass(frozen=True, eq=False, slots=True)
class Ranking:
    """The answer to one query, without junk.

    Attributes:
        query: Who asked.
        images: Paths, the best first.
        scores: ``(n,)`` float32, descending but for rounding errors.
        right: ``(n,)`` bool.
    """

    query: Query
    images: Sequence[str]
    scores: Array
    right: Rankings


@dataclass(frozen=True, slots=True)
class ProtocolMeasures:
    """What a protocol gives.

    Attributes:
        protocol: Whose.
        queries: How many have a right picture in the data set; the others are left out.
        missing: How many right pictures the library lacks, over all queries; they count as never
            found.
        measures: Means over the queries, by the names of the protocol.
    """

    protocol: Protocol
    queries: int
    missing: int
    measures: Mapping[str, Estimate]


def measure_protocol(
    protocol: Protocol,
    snapshot: IndexSnapshot,
    asking: Asking,
    *,
    ranking: str,
    progress: ProgressCallback = lambda _: None,
    look: Callable[[Ranking], None] | None = None,
) -> ProtocolMeasures:
    """Rank the gallery of a protocol for each of its queries, and measure.

    Args:
        protocol: Of the library of the index.
        snapshot: The index. Of its rows only those of the gallery are asked, also where they rank
            by neighbourhood.
        asking: Describes the queries by this index.
        ranking: One of ``RANKINGS``.
        progress: Called after some queries.
        look: Gets each ranking.

    Raises:
        LibraryError: No query has a right picture, or a picture of a query cannot be read.
    """
    queries = [query for query in protocol.queries if query.missing or query.right - query.junk]
    if not queries:
        raise LibraryError(
            f"Expected queries of {protocol.name} that have a right picture. Received: "
            f"{len(protocol.queries):,} that have none. Index all pictures of the data set."
        )
    rows = {image.path: row for row, image in enumerate(snapshot.images)}
    matrix = snapshot.matrix[[rows[path] for path in protocol.gallery]]
    neighbours = find_neighbours(matrix) if ranking == NEIGHBOURHOOD else None
    places = _Places(protocol.gallery)

    def report(done: int, total: int) -> None:
        progress(Progress(Stage.EVALUATING, done, total))

    features = asking.features(queries, report)
    scorer = Scorer(matrix, neighbours)
    values = np.empty((len(queries), len(protocol.measures)))
    for block in blocks(np.arange(len(queries)), len(matrix)):
        report(int(block[0]), len(queries))
        asked = [queries[number] for number in block]
        right = places.of([one.right for one in asked])
        junk = places.of([one.junk for one in asked])
        # The ground truth may not help the ranking: of the junk only the query itself expands
        # nothing.
        itself = places.of([{one.image} & one.junk for one in asked])
        scores = scorer.scores(features[block], itself)
        ranked, order = rank(scores, relevant=right, ignored=junk)
        for column, measure in enumerate(protocol.measures.values()):
            values[block, column] = measure(ranked)
            if measure in _OVER_ALL_RIGHT:
                values[block, column] *= _shares(asked, ranked)
        if look:
            lengths = np.count_nonzero(~junk, axis=1)
            for number, query in enumerate(asked):
                first = order[number, : lengths[number]]
                images = [protocol.gallery[place] for place in first]
                look(Ranking(query, images, scores[number, first], ranked[number, : len(first)]))
    return ProtocolMeasures(
        protocol,
        len(queries),
        sum(query.missing for query in queries),
        dict(zip(protocol.measures, estimates(values), strict=True)),
    )


def measure_protocols(
    protocols: Sequence[Protocol],
    snapshot: IndexSnapshot,
    describe: Describe,
    *,
    ranking: str,
    progress: ProgressCallback = lambda _: None,
    look: Callable[[Ranking], None] | None = None,
) -> tuple[ProtocolMeasures, ...]:
    """The measures of protocols that share queries; see ``measure_protocol`` and ``Asking``."""
    asking = Asking(snapshot, describe)
    return tuple(
        measure_protocol(one, snapshot, asking, ranking=ranking, progress=progress, look=look)
        for one in protocols
    )


def _shares(queries: Sequence[Query], ranked: Rankings) -> Array:
    """The share of the right pictures of each query that the library has."""
    there = ranked.sum(axis=1)
    total = there + [query.missing for query in queries]
    found: Array = there / np.maximum(total, 1)
    return found


class _Places:
    """The paths of a gallery."""

    def __init__(self, gallery: Sequence[str]) -> None:
        self._places = {path: place for place, path in enumerate(gallery)}

    def of(self, sets: Sequence[Set[str]]) -> Rankings:
        """``(q, n)``: whether each picture is in each set."""
        inside = np.zeros((len(sets), len(self._places)), np.bool_)
        for row, paths in zip(inside, sets, strict=True):
            row[[self._places[path] for path in paths if path in self._places]] = True
        return inside
