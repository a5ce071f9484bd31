"""The collections of a gallery: two, used alternately, and an alias for the one in use."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ...errors import ConfigurationError
from ...feature_store import IndexSnapshot
from .connection import CollectionGoneError, MilvusConnection
from .schema import VECTOR, fields_of, key_of
from .schema import VERSION as SCHEMA_VERSION

FLAT, HNSW = KINDS = ("flat", "hnsw")
# Keys of the properties of a collection.
VERSION, SPACE, FIT = "lookalike.version", "lookalike.space", "lookalike.fit"
KIND, GALLERY = "lookalike.kind", "lookalike.gallery"
GENERATION, RECALL = "lookalike.generation", "lookalike.recall"
_PARAMETERS: Mapping[str, Mapping[str, int]] = {FLAT: {}, HNSW: {"M": 16, "efConstruction": 200}}


@dataclass(frozen=True, slots=True)
class Identity:
    """What the rows of a collection are: only queries of the same space and fit match them.

    Attributes:
        space: Text of the feature space without the path of its weights.
        fit: Digest of the fit.
        dimension: Length of a row.
    """

    space: str
    fit: str
    dimension: int

    @classmethod
    def of(cls, snapshot: IndexSnapshot) -> Self:
        """The identity of the rows of a snapshot."""
        space, fit = snapshot.space, snapshot.fit
        text = json.dumps(
            [
                *(space.model, space.weights_digest, space.descriptor),
                *(space.dimension, space.input_size, space.resize),
            ]
        )
        return cls(text, fit.digest, fit.dimension)

    @property
    def properties(self) -> dict[str, str]:
        """The properties that a collection of these rows has."""
        return {VERSION: str(SCHEMA_VERSION), SPACE: self.space, FIT: self.fit}


@dataclass(frozen=True, slots=True)
class Collected:
    """A collection: its name and its properties."""

    name: str
    properties: Mapping[str, str]

    def has(self, properties: Mapping[str, str]) -> bool:
        """Whether these are among the properties."""
        return properties.items() <= self.properties.items()


@dataclass(frozen=True, slots=True)
class RemoteInfo:
    """An index on a server.

    Attributes:
        address: Of the server.
        version: Of the server.
        vectors: Number of images in the index.
        kind: ``flat`` or ``hnsw``.
        recall: Share of the 30 nearest that an approximate index finds; ``None`` if exact.
        generation: Of the snapshot that was published there.
        warning: A sentence if that is another one than here; else ``None``.
    """

    address: str
    version: str
    vectors: int
    kind: str
    recall: float | None
    generation: int
    warning: str | None

    def __str__(self) -> str:
        found = "exact" if self.kind == FLAT else f"recall {self.recall or 0:.3f}"
        server = f"{self.address}, Milvus {self.version}"
        line = f"{server}, {self.vectors:,} vectors, {self.kind}, {found}"
        return f"{line}. {self.warning}" if self.warning else line


def check_kind(kind: str) -> None:
    """Raise ``ConfigurationError`` if there is no such kind of index."""
    if kind not in KINDS:
        raise ConfigurationError(
            f"Expected one of {', '.join(KINDS)} as the kind of the index on a server. "
            f"Received: {kind!r}"
        )


def alias_of(gallery: str) -> str:
    """The alias for the collection of a gallery that is searched."""
    return f"lookalike_{key_of(gallery)}"


def names_of(gallery: str) -> tuple[str, str]:
    """The names of the two collections of a gallery."""
    alias = alias_of(gallery)
    return f"{alias}_a", f"{alias}_b"


def collected(server: MilvusConnection, name: str) -> Collected | None:
    """The collection of a name or an alias; ``None`` where there is none."""
    try:
        description = server.ask("describe_collection", name)
    except CollectionGoneError:
        return None
    return Collected(description["collection_name"], dict(description["properties"]))


def count_in(server: MilvusConnection, name: str, expression: str = "", **options: Any) -> int:
    """The number of images of a collection that meet an expression."""
    answer = server.ask("query", name, filter=expression, output_fields=["count(*)"], **options)
    return int(answer[0]["count(*)"])


def create(
    server: MilvusConnection, name: str, gallery: str, identity: Identity, kind: str
) -> Collected:
    """Make an empty collection and load it."""
    check_kind(kind)
    properties = {**identity.properties, KIND: kind, GALLERY: json.dumps(gallery)}
    server.create(
        name,
        fields_of(identity.dimension),
        vector=VECTOR,
        index={"index_type": kind.upper(), "metric_type": "L2", "params": _PARAMETERS[kind]},
        properties=properties,
    )
    return Collected(name, properties)
