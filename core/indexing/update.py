"""The Offline part of the paper: extract the features of a library, save and publish them."""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, field

from ..errors import Cancelled, LibraryError
from ..feature_store import FeatureStore, IndexMaker, IndexSnapshot, keeps_fit, publish
from ..model import Chosen, FitChoice, Labels
from ..types import Drive, ImageRecord, IndexReport, Progress, ProgressCallback, Stage
from .extraction import Extraction
from .scanning import Scan, check_still_there, close_unplugged
from .workers import ExtractionWorkers


@dataclass(frozen=True, eq=False)
class StoreUpdate:
    """An indexing run: it brings a store in line with its library and publishes the index.

    Features are saved batch by batch and the index is published at the end: a run that is stopped
    keeps what it extracted and leaves the old index in place.

    Args:
        store: Nobody else writes to it meanwhile.
        scan: Of the library of the store.
        workers: Get ready only if there is something to extract.
        rebuild: Whether to extract every image and to learn the fit anew.
        relearn: Whether to learn the fit anew.
        keep_fit: Whether a fit that nobody chose stays, also where the default has changed since.
        chosen: What somebody chose for the gallery, its fit among it.
        labels: Gives the labels of paths, for the fit ``folders``; the source that was chosen, if
            one was, is its second argument.
        maker: See ``publish``.
        sibling_stores: Features are copied from them where possible.
        progress: Called from the thread of ``run`` between batches.
    """

    store: FeatureStore
    scan: Scan
    workers: ExtractionWorkers
    _: KW_ONLY
    rebuild: bool = False
    relearn: bool = False
    keep_fit: bool = False
    chosen: Chosen = field(default_factory=Chosen)
    labels: Callable[..., Labels] | None = None
    maker: IndexMaker | None = None
    sibling_stores: Sequence[FeatureStore] = ()
    progress: ProgressCallback = lambda _: None

    def run(self) -> IndexReport:
        """Do it; return what came of it.

        Raises:
            LibraryError: No image could be read.
            Cancelled: ``progress`` raised it.
        """
        started = time.perf_counter()
        with self.store.catalog() as catalog:
            self.store.sweep()
            published = self.store.readable_snapshot()
            drives, recorded, scan = catalog.drives(), catalog.images(), self.scan
            # A rebuild takes the library as it is: that is how a drive is given up for good.
            if not self.rebuild:
                scan = close_unplugged(self.store.library, scan, drives)
            clashing = self._name_arrays(recorded, scan)
            sound = self._with_sound_feature(recorded, published, clashing)
            extraction = Extraction(
                self.store, catalog, scan, self.workers, self.progress, recorded
            )
            try:
                if self.rebuild:
                    extraction.run(known={})
                else:
                    extraction.run(sound, self.sibling_stores)
                # Only now, so that a moved image could still copy the feature of its old path, and
                # so that a library of which nothing is left changes nothing.
                recorded = catalog.images()
                kept = self._kept(recorded, sound, extraction)
                gone = {record.path for record in recorded} - {image.path for image in kept}
                catalog.remove_images(gone)
                self.store.prune(record.path for record in kept)
                catalog.set_skipped(extraction.skipped)
                catalog.set_drives(_drives_of(kept, scan, drives))
                generation = self._publish(published, kept, skipped=len(extraction.skipped))
            except Cancelled as error:
                raise Cancelled(
                    f"Stopped after {extraction.extracted} images: what was extracted is kept, and "
                    "the next run goes on from there."
                ) from error
            seconds = time.perf_counter() - started
            report = self._report(published, kept, gone, generation, seconds, extraction)
            catalog.add_run(report)
        return report

    def _name_arrays(self, recorded: Sequence[ImageRecord], scan: Scan) -> set[str]:
        """Give each image an array of its own; return those whose array may be of another one."""
        saved = {record.path for record in recorded}
        groups = self.store.clashing({*saved, *(file.path for file in scan.files)})
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

    def _kept(
        self, recorded: Iterable[ImageRecord], sound: Collection[str], extraction: Extraction
    ) -> tuple[ImageRecord, ...]:
        """The images of the index: those that could be read, and those in closed folders."""
        scan, skipped = extraction.scan, extraction.skipped
        check_still_there(self.store.library, scan)
        # What the scan skipped is no file of it; its name for people may be that of another file.
        unreadable = {item.image for item in extraction.unreadable}
        readable = {file.path for file in scan.files} - unreadable
        kept = tuple(
            record
            for record in recorded
            if record.path in readable or (record.path in sound and not scan.knows(record.path))
        )
        if not kept:
            raise LibraryError(
                f"No image could be read: expected at least one in {self.store.library}. "
                f"Received: {len(skipped)} unreadable, the first {skipped[0].image!r}: "
                f"{skipped[0].reason}. Choose a folder with pictures."
            )
        return kept

    def _publish(
        self, published: IndexSnapshot | None, images: tuple[ImageRecord, ...], *, skipped: int
    ) -> int:
        """Publish a new generation unless the published one equals it; return its number."""
        relearn = self.rebuild or self.relearn
        if published and not relearn and self._is_current(published, images):
            return published.generation
        self.progress(Progress(Stage.STACKING, 0, len(images), skipped=skipped))
        return publish(
            self.store,
            images,
            self._fit(published),
            chosen=self.chosen,
            labels=self._labels_of([image.path for image in images]),
            maker=self.maker,
            reuse=not relearn,
        )

    def _fit(self, published: IndexSnapshot | None) -> FitChoice:
        if self.keep_fit and published and self.chosen.fit is None:
            return published.fit.choice
        return self.chosen.effective_fit

    def _labels_of(self, paths: Sequence[str]) -> Labels:
        if self.labels is None:
            return ()
        return self.labels(paths, self.chosen.labels) if self.chosen.labels else self.labels(paths)

    def _is_current(self, published: IndexSnapshot, images: tuple[ImageRecord, ...]) -> bool:
        before, now = ([(one.path, one.id) for one in some] for some in (published.images, images))
        return (
            before == now
            and published.chosen == self.chosen
            and keeps_fit(published, self._fit(published), published.images.ids)
            and bool(published.approximate) == bool(self.maker and self.maker.wanted(len(images)))
        )

    def _report(
        self,
        published: IndexSnapshot | None,
        images: Sequence[ImageRecord],
        gone: set[str],
        generation: int,
        seconds: float,
        extraction: Extraction,
    ) -> IndexReport:
        extracted, moved = extraction.extracted, len(gone & extraction.copied_from)
        rate = extracted / extraction.seconds if extracted else 0.0
        before, fit = published and published.fit.choice, self._fit(published)
        changed = self.chosen.fit is None and before not in (None, fit)
        return IndexReport(
            library=str(self.store.library),
            images=len(images),
            extracted=extracted,
            unchanged=len(images) - extracted - moved,
            moved=moved,
            removed=len(gone) - moved,
            skipped=extraction.skipped,
            seconds=round(seconds, 3),
            images_per_second=round(rate, 2),
            space=self.store.space,
            dimension=self.store.space.dimension,
            generation=generation,
            fit=str(fit),
            fit_before=str(before) if changed else None,
        )


def _drives_of(images: Collection[ImageRecord], scan: Scan, before: Iterable[Drive]) -> set[Drive]:
    """The drives that the images are on, also those that are not plugged in."""
    away = {drive for drive in before if not scan.knows(f"{drive.path}/")}
    return {
        drive
        for drive in {*scan.drives, *away}
        if any(image.path.startswith(f"{drive.path}/") for image in images)
    }
