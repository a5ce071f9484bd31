"""Photographs as cameras, telephones and programs write them."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image

from core.duplicates.contents import Contents, contents_of
from core.images import image_id
from tests.images.test_loading import encode

MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\0\x10mdat" + bytes(range(8))
TAKEN = "2024:05:06 07:08:09"


def scene(seed: int = 0, size: tuple[int, int] = (400, 300)) -> Image.Image:
    """Detail at all scales, as in a photograph: noise whose power falls with the frequency."""
    rng = np.random.default_rng(seed)
    width, height = size
    down, across = np.meshgrid(np.fft.fftfreq(height), np.fft.fftfreq(width), indexing="ij")
    falling = 1 / np.maximum(np.hypot(down, across), 1 / max(size))
    noise = np.fft.fft2(rng.normal(size=(3, height, width))) * falling
    pixels = np.fft.ifft2(noise).real
    pixels = 128 + 45 * (pixels - pixels.mean()) / pixels.std()
    return Image.fromarray(pixels.clip(4, 250).astype(np.uint8).transpose(1, 2, 0))


def exif(size: tuple[int, int] = (400, 300), **more: object) -> Image.Exif:
    """As a camera writes it; ``more`` by the names of tags, ``None`` leaves one out."""
    tags = Image.Exif()
    first = {"Make": "Maker", "Model": "Camera 1", "DateTime": TAKEN, "Software": "1.02"}
    inner = {
        "DateTimeOriginal": TAKEN,
        "ExifImageWidth": size[0],
        "ExifImageHeight": size[1],
        "MakerNote": b"Maker\0secret",
        "FNumber": 2.8,
    }
    place = {"GPSLatitudeRef": "N", "GPSLatitude": (48.0, 8.0, 15.0)}
    names = {name: tag for tag, name in ExifTags.TAGS.items()}
    for name, value in (first | {k: v for k, v in more.items() if k not in inner}).items():
        if value is not None:
            tags[names[name]] = value
    for name, value in (inner | {k: v for k, v in more.items() if k in inner}).items():
        if value is not None:
            tags.get_ifd(ExifTags.IFD.Exif)[names[name]] = value
    places = {name: tag for tag, name in ExifTags.GPSTAGS.items()}
    tags.get_ifd(ExifTags.IFD.GPSInfo).update({places[k]: v for k, v in place.items()})
    return tags


def from_camera(
    image: Image.Image, quality: int = 85, tags: Image.Exif | None = None, **options: Any
) -> bytes:
    """A JPEG with EXIF first, where Pillow puts what JFIF asks for."""
    content = encode(image, "JPEG", quality=quality, exif=tags or exif(image.size), **options)
    return content[:2] + content[content.index(b"\xff\xe1") :]


def saved_again(content: bytes, format: str = "JPEG", keep: bool = False, **options: Any) -> bytes:
    """Decoded and encoded anew; with its EXIF if ``keep``."""
    with Image.open(io.BytesIO(content)) as image:
        kept = {"exif": image.info["exif"]} if keep else {}
        return encode(image.convert("RGB"), format, **kept, **options)


def xmp(properties: str = "", **namespaces: str) -> bytes:
    """A packet with one description; ``properties`` are its children."""
    known = {
        "dc": "http://purl.org/dc/elements/1.1/",
        "xmp": "http://ns.adobe.com/xap/1.0/",
        "GCamera": "http://ns.google.com/photos/1.0/camera/",
        "hdrgm": "http://ns.adobe.com/hdr-gain-map/1.0/",
    } | namespaces
    names = " ".join(f'xmlns:{name}="{address}"' for name, address in known.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"<rdf:Description {names}>{properties}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def subject(*words: str) -> str:
    listed = "".join(f"<rdf:li>{word}</rdf:li>" for word in words)
    return f"<dc:subject><rdf:Bag>{listed}</rdf:Bag></dc:subject>"


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def with_segment(content: bytes, marker: int, data: bytes) -> bytes:
    """A JPEG with one more segment, behind those of its head."""
    place = content.index(b"\xff\xdb")
    return content[:place] + segment(marker, data) + content[place:]


def contents(folder: Path, content: bytes) -> Contents:
    """The contents of a file that is written for it."""
    path = folder / "file"
    path.write_bytes(content)
    return contents_of(path, image_id(content))
