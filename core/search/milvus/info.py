"""A description of an index on a server, for people."""

from __future__ import annotations

from dataclasses import dataclass

from core.search.milvus.collections import FLAT


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
