"""A description of the index of a gallery, for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.feature_store.galleries import FeaturesFolder
from core.feature_store.publication import LARGE
from core.feature_store.snapshot import IndexSnapshot
from core.feature_store.store import FeatureStore
from core.model import WHITEN
from core.types import FeatureSpace, Skipped


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """A description of an index; the paths are absolute.

    ``recall`` is the share of the 30 closest images that an approximate index finds, 0 to 1;
    ``whitening`` is the dimension of the fit ``whiten``, 0 for others; ``published_at``
    is UTC in ISO 8601; ``runs`` are the last reports, see ``Catalog.runs``.
    """

    gallery: str
    features: str
    library: str
    images: int
    skipped: tuple[Skipped, ...]
    space: FeatureSpace
    whitening: int
    fit: str
    index: str
    recall: float | None
    generation: int
    published_at: str
    runs: tuple[dict[str, Any], ...]

    @property
    def index_line(self) -> str:
        """How searches compare, in one line."""
        if self.recall is not None:
            return f"approximate, finds {self.recall:.1%} of the 30 closest images"
        if self.images < LARGE:
            return "exact"
        return (
            "exact; an approximate one is much faster for so many images: run "
            "`pip install -r requirements-large.txt`, then update"
        )


def index_info(
    gallery: str, folder: FeaturesFolder, store: FeatureStore, snapshot: IndexSnapshot, *, runs: int
) -> IndexInfo:
    """Describe an index, with that many of its last runs."""
    fit = snapshot.fit.choice
    with store.catalog(reading=True) as catalog:
        return IndexInfo(
            gallery=gallery,
            features=str(folder.path.resolve()),
            library=str(snapshot.library),
            images=len(snapshot.images),
            skipped=catalog.skipped(),
            space=snapshot.space,
            whitening=fit.size if fit.kind == WHITEN else 0,
            fit=str(fit),
            index="approximate" if snapshot.approximate else "exact",
            recall=snapshot.recall,
            generation=snapshot.generation,
            published_at=snapshot.published_at,
            runs=tuple(catalog.runs(runs)),
        )
