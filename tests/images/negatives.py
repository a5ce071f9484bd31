"""Raw files like those of cameras: a negative, and previews of it."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# Of the small picture in front, which is black.
SMALL = (32, 24)


@dataclass(frozen=True)
class Tag:
    """The value of a tag of TIFF: its type, how many numbers, and their bytes."""

    kind: int
    count: int
    content: bytes


def byte(*values: int) -> Tag:
    return Tag(1, len(values), bytes(values))


def text(value: str) -> Tag:
    return Tag(2, len(value) + 1, value.encode() + b"\0")


def short(*values: int) -> Tag:
    return Tag(3, len(values), struct.pack(f"<{len(values)}H", *values))


def long(*values: int) -> Tag:
    return Tag(4, len(values), struct.pack(f"<{len(values)}I", *values))


@dataclass
class Directory:
    """A directory of TIFF, with pixels and directories below it; the offsets come at the end."""

    tags: dict[int, Tag]
    strip: bytes = b""
    below: list[Directory] = field(default_factory=list)

    def packed(self, start: int) -> bytes:
        """The directory and all that belongs to it, as it lies from ``start`` on."""
        offsets = [0] * len(self.below)
        strip_at = 0
        # What an offset is does not change how much room it takes.
        for _ in range(2):
            tags = self.tags | {273: long(strip_at), 279: long(len(self.strip))}
            if self.below:
                tags[330] = long(*offsets)
            head, more = bytearray(), bytearray()
            behind = start + 2 + 12 * len(tags) + 4
            for number, tag in sorted(tags.items()):
                value = tag.content.ljust(4, b"\0")
                if len(value) > 4:
                    value = struct.pack("<I", behind + len(more))
                    more += tag.content.ljust(len(tag.content) + len(tag.content) % 2, b"\0")
                head += struct.pack("<HHI", number, tag.kind, tag.count) + value
            whole = struct.pack("<H", len(tags)) + head + bytes(4) + more
            strip_at = start + len(whole)
            whole += self.strip
            for place, directory in enumerate(self.below):
                offsets[place] = start + len(whole)
                whole += directory.packed(offsets[place])
        return bytes(whole)


def raw_file(
    *previews: tuple[bytes, tuple[int, int]],
    orientation: int = 1,
    taken_at: str = "",
    dng: bool = True,
    magic: bytes = b"II*\0",
) -> bytes:
    """A raw file with a small black picture, a negative of noise, and previews.

    Args:
        previews: JPEG files with their sizes.
        orientation: As EXIF counts it, of the negative.
        taken_at: ``YYYY:MM:DD HH:MM:SS``.
        dng: Whether it is a DNG; else it is like a NEF of Nikon.
        magic: The first four bytes.
    """
    first: dict[int, Tag] = {
        254: long(1),
        256: long(SMALL[0]),
        257: long(SMALL[1]),
        258: short(8, 8, 8),
        259: short(1),
        262: short(2),
        271: text("Maker" if dng else "NIKON CORPORATION"),
        272: text("Camera 1"),
        274: short(orientation),
        277: short(3),
        278: long(SMALL[1]),
    }
    if taken_at:
        first[306] = text(taken_at)
    if dng:
        first |= {50706: byte(1, 4, 0, 0), 50708: text("Maker Camera 1")}
    # The negative is larger than any picture of it.
    side = max([64, *(length for _, size in previews for length in size)])
    noise = np.random.default_rng(0).integers(0, 1 << 14, (side, side)).astype("<u2").tobytes()
    negative: dict[int, Tag] = {
        254: long(0),
        256: long(side),
        257: long(side),
        258: short(16),
        259: short(1),
        262: short(32803),
        277: short(1),
        278: long(side),
        33421: short(2, 2),
        33422: byte(0, 1, 1, 2),
    }
    below = [Directory(negative, noise)]
    for content, (width, height) in previews:
        tags: dict[int, Any] = {
            254: long(1),
            256: long(width),
            257: long(height),
            258: short(8, 8, 8),
            259: short(7),
            262: short(6),
            277: short(3),
            278: long(height),
        }
        below.append(Directory(tags, content))
    small = bytes(3 * SMALL[0] * SMALL[1])
    return magic + struct.pack("<I", 8) + Directory(first, small, below).packed(8)
