"""The file of one image: its feature, followed by those of the sibling descriptors."""

import hashlib
import io
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..errors import FeatureStoreError
from ..model import sibling_descriptors
from ..program import COMMAND
from ..types import Array, ImageRecord

# Key of the checksum of the siblings; not a descriptor name.
_CHECKSUM = "checksum"
# Of a vector, by NumPy.
_HEAD_BYTES = 128


def checksum(feature: Array) -> str:
    """BLAKE2b-64 of the numbers of a feature, 16 hexadecimal digits."""
    return hashlib.blake2b(
        np.ascontiguousarray(feature, "<f4").tobytes(), digest_size=8
    ).hexdigest()


def check_checksum(feature: Array, image: ImageRecord, path: Path | str) -> None:
    """Raise ``FeatureStoreError`` unless a feature is the one that was saved for an image."""
    if checksum(feature) != image.checksum:
        raise FeatureStoreError(
            f"A feature is not the one that was saved: expected that of {image.path!r} with the "
            f"checksum {image.checksum}. Received: another one in {path}. "
            f"Run `{COMMAND} doctor --repair`."
        )


def write_arrays(file: BinaryIO, feature: Array, siblings: Mapping[str, Array]) -> None:
    """Write a feature ``(d,)``, then its siblings ``(d,)`` as one structured array with a checksum.

    All are float32; ``np.load`` of the file gives the feature. There may be no siblings.
    """
    # NumPy writes to a file past Python, so that the error of a full disk would have no number.
    content = io.BytesIO()
    np.save(content, feature, allow_pickle=False)
    if siblings:
        fields = [(name, "<f4", sibling.shape) for name, sibling in siblings.items()]
        packed = np.zeros((), np.dtype([*fields, (_CHECKSUM, "S16")]))
        for name, sibling in siblings.items():
            packed[name] = sibling
        packed[_CHECKSUM] = checksum(np.concatenate(list(siblings.values())))
        np.save(content, packed, allow_pickle=False)
    file.write(content.getvalue())


def read_feature(file: BinaryIO) -> Array:
    """The feature ``(d,)`` of a file; a damaged file raises any exception."""
    head = file.read(_HEAD_BYTES)
    size = _size_of(head)
    if size is None:
        file.seek(0)
        feature: Array = np.lib.format.read_array(file, allow_pickle=False)
        return feature
    content = file.read(4 * size)
    if len(content) < 4 * size:
        raise ValueError("the file is cut")
    return np.frombuffer(content, "<f4").astype(np.float32)


@cache
def _size_of(head: bytes) -> int | None:
    """Length of the float32 vector that a header of NumPy announces; ``None`` for another one.

    NumPy takes longer to parse the header than to read the vector, and it is always the same.
    """
    try:
        file = io.BytesIO(head)
        np.lib.format.read_magic(file)
        shape, fortran, kind = np.lib.format.read_array_header_1_0(file)
    except ValueError:
        return None
    plain = len(shape) == 1 and not fortran and kind == np.dtype("<f4")
    return int(shape[0]) if plain and file.tell() == _HEAD_BYTES else None


def read_arrays(file: BinaryIO) -> tuple[Array, dict[str, Array]]:
    """The feature of a file and its siblings by name; a damaged file raises any exception."""
    return read_feature(file), _read_siblings(file)


def _read_siblings(file: BinaryIO) -> dict[str, Array]:
    if file.tell() == os.fstat(file.fileno()).st_size:
        return {}
    packed = np.lib.format.read_array(file, allow_pickle=False)
    names = [name for name in packed.dtype.names or () if name != _CHECKSUM]
    siblings = {name: np.array(packed[name], np.float32) for name in names}
    if packed[_CHECKSUM].item().decode() != checksum(np.concatenate(list(siblings.values()))):
        raise ValueError("not the features that were saved")
    return siblings


@cache
def file_sizes(descriptor: str, dimension: int) -> tuple[int, ...]:
    """The sizes in bytes that a file may have: without siblings, and with all of them."""
    names = [sibling.name for sibling in sibling_descriptors(descriptor)]
    sizes = []
    for siblings in ({}, {name: np.zeros(dimension, np.float32) for name in names}):
        file = io.BytesIO()
        write_arrays(file, np.zeros(dimension, np.float32), siblings)
        sizes.append(file.tell())
    return tuple(sizes)
