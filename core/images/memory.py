"""The memory that images take while they are decoded, and one budget of it for all threads."""

import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, TypeVar

from PIL import Image, JpegImagePlugin, TiffImagePlugin

from ..errors import ImageError
from ..sizes import size_in_words

T = TypeVar("T")

# Of all images that are being decoded, with their files: what the loading threads take together,
# and so also what one image may take. With the model beside it the process stays under 2.5 GB.
MAX_MEMORY = 800_000_000
# At the peak: the picture and one copy of it, upright or in other colours; the decoders of some
# formats need more. Measured with pictures of 16 megapixels.
_BYTES_A_PIXEL = {
    "WEBP": 17,
    "AVIF": 18,
    "HEIF": 10,
    "JPEG2000": 25,
    "PSD": 10,
    "TGA": 10,
    "SGI": 10,
    "QOI": 10,
    "DDS": 10,
    # Decoded and counted as it is opened, see core.images.headers.
    "JXL": 0,
}
_BYTES_A_PIXEL_ELSEWHERE = 8


def decoder_overhead(image: Image.Image, file: BinaryIO) -> int:
    """Bytes that a decoder holds beside the picture, by what the header says.

    The image is opened and not yet loaded; its file is read to the end of the header.
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


class MemoryBudget:
    """The memory that all images being decoded share, their files included; ``total`` in bytes.

    A thread that holds memory never waits for more: it gets it at once, or gives all back and
    starts over with what it asked for. So threads never wait for each other in a circle.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._released = threading.Condition()
        # Held while waiting, so that many small images cannot keep a large one waiting for ever.
        self._queue = threading.Lock()

    def run(self, task: Callable[["Reservation"], T]) -> T:
        """Call a task that reserves memory before it takes it; at its return all is given back.

        Where there was too little, it is called again from the start, after a wait.

        Raises:
            ImageError: It needs more than the total, or ``task`` raised it.
        """
        size = 0
        while True:
            # An error keeps what was read alive, by its traceback: it ends before the memory is
            # given back.
            with self._reserved(size) as reservation:
                try:
                    return task(reservation)
                except _TooLittleError:
                    size, reason = reservation.requested, None
                except ImageError as error:
                    reason = str(error)
            if reason is not None:
                raise ImageError(reason)

    @contextmanager
    def _reserved(self, size: int) -> Iterator["Reservation"]:
        with self._queue, self._released:
            self._released.wait_for(lambda: size <= self._free)
            self._free -= size
        reservation = Reservation(self, size)
        try:
            yield reservation
        finally:
            with self._released:
                self._free += reservation.held
                self._released.notify()

    def grow(self, reservation: "Reservation", what: str) -> None:
        """Let a reservation hold what it requested; see ``Reservation.reserve``."""
        if reservation.requested > self._total:
            raise ImageError(
                f"too large: {what} take {size_in_words(reservation.requested)} to decode, "
                f"at most {size_in_words(self._total)}"
            )
        size = reservation.requested - reservation.held
        with self._released:
            waits = not reservation.held and self._queue.locked()
            if size > self._free or waits:
                raise _TooLittleError
            self._free -= size
        reservation.held += size


class Reservation:
    """Memory of a budget that one task may take; ``requested`` and ``held`` are in bytes."""

    def __init__(self, budget: MemoryBudget, held: int) -> None:
        self._budget = budget
        self.held = held
        self.requested = 0

    def reserve(self, size: int, what: str) -> None:
        """Reserve ``size`` more bytes; ``what`` names in the message what needs them.

        Raises:
            ImageError: It is more than the total, or than is free; the task must let it pass.
        """
        self.requested += size
        if self.requested > self.held:
            self._budget.grow(self, what)


class _TooLittleError(ImageError):
    """Too little memory is free at the moment."""


BUDGET = MemoryBudget(MAX_MEMORY)
