"""Where a file lies: on which drive, and in the store of which program, which is never touched."""

import os
from itertools import pairwise
from pathlib import Path

# By the ending of a folder's name.
_STORES = {
    ".photoslibrary": "Apple Photos",
    ".photolibrary": "iPhoto",
    ".migratedphotolibrary": "iPhoto",
    ".aplibrary": "Aperture",
    ".migratedaplibrary": "Aperture",
    ".lrlibrary": "Lightroom",
    ".lrdata": "Lightroom",
    ".lrcat-data": "Lightroom",
    ".cocatalog": "Capture One",
    ".cosessiondb": "Capture One",
    ".picasaoriginals": "Picasa",
    ".dtrash": "digiKam",
}
# By the names of two folders, one in the other.
_DATA = {
    ("share", "shotwell"): "Shotwell",
    ("share", "darktable"): "darktable",
    ("cache", "darktable"): "darktable",
    ("picasa2", "db3"): "Picasa",
}


def mount_point(path: Path) -> Path:
    """The folder at the top of the drive of a file or folder."""
    path = Path(os.path.realpath(path))
    while not os.path.ismount(path) and path != path.parent:
        path = path.parent
    return path


def manager_of(path: Path) -> str | None:
    """The program in whose store a file lies; ``None`` where there is none."""
    folders = [part.lower() for part in Path(os.path.realpath(path.parent)).parts]
    for folder in folders:
        for ending, program in _STORES.items():
            if folder.endswith(ending):
                return program
    pairs = [(outer.lstrip("."), inner) for outer, inner in pairwise(folders)]
    return next((_DATA[pair] for pair in pairs if pair in _DATA), None)
