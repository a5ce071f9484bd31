"""The interface of workers, which load images and extract their features; those of this process."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from typing import Protocol

from ..model import FeatureExtractor
from ..types import Array, ImageRecord, Skipped
from .loading_ahead import PreparedImage, Work, load_batches

Loading = Callable[[], AbstractContextManager[None]]
"""Gives a context that is entered while the workers get ready."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of some files.

    Attributes:
        records: Images that were extracted, each of another content; the checksums are not valid
            yet.
        features: ``(n, d)`` float32 by name of the descriptor, a row for each record.
        copies: Images of known content, each with the image whose feature it takes; ``None`` is
            the one with the same id that was extracted in this run.
        skipped: Files that cannot be read.
    """

    records: Sequence[ImageRecord] = ()
    features: Mapping[str, Array] = field(default_factory=dict)
    copies: Sequence[tuple[ImageRecord, ImageRecord | None]] = ()
    skipped: Sequence[Skipped] = ()

    def __len__(self) -> int:
        return len(self.records) + len(self.copies) + len(self.skipped)


class ExtractionWorkers(Protocol):
    """Extracts the features of image files."""

    @property
    def count(self) -> int:
        """Number of workers of a cluster; 0 if this process does the work."""

    def extract(self, work: Work, loading: Loading) -> Generator[Batch, None, None]:
        """Yield what came of the files, in any order; the caller closes the generator.

        A batch may be empty: workers that wait yield one about every second, so that the caller
        can end the run. ``loading`` is entered at most once, before the first image is extracted.
        """


class LocalWorkers:
    """Threads of this process, which load images ahead of the model.

    The extractor is loaded only if there is something to extract.
    """

    count = 0

    def __init__(self, extractor: FeatureExtractor) -> None:
        self._extractor = extractor

    def extract(self, work: Work, loading: Loading) -> Generator[Batch, None, None]:
        """See ``ExtractionWorkers``; batches are in the order of the files."""
        loaded = False
        extracted: set[str] = set()
        # Without this the garbage collector would close the generator at any moment, also inside
        # the start of another thread, where waiting for the loading threads is a deadlock.
        with closing(load_batches(work)) as batches:
            for batch in batches:
                images = [item for item in batch if isinstance(item, PreparedImage)]
                # Of identical files one is extracted; the others copy its feature.
                new = {
                    item.record.id: item
                    for item in reversed(images)
                    if item.pixels and item.record.id not in extracted
                }
                extracted.update(new)
                if new and not loaded:
                    with loading():
                        self._extractor.load()
                    loaded = True
                yield Batch(
                    records=[item.record for item in new.values()],
                    features=self._features([*new.values()]),
                    copies=[
                        (item.record, item.source)
                        for item in images
                        if new.get(item.record.id) is not item
                    ],
                    skipped=[item for item in batch if isinstance(item, Skipped)],
                )

    def _features(self, images: Sequence[PreparedImage]) -> Mapping[str, Array]:
        pixels = [item.pixels for item in images if item.pixels]
        return self._extractor.extract_all(pixels) if pixels else {}
