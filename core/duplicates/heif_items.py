"""The items of a HEIF or AVIF file.

Sources: ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12 (items).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from .piece import Piece

_BOXES_LEFT_OUT = frozenset((b"ftyp", b"mdat", b"free", b"skip"))
# Names of auxiliary pictures by a part of what names their kind; alpha is judged by the pixels.
_AUXILIARY = (
    (b"aux:alpha", ""),
    (b"auxid:1", ""),
    (b"gainmap", "a gain map"),
    (b"depth", "a depth map"),
    (b"auxid:2", "a depth map"),
    (b"matte", "a mask of a part"),
)
_PICTURES = frozenset((b"hvc1", b"av01", b"grid", b"iovl", b"iden", b"jpeg", b"unci"))


@dataclass
class _Items:
    """What the ``meta`` box tells: of each item its kind, its bytes and what it belongs to."""

    kinds: dict[int, bytes] = field(default_factory=dict)
    content: dict[int, bytes] = field(default_factory=dict)
    tiles: dict[int, tuple[int, ...]] = field(default_factory=dict)
    thumbnails: set[int] = field(default_factory=set)
    auxiliary: set[int] = field(default_factory=set)
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    property_numbers: dict[int, list[int]] = field(default_factory=dict)
    primary: int = 0

    def whole(self, item: int) -> bytes:
        """The bytes of an item and of the tiles that it is made of."""
        return b"".join(self.content.get(one, b"") for one in (item, *self.tiles.get(item, ())))

    def properties_of(self, item: int) -> list[tuple[bytes, bytes]]:
        """The kind and the content of each property of an item."""
        numbers = self.property_numbers.get(item, ())
        return [one for number, one in enumerate(self.properties, 1) if number in numbers]


def pieces(content: bytes) -> Iterator[Piece]:
    """The pieces of a file; what cannot be read raises whatever it stumbles on."""
    for number, (kind, data, start) in enumerate(_boxes(content)):
        if kind == b"meta":
            yield from _of_items(_items(content, data[4:]))
        elif number and kind == b"ftyp":
            # Another file is behind this one: the film of a motion photo.
            yield Piece("stream", "a video", content[start:])
            return
        elif kind == b"moov":
            yield from (Piece("frame", "", data), Piece("frame", "", b""))
        elif kind == b"mpvd":
            yield Piece("stream", "a video", data)
        elif kind not in _BOXES_LEFT_OUT:
            yield Piece("stream", f"data of the kind {kind.decode('latin-1')!r}", data)


def _of_items(items: _Items) -> Iterator[Piece]:
    tiles = {tile for of_one in items.tiles.values() for tile in of_one}
    for item, kind in items.kinds.items():
        data = items.whole(item)
        if kind == b"Exif":
            # It begins with the way to the TIFF header behind it.
            tiff = data[4 + int.from_bytes(data[:4]) :]
            yield Piece("exif", "", tiff.removeprefix(b"Exif\0\0"))
        elif kind == b"mime" and b"<rdf:RDF" in data:
            yield Piece("xmp", "", data)
        elif item in items.auxiliary:
            if name := _auxiliary_name(items, item):
                yield Piece("stream", name, data)
        elif kind == b"tmap":
            yield Piece("stream", "a gain map", data)
        elif item != items.primary and item not in tiles and item not in items.thumbnails:
            yield Piece("stream", "a second picture" if kind in _PICTURES else "further data", data)
    for kind, data in items.properties_of(items.primary):
        if kind == b"pixi":
            yield Piece("bits", "", bytes([max(data[5:], default=8)]))
        elif kind == b"colr" and data.startswith(b"nclx"):
            yield Piece("colours", "", bytes((data[5], data[7])))


def _auxiliary_name(items: _Items, item: int) -> str:
    urns = (data for kind, data in items.properties_of(item) if kind == b"auxC")
    urn = b" ".join(urns).lower()
    return next((name for mark, name in _AUXILIARY if mark in urn), "a further picture")


def _items(content: bytes, meta: bytes) -> _Items:
    boxes = {kind: data for kind, data, _ in _boxes(meta)}
    items = _Items(primary=int.from_bytes(boxes.get(b"pitm", b"")[4:]))
    for kind, data, _ in _boxes(boxes[b"iinf"][6 if boxes[b"iinf"][0] == 0 else 8 :]):
        if kind == b"infe":
            size = 2 if data[0] < 3 else 4
            items.kinds[int.from_bytes(data[4 : 4 + size])] = data[6 + size : 10 + size]
    _read_locations(items, boxes.get(b"iloc", b""), content, boxes.get(b"idat", b""))
    references = boxes.get(b"iref", bytes(4))
    number = "I" if references[0] else "H"
    for kind, data, _ in _boxes(references[4:]):
        source, count = struct.unpack_from(f">{number}H", data)
        to = struct.unpack_from(f">{count}{number}", data, struct.calcsize(f">{number}H"))
        if kind == b"dimg":
            items.tiles[source] = to
        elif kind == b"thmb":
            items.thumbnails.add(source)
        elif kind == b"auxl":
            items.auxiliary.add(source)
    described = {kind: data for kind, data, _ in _boxes(boxes.get(b"iprp", b""))}
    items.properties = [(kind, data) for kind, data, _ in _boxes(described.get(b"ipco", b""))]
    _read_associations(items, described.get(b"ipma", b""))
    return items


def _read_locations(items: _Items, data: bytes, content: bytes, own: bytes) -> None:
    numbers = _Numbers(data, 6)
    version = data[0]
    offset_size, length_size = data[4] >> 4, data[4] & 15
    base_size, index_size = data[5] >> 4, data[5] & 15 if version else 0
    left = len(content) + len(own)
    for _ in range(numbers.next(2 if version < 2 else 4)):
        item = numbers.next(2 if version < 2 else 4)
        method = numbers.next(2) & 15 if version else 0
        numbers.next(2)
        base = numbers.next(base_size)
        parts = []
        for _ in range(numbers.next(2)):
            numbers.next(index_size)
            start, length = base + numbers.next(offset_size), numbers.next(length_size)
            whole = own if method == 1 else content
            parts.append(whole[start : start + length] if length else whole[start:])
            left -= len(parts[-1])
            if left < 0:
                raise ValueError("items lie on each other")
        items.content[item] = b"".join(parts)


def _read_associations(items: _Items, data: bytes) -> None:
    if not data:
        return
    numbers = _Numbers(data, 4)
    size = 2 if data[3] & 1 else 1
    for _ in range(numbers.next(4)):
        item = numbers.next(4 if data[0] else 2)
        # The highest bit tells whether a reader must know the property.
        mask = (1 << 8 * size - 1) - 1
        items.property_numbers[item] = [numbers.next(size) & mask for _ in range(numbers.next(1))]


class _Numbers:
    """Big-endian numbers, one behind the other; ``ValueError`` behind the end."""

    def __init__(self, content: bytes, place: int) -> None:
        self._content = content
        self._place = place

    def next(self, size: int) -> int:
        self._place += size
        if self._place > len(self._content):
            raise ValueError("the file is cut")
        return int.from_bytes(self._content[self._place - size : self._place])


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Of each box its kind, what it holds and where it begins; a rest that is no box is one."""
    place = 0
    while place < len(content):
        size, kind = struct.unpack_from(">I4s", content[place : place + 8].ljust(8, b"\0"))
        head = 8
        if size == 1:
            (size,), head = struct.unpack(">Q", content[place + 8 : place + 16].ljust(8, b"\0")), 16
        if size == 0:
            size = len(content) - place
        if size < head or place + size > len(content):
            if rest := content[place:].strip(b"\0"):
                yield b"rest", rest, place
            return
        yield kind, content[place + head : place + size], place
        place += size
