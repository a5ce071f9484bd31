"""What the header of a JPEG XL file tells of its pixels, before anything is decoded.

Source: ISO/IEC 18181-1 (code stream), annex D, and ISO/IEC 18181-2 (container).
"""

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO

_CODE_STREAM = b"\xff\x0a"
_CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
SIGNATURES = (_CODE_STREAM, _CONTAINER)
_HEADER_BYTES = 256
# Files have fewer than ten.
_MAX_BOXES = 1_000
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
# What the decoder takes for a pixel at its peak, by the bits of a sample; measured with pictures
# of 16 megapixels. Every extra channel behind the first, transparency, comes on top.
_BYTES_A_PIXEL = ((8, 15), (16, 20), (32, 33))
_BYTES_A_PIXEL_OF_A_CHANNEL = 8


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a JPEG XL file: size in pixels as stored, bits of a sample from 1 to 32.

    ``extra_channels`` counts transparency and others beside grey or the three colours.
    """

    width: int
    height: int
    bits: int = 8
    extra_channels: int = 0
    animated: bool = False

    @property
    def peak(self) -> int:
        """What decoding the file takes at most, in bytes."""
        a_pixel = next(size for bits, size in _BYTES_A_PIXEL if self.bits <= bits)
        a_pixel += max(self.extra_channels - 1, 0) * _BYTES_A_PIXEL_OF_A_CHANNEL
        return self.width * self.height * a_pixel


def read_header(file: BinaryIO) -> Header:
    """The header of a file that begins with one of ``SIGNATURES``; ``ValueError`` if damaged."""
    stream = _stream_head(file)
    if not stream.startswith(_CODE_STREAM):
        raise ValueError("no header")
    bits = _Bits(stream[len(_CODE_STREAM) :])
    width, height = _size(bits)
    if bits.read(1):
        return Header(width, height)
    animated = bool(bits.read(1)) and _tells_of_animation(bits)
    if is_float := bits.read(1):
        depth = bits.choose((32, 0), (16, 0), (24, 0), (1, 6))
        bits.read(4)
    else:
        depth = bits.choose((8, 0), (10, 0), (12, 0), (1, 6))
    if depth > 32:
        raise ValueError(f"samples of {depth} bits")
    bits.read(1)
    extra_channels = bits.choose((0, 0), (1, 0), (2, 4), (1, 12))
    return Header(width, height, max(depth, 16) if is_float else depth, extra_channels, animated)


def _stream_head(file: BinaryIO) -> bytes:
    """The first bytes of the code stream; a container may spread it over several boxes."""
    head = file.read(len(_CONTAINER))
    if head != _CONTAINER:
        return head + file.read(_HEADER_BYTES)
    stream = b""
    for _ in range(_MAX_BOXES):
        start = file.tell()
        size, kind = struct.unpack(">I4s", file.read(8).ljust(8, b"\0"))
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))
        if kind in (b"jxlc", b"jxlp"):
            # A part of the stream begins with its number.
            file.seek(4 if kind == b"jxlp" else 0, io.SEEK_CUR)
            left = start + size - file.tell() if size else _HEADER_BYTES
            stream += file.read(min(max(left, 0), _HEADER_BYTES))
        if kind == b"jxlc" or len(stream) >= _HEADER_BYTES or size < 8:
            break
        file.seek(start + size)
    return stream


class _Bits:
    """Numbers out of a stream of bits, the lowest bit of each byte first."""

    def __init__(self, content: bytes) -> None:
        self._value = int.from_bytes(content, "little")
        self._left = 8 * len(content)

    def read(self, count: int) -> int:
        """The number in the next bits."""
        self._left -= count
        if self._left < 0:
            raise ValueError("the header is cut")
        value = self._value & ((1 << count) - 1)
        self._value >>= count
        return value

    def choose(self, *choices: tuple[int, int]) -> int:
        """An offset plus the number in some bits; two bits before choose which."""
        offset, count = choices[self.read(2)]
        return offset + self.read(count)


def _size(bits: _Bits) -> tuple[int, int]:
    in_eights = bits.read(1)
    height = _side(bits, in_eights)
    if ratio := bits.read(3):
        across, down = _RATIOS[ratio - 1]
        return height * across // down, height
    return _side(bits, in_eights), height


def _side(bits: _Bits, in_eights: int) -> int:
    if in_eights:
        return 8 * (bits.read(5) + 1)
    return bits.choose((1, 9), (1, 13), (1, 18), (1, 30))


def _tells_of_animation(bits: _Bits) -> bool:
    """Pass over the orientation, the size to show, the preview and the times of an animation."""
    bits.read(3)
    if bits.read(1):
        _size(bits)
    if bits.read(1):
        in_eights = bits.read(1)
        eights, pixels = (
            ((16, 0), (32, 0), (1, 5), (33, 9)),
            ((1, 6), (65, 8), (321, 10), (1345, 12)),
        )
        sides = eights if in_eights else pixels
        bits.choose(*sides)
        if not bits.read(3):
            bits.choose(*sides)
    if not bits.read(1):
        return False
    bits.choose((100, 0), (1000, 0), (1, 10), (1, 30))
    bits.choose((1, 0), (1001, 0), (1, 8), (1, 10))
    bits.choose((0, 0), (0, 3), (0, 16), (0, 32))
    bits.read(1)
    return True
