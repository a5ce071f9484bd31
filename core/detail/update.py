"""Make the detail index of a gallery, or bring it up to date."""

import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from ..errors import Cancelled, FeatureStoreError
from ..feature_store import IndexSnapshot
from ..model import BATCH_SIZE, FeatureExtractor
from ..sizes import size_in_words
from ..types import ImageRecord, Progress, ProgressCallback, Skipped, Stage
from .code_table import CodeTable
from .compression import Compression, learn_compression
from .describing import DescribedPicture, describe_pictures
from .detail_store import DetailStore, Published

# Pictures whose regions the compression is learnt on.
SAMPLE = 128


@dataclass(frozen=True)
class DetailReport:
    """Outcome of making a detail index.

    Attributes:
        pictures: Number of pictures in it; files with the same content count once.
        extracted: Number of pictures that this run described.
        damaged: Number of pictures that were described again because what was saved is damaged.
        skipped: Images of the gallery that cannot be read any more.
        images_per_second: Rate of the extraction; 0 if nothing was extracted.
        size: Of its files, in bytes.
    """

    pictures: int
    extracted: int
    damaged: int
    skipped: tuple[Skipped, ...]
    seconds: float
    images_per_second: float
    size: int

    def __str__(self) -> str:
        found = (
            f"{self.pictures:,} pictures can be searched for parts: {self.extracted:,} described"
        )
        again = f", {self.damaged:,} of them because what was saved is damaged"
        left_out = f", {len(self.skipped):,} skipped"
        return (
            f"{found}{again if self.damaged else ''}{left_out if self.skipped else ''}, "
            f"in {self.seconds:,.0f} s; {size_in_words(self.size)}."
        )


def update_details(
    store: DetailStore,
    snapshot: IndexSnapshot,
    extractor: FeatureExtractor,
    *,
    rebuild: bool = False,
    progress: ProgressCallback = lambda _: None,
) -> DetailReport:
    """Bring a detail index in line with the index of its gallery, and publish it.

    A run that is stopped publishes what it has, and the next run goes on from there.

    Args:
        store: Nobody else writes to it meanwhile.
        snapshot: The index of the gallery.
        extractor: Loaded only if there is something to describe.
        rebuild: Whether to describe every picture, and to learn the compression, anew.
        progress: Called between batches; ends the run by raising ``Cancelled``.
    """
    update = _Update(store, snapshot, extractor, progress)
    started = time.perf_counter()
    if rebuild:
        store.parts.drop()
    else:
        update.take_over()
    try:
        update.describe_missing()
    except Cancelled as error:
        update.publish()
        raise Cancelled(
            f"Stopped after {update.extracted} pictures: what was described is kept, and the next "
            "run goes on from there."
        ) from error
    progress(Progress(Stage.STACKING))
    update.publish()
    return update.report(time.perf_counter() - started)


@dataclass(eq=False)
class _Update:
    store: DetailStore
    snapshot: IndexSnapshot
    extractor: FeatureExtractor
    progress: ProgressCallback
    compression: Compression | None = None
    before: Published | None = None
    # By id, a row of a table.
    saved: dict[bytes, tuple[CodeTable, int]] = field(default_factory=dict)
    # Of these, those that are not published.
    unpublished: int = 0
    damaged: int = 0
    extracted: int = 0
    images_per_second: float = 0.0
    skipped: list[Skipped] = field(default_factory=list)
    # Described and not yet compressed, in the order of the ids.
    uncompressed: list[DescribedPicture] = field(default_factory=list)

    def take_over(self) -> None:
        """Take over what is saved, if it is sound."""
        try:
            self.before = self.store.published()
            digest = self.store.parts.compression()
            if digest is None and self.before:
                digest = self.before.compression
            if digest:
                self.compression = self.store.compression(digest)
        except FeatureStoreError:
            self.damaged = self.before.pictures if self.before else 0
        if self.compression:
            if self.before and self.before.compression == self.compression.digest:
                self._take_over_published(self.before)
            for part in self.store.parts.tables(self.compression.digest):
                self._add(part)
        wanted = self._missing()
        found = self.store.parts.uncompressed()
        self.uncompressed = [one for one in found if one.id.encode() in wanted]

    def _take_over_published(self, before: Published) -> None:
        try:
            table, checksums = self.store.table(before)
        except FeatureStoreError:
            self.damaged = before.pictures
            return
        damaged = table.damaged_rows(checksums)
        self.damaged = len(damaged)
        self._keep(table, set(range(len(table))).difference(damaged))

    def _keep(self, table: CodeTable, rows: Iterable[int]) -> None:
        ids = table.ids.tolist()
        self.saved.update((ids[row], (table, row)) for row in rows)

    def _add(self, table: CodeTable) -> None:
        self._keep(table, range(len(table)))
        self.unpublished += len(table)

    def describe_missing(self) -> None:
        """Describe what is in the gallery and not saved, in the order of the ids."""
        described = {picture.id.encode() for picture in self.uncompressed}
        # The ids are hashes, so the first of them are a random sample, and always the same one.
        missing = sorted(self._missing() - described)
        records = [record for one in missing if (record := self.snapshot.with_id(one.decode()))]
        if records:
            self._describe(records)
        self._compress()

    def _missing(self) -> set[bytes]:
        there: set[bytes] = set(self.snapshot.images.ids.tolist())
        return there - self.saved.keys()

    def _describe(self, records: Sequence[ImageRecord]) -> None:
        self.progress(Progress(Stage.LOADING))
        self.extractor.load()
        started, done = time.perf_counter(), 0
        with closing(describe_pictures(self.snapshot.library, records, self.extractor)) as batches:
            for batch in batches:
                self.skipped += (item for item in batch if isinstance(item, Skipped))
                pictures = [item for item in batch if isinstance(item, DescribedPicture)]
                self.uncompressed += pictures
                self.extracted += len(pictures)
                done += len(batch)
                if self.compression or len(self.uncompressed) >= SAMPLE:
                    self._compress()
                elif pictures:
                    self.store.parts.add_uncompressed(pictures)
                self.images_per_second = done / (time.perf_counter() - started)
                self.progress(
                    Progress(
                        Stage.DETAILS,
                        done,
                        len(records),
                        images_per_second=self.images_per_second,
                        seconds_left=(len(records) - done) / self.images_per_second,
                        skipped=len(self.skipped),
                    )
                )

    def _compress(self) -> None:
        if self.uncompressed:
            self._save(self.compression or self._learn())
        self.store.parts.drop_uncompressed()

    def _learn(self) -> Compression:
        sample = sorted(self.uncompressed, key=lambda picture: picture.id)[:SAMPLE]
        learnt = learn_compression(np.concatenate([picture.regions for picture in sample]))
        self.store.save_compression(learnt)
        self.compression = learnt
        return learnt

    def _save(self, compression: Compression) -> None:
        for start in range(0, len(self.uncompressed), BATCH_SIZE):
            part = self.uncompressed[start : start + BATCH_SIZE]
            table = CodeTable.of(
                [picture.id for picture in part],
                [picture.size for picture in part],
                [compression.encode(picture.regions) for picture in part],
            )
            self.store.parts.add(table, compression.digest)
            self._add(table)
        self.uncompressed = []

    def publish(self) -> None:
        """Publish what is saved of the gallery, unless it is published already."""
        kept = self._kept()
        same = self.before and self.before.pictures == len(kept) == len(self.saved)
        if self.compression is None or not kept or (same and not self.unpublished):
            return
        before = self.before
        self.store.publish(
            kept,
            Published(
                # Files of an older one may be mapped by a search, and stand if this run is killed.
                generation=self.store.unused_generation(),
                compression=self.compression.digest,
                pictures=len(kept),
                images_per_second=round(
                    self.images_per_second or (before.images_per_second if before else 0.0), 2
                ),
                published_at=datetime.now(UTC).isoformat(timespec="seconds"),
            ),
        )

    def _kept(self) -> list[tuple[CodeTable, int]]:
        """What is saved of the gallery."""
        there = set(self.snapshot.images.ids.tolist())
        return [place for one, place in self.saved.items() if one in there]

    def report(self, seconds: float) -> DetailReport:
        return DetailReport(
            pictures=len(self._kept()),
            extracted=self.extracted,
            damaged=self.damaged,
            skipped=tuple(self.skipped),
            seconds=round(seconds, 3),
            images_per_second=round(self.images_per_second, 2),
            size=self.store.size,
        )
