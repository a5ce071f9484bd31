"""A description of the index of a gallery, for people."""

from dataclasses import dataclass
from typing import Any

from ..program import install
from ..types import FeatureSpace, Skipped
from .galleries import FeaturesFolder
from .publication import LARGE
from .snapshot import IndexSnapshot
from .store import FeatureStore

EXACT, APPROXIMATE, SERVER = "exact", "approximate", "server"


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """A description of an index; the paths are absolute.

    ``index`` is ``exact``, ``approximate``, or ``server`` where the rows are not on this machine;
    ``recall`` is the share of the 30 closest images that an approximate index finds, 0 to 1;
    ``published_at`` is UTC in ISO 8601; ``runs`` are the last reports, see ``Catalog.runs``.
    """

    gallery: str
    features: str
    library: str
    images: int
    skipped: tuple[Skipped, ...]
    space: FeatureSpace
    fit: str
    index: str
    recall: float | None
    generation: int
    published_at: str
    runs: tuple[dict[str, Any], ...]

    @property
    def fit_before(self) -> str | None:
        """The fit before the last run, where that took a new default and learnt another one."""
        last = self.runs[0] if self.runs else {}
        # Too few pictures are centred as before, whatever the default is.
        return last.get("fit_before") if last.get("fit") == self.fit else None

    @property
    def elsewhere(self) -> bool:
        """Whether the rows are on another machine, which indexes the gallery."""
        return self.index == SERVER

    @property
    def index_line(self) -> str:
        """How searches compare, in one line."""
        if self.elsewhere:
            return "on the server; the rows are not on this computer"
        if self.recall is not None:
            return f"approximate, finds {self.recall:.1%} of the 30 closest images"
        if self.images < LARGE:
            return "exact"
        return (
            "exact; an approximate one is much faster for so many images: run "
            f"`{install('large')}`, then update"
        )


def index_info(
    gallery: str, folder: FeaturesFolder, store: FeatureStore, snapshot: IndexSnapshot, *, runs: int
) -> IndexInfo:
    """Describe an index, with that many of its last runs."""
    here = APPROXIMATE if snapshot.approximate else EXACT
    skipped: tuple[Skipped, ...] = ()
    last: tuple[dict[str, Any], ...] = ()
    # Opening a missing one, as on a machine that only searches, would create it.
    if store.catalog_path.exists():
        with store.catalog(reading=True) as catalog:
            skipped, last = catalog.skipped(), catalog.runs(runs)
    return IndexInfo(
        gallery=gallery,
        features=str(folder.path.resolve()),
        library=str(snapshot.library),
        images=len(snapshot.images),
        skipped=skipped,
        space=snapshot.space,
        fit=str(snapshot.fit),
        index=SERVER if snapshot.rows is None else here,
        recall=snapshot.recall,
        generation=snapshot.generation,
        published_at=snapshot.published_at,
        runs=last,
    )
