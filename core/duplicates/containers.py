"""What lies in a picture file beside the pixels of its first picture, piece by piece.

A piece that no rule names is a stream too: nothing of a file is passed over by mistake.
Sources: ITU-T T.81 (JPEG), W3C PNG 3, GIF89a, RFC 9649 (WebP).
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator

from . import heif_items
from .piece import Piece

# Behind a marker of JPEG: not a stuffed byte, a restart or another fill byte.
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
_END, _SCAN, _COMMENT = 0xD9, 0xDA, 0xFE
_APPLICATION = range(0xE0, 0xF0)
_SEGMENTS = (
    # What begins a segment, what reads the rest, and its name.
    (b"Exif\0\0", "exif", ""),
    (b"Exif\0\xff", "exif", ""),
    (b"http://ns.adobe.com/xap/1.0/\0", "xmp", ""),
    (b"http://ns.adobe.com/xmp/extension/\0", "extension", ""),
    (b"Photoshop 3.0\0", "photoshop", ""),
    (b"urn:iso:std:iso:ts:21496:-1\0", "stream", "a gain map"),
    (b"JP", "stream", "a proof of origin (C2PA)"),
)
# The index of the pictures behind the first is no more than that; Pillow reads the profile; the
# others tell of the encoding.
_SEGMENTS_LEFT_OUT = (
    b"JFIF\0",
    b"JFXX\0",
    b"MPF\0",
    b"Adobe\0",
    b"Ducky",
    b"AMPF",
    b"ICC_PROFILE\0",
)
_CHUNKS_LEFT_OUT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS iCCP gAMA cHRM sRGB pHYs tIME bKGD hIST sBIT sPLT acTL fdAT"
    b" iDOT vpAg caNv orNT".split()
)
_WEBP_LEFT_OUT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ICCP"))
_XMP_TEXT = b"XML:com.adobe.xmp"
_MAX_TEXT = 10_000_000
# Pictures behind the first: cameras write one or two.
_MAX_BEHIND = 16
_PADDING = b"\0\r\n\t "


def pieces_of(content: bytes, format: str) -> list[Piece] | None:
    """The pieces of a file of Pillow's ``format``; ``None`` where it is not taken apart."""
    walk = _WALKS.get(format)
    return None if walk is None else _joined(walk(content))


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    """The pieces; those that a format cuts because they are long are put together."""
    whole: list[Piece] = []
    resources, extension = list[bytes](), list[bytes]()
    for piece in pieces:
        if piece.kind == "photoshop":
            resources.append(piece.content)
        elif piece.kind == "extension":
            # Each part begins with the id of the extension, its size and the place of the part.
            extension.append(piece.content[40:])
        else:
            whole.append(piece)
    if resources:
        whole.append(Piece("photoshop", "", b"".join(resources)))
    if extension:
        content = b"".join(extension)
        whole.append(Piece("stream", _extension_name(content), content))
    return whole


def _jpeg(content: bytes) -> Iterator[Piece]:
    place, in_scan = 2, False
    while match := _MARKER.search(content, place):
        # Only a scan has data between two markers; otherwise there are fill bytes at most.
        if not in_scan and (data := content[place : match.start()].strip(b"\xff")):
            yield Piece("stream", "further data", data)
        marker, place = content[match.end() - 1], match.end()
        in_scan = marker == _SCAN
        if marker == _END:
            yield from _behind(content[place:])
            return
        size = int.from_bytes(content[place : place + 2])
        data = content[place + 2 : place + size]
        place += size
        if marker == _COMMENT:
            yield Piece("text", "comment", data)
        elif marker in _APPLICATION and not data.startswith(_SEGMENTS_LEFT_OUT):
            yield _segment(data)


def _segment(data: bytes) -> Piece:
    for start, kind, name in _SEGMENTS:
        if data.startswith(start):
            return Piece(kind, name, data[len(start) :])
    return Piece("stream", "data of the camera or of a program", data)


def _extension_name(content: bytes) -> str:
    names = {
        b"GDepth": "a depth map",
        b"GAudio": "a sound recording",
        b"GImage": "a second picture",
    }
    return next((name for mark, name in names.items() if mark in content), "long XMP data")


def _behind(content: bytes) -> Iterator[Piece]:
    """What lies behind the end of the first picture: further pictures, then whatever comes."""
    content = content.lstrip(_PADDING)
    for _ in range(_MAX_BEHIND):
        size = _size_of_jpeg(content) if content.startswith(b"\xff\xd8\xff") else 0
        if not size:
            break
        picture, content = content[:size], content[size:].lstrip(_PADDING)
        gains = any(mark in picture for mark in (b"hdrgm", b"HDRGainMap", b"ts:21496"))
        yield Piece("stream", "a gain map" if gains else "a second picture", picture)
    if content:
        yield Piece("stream", _trailer_name(content), content)


def _size_of_jpeg(content: bytes) -> int:
    place = 2
    while match := _MARKER.search(content, place):
        if content[match.end() - 1] == _END:
            return match.end()
        place = match.end() + int.from_bytes(content[match.end() : match.end() + 2])
    return 0


def _trailer_name(content: bytes) -> str:
    if b"ftyp" in content:
        return "a video"
    if b"WAVEfmt" in content or b"SoundShot" in content:
        return "a sound recording"
    if b"SEFT" in content[-8:]:
        return "extras of the phone"
    return "further data behind the picture"


def _png(content: bytes) -> Iterator[Piece]:
    place = 8
    while place + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, place)
        data = content[place + 8 : place + 8 + size]
        place += 12 + size
        if kind == b"IEND":
            yield from _behind(content[place:])
            return
        if kind == b"IHDR":
            yield Piece("bits", "", data[8:9] or b"\x08")
        elif kind == b"eXIf":
            yield Piece("exif", "", data)
        elif kind == b"cICP" and len(data) == 4:
            yield Piece("colours", "", data)
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            yield _png_text(kind, data)
        elif kind == b"fcTL":
            yield Piece("frame", "", data)
        elif kind not in _CHUNKS_LEFT_OUT:
            yield Piece("stream", f"data of the kind {kind.decode('latin-1')!r}", data)


def _png_text(kind: bytes, data: bytes) -> Piece:
    key, _, text = data.partition(b"\0")
    if kind == b"zTXt":
        text = _inflated(text[1:])
    if kind == b"iTXt":
        # Behind two flags come the language, the key in it and the text.
        packed, text = text[:1] == b"\1", text[2:].partition(b"\0")[2].partition(b"\0")[2]
        text = _inflated(text) if packed else text
    if key == _XMP_TEXT:
        return Piece("xmp", "", text)
    return Piece("text", key.decode("latin-1"), text)


def _inflated(packed: bytes) -> bytes:
    """The text, or the packed bytes if they are damaged or too long."""
    unpack = zlib.decompressobj()
    try:
        text = unpack.decompress(packed, _MAX_TEXT)
    except zlib.error:
        return packed
    return text if unpack.eof else packed


def _gif(content: bytes) -> Iterator[Piece]:
    flags = content[10]
    place = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    while place < len(content):
        kind = content[place]
        if kind == 0x2C:
            yield Piece("frame", "", b"")
            flags = content[place + 9]
            place += 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
            _, place = _blocks(content, place)
        elif kind == 0x21:
            label = content[place + 1]
            data, place = _blocks(content, place + 2)
            if label == 0xFE:
                yield Piece("text", "comment", data)
            elif label == 0xFF and data.startswith(b"XMP DataXMP"):
                # Its text is no blocks: what the blocks join lacks some bytes of it.
                yield Piece("text", "XMP", data)
            elif label == 0xFF and not data.startswith((b"NETSCAPE", b"ANIMEXTS", b"ICCRGBG1")):
                yield Piece("stream", "data of a program", data)
            elif label == 0x01:
                yield Piece("text", "caption", data)
        else:
            yield from _behind(content[place + 1 :])
            return


def _blocks(content: bytes, place: int) -> tuple[bytes, int]:
    parts = []
    while place < len(content) and (size := content[place]):
        parts.append(content[place + 1 : place + 1 + size])
        place += 1 + size
    return b"".join(parts), place + 1


def _webp(content: bytes) -> Iterator[Piece]:
    kinds = {b"EXIF": "exif", b"XMP ": "xmp", b"ANMF": "frame"}
    place, end = 12, 8 + int.from_bytes(content[4:8], "little")
    while place + 8 <= min(end, len(content)):
        kind, size = struct.unpack_from("<4sI", content, place)
        data = content[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
        if kind in kinds:
            yield Piece(kinds[kind], "", data.removeprefix(b"Exif\0\0"))
        elif kind not in _WEBP_LEFT_OUT:
            yield Piece("stream", f"data of the kind {kind.decode('latin-1')!r}", data)
    yield from _behind(content[max(place, end) :])


def _bmp(content: bytes) -> Iterator[Piece]:
    yield from _behind(content[int.from_bytes(content[2:6], "little") :])


def _tiff(content: bytes) -> Iterator[Piece]:
    # Its first directory holds the tags of EXIF too.
    yield Piece("exif", "", content)


_WALKS: dict[str, Callable[[bytes], Iterator[Piece]]] = {
    "JPEG": _jpeg,
    "MPO": _jpeg,
    "PNG": _png,
    "GIF": _gif,
    "WEBP": _webp,
    "HEIF": heif_items.pieces,
    "AVIF": heif_items.pieces,
    "BMP": _bmp,
    "TIFF": _tiff,
}
