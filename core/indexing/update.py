"""The Offline part: extract the features of what is new in a library, save and stack them."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from PIL import Image

from core.errors import Cancelled, FeatureStoreError, ImageError, LibraryError
from core.feature_store import Catalog, FeatureStore, IndexSnapshot
from core.images import ENOUGH_SIDE, load_file
from core.indexing.scan import ImageFile, Scan, check_still_there, close_unplugged, compare
from core.model import BATCH_SIZE, FeatureExtractor, prepared
from core.types import (
    Drive,
    FeatureSpace,
    ImageRecord,
    IndexReport,
    Progress,
    ProgressCallback,
    Skipped,
    Stage,
)

# Loaded ahead of the model: enough to never keep it waiting, little enough to stay small.
IMAGES_AHEAD = 3 * BATCH_SIZE

T = TypeVar("T")
R = TypeVar("R")


def update_store(
    store: FeatureStore,
    scan: Scan,
    extractor: FeatureExtractor,
    *,
    rebuild: bool = False,
    whiten: int = 0,
    relatives: Sequence[FeatureStore] = (),
    progress: ProgressCallback = lambda _: None,
) -> IndexReport:
    """Bring a store in line with its library and publish the index.

    Features are saved batch by batch as they are made; the index is published at the end, so a
    run that is stopped costs nothing of what it extracted and leaves the old index in place.

    Args:
        store: Where the features go; nobody else writes to it meanwhile.
        scan: What the library holds.
        extractor: Of the store's space; loaded only if there is something to extract.
        rebuild: Whether to extract every image anew, and to learn the whitening anew.
        whiten: Dimension to whiten to; 0 leaves the features as they are.
        relatives: Stores of the same library and forward pass with other descriptors: what they
            saved beside their features is taken over without opening the images.
        progress: Called from this thread after each step, between batches.

    Returns:
        What was done.

    Raises:
        LibraryError: Not one image could be read; the old index stands.
        Cancelled: ``progress`` raised it; the old index stands.
        FeatureStoreError: The store is damaged.
        WeightsError: The model cannot be loaded.
        OSError: The store cannot be written.
    """
    with store.catalog() as catalog:
        update = _Update(store, catalog, scan, extractor, rebuild, whiten, relatives, progress)
        try:
            return update.run()
        except Cancelled as error:
            raise Cancelled(
                f"Stopped after {update.extracted} images: what was extracted is kept, and the "
                "next run goes on from there."
            ) from error


@dataclass(frozen=True, slots=True)
class _Loaded:
    """An image ready for the model, or with a feature that is already at hand.

    Attributes:
        record: What its file tells.
        pixels: What the model sees; ``None`` where there is a source.
        source: An image of the same content whose feature serves; itself where only the time of
            the file changed.
    """

    record: ImageRecord
    pixels: Image.Image | None = None
    source: ImageRecord | None = None


class _Update:
    def __init__(
        self,
        store: FeatureStore,
        catalog: Catalog,
        scan: Scan,
        extractor: FeatureExtractor,
        rebuild: bool,
        whiten: int,
        relatives: Sequence[FeatureStore],
        progress: ProgressCallback,
    ) -> None:
        self.store = store
        self.catalog = catalog
        self.scan = scan
        self.extractor = extractor
        self.rebuild = rebuild
        self.whiten = whiten
        self.relatives = relatives
        self.progress = progress
        self.skipped: list[Skipped] = []
        self.extracted = 0
        self.reused_from: set[str] = set()
        self.seconds_extracting = 0.0
        # Of the content that the saved feature of each image is of.
        self.ids: dict[str, str] = {}

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
        self.ids = {record.path: record.id for record in recorded}
        known = self._sound(recorded, published)
        current = {} if self.rebuild else known
        changes = compare(
            self.scan.files,
            {path: (record.size, record.mtime_ns) for path, record in current.items()},
        )
        to_extract = changes.to_extract
        if not self.rebuild:
            for relative in self.relatives:
                to_extract = self._take_over(to_extract, relative)
        self._take_in(to_extract, current)

        # Last, so that a moved image could still take its feature from its old path, and so that
        # a library of which nothing is left changes nothing.
        unreadable = {item.image for item in self.skipped}
        readable = {file.path for file in self.scan.files} - unreadable
        check_still_there(self.store.library, self.scan)
        kept, gone = [], set()
        for record in self.catalog.images():
            unseen = not self.scan.knows(record.path)
            if record.path in readable or (unseen and record.path in known):
                kept.append(record)
            else:
                gone.add(record.path)
        if not kept:
            raise LibraryError(_nothing_readable(self.store.library, self.skipped))
        self.catalog.remove_images(gone)
        self.store.prune(record.path for record in kept)
        self.catalog.set_skipped(self.skipped)
        self.catalog.set_drives(self._drives_of(kept, drives))
        report = self._publish(started, published, tuple(kept), gone)
        self.catalog.add_run(report)
        return report

    def _sound(
        self, recorded: Iterable[ImageRecord], published: IndexSnapshot | None
    ) -> dict[str, ImageRecord]:
        """The records whose features are there, by path."""
        # Arrays are not synced one by one. What a publication holds was; of the others the system
        # may have lost the content with the power, and kept the size.
        images = published.images if published else ()
        synced = {(image.path, image.id, image.checksum) for image in images}

        def sound(record: ImageRecord) -> bool:
            if (record.path, record.id, record.checksum) in synced:
                return self.store.has(record.path)
            return self.store.is_sound(record)

        return {record.path: record for record in recorded if sound(record)}

    def _drives_of(self, images: Collection[ImageRecord], before: Iterable[Drive]) -> set[Drive]:
        """The drives that the images are on, also those that are not plugged in."""
        away = {drive for drive in before if not self.scan.knows(f"{drive.path}/")}
        return {
            drive
            for drive in {*self.scan.drives, *away}
            if any(image.path.startswith(f"{drive.path}/") for image in images)
        }

    def _take_over(
        self, files: tuple[ImageFile, ...], relative: FeatureStore
    ) -> tuple[ImageFile, ...]:
        """Save what another store has of files; returns those that it has nothing of."""
        with relative.catalog(reading=True) as catalog:
            records = {
                (record.path, record.size, record.mtime_ns): record for record in catalog.images()
            }
        known = [file for file in files if (file.path, file.size, file.mtime_ns) in records]
        taken: set[str] = set()
        for done, batch in enumerate(_batches(known, BATCH_SIZE)):
            self.progress(Progress(Stage.REUSING, done * BATCH_SIZE, len(known)))
            saved = []
            for file in batch:
                record = records[file.path, file.size, file.mtime_ns]
                # An array from before others were saved beside it, or a damaged one.
                with suppress(FeatureStoreError, KeyError):
                    checksum = self.store.save_all(file.path, relative.all_of(record))
                    saved.append(replace(record, checksum=checksum))
            self._forget_replaced(saved)
            self.catalog.add_images(saved)
            taken.update(record.path for record in saved)
        return tuple(file for file in files if file.path not in taken)

    def _take_in(self, files: tuple[ImageFile, ...], known: Mapping[str, ImageRecord]) -> None:
        # A file to extract may hold other content than its array: only the others can be sources.
        rewritten = {file.path for file in files}
        sources = {record.id: record for record in known.values() if record.path not in rewritten}
        library, space = self.store.library, self.store.space

        def load(file: ImageFile) -> _Loaded | Skipped:
            return _load(library, file, space, known.get(file.path), sources)

        done = 0
        start = time.perf_counter()
        # Closed here, whatever happens: the garbage collector would do it anywhere, and wait for
        # its threads inside the start of another one, for good.
        with closing(
            _map_ahead(load, files, workers=os.cpu_count() or 2, ahead=IMAGES_AHEAD)
        ) as loaded_ahead:
            for batch in _batches(loaded_ahead, BATCH_SIZE):
                if unreadable := [item for item in batch if isinstance(item, Skipped)]:
                    check_still_there(library, self.scan)
                    self.skipped += unreadable
                loaded = [item for item in batch if isinstance(item, _Loaded)]
                # Of identical files one is extracted; the others take over its feature.
                fresh = {
                    item.record.id: item
                    for item in reversed(loaded)
                    if item.pixels and item.record.id not in sources
                }
                if fresh:
                    if not self.extracted:
                        self.progress(Progress(Stage.LOADING, skipped=len(self.skipped)))
                        self.extractor.load()
                        start = time.perf_counter()
                    records = self._extract(list(fresh.values()))
                    sources.update({record.id: record for record in records})
                self._reuse(
                    [item for item in loaded if fresh.get(item.record.id) is not item], sources
                )
                done += len(batch)
                self.seconds_extracting = time.perf_counter() - start
                self._report_extracting(done, len(files))

    def _reuse(self, batch: list[_Loaded], sources: Mapping[str, ImageRecord]) -> None:
        self._forget_replaced(item.record for item in batch)
        records = []
        for item in batch:
            source = item.source or sources[item.record.id]
            if source.path != item.record.path:
                self.store.save_all(item.record.path, self.store.all_of(source))
                self.reused_from.add(source.path)
            records.append(replace(item.record, checksum=source.checksum))
        self.catalog.add_images(records)

    def _extract(self, batch: list[_Loaded]) -> list[ImageRecord]:
        features = self.extractor.extract_all([item.pixels for item in batch if item.pixels])
        self._forget_replaced(item.record for item in batch)
        records = []
        for row, item in enumerate(batch):
            of_image = {name: rows[row] for name, rows in features.items()}
            checksum = self.store.save_all(item.record.path, of_image)
            records.append(replace(item.record, checksum=checksum))
        self.catalog.add_images(records)
        self.extracted += len(batch)
        return records

    def _forget_replaced(self, records: Iterable[ImageRecord]) -> None:
        # A run killed between an array and its record must not leave that of the array before:
        # once the file came back as it was, it would seem to be unchanged.
        self.catalog.remove_images(
            [record.path for record in records if self.ids.get(record.path, record.id) != record.id]
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
            )
        )

    def _stands(self, old: IndexSnapshot, images: tuple[ImageRecord, ...]) -> bool:
        """Whether the published index is what a new one would be."""
        same = [(image.path, image.id) for image in old.images] == [
            (image.path, image.id) for image in images
        ]
        wanted = min(self.whiten, self.store.space.dimension)
        # An older version published no distances.
        measured = len(old.distances.pairs) > 0 or len(images) == 1
        return same and old.whitened_to == wanted and measured

    def _publish(
        self,
        started: float,
        old: IndexSnapshot | None,
        images: tuple[ImageRecord, ...],
        gone: set[str],
    ) -> IndexReport:
        if old and not self.rebuild and self._stands(old, images):
            generation = old.generation
        else:
            self.progress(Progress(Stage.STACKING, 0, len(images), skipped=len(self.skipped)))
            generation = self.store.publish(images, reuse=not self.rebuild, whiten=self.whiten)
        moved = len(gone & self.reused_from)
        rate = self.extracted / self.seconds_extracting if self.extracted else 0.0
        return IndexReport(
            library=str(self.store.library),
            images=len(images),
            extracted=self.extracted,
            unchanged=len(images) - self.extracted - moved,
            moved=moved,
            removed=len(gone) - moved,
            skipped=tuple(self.skipped),
            seconds=round(time.perf_counter() - started, 3),
            images_per_second=round(rate, 2),
            space=self.store.space,
            dimension=self.store.space.dimension,
            generation=generation,
        )


def _load(
    library: Path,
    file: ImageFile,
    space: FeatureSpace,
    before: ImageRecord | None,
    sources: Mapping[str, ImageRecord],
) -> _Loaded | Skipped:
    source: ImageRecord | None = None

    def at_hand(identity: str) -> bool:
        nonlocal source
        source = before if before and before.id == identity else sources.get(identity)
        return source is not None

    try:
        identity, image = load_file(library / file.path, enough=ENOUGH_SIDE, unless=at_hand)
    except ImageError as error:
        return Skipped(file.path, str(error))
    if image:
        record = ImageRecord(
            file.path, file.size, file.mtime_ns, identity, image.width, image.height, image.taken_at
        )
        return _Loaded(record, pixels=prepared(image.pixels, space))
    assert source
    record = replace(source, path=file.path, size=file.size, mtime_ns=file.mtime_ns)
    return _Loaded(record, source=source)


def _map_ahead(
    function: Callable[[T], R], items: Iterable[T], *, workers: int, ahead: int
) -> Generator[R, None, None]:
    """Results in order, computed by threads up to ``ahead`` items before they are asked for.

    It must be closed by who iterates it.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix="load")
    pending: deque[Future[R]] = deque()
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) >= ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _nothing_readable(library: Path, skipped: list[Skipped]) -> str:
    first = skipped[0]
    return (
        f"No image could be read: expected at least one in {library}. "
        f"Received: {len(skipped)} unreadable, the first {first.image!r}: {first.reason}. "
        "Choose a folder with pictures."
    )
