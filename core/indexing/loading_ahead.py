"""Images of a library, loaded by threads ahead of the model."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
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


def load_batches(
    library: Path,
    files: Iterable[ImageFile],
    space: FeatureSpace,
    *,
    known: Mapping[str, ImageRecord],
    sources: Mapping[str, ImageRecord],
) -> Generator[list[PreparedImage | Skipped], None, None]:
    """Load files in order, in batches of ``BATCH_SIZE``; the caller closes the generator.

    ``known`` holds images with a feature by path, ``sources`` those whose feature can be copied by
    id. The pixels are prepared for the space.
    """

    def load(file: ImageFile) -> PreparedImage | Skipped:
        return _load(library, file, space, known.get(file.path), sources)

    with closing(map_ahead(load, files, workers=os.cpu_count() or 2, ahead=IMAGES_AHEAD)) as loaded:
        yield from batches_of(loaded, BATCH_SIZE)


def _load(
    library: Path,
    file: ImageFile,
    space: FeatureSpace,
    before: ImageRecord | None,
    sources: Mapping[str, ImageRecord],
) -> PreparedImage | Skipped:
    source: ImageRecord | None = None

    def find_source(image_id: str) -> bool:
        nonlocal source
        source = before if before and before.id == image_id else sources.get(image_id)
        return source is not None

    try:
        image_id, image = load_file(library / file.path, enough=ENOUGH_SIDE, unless=find_source)
    except ImageError as error:
        return Skipped(file.path, str(error))
    if image:
        record = ImageRecord(
            file.path, file.size, file.mtime_ns, image_id, image.width, image.height, image.taken_at
        )
        return PreparedImage(record, pixels=prepared(image.pixels, space))
    assert source
    record = replace(source, path=file.path, size=file.size, mtime_ns=file.mtime_ns)
    return PreparedImage(record, source=source)


def map_ahead(
    function: Callable[[T], R], items: Iterable[T], *, workers: int, ahead: int
) -> Generator[R, None, None]:
    """Yield results in order, computed by threads up to ``ahead`` items before they are needed."""
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


def batches_of(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of ``size``; the last may be shorter."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
