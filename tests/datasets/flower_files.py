"""Files of the form of Oxford Flowers 102, small and drawn."""

from __future__ import annotations

import hashlib
import io
import struct
import tarfile
import zlib
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from core.datasets import draw_flower, flower_kinds
from core.datasets import flowers102 as flowers
from core.downloads import PublishedFile
from tests.mirror import Answer, ranged, send

LABELS = (77, 73, 12, 59) * 6


@cache
def photographs() -> dict[str, bytes]:
    """A drawn flower for each label, by its name in the archive."""
    files = {}
    for number, label in enumerate(LABELS, start=1):
        file = io.BytesIO()
        draw_flower(list(flower_kinds())[label % 4], seed=0, number=number).save(file, "JPEG")
        files[f"jpg/image_{number:05}.jpg"] = file.getvalue()
    return files


def archive_of(files: dict[str, bytes], *members: tarfile.TarInfo) -> bytes:
    """A .tgz of files, with members without content at its beginning."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for member in members:
            tar.addfile(member)
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


def labels_file(
    labels: Sequence[int], *, name: bytes = b"labels", compressed: bool = True
) -> bytes:
    """A MAT-file of level 5 with one row of bytes."""
    matrix = (
        _element(6, struct.pack("<II", 9, 0))
        + _element(5, struct.pack("<ii", 1, len(labels)))
        + _element(1, name)
        + _element(2, np.array(labels, "u1").tobytes())
    )
    element = _element(14, matrix)
    if compressed:
        packed = zlib.compress(element)
        element = struct.pack("<II", 15, len(packed)) + packed
    return b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + element


def _element(kind: int, data: bytes) -> bytes:
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


def describe(name: str, content: bytes) -> PublishedFile:
    """A file as its publisher describes it."""
    return PublishedFile(name, hashlib.md5(content).hexdigest(), len(content))


def publish(patch: pytest.MonkeyPatch, archive: bytes, labels: bytes | None = None) -> Answer:
    """Let these be the files of Oxford Flowers 102; what a server of them answers."""
    labels = labels_file(LABELS) if labels is None else labels
    patch.setattr(flowers, "ARCHIVE", describe(flowers.ARCHIVE.name, archive))
    patch.setattr(flowers, "LABELS", describe(flowers.LABELS.name, labels))
    return lambda handler: (
        send(handler, labels) if handler.path.endswith(".mat") else ranged(archive)(handler)
    )
