"""The memory that images take while they are decoded, and a common limit for it."""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, TypeVar

from PIL import Image, JpegImagePlugin, TiffImagePlugin

from core.errors import ImageError

T = TypeVar("T")

# Of all images that are being decoded, with their files: what the loading threads take together,
# and thus also what one image may take. With the model beside it the process stays under 2.5 GB.
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
    """The memory that the images being decoded share, their files' content included.

    Nobody who has some waits for more: a thread takes it at once or gives all back and starts
    over with what it asked for. So threads never wait for each other in a circle.

    Args:
        total: In bytes.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._given_back = threading.Condition()
        # Held while waiting, so that many small images cannot keep a large one waiting for ever.
        self._queue = threading.Lock()

    def lend(self, use: Callable[[Share], T]) -> T:
        """Call a function that needs memory.

        Args:
            use: It asks for memory before it takes it. Called again from the start where there
                was too little, after a wait; at its return all is given back.

        Returns:
            What ``use`` returns.

        Raises:
            ImageError: It asked for more than there is in all, or ``use`` raised it.
        """
        count = 0
        while True:
            # An error keeps what was read alive, by its traceback: it ends before the memory is
            # given back.
            with self._taken(count) as share:
                try:
                    return use(share)
                except _TooLittleError:
                    count, reason = share.asked, None
                except ImageError as error:
                    reason = str(error)
            if reason is not None:
                raise ImageError(reason)

    @contextmanager
    def _taken(self, count: int) -> Iterator[Share]:
        with self._queue, self._given_back:
            self._given_back.wait_for(lambda: count <= self._free)
            self._free -= count
        share = Share(self, count)
        try:
            yield share
        finally:
            with self._given_back:
                self._free += share.taken
                self._given_back.notify()

    def more(self, share: Share, what: str) -> None:
        """Take what a share has asked for; see ``Share.ask``."""
        if share.asked > self._total:
            raise ImageError(
                f"too large: {what} take {share.asked // 1_000_000} MB to decode, "
                f"at most {self._total // 1_000_000}"
            )
        count = share.asked - share.taken
        with self._given_back:
            waits = not share.taken and self._queue.locked()
            if count > self._free or waits:
                raise _TooLittleError
            self._free -= count
        share.taken += count


class Share:
    """Memory that is lent.

    Attributes:
        asked: In bytes, since the start.
        taken: In bytes.
    """

    def __init__(self, room: Room, taken: int) -> None:
        self._room = room
        self.taken = taken
        self.asked = 0

    def ask(self, count: int, what: str) -> None:
        """Ask for memory before taking it; ``use`` lets through what this raises.

        Args:
            count: In bytes, on top of what was asked for before.
            what: Of what size the image is, for the message.

        Raises:
            ImageError: It is more than there is in all, or there is too little at the moment.
        """
        self.asked += count
        if self.asked > self.taken:
            self._room.more(self, what)


class _TooLittleError(ImageError):
    """There is too little memory at the moment."""


ROOM = Room(MAX_MEMORY)
