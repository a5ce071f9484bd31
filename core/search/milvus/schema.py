"""What the index server keeps of an image, and filters as expressions of the server.

No text of a user gets into an expression: paths, folders and formats are numbers or hexadecimal
digits made of their hashes.
"""

import json
import re
from collections.abc import Collection
from dataclasses import fields
from datetime import date
from hashlib import blake2b
from operator import attrgetter
from typing import Any

from ...feature_store import ImageTable
from ...types import Array, ImageRecord
from ..filters import SIGNS, extensions_of
from ..options import SearchOptions

# Changes with the fields below; a collection of another version is filled anew.
VERSION = 1
KEY, VECTOR, RECORD, STAMP = "key", "vector", "record", "stamp"
CONTENT, FOLDERS, DAY = "content", "folders", "day"
LYING, EXTENSION, SIDE = "lying", "extension", "side"
KEY_DIGITS = 32
# Of Milvus; a path of 4,096 characters has fewer folders and a shorter record.
MOST_FOLDERS = 4096
MOST_CHARACTERS = 65_535
_LARGEST = 2**63 - 1
# dataclasses.astuple takes ten times as long.
_VALUES = attrgetter(*(field.name for field in fields(ImageRecord)))


def fields_of(dimension: int) -> dict[str, dict[str, Any]]:
    """The fields of a collection of rows of this length, see ``MilvusConnection.create``."""
    number = {"datatype": "INT64"}
    return {
        KEY: {"datatype": "VARCHAR", "is_primary": True, "max_length": KEY_DIGITS},
        VECTOR: {"datatype": "FLOAT_VECTOR", "dim": dimension},
        RECORD: {"datatype": "VARCHAR", "max_length": MOST_CHARACTERS},
        STAMP: number,
        CONTENT: {"datatype": "VARCHAR", "max_length": KEY_DIGITS},
        FOLDERS: {"datatype": "ARRAY", "element_type": "INT64", "max_capacity": MOST_FOLDERS},
        DAY: number,
        LYING: number,
        EXTENSION: number,
        SIDE: number,
    }


def key_of(path: str) -> str:
    """Primary key: BLAKE2b-128 of a path, 32 hexadecimal digits."""
    return blake2b(_bytes(path), digest_size=16).hexdigest()


def is_key(text: str) -> bool:
    """Whether a text is 32 hexadecimal digits, as the keys and the ids of images are."""
    return re.fullmatch(r"[0-9a-f]{32}", text) is not None


def stamp_of(image: ImageRecord, row: Array) -> int:
    """64 bits that change with anything of an image, its record or its row ``(d,)`` float32."""
    digest = blake2b(record_text(image).encode(), digest_size=8)
    digest.update(row.tobytes())
    return int.from_bytes(digest.digest(), "big", signed=True)


def record_text(image: ImageRecord) -> str:
    """A record as JSON of ASCII characters, also of a path that is not valid Unicode."""
    return json.dumps(_VALUES(image))


def read_record(text: str) -> ImageRecord:
    """The record that ``record_text`` wrote."""
    return ImageRecord(*json.loads(text))


def entity_of(images: ImageTable, number: int, row: Array) -> dict[str, Any]:
    """The fields of one of some images and its row ``(d,)`` float32, as the server keeps them."""
    image, (extensions, of_image) = images[number], images.extensions
    return {
        KEY: key_of(image.path),
        VECTOR: row,
        RECORD: record_text(image),
        STAMP: stamp_of(image, row),
        CONTENT: image.id,
        FOLDERS: [_number(folder) for folder in _ancestors(image.path)],
        DAY: int(images.days[number]),
        LYING: int(images.lying[number]),
        EXTENSION: _number(extensions[of_image[number]]),
        SIDE: int(images.sides[number]),
    }


def expression_of(options: SearchOptions) -> str:
    """The expression for the images that a search compares; empty for all."""
    terms, filters = [], options.filters
    if filters.folders:
        folders = [_number(folder.strip("/")) for folder in filters.folders]
        terms.append(f"array_contains_any({FOLDERS}, {folders})")
    if filters.taken_from or filters.taken_to:
        first, last = filters.taken_from or date.min, filters.taken_to or date.max
        terms.append(f"{first.toordinal()} <= {DAY} and {DAY} <= {last.toordinal()}")
    if filters.orientations:
        terms.append(f"{LYING} in {[SIGNS[name] for name in filters.orientations]}")
    if filters.formats:
        extensions = [one for name in filters.formats for one in extensions_of(name)]
        terms.append(f"{EXTENSION} in {[_number(one) for one in extensions]}")
    if filters.min_side:
        terms.append(f"{SIDE} >= {min(filters.min_side, _LARGEST)}")
    # Texts that are no keys are the id of no image.
    if filters.among:
        terms.append(among(CONTENT, sorted(filter(is_key, filters.among))))
    if wrong := sorted(filter(is_key, {*options.feedback.wrong})):
        terms.append(f"{CONTENT} not in {_quoted(wrong)}")
    return " and ".join(f"({term})" for term in terms)


def among(field: str, keys: Collection[str]) -> str:
    """The expression for the images with one of some keys; each ``is_key``."""
    return f"{field} in {_quoted(keys)}"


def from_to(first: str, end: str) -> str:
    """The expression for the keys from some hexadecimal digits up to others; empty for the last."""
    return f'{KEY} >= "{first}"' + (f' and {KEY} < "{end}"' if end else "")


def _ancestors(path: str) -> list[str]:
    """The folders that a path is below: ``a`` and ``a/b`` of ``a/b/c.jpg``."""
    return [path[:place] for place, letter in enumerate(path) if letter == "/"]


def _quoted(keys: Collection[str]) -> str:
    if strange := [key for key in keys if not is_key(key)]:
        raise ValueError(f"not a key: {strange[0]!r}")
    return json.dumps(list(keys))


def _number(text: str) -> int:
    """63 bits of the BLAKE2b hash of a text."""
    return int.from_bytes(blake2b(_bytes(text), digest_size=8).digest(), "big") >> 1


def _bytes(text: str) -> bytes:
    # A file name that is not valid Unicode has lone surrogates.
    return text.encode(errors="surrogatepass")
