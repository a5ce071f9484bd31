"""Whether a drive is plugged in: its mount point may stay as an empty folder when it is not."""

from __future__ import annotations

import os
from pathlib import Path


def mount_point(path: Path) -> Path:
    """The folder at the top of the drive of a file or folder."""
    path = Path(os.path.realpath(path))
    while not os.path.ismount(path) and path != path.parent:
        path = path.parent
    return path
