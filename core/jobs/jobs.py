"""The four kinds of job of an engine."""

from ..engine import ImageSearchEngine
from .duplicates import DuplicatesJob
from .indexing import IndexingJob
from .maps import MapsJob
from .quality import QualityJob


class Jobs:
    """The jobs of an engine: one of each kind runs at a time, beside those of the other kinds.

    Attributes:
        indexing: Index galleries and watch them.
        maps: Draw maps.
        quality: Measure the retrieval quality.
        duplicates: Find, remove and restore duplicates.
    """

    def __init__(self, engine: ImageSearchEngine) -> None:
        self.indexing = IndexingJob(engine)
        self.maps = MapsJob(engine)
        self.quality = QualityJob(engine)
        self.duplicates = DuplicatesJob(engine)

    def close(self) -> None:
        """Stop watching and cancel what runs."""
        self.indexing.unwatch_all()
        for job in (self.indexing, self.maps, self.quality, self.duplicates):
            job.cancel()
