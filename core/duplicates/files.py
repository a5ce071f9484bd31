"""What the disk says of the files of duplicates: links, cloud files, sidecars."""

from __future__ import annotations

import filecmp
from pathlib import Path

from ..trash import is_placeholder, is_same_file, sidecars_of
from ..types import ImageRecord


class Files:
    """The files of a library; a removal checks all of this again.

    Args:
        library: Absolute path.
    """

    def __init__(self, library: Path) -> None:
        self._library = library

    def obstacle(self, copy: ImageRecord, kept: ImageRecord) -> str:
        """Why a copy is never moved while another image is kept; empty where it may be."""
        path = self._library / copy.path
        if is_same_file(path, self._library / kept.path):
            return "the same file under another name: moving it frees nothing"
        if is_placeholder(path):
            return "its content is in the cloud, not on this computer"
        return ""

    def lacking(self, copy: ImageRecord, kept: ImageRecord) -> tuple[str, ...]:
        """The sidecars of a copy that the image to keep does not have with the same content."""
        others = sidecars_of(self._library / kept.path)
        return tuple(
            sidecar.name
            for sidecar in sidecars_of(self._library / copy.path)
            if not any(_equal(sidecar, other) for other in others)
        )


def _equal(one: Path, other: Path) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False
