"""Search in a collection of a Milvus server."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from ...errors import ConfigurationError, IndexMismatchError, IndexNotFoundError
from ...feature_store import IndexSnapshot
from ...types import DISTANCE, Array, ImageRecord
from ..exact import ALL, INNER_PRODUCT_ERROR, distances_to
from ..index import Hits, no_such_image
from ..options import SearchOptions
from .collections import (
    FIT,
    GENERATION,
    HNSW,
    KIND,
    RECALL,
    Collected,
    Identity,
    RemoteInfo,
    alias_of,
    collected,
    count_in,
)
from .connection import CollectionGoneError, MilvusConnection
from .schema import CONTENT, KEY, RECORD, VECTOR, among, expression_of, is_key, read_record

# Of Milvus, for one search.
MOST_CANDIDATES = 16_384
# Candidates beyond the matches, so that one search is enough unless rows are equal.
_SPARE = 16
_WIDER = 4
# The square of a distance is 2 - 2 times the inner product.
_SQUARE_ERROR = 2 * INNER_PRODUCT_ERROR
# Vectors in one answer, in numbers: 32 MB.
_NUMBERS_AT_ONCE = 8_000_000

T = TypeVar("T")
# The distance of an image, and the image.
_Hit = tuple[float, ImageRecord]


class MilvusIndex:
    """The published images of a gallery in a collection; a ``SearchIndex``.

    The server finds candidates. Their vectors are fetched and their distances computed here, so
    that a collection of the kind ``flat`` answers as ``closest_rows`` does. Images published some
    seconds ago may be missing in an answer: the consistency is bounded.

    The rows of the snapshot are not read. Every method raises ``IndexNotFoundError`` if the gallery
    was not published to this server, and ``IndexMismatchError`` if the collection is of another
    space or fit than the snapshot.
    """

    def __init__(self, server: MilvusConnection, gallery: str, snapshot: IndexSnapshot) -> None:
        self._server = server
        self._alias = alias_of(gallery)
        self._gallery = gallery
        self._snapshot = snapshot
        self._expected = Identity.of(snapshot)
        self._generation = 0

    def search(self, queries: Array, options: SearchOptions) -> Hits:
        """See ``SearchIndex.search``.

        Where more than ``MOST_CANDIDATES`` images would have to be compared, because so many have
        the same distance or are between queries far apart, the matches are the best of these.

        Raises:
            ConfigurationError: More matches are asked for than the server finds at once, or a
                ranking other than by distance.
        """
        if options.ranking not in (None, DISTANCE):
            raise ConfigurationError(
                f"Expected a ranking by {DISTANCE} from an index server. "
                f"Received: ranking={options.ranking!r}. Search without the server to rank so."
            )
        expression = expression_of(options)

        def closest(collection: Collected) -> Hits:
            hits = self._closest(collection, queries, options, expression)
            compared = count_in(self._server, collection.name, expression)
            distances = np.array([distance for distance, _ in hits], np.float32)
            return Hits([image for _, image in hits], distances, compared, self._warning)

        return self._read(closest)

    def features_of(self, ids: Sequence[str]) -> Array:
        """See ``SearchIndex.features_of``."""
        rows: dict[str, Array] = {}
        if asked := sorted({image_id for image_id in ids if is_key(image_id)}):
            images = self._read(
                lambda collection: self._query(collection, among(CONTENT, asked), [RECORD, VECTOR])
            )
            pairs = [(read_record(image[RECORD]), image[VECTOR]) for image in images]
            # Of identical files the row of the first counts, by path.
            pairs.sort(key=lambda pair: pair[0].path, reverse=True)
            rows = {image.id: row for image, row in pairs}
        for image_id in ids:
            if image_id not in rows:
                raise no_such_image(image_id, self._snapshot.images[0].id)
        stacked = np.array([rows[image_id] for image_id in ids], np.float32)
        return stacked.reshape(-1, self._expected.dimension)

    def describe(self) -> RemoteInfo:
        """Describe the index."""
        collection = self._checked()
        recall = collection.properties.get(RECALL)
        return RemoteInfo(
            address=self._server.access.url,
            version=str(self._server.ask("get_server_version")),
            vectors=count_in(self._server, collection.name),
            kind=collection.properties[KIND],
            recall=float(recall) if recall else None,
            generation=self._generation,
            warning=self._warning,
        )

    @property
    def _warning(self) -> str | None:
        """A sentence if what the server had at the last request is of another generation."""
        if self._generation == self._snapshot.generation:
            return None
        return (
            f"The index at {self._server.access.url} is of another generation: expected "
            f"{self._snapshot.generation}. Received: {self._generation}. Update the gallery, or "
            "copy its index files here."
        )

    def _read(self, work: Callable[[Collected], T]) -> T:
        """What work makes of the collection, once more if another one replaced it meanwhile."""
        try:
            return work(self._checked())
        except CollectionGoneError:
            return work(self._checked())

    def _checked(self) -> Collected:
        # Asked for each search: another process may publish, and a fit must be that of the query.
        collection = collected(self._server, self._alias)
        if collection is None:
            raise IndexNotFoundError(
                f"There is no index of this gallery yet: expected {self._gallery!r} at "
                f"{self._server.access.url}. Received: none. Index the gallery with this server."
            )
        properties = collection.properties
        if not collection.has(self._expected.properties):
            what = "feature space" if properties.get(FIT) == self._expected.fit else "fit"
            raise IndexMismatchError(
                f"The index at {self._server.access.url} is of another {what}: expected that of "
                f"{self._gallery!r} here. Received: {properties.get(GENERATION, 'none')} as "
                "its generation. Update the gallery, or copy its index files here."
            )
        self._generation = int(properties.get(GENERATION, 0))
        return collection

    def _closest(
        self, collection: Collected, queries: Array, options: SearchOptions, expression: str
    ) -> list[_Hit]:
        k, farthest = options.k, options.farthest
        points, beyond = queries, 0.0
        if options.combine == ALL and len(queries) > 1:
            # The largest of the squared distances is at least their mean, which is the squared
            # distance to the mean query plus the mean square of the queries around it.
            points = queries.mean(axis=0, keepdims=True)
            beyond = float(np.square(queries - points).sum(axis=1).mean())
        compared: dict[str, _Hit] = {}
        limit = min(k + _SPARE, MOST_CANDIDATES)
        while True:
            lists = self._candidates(collection, points, limit, expression)
            keys = {key for of_point in lists for key, _ in of_point} - compared.keys()
            compared |= self._hits(collection, sorted(keys), queries, options.combine)
            ordered = sorted(compared.values(), key=lambda hit: (hit[0], hit[1].path))
            hits = [hit for hit in ordered[:k] if hit[0] <= farthest]
            # An image in none of the lists is at least this far; a short list has all images.
            ends = [of_point[-1][1] for of_point in lists if len(of_point) == limit]
            if not ends:
                return hits
            last = ordered[k - 1][0] if len(ordered) >= k else 2.0
            if min(last, farthest) ** 2 + _SQUARE_ERROR < min(ends) + beyond:
                return hits
            if limit == MOST_CANDIDATES:
                if len(ordered) < k:
                    raise ConfigurationError(
                        f"Expected at most {MOST_CANDIDATES:,} matches from an index server. "
                        f"Received: k={k}"
                    )
                return hits
            limit = min(limit * _WIDER, MOST_CANDIDATES)

    def _candidates(
        self, collection: Collected, points: Array, limit: int, expression: str
    ) -> list[list[tuple[str, float]]]:
        """Keys and squared distances of the nearest images to each point, ascending."""
        wide = {"ef": max(2 * limit, 64)} if collection.properties[KIND] == HNSW else {}
        answers = self._server.ask(
            "search",
            collection.name,
            data=list(points),
            anns_field=VECTOR,
            filter=expression,
            limit=limit,
            search_params={"params": wide},
        )
        return [[(hit["id"], hit["distance"]) for hit in answer] for answer in answers]

    def _hits(
        self, collection: Collected, keys: Sequence[str], queries: Array, combine: str
    ) -> dict[str, _Hit]:
        """The images of some keys, by key, with their distances to the queries together."""
        hits: dict[str, _Hit] = {}
        at_once = max(_NUMBERS_AT_ONCE // queries.shape[1], 1)
        for start in range(0, len(keys), at_once):
            some = among(KEY, keys[start : start + at_once])
            images = self._query(collection, some, [KEY, VECTOR, RECORD])
            if images:
                rows = np.array([image[VECTOR] for image in images], np.float32)
                distances = distances_to(rows, queries, combine).tolist()
                for image, distance in zip(images, distances, strict=True):
                    hits[image[KEY]] = distance, read_record(image[RECORD])
        return hits

    def _query(self, collection: Collected, expression: str, fields: list[str]) -> list[Any]:
        options: dict[str, Any] = {"filter": expression, "output_fields": fields}
        return list(self._server.ask("query", collection.name, **options))
