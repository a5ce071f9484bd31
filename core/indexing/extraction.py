"""Features of the changed files of a library, saved: copied where possible, else extracted."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace

from ..errors import FeatureStoreError
from ..feature_store import Catalog, FeatureStore
from ..model import BATCH_SIZE
from ..types import ImageRecord, Progress, ProgressCallback, Skipped, Stage
from .loading_ahead import Work
from .scanning import ImageFile, Scan, changed_files, check_still_there
from .workers import Batch, ExtractionWorkers


@dataclass(eq=False)
class Extraction:
    """Saves a feature and a record for each changed file of a library, batch by batch.

    Nobody else writes to the store meanwhile. The workers get ready only if there is something to
    extract. ``progress`` is called from this thread between batches. ``recorded`` are the images of
    the catalog.

    Attributes:
        extracted: Number of images whose feature was extracted.
        seconds: How long that took.
        copied_from: Paths of the images whose feature was copied to another path.
        unreadable: Files that turned out to be no pictures.
    """

    store: FeatureStore
    catalog: Catalog
    scan: Scan
    workers: ExtractionWorkers
    progress: ProgressCallback
    recorded: Iterable[ImageRecord]
    extracted: int = 0
    seconds: float = 0.0
    copied_from: set[str] = field(default_factory=set)
    unreadable: list[Skipped] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._saved_ids = {record.path: record.id for record in self.recorded}
        # The images that were extracted, by id.
        self._new: dict[str, ImageRecord] = {}
        self._began = 0.0

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The files that are left out: those of the scan and those that cannot be read."""
        return (*self.scan.skipped, *self.unreadable)

    def run(
        self, known: Mapping[str, ImageRecord], sibling_stores: Iterable[FeatureStore] = ()
    ) -> None:
        """Save what is missing.

        ``known`` holds the images with a sound feature, by path. Features are copied from the
        sibling stores where possible.
        """
        files = changed_files(self.scan.files, known)
        for sibling in sibling_stores:
            files = self._copy_from(sibling, files)
        self._load_and_extract(files, known)

    def _copy_from(
        self, sibling: FeatureStore, files: Sequence[ImageFile]
    ) -> tuple[ImageFile, ...]:
        """Copy what a sibling store has of unchanged files; return the files that it lacks."""
        with sibling.catalog(reading=True) as catalog:
            theirs = {
                (record.path, record.size, record.mtime_ns): record for record in catalog.images()
            }
        keys = [(file.path, file.size, file.mtime_ns) for file in files]
        records = [theirs[key] for key in keys if key in theirs]
        copied: set[str] = set()
        for start in range(0, len(records), BATCH_SIZE):
            self.progress(Progress(Stage.REUSING, start, len(records)))
            batch = records[start : start + BATCH_SIZE]
            self._forget_replaced(batch)
            saved = []
            for record in batch:
                # A damaged array, or one without this descriptor.
                with suppress(FeatureStoreError, KeyError):
                    checksum = self.store.save_all(record.path, sibling.load_all(record))
                    saved.append(replace(record, checksum=checksum))
            self.catalog.add_images(saved)
            copied.update(record.path for record in saved)
        return tuple(file for file in files if file.path not in copied)

    def _load_and_extract(
        self, files: Sequence[ImageFile], known: Mapping[str, ImageRecord]
    ) -> None:
        # The array of a changed file may be of other content, so its feature is not copied.
        changed = {file.path for file in files}
        sources = {record.id: record for record in known.values() if record.path not in changed}
        done = 0
        self._began = time.perf_counter()
        work = Work(self.store.library, self.store.space, files, known, sources)
        with closing(self.workers.extract(work, self._loading)) as batches:
            for batch in batches:
                self._skip(batch.skipped)
                self._save(batch)
                self._copy(batch.copies)
                done += len(batch)
                self.seconds = time.perf_counter() - self._began
                self._report(done, len(files))

    @contextmanager
    def _loading(self) -> Iterator[None]:
        self.progress(Progress(Stage.LOADING, skipped=len(self.skipped)))
        yield
        self._began = time.perf_counter()

    def _skip(self, unreadable: Sequence[Skipped]) -> None:
        if unreadable:
            check_still_there(self.store.library, self.scan)
            self.unreadable += unreadable

    def _save(self, batch: Batch) -> None:
        self._forget_replaced(batch.records)
        records = []
        for row, record in enumerate(batch.records):
            of_image = {name: rows[row] for name, rows in batch.features.items()}
            checksum = self.store.save_all(record.path, of_image)
            records.append(replace(record, checksum=checksum))
        self.catalog.add_images(records)
        self._new.update({record.id: record for record in records})
        self.extracted += len(records)

    def _copy(self, copies: Sequence[tuple[ImageRecord, ImageRecord | None]]) -> None:
        self._forget_replaced(record for record, _ in copies)
        records = []
        for record, source in copies:
            source = source or self._new[record.id]
            if source.path != record.path:
                self.store.save_all(record.path, self.store.load_all(source))
                self.copied_from.add(source.path)
            records.append(replace(record, checksum=source.checksum))
        self.catalog.add_images(records)

    def _forget_replaced(self, records: Iterable[ImageRecord]) -> None:
        """Remove the records of older content before its arrays are replaced."""
        # A run that is killed between the array and the new record would leave the old record:
        # with the old file back in its place, the wrong array would count as unchanged.
        self.catalog.remove_images(
            record.path
            for record in records
            if self._saved_ids.get(record.path, record.id) != record.id
        )

    def _report(self, done: int, total: int) -> None:
        rate = done / self.seconds if self.seconds > 0 else 0.0
        self.progress(
            Progress(
                Stage.EXTRACTING,
                done,
                total,
                images_per_second=rate,
                seconds_left=(total - done) / rate if rate else None,
                skipped=len(self.skipped),
                workers=self.workers.count,
            )
        )
