"""The file of one image: its feature, and behind it what the same pass gave for others."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Mapping
from functools import cache
from typing import BinaryIO

import numpy as np

from core.model import sibling_descriptors
from core.types import Array

# No descriptor is called this.
_CHECKSUM = "checksum"


def checksum(feature: Array) -> str:
    """BLAKE2b-64 of the numbers of a feature, 16 hexadecimal digits."""
    return hashlib.blake2b(
        np.ascontiguousarray(feature, "<f4").tobytes(), digest_size=8
    ).hexdigest()


def write_arrays(file: BinaryIO, feature: Array, others: Mapping[str, Array]) -> None:
    """Write a feature, and behind it the others as one array with the name of each and a checksum.

    Args:
        file: Open to be written.
        feature: ``(d,)`` float32; ``np.load`` of the file gives it.
        others: ``(d,)`` float32 by the name of the descriptor; may be empty.
    """
    # Into a file, NumPy writes past Python: a full disk would be an error without its number.
    content = io.BytesIO()
    np.save(content, feature, allow_pickle=False)
    if others:
        fields = [(name, "<f4", other.shape) for name, other in others.items()]
        packed = np.zeros((), np.dtype([*fields, (_CHECKSUM, "S16")]))
        for name, other in others.items():
            packed[name] = other
        packed[_CHECKSUM] = checksum(np.concatenate(list(others.values())))
        np.save(content, packed, allow_pickle=False)
    file.write(content.getvalue())


def read_feature(file: BinaryIO) -> Array:
    """Read the feature of a file that ``write_arrays`` wrote; whatever is wrong with it raises."""
    feature: Array = np.lib.format.read_array(file, allow_pickle=False)
    return feature


def read_arrays(file: BinaryIO) -> tuple[Array, dict[str, Array]]:
    """Read a feature and what stands behind it; whatever is wrong with them raises.

    Returns:
        The feature, and ``(d,)`` float32 by the name of the descriptor; empty where nothing was
        written.
    """
    return read_feature(file), _read_others(file)


def _read_others(file: BinaryIO) -> dict[str, Array]:
    if file.tell() == os.fstat(file.fileno()).st_size:
        return {}
    packed = np.lib.format.read_array(file, allow_pickle=False)
    names = [name for name in packed.dtype.names or () if name != _CHECKSUM]
    others = {name: np.array(packed[name], np.float32) for name in names}
    if packed[_CHECKSUM].item().decode() != checksum(np.concatenate(list(others.values()))):
        raise ValueError("not the features that were saved")
    return others


@cache
def sizes(descriptor: str, dimension: int) -> tuple[int, ...]:
    """The sizes in bytes that a file may have: with the feature alone, or with others behind it."""
    found = []
    # Channels of one layer: all of one length.
    others = {
        other.name: np.zeros(dimension, np.float32) for other in sibling_descriptors(descriptor)
    }
    for behind in ({}, others):
        file = io.BytesIO()
        write_arrays(file, np.zeros(dimension, np.float32), behind)
        found.append(file.tell())
    return tuple(found)
