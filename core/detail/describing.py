"""Pictures of a gallery, loaded ahead of the network and described by their regions."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from ..errors import ImageError
from ..images import fit, load_file
from ..indexing import batches_ahead
from ..model import STRIDE, FeatureExtractor
from ..types import Array, ImageRecord, Skipped
from .regions import PICTURE_SIDE, all_regions, pool_regions


@dataclass(frozen=True, eq=False)
class DescribedPicture:
    """A picture by its regions.

    Attributes:
        id: Of its content.
        size: Height and width of its maps.
        regions: ``(r, channels)`` float32 unit rows, first those of the large regions.
    """

    id: str
    size: tuple[int, int]
    regions: Array


def describe_pictures(
    library: Path, records: Sequence[ImageRecord], extractor: FeatureExtractor
) -> Generator[list[DescribedPicture | Skipped], None, None]:
    """Describe images in order, in batches of ``BATCH_SIZE``; the caller closes the generator.

    A file that differs from its record is skipped.
    """

    def load(record: ImageRecord) -> tuple[ImageRecord, Image.Image] | Skipped:
        try:
            identity, image = load_file(library / record.path, enough=PICTURE_SIDE)
        except ImageError as error:
            return Skipped(record.path, str(error))
        if image is None or identity != record.id:
            return Skipped(record.path, "its file has changed since it was indexed")
        return record, fit(image.pixels, PICTURE_SIDE, least=STRIDE)

    with closing(batches_ahead(load, records)) as batches:
        for batch in batches:
            images = [item for item in batch if not isinstance(item, Skipped)]
            maps = extractor.maps([image for _, image in images], PICTURE_SIDE) if images else ()
            skipped = [item for item in batch if isinstance(item, Skipped)]
            pairs = zip(images, maps, strict=True)
            yield [*skipped, *(_described(record, of_image) for (record, _), of_image in pairs)]


def save_pictures(file: BinaryIO, pictures: Sequence[DescribedPicture]) -> None:
    """Write a NumPy archive, which has checksums of its own, of at least one picture."""
    np.savez(
        file,
        ids=np.array([picture.id.encode() for picture in pictures]),
        sizes=np.array([picture.size for picture in pictures], np.int64),
        regions=np.concatenate([picture.regions for picture in pictures]),
    )


def load_pictures(file: BinaryIO) -> list[DescribedPicture]:
    """Read what ``save_pictures`` wrote; anything else raises an error."""
    with np.load(file, allow_pickle=False) as content:
        ids, sizes, regions = (content[name] for name in ("ids", "sizes", "regions"))
    counts = [len(all_regions(*size)) for size in sizes.tolist()]
    if len(ids) != len(counts) or len(regions) != sum(counts):
        raise ValueError(f"{len(regions)} regions of {len(ids)} pictures")
    of_picture = np.split(regions, np.cumsum(counts)[:-1])
    return [
        DescribedPicture(one.decode(), (height, width), rows)
        for one, (height, width), rows in zip(ids.tolist(), sizes.tolist(), of_picture, strict=True)
    ]


def _described(record: ImageRecord, maps: Array) -> DescribedPicture:
    height, width, _ = maps.shape
    regions = pool_regions(maps, all_regions(height, width))
    return DescribedPicture(record.id, (height, width), regions)
