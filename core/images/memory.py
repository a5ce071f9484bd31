"""The memory that images take while they are decoded, and a common limit for it."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from PIL import Image, JpegImagePlugin, TiffImagePlugin

from core.errors import ImageError

# Of all images that are being decoded: what the loading threads take together, and thus also
# what one image may take. With the model beside it the process stays under 2.5 GB.
MAX_MEMORY = 800_000_000
# At the peak: the picture and one copy of it, upright or in other colours; the decoders of some
# formats need more. Measured with pictures of 16 megapixels.
_BYTES_A_PIXEL = {"WEBP": 17, "AVIF": 18, "HEIF": 10, "JPEG2000": 25}
_BYTES_A_PIXEL_ELSEWHERE = 8


def kept_by_the_decoder(image: Image.Image, file: BinaryIO) -> int:
    """What a decoder holds in memory beside the picture, by the file's own account.

    Args:
        image: Opened, not yet loaded and not yet set to a reduced scale.
        file: Where its header has been read to the end.

    Returns:
        Bytes.
    """
    pixels = image.width * image.height
    if isinstance(image, JpegImagePlugin.JpegImageFile) and _in_several_scans(image, file):
        # The coefficients of the whole image, at whatever scale it is decoded.
        return 2 * len(image.getbands()) * pixels
    if isinstance(image, TiffImagePlugin.TiffImageFile) and image.info["compression"] != "raw":
        # One tile or strip as it is stored; a tile may well be larger than the image.
        tags = image.tag_v2
        rows = min(tags.get(TiffImagePlugin.ROWSPERSTRIP, image.height), image.height)
        tile = tags.get(TiffImagePlugin.TILEWIDTH, 0) * tags.get(TiffImagePlugin.TILELENGTH, 0)
        bits = sum(tags.get(TiffImagePlugin.BITSPERSAMPLE, (8,)))
        return int(max(tile, image.width * rows) * bits // 8)
    return 0


def _in_several_scans(image: Image.Image, file: BinaryIO) -> bool:
    if image.format != "JPEG" or "progressive" in image.info:
        return True
    # The header of the first scan ends here; does it list fewer than all components?
    end = file.tell()
    for listed in range(1, len(image.getbands())):
        size = 8 + 2 * listed
        file.seek(max(end - size, 0))
        if file.read(5) == struct.pack(">HHB", 0xFFDA, size - 2, listed):
            return True
    return False


def peak(image: Image.Image) -> int:
    """What loading an opened image and converting it to RGB takes at most, in bytes."""
    bytes_a_pixel = _BYTES_A_PIXEL.get(image.format or "", _BYTES_A_PIXEL_ELSEWHERE)
    return image.width * image.height * bytes_a_pixel


class Room:
    """The memory that the images being decoded share.

    Args:
        total: In bytes.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._given_back = threading.Condition()
        # Held while waiting, so that many small images cannot keep a large one waiting for ever.
        self._queue = threading.Lock()

    @contextmanager
    def taken(self, count: int, size: tuple[int, int]) -> Iterator[None]:
        """Take memory as soon as it is free, and give it back at the end.

        Args:
            count: In bytes.
            size: Width and height of the image, for the message.

        Raises:
            ImageError: It is more than there is in all.
        """
        if count > self._total:
            raise ImageError(
                f"too large: {size[0]}x{size[1]} pixels take {count // 1_000_000} MB to decode, "
                f"at most {self._total // 1_000_000}"
            )
        with self._queue, self._given_back:
            self._given_back.wait_for(lambda: count <= self._free)
            self._free -= count
        try:
            yield
        finally:
            with self._given_back:
                self._free += count
                self._given_back.notify()


ROOM = Room(MAX_MEMORY)
