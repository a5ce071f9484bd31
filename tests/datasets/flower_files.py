"""Files of the form of Oxford Flowers 102, with drawn flowers."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from scipy.io import savemat

from core.datasets import flowers102 as flowers
from core.downloads import PublishedFile
from tests.flowers import KINDS, sample_file
from tests.mirror import Answer, ranged, send

LABELS = (77, 73, 12, 59) * 6


@cache
def photographs() -> dict[str, bytes]:
    """A drawn flower for each label, of one kind for each, by its name in the archive."""
    return {
        f"jpg/image_{place + 1:05}.jpg": sample_file(KINDS[place % 4], place // 4 + 1)
        for place in range(len(LABELS))
    }


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


def labels_file(labels: Sequence[int], *, name: str = "labels") -> bytes:
    """A MAT-file with one row of bytes, as that of Oxford Flowers 102."""
    file = io.BytesIO()
    savemat(file, {name: np.array([labels], "u1")}, do_compression=True)
    return file.getvalue()


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
