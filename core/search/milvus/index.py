"""Search in a collection of a Milvus server."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

import numpy as np

from core.errors import ConfigurationError, IndexMismatchError, IndexNotFoundError
from core.search.exact import ALL, INNER_PRODUCT_ERROR, check_search, distances_to
from core.search.filters import Filters
from core.search.index import NO_FILTERS, Hit
from core.search.milvus.collections import (
    FIT,
    GENERATION,
    HNSW,
    KIND,
    RECALL,
    Collected,
    Identity,
    alias_of,
    collected,
    count_in,
)
from core.search.milvus.connection import CollectionGoneError, MilvusConnection
from core.search.milvus.info import RemoteInfo
from core.search.milvus.schema import (
    CONTENT,
    KEY,
    RECORD,
    VECTOR,
    among,
    expression_of,
    is_key,
    read_record,
)
from core.types import DISTANCE, Array, ImageRecord

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


class MilvusIndex:
    """The published images of a gallery in a collection; a ``SearchIndex``.

    The server finds candidates. Their vectors are fetched and their distances computed here, so
    that a collection of the kind ``flat`` answers as ``ExactIndex`` does. Images published some
    seconds ago may be missing in an answer: the consistency is bounded.

    Args:
        server: Where the collection is.
        gallery: Name of the gallery, see ``publish``.
        expected: The space and the fit of the queries.
    """

    def __init__(self, server: MilvusConnection, gallery: str, expected: Identity) -> None:
        self._server = server
        self._alias = alias_of(gallery)
        self._gallery = gallery
        self._expected = expected
        self._generation = 0

    def search(
        self,
        queries: Array,
        k: int,
        *,
        combine: str = ALL,
        filters: Filters = NO_FILTERS,
        without: Collection[str] = (),
        max_distance: float | None = None,
        ranking: str | None = None,
    ) -> Sequence[Hit]:
        """The ``k`` closest images to one or several queries together; see ``SearchIndex``.

        Where more than ``MOST_CANDIDATES`` images would have to be compared, because so many have
        the same distance or are between queries far apart, the matches are the best of these.

        Raises:
            ConfigurationError: ``k`` is less than 1, or more than the server finds at once; there
                is no query, no such ``combine``, or a ranking other than by distance.
            IndexMismatchError: The collection is of another space or fit.
            IndexNotFoundError: The gallery was not published to this server.
        """
        check_search(queries, k, combine)
        if ranking not in (None, DISTANCE):
            raise ConfigurationError(
                f"Expected a ranking by {DISTANCE} from an index server. "
                f"Received: ranking={ranking!r}. Search without the server to rank so."
            )
        expression = expression_of(filters, without)
        # As NumPy compares it with distances of float32.
        limit = float(np.float32(np.inf if max_distance is None else max_distance))
        return self._read(
            lambda found: self._closest(found, queries, k, combine, expression, limit)
        )

    def count(self, filters: Filters = NO_FILTERS, without: Collection[str] = ()) -> int:
        """The number of images that a search compares."""
        expression = expression_of(filters, without)
        return self._read(lambda found: count_in(self._server, found.name, expression))

    def features_of(self, ids: Sequence[str]) -> Array:
        """The rows of images by id, ``(n, d)`` float32; of identical files that of the first.

        Raises:
            ConfigurationError: There is no such image.
        """
        if not ids:
            return np.empty((0, self._expected.dimension), np.float32)
        images = self._images(ids, VECTOR)
        for image_id in ids:
            if image_id not in images:
                raise ConfigurationError(
                    "Expected the id of an image in the gallery. "
                    f"Received: {image_id!r}. Take it from an answer."
                )
        return np.array([images[image_id][1] for image_id in ids], np.float32)

    def record(self, image_id: str) -> ImageRecord | None:
        """The image of an id, of identical files the first by path; ``None`` for an unknown id."""
        found = self._images([image_id]).get(image_id)
        return found[0] if found else None

    def describe(self, generation: int) -> RemoteInfo:
        """Describe the index, to one who has a snapshot of a generation."""
        found = self._checked()
        recall = found.properties.get(RECALL)
        return RemoteInfo(
            address=self._server.access.url,
            version=str(self._server.ask("get_server_version")),
            vectors=count_in(self._server, found.name),
            kind=found.properties[KIND],
            recall=float(recall) if recall else None,
            generation=self._generation,
            warning=self.warning(generation),
        )

    def warning(self, generation: int) -> str | None:
        """A sentence if what the server had at the last request is of another generation."""
        if self._generation == generation:
            return None
        return (
            f"The index at {self._server.access.url} is of another generation: expected "
            f"{generation}. Received: {self._generation}. Update the gallery, or copy its index "
            "files here."
        )

    def _read(self, work: Callable[[Collected], T]) -> T:
        """What work makes of the collection, once more if another one replaced it meanwhile."""
        try:
            return work(self._checked())
        except CollectionGoneError:
            return work(self._checked())

    def _checked(self) -> Collected:
        # Asked for each search: another process may publish, and a fit must be that of the query.
        found = collected(self._server, self._alias)
        if found is None:
            raise IndexNotFoundError(
                f"There is no index of this gallery yet: expected {self._gallery!r} at "
                f"{self._server.access.url}. Received: none. Index the gallery with this server."
            )
        if not found.has(self._expected.properties):
            what = "feature space" if found.properties.get(FIT) == self._expected.fit else "fit"
            raise IndexMismatchError(
                f"The index at {self._server.access.url} is of another {what}: expected that of "
                f"{self._gallery!r} here. Received: {found.properties.get(GENERATION, 'none')} as "
                "its generation. Update the gallery, or copy its index files here."
            )
        self._generation = int(found.properties.get(GENERATION, 0))
        return found

    def _closest(
        self,
        found: Collected,
        queries: Array,
        k: int,
        combine: str,
        expression: str,
        max_distance: float,
    ) -> list[Hit]:
        points, beyond = queries, 0.0
        if combine == ALL and len(queries) > 1:
            # The largest of the squared distances is at least their mean, which is the squared
            # distance to the mean query plus the mean square of the queries around it.
            points = queries.mean(axis=0, keepdims=True)
            beyond = float(np.square(queries - points).sum(axis=1).mean())
        compared: dict[str, tuple[float, ImageRecord]] = {}
        limit = min(k + _SPARE, MOST_CANDIDATES)
        while True:
            lists = self._candidates(found, points, limit, expression)
            keys = {key for of_point in lists for key, _ in of_point} - compared.keys()
            compared |= self._distances(found, sorted(keys), queries, combine)
            ordered = sorted(
                (Hit(image, distance) for distance, image in compared.values()),
                key=lambda hit: (hit.distance, hit.record.path),
            )
            hits = [hit for hit in ordered[:k] if hit.distance <= max_distance]
            # An image in none of the lists is at least this far; a short list has all images.
            ends = [of_point[-1][1] for of_point in lists if len(of_point) == limit]
            if not ends:
                return hits
            farthest = ordered[k - 1].distance if len(ordered) >= k else 2.0
            if min(farthest, max_distance) ** 2 + _SQUARE_ERROR < min(ends) + beyond:
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
        self, found: Collected, points: Array, limit: int, expression: str
    ) -> list[list[tuple[str, float]]]:
        """Keys and squared distances of the nearest images to each point, ascending."""
        wide = {"ef": max(2 * limit, 64)} if found.properties[KIND] == HNSW else {}
        answers = self._server.ask(
            "search",
            found.name,
            data=list(points),
            anns_field=VECTOR,
            filter=expression,
            limit=limit,
            search_params={"params": wide},
        )
        return [[(hit["id"], hit["distance"]) for hit in answer] for answer in answers]

    def _distances(
        self, found: Collected, keys: Sequence[str], queries: Array, combine: str
    ) -> dict[str, tuple[float, ImageRecord]]:
        """The distance to the queries together, and the record, of the images of some keys."""
        distances: dict[str, tuple[float, ImageRecord]] = {}
        at_once = max(_NUMBERS_AT_ONCE // queries.shape[1], 1)
        for start in range(0, len(keys), at_once):
            images = self._query(
                found.name,
                among(KEY, keys[start : start + at_once]),
                [KEY, VECTOR, RECORD],
            )
            if images:
                rows = np.array([image[VECTOR] for image in images], np.float32)
                for image, distance in zip(
                    images, distances_to(rows, queries, combine).tolist(), strict=True
                ):
                    record = read_record(image[RECORD])
                    distances[image[KEY]] = (distance, record)
        return distances

    def _images(self, ids: Sequence[str], *fields: str) -> dict[str, tuple[ImageRecord, Any]]:
        """The image of each id, of identical files the first by path, and its row if asked for."""
        known = sorted({image_id for image_id in ids if is_key(image_id)})
        images = self._read(
            lambda found: self._query(found.name, among(CONTENT, known), [RECORD, *fields])
        )
        first: dict[str, tuple[ImageRecord, Any]] = {}
        for image in images:
            record = read_record(image[RECORD])
            if record.id not in first or record.path < first[record.id][0].path:
                first[record.id] = (record, image.get(VECTOR))
        return first

    def _query(self, name: str, expression: str, fields: list[str]) -> list[Any]:
        return list(self._server.ask("query", name, filter=expression, output_fields=fields))
