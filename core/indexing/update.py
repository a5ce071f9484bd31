"""The Offline part of the paper: extract the features of a library, save and publish them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace

from core.errors import Cancelled, FeatureStoreError, LibraryError
from core.feature_store import (
    Catalog,
    FeatureStore,
    IndexMaker,
    IndexSnapshot,
    keeps_fit,
    publish,
)
from core.indexing.scanning import ImageFile, Scan, check_still_there, close_unplugged, compare
from core.indexing.workers import Batch, ExtractionWorkers
from core.model import BATCH_SIZE, Chosen, Labels
from core.types import Drive, ImageRecord, IndexReport, Progress, ProgressCallback, Skipped, Stage


def update_store(
    store: FeatureStore,
    scan: Scan,
    workers: ExtractionWorkers,
    *,
    rebuild: bool = False,
    relearn: bool = False,
    chosen: Chosen | None = None,
    labels: Callable[..., Labels] | None = None,
    maker: IndexMaker | None = None,
    sibling_stores: Sequence[FeatureStore] = (),
    progress: ProgressCallback = lambda _: None,
) -> IndexReport:
    """Bring a store in line with its library and publish the index.

    Features are saved batch by batch and the index is published at the end: a run that is stopped
    keeps what it extracted and leaves the old index in place.

    Args:
        store: Nobody else writes to it meanwhile.
        scan: Of the library of the store.
        workers: Get ready only if there is something to extract.
        rebuild: Whether to extract every image and to learn the fit anew.
        relearn: Whether to learn the fit anew.
        chosen: What somebody chose for the gallery, its fit among it.
        labels: Gives the labels of paths, for the fit ``folders``; the source that was chosen, if
            one was, is its second argument.
        maker: See ``publish``.
        sibling_stores: See ``FeaturesFolder``; features are copied from them where possible.
        progress: Called from this thread between batches.

    Raises:
        LibraryError: No image could be read.
        Cancelled: ``progress`` raised it.
    """
    with store.catalog() as catalog:
        update = _Update(
            store,
            catalog,
            scan,
            workers,
            rebuild,
            rebuild or relearn,
            chosen or Chosen(),
            labels,
            maker,
            sibling_stores,
            progress,
        )
        try:
            return update.run()
        except Cancelled as error:
            raise Cancelled(
                f"Stopped after {update.extracted} images: what was extracted is kept, and the "
                "next run goes on from there."
            ) from error


@dataclass(eq=False)
class _Update:
    store: FeatureStore
    catalog: Catalog
    scan: Scan
    workers: ExtractionWorkers
    rebuild: bool
    relearn: bool
    chosen: Chosen
    labels: Callable[..., Labels] | None
    maker: IndexMaker | None
    sibling_stores: Sequence[FeatureStore]
    progress: ProgressCallback
    skipped: list[Skipped] = field(default_factory=list)
    # Paths of files that turned out to be no pictures.
    unreadable: set[str] = field(default_factory=set)
    extracted: int = 0
    began_extracting: float = 0.0
    seconds_extracting: float = 0.0
    # Paths of the images whose feature was copied to another path.
    copied_from: set[str] = field(default_factory=set)
    # By path, the id of the content that the saved feature was extracted from.
    saved_ids: dict[str, str] = field(default_factory=dict)

    def run(self) -> IndexReport:
        started = time.perf_counter()
        self.store.sweep()
        published = self.store.readable_snapshot()
        drives = self.catalog.drives()
        # A rebuild takes the library as it is: that is how a drive is given up for good.
        if not self.rebuild:
            self.scan = close_unplugged(self.store.library, self.scan, drives)
        self.skipped += self.scan.skipped
        recorded = self.catalog.images()
        self.saved_ids = {record.path: record.id for record in recorded}
        clashing = self._name_arrays(recorded)
        sound = self._with_sound_feature(recorded, published, clashing)
        known = {} if self.rebuild else sound

        files = self._changed_files(known)
        if not self.rebuild:
            for sibling in self.sibling_stores:
                files = self._copy_from(sibling, files)
        self._load_and_extract(files, known)

        # Only now, so that a moved image could still copy the feature of its old path, and so
        # that a library of which nothing is left changes nothing.
        recorded = self.catalog.images()
        kept = self._kept(recorded, sound)
        gone = {record.path for record in recorded} - {image.path for image in kept}
        self.catalog.remove_images(gone)
        self.store.prune(record.path for record in kept)
        self.catalog.set_skipped(self.skipped)
        self.catalog.set_drives(self._drives_of(kept, drives))
        generation = self._publish(published, kept)
        report = self._report(kept, gone, generation, time.perf_counter() - started)
        self.catalog.add_run(report)
        return report

    def _name_arrays(self, recorded: Sequence[ImageRecord]) -> set[str]:
        """Give each image an array of its own; return those whose array may be of another one."""
        saved = {record.path for record in recorded}
        groups = self.store.clashing({*saved, *(file.path for file in self.scan.files)})
        self.store.names.assign(groups, saved)
        return {image for group in groups for image in group}

    def _with_sound_feature(
        self,
        recorded: Iterable[ImageRecord],
        published: IndexSnapshot | None,
        clashing: Collection[str],
    ) -> dict[str, ImageRecord]:
        """The records whose saved feature is intact, by path."""
        # Arrays are synced to the disk by a publication, not one by one. After a loss of power an
        # array that was not published may have the right size and other content.
        images = published.images if published else ()
        synced = {
            (image.path, image.id, image.checksum) for image in images if image.path not in clashing
        }

        def sound(record: ImageRecord) -> bool:
            if (record.path, record.id, record.checksum) in synced:
                return self.store.has(record.path)
            return self.store.is_sound(record)

        return {record.path: record for record in recorded if sound(record)}

    def _changed_files(self, known: Mapping[str, ImageRecord]) -> tuple[ImageFile, ...]:
        """The files that are new, or differ in size or time from what is known."""
        seen = {path: (record.size, record.mtime_ns) for path, record in known.items()}
        return compare(self.scan.files, seen).to_extract

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
                # A damaged array, or one of an older version, without this descriptor.
                with suppress(FeatureStoreError, KeyError):
                    checksum = self.store.save_all(record.path, sibling.load_all(record))
                    saved.append(replace(record, checksum=checksum))
            self.catalog.add_images(saved)
            copied.update(record.path for record in saved)
        return tuple(file for file in files if file.path not in copied)

    def _load_and_extract(
        self, files: Sequence[ImageFile], known: Mapping[str, ImageRecord]
    ) -> None:
        """Save a feature for each file: copied where the content is known, else extracted."""
        # The array of a changed file may be of other content, so its feature is not copied.
        changed = {file.path for file in files}
        sources = {record.id: record for record in known.values() if record.path not in changed}
        done = 0
        self.began_extracting = time.perf_counter()
        with closing(
            self.workers.extract(
                self.store.library,
                self.store.space,
                files,
                known=known,
                sources=sources,
                loading=self._loading,
            )
        ) as batches:
            for batch in batches:
                self._skip(batch.skipped)
                sources.update({record.id: record for record in self._save(batch)})
                self._copy(batch.copies, sources)
                done += len(batch)
                self.seconds_extracting = time.perf_counter() - self.began_extracting
                self._report_extracting(done, len(files))

    @contextmanager
    def _loading(self) -> Iterator[None]:
        self.progress(Progress(Stage.LOADING, skipped=len(self.skipped)))
        yield
        self.began_extracting = time.perf_counter()

    def _skip(self, unreadable: Sequence[Skipped]) -> None:
        if unreadable:
            check_still_there(self.store.library, self.scan)
            self.skipped += unreadable
            self.unreadable.update(item.image for item in unreadable)

    def _save(self, batch: Batch) -> list[ImageRecord]:
        self._forget_replaced(batch.records)
        records = []
        for row, record in enumerate(batch.records):
            of_image = {name: rows[row] for name, rows in batch.features.items()}
            checksum = self.store.save_all(record.path, of_image)
            records.append(replace(record, checksum=checksum))
        self.catalog.add_images(records)
        self.extracted += len(records)
        return records

    def _copy(
        self,
        copies: Sequence[tuple[ImageRecord, ImageRecord | None]],
        sources: Mapping[str, ImageRecord],
    ) -> None:
        self._forget_replaced(record for record, _ in copies)
        records = []
        for record, source in copies:
            source = source or sources[record.id]
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
            if self.saved_ids.get(record.path, record.id) != record.id
        )

    def _report_extracting(self, done: int, total: int) -> None:
        rate = done / self.seconds_extracting if self.seconds_extracting > 0 else 0.0
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

    def _kept(
        self, recorded: Iterable[ImageRecord], sound: Collection[str]
    ) -> tuple[ImageRecord, ...]:
        """The images of the index: those that could be read, and those in closed folders."""
        check_still_there(self.store.library, self.scan)
        # What the scan skipped is no file of it; its name for people may be that of another file.
        readable = {file.path for file in self.scan.files} - self.unreadable
        kept = tuple(
            record
            for record in recorded
            if record.path in readable
            or (record.path in sound and not self.scan.knows(record.path))
        )
        if not kept:
            first = self.skipped[0]
            raise LibraryError(
                f"No image could be read: expected at least one in {self.store.library}. "
                f"Received: {len(self.skipped)} unreadable, the first {first.image!r}: "
                f"{first.reason}. Choose a folder with pictures."
            )
        return kept

    def _drives_of(self, images: Collection[ImageRecord], before: Iterable[Drive]) -> set[Drive]:
        """The drives that the images are on, also those that are not plugged in."""
        away = {drive for drive in before if not self.scan.knows(f"{drive.path}/")}
        return {
            drive
            for drive in {*self.scan.drives, *away}
            if any(image.path.startswith(f"{drive.path}/") for image in images)
        }

    def _publish(self, published: IndexSnapshot | None, images: tuple[ImageRecord, ...]) -> int:
        """Publish a new generation unless the published one equals it; return its number."""
        if published and not self.relearn and self._is_current(published, images):
            return published.generation
        self.progress(Progress(Stage.STACKING, 0, len(images), skipped=len(self.skipped)))
        return publish(
            self.store,
            images,
            self.chosen.effective_fit,
            chosen=self.chosen,
            labels=self._labels([image.path for image in images]),
            maker=self.maker,
            reuse=not self.relearn,
        )

    def _labels(self, paths: Sequence[str]) -> Labels:
        if self.labels is None:
            return ()
        source = self.chosen.labels
        return self.labels(paths, source) if source else self.labels(paths)

    def _is_current(self, published: IndexSnapshot, images: tuple[ImageRecord, ...]) -> bool:
        same_images = [(image.path, image.id) for image in published.images] == [
            (image.path, image.id) for image in images
        ]
        return (
            same_images
            and published.chosen == self.chosen
            # An index of an older version has none.
            and published.neighbours is not None
            and keeps_fit(published, self.chosen.effective_fit, len(images))
            and bool(published.approximate) == bool(self.maker and self.maker.wanted(len(images)))
        )

    def _report(
        self, images: Sequence[ImageRecord], gone: set[str], generation: int, seconds: float
    ) -> IndexReport:
        moved = len(gone & self.copied_from)
        rate = self.extracted / self.seconds_extracting if self.extracted else 0.0
        return IndexReport(
            library=str(self.store.library),
            images=len(images),
            extracted=self.extracted,
            unchanged=len(images) - self.extracted - moved,
            moved=moved,
            removed=len(gone) - moved,
            skipped=tuple(self.skipped),
            seconds=round(seconds, 3),
            images_per_second=round(rate, 2),
            space=self.store.space,
            dimension=self.store.space.dimension,
            generation=generation,
        )
