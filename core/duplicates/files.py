"""What the disk says of the files of duplicates: links, cloud files, sidecars."""

import filecmp
from pathlib import Path

from ..trash import is_placeholder, is_same_file, sidecars_of
from ..types import ImageRecord


def obstacle(library: Path, copy: ImageRecord, kept: ImageRecord) -> str:
    """Why a copy is never moved while another image is kept; empty where it may be.

    A removal checks this again.
    """
    path = library / copy.path
    if is_same_file(path, library / kept.path):
        return "the same file under another name: moving it frees nothing"
    if is_placeholder(path):
        return "its content is in the cloud, not on this computer"
    return ""


def missing_sidecars(library: Path, copy: ImageRecord, kept: ImageRecord) -> tuple[str, ...]:
    """The sidecars of a copy that the image to keep does not have with the same content."""
    others = sidecars_of(library / kept.path)
    return tuple(
        sidecar.name
        for sidecar in sidecars_of(library / copy.path)
        if not any(_equal(sidecar, other) for other in others)
    )


def _equal(one: Path, other: Path) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False
