"""Drives to plug in, pull out and fill up; only root can mount them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest


def mount(folder: Path, *options: str) -> None:
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")


def unmount(folder: Path) -> bool:
    """Unmount what is mounted on a folder; returns whether there was something."""
    # Lazily: as with a drive that is pulled out, nobody is asked who has files open.
    done = subprocess.run(["umount", "--lazy", str(folder)], capture_output=True)
    return done.returncode == 0


def fill(disk: Path, leave: int) -> Path:
    """Fill a disk but for so many bytes; returns the file that does it."""
    filler = disk / "filler"
    status = os.statvfs(disk)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(status.f_bavail * status.f_frsize - leave, 1))
    return filler
