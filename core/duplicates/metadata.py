"""The tags in a picture file: EXIF, IPTC, XMP and Photoshop's, each with its value.

Sources: EXIF 2.32 and TIFF 6.0; IPTC IIM 4.2; XMP part 1 (ISO 16684-1); Adobe Photoshop File
Formats Specification, 2019, "Image Resource Blocks".
"""

import re
import struct
from collections.abc import Iterator
from fractions import Fraction
from xml.etree import ElementTree

from PIL import ExifTags

from .piece import Piece
from .tag_words import PADDING, Tags

# Comments that programs leave.
_OF_A_PROGRAM = re.compile(
    rb"CREATOR: |Lavc|Created with |File written by |LEAD Tech|Intel\(R\) JPEG"
)
_NAMESPACES = {
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/camera-raw-settings/1.0/": "crs",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://ns.adobe.com/xmp/note/": "xmpNote",
    "http://ns.adobe.com/hdr-gain-map/1.0/": "hdrgm",
    "http://ns.apple.com/HDRGainMap/1.0/": "HDRGainMap",
    "http://ns.google.com/photos/1.0/camera/": "GCamera",
    "http://ns.google.com/photos/1.0/container/": "Container",
    "http://ns.google.com/photos/1.0/depthmap/": "GDepth",
    "http://ns.google.com/photos/1.0/audio/": "GAudio",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://www.metadataworkinggroup.com/schemas/regions/": "mwg-rs",
    "http://ns.microsoft.com/photo/1.0/": "MicrosoftPhoto",
    "http://ns.microsoft.com/photo/1.2/": "MP",
    "http://www.digikam.org/ns/1.0/": "digiKam",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
}
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_LABELS = {"exif": "EXIF", "xmp": "XMP", "iptc": "IPTC", "photoshop": "Photoshop"}
_NESTED = {700: "xmp", 33723: "iptc", 34377: "photoshop"}
_DIRECTORIES = {34665: "EXIF", 34853: "GPS"}
_GPS, _COLOUR_SPACE, _ADOBE_RGB = "GPS", 40961, b"2"
_BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
# Of the types of TIFF, from 1 on, as ``struct`` calls them.
_TYPES = dict(enumerate(["B", "B", "H", "I", "II", "b", "B", "h", "i", "ii", "f", "d", "I"], 1))
# In bytes: of all values of a directory, and of numbers that are no list of offsets.
_MAX_VALUES, _LONG_VALUE = 100_000_000, 65_536


def tags_of(*pieces: Piece) -> Tags:
    """All tags in pieces with their values; a piece that cannot be read is a tag of its own."""
    tags: dict[str, list[bytes]] = {}
    for piece in pieces:
        if piece.kind not in _READERS:
            continue
        try:
            read = list(_READERS[piece.kind](piece))
        # Damaged metadata raises whatever its reader stumbles on.
        except Exception:
            read = [(f"unreadable {_LABELS.get(piece.kind, piece.kind)} data", piece.content)]
        for name, value in read:
            tags.setdefault(name, []).append(value)
    # Two values of one name, as of two blocks of EXIF, make another value.
    return {name: b"".join(values) for name, values in tags.items()}


def _directory(content: bytes, order: str, start: int) -> dict[int, bytes]:
    """The values of the tags of a directory of TIFF; numbers as text."""
    (count,) = struct.unpack_from(f"{order}H", content, start)
    end = start + 2 + 12 * count
    tags, left = {}, _MAX_VALUES
    for place in range(start + 2, end, 12):
        tag, kind, number = struct.unpack_from(f"{order}HHI", content, place)
        size = struct.calcsize(f"={_TYPES.get(kind, 'B')}") * number
        at = place + 8
        if size > 4:
            (at,) = struct.unpack_from(f"{order}I", content, at)
        value = content[at : at + size]
        if len(value) < size:
            # Of a value that is cut nobody knows what it was.
            tags[tag] = content[start:end]
        else:
            tags[tag] = value if tag in _NESTED else _text_of(value, kind, order)
        left -= len(tags[tag])
        if left < 0:
            raise ValueError("more values than a program would write")
    return tags


def _text_of(value: bytes, kind: int, order: str) -> bytes:
    form = _TYPES.get(kind, "B")
    if form == "B" or len(value) > _LONG_VALUE:
        return value.rstrip(PADDING)
    numbers = [number for group in struct.iter_unpack(order + form, value) for number in group]
    if len(form) == 2:
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        numbers = [Fraction(*pair) if pair[1] else pair for pair in pairs]
    return b" ".join(str(number).encode() for number in numbers)


def _exif(piece: Piece) -> Iterator[tuple[str, bytes]]:
    content = piece.content
    order = _BYTE_ORDERS[content[:4]]
    first = _directory(content, order, struct.unpack_from(f"{order}I", content, 4)[0])
    yield from _named(first, "EXIF")
    for tag, group in _DIRECTORIES.items():
        if tag in first:
            yield from _named(_directory(content, order, int(first[tag])), group)


def _named(tags: dict[int, bytes], group: str) -> Iterator[tuple[str, bytes]]:
    names = ExifTags.GPSTAGS if group == _GPS else ExifTags.TAGS
    for tag, value in tags.items():
        if group != _GPS and (nested := _NESTED.get(tag)):
            yield from tags_of(Piece(nested, "", value)).items()
        elif tag == _COLOUR_SPACE and group != _GPS and value != _ADOBE_RGB:
            continue
        else:
            yield f"{group} {names.get(tag, tag)}", value


def _xmp(piece: Piece) -> Iterator[tuple[str, bytes]]:
    packet = piece.content.strip(PADDING)
    # Of entities only attackers make use.
    if b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        raise ValueError("a document type")
    for description in _descriptions(ElementTree.fromstring(packet)):
        for name, text in description.attrib.items():
            if not name.startswith((_RDF, _XML)):
                yield f"XMP {_prefixed(name)}", text.encode()
        for child in description:
            simple = not len(child) and not child.attrib
            text = (child.text or "") if simple else ElementTree.tostring(child, "unicode")
            if not simple:
                text = ElementTree.canonicalize(text, strip_text=True, rewrite_prefixes=True)
            yield f"XMP {_prefixed(child.tag)}", text.strip().encode()


def _descriptions(packet: ElementTree.Element) -> list[ElementTree.Element]:
    groups = [*packet.iter(f"{_RDF}RDF")]
    if not groups:
        raise ValueError("no RDF")
    return [description for group in groups for description in group]


def _prefixed(name: str) -> str:
    namespace, _, local = name.removeprefix("{").rpartition("}")
    return f"{_NAMESPACES.get(namespace, namespace)}:{local}"


def _iptc(piece: Piece) -> Iterator[tuple[str, bytes]]:
    content, place = piece.content.rstrip(b"\0"), 0
    values: dict[str, bytes] = {}
    while place < len(content):
        mark, record, data_set, size = struct.unpack_from(">BBBH", content, place)
        if mark != 0x1C or size & 0x8000 or place + 5 + size > len(piece.content):
            raise ValueError("no IPTC data set")
        name = f"IPTC {record}:{data_set}"
        values[name] = values.get(name, b"") + piece.content[place + 5 : place + 5 + size] + b"\n"
        place += 5 + size
    yield from values.items()


def _photoshop(piece: Piece) -> Iterator[tuple[str, bytes]]:
    content, place = piece.content, 0
    kinds = {1028: "iptc", 1058: "exif", 1060: "xmp"}
    while place + 12 <= len(content):
        mark, number, name = struct.unpack_from(">4sHB", content, place)
        if mark not in (b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR"):
            raise ValueError("no resource of Photoshop")
        place += 7 + name + (name + 1) % 2
        (size,) = struct.unpack_from(">I", content, place)
        value = content[place + 4 : place + 4 + size]
        place += 4 + size + size % 2
        if number in kinds:
            yield from tags_of(Piece(kinds[number], "", value)).items()
        # The others tell how to print and show the picture.
        elif number in (1034, 1035) or 2000 <= number < 2999:
            yield f"Photoshop {number}", value


def _text(piece: Piece) -> Iterator[tuple[str, bytes]]:
    if not (piece.name == "comment" and _OF_A_PROGRAM.match(piece.content)):
        yield f"text {piece.name}", piece.content


_READERS = {"exif": _exif, "xmp": _xmp, "iptc": _iptc, "photoshop": _photoshop, "text": _text}
