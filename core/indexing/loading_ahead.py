"""Images of a library, loaded by threads ahead of the model."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from PIL import Image

from ..errors import ImageError
from ..images import ENOUGH_SIDE, load_file
from ..model import BATCH_SIZE, prepared
from ..types import FeatureSpace, ImageRecord, Skipped
from .scanning import ImageFile

# Enough to keep the model busy, few enough to take little memory.
IMAGES_AHEAD = 3 * BATCH_SIZE

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Work:
    """Files to extract.

    Attributes:
        library: Folder of the files.
        space: Of the features.
        files: Images of the library.
        known: Images with a feature, by path.
        sources: Images whose feature can be copied, by id. Neither mapping may change meanwhile:
            other threads read them.
    """

    library: Path
    space: FeatureSpace
    files: Sequence[ImageFile]
    known: Mapping[str, ImageRecord]
    sources: Mapping[str, ImageRecord]


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """A loaded image: pixels for the model, or a source whose feature can be copied.

    Attributes:
        record: What the file says; the checksum is not valid yet.
        pixels: What the model sees.
        source: An image with a feature and the same content, possibly of the same path.
    """

    record: ImageRecord
    pixels: Image.Image | None = None
    source: ImageRecord | None = None


def load_batches(work: Work) -> Generator[list[PreparedImage | Skipped], None, None]:
    """Load files in order, in batches; the caller closes the generator."""
    return batches_ahead(lambda file: _load(work, file), work.files)


def _load(work: Work, file: ImageFile) -> PreparedImage | Skipped:
    before = work.known.get(file.path)
    source: ImageRecord | None = None

    def find_source(image_id: str) -> bool:
        nonlocal source
        source = before if before and before.id == image_id else work.sources.get(image_id)
        return source is not None

    try:
        image_id, image = load_file(
            work.library / file.path, enough=ENOUGH_SIDE, unless=find_source
        )
    except ImageError as error:
        return Skipped(file.path, str(error))
    if image:
        record = ImageRecord(
            file.path, file.size, file.mtime_ns, image_id, image.width, image.height, image.taken_at
        )
        return PreparedImage(record, pixels=prepared(image.pixels, work.space))
    assert source
    record = replace(source, path=file.path, size=file.size, mtime_ns=file.mtime_ns)
    return PreparedImage(record, source=source)


def batches_ahead(function: Callable[[T], R], items: Iterable[T]) -> Generator[list[R], None, None]:
    """Yield results in order, in lists of ``BATCH_SIZE``; the last may be shorter.

    Threads compute up to ``IMAGES_AHEAD`` results before they are needed; the caller closes the
    generator.
    """
    pool = ThreadPoolExecutor(os.cpu_count() or 2, thread_name_prefix="load")
    rest, pending = iter(items), deque[Future[R]]()

    def submit(count: int) -> None:
        pending.extend(pool.submit(function, item) for item in islice(rest, count))

    try:
        submit(IMAGES_AHEAD)
        while pending:
            batch: list[R] = []
            while pending and len(batch) < BATCH_SIZE:
                batch.append(pending.popleft().result())
                submit(1)
            yield batch
    finally:
        pool.shutdown(cancel_futures=True)
