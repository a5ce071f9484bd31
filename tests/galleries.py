"""A gallery that has something for each filter, indexed without a network."""

from __future__ import annotations

import shutil
from pathlib import Path

from PIL import ExifTags, Image

from core.config import Settings
from core.engine import ImageSearchEngine
from tests.fakes import picture

COLOURS = {"red": (205, 45, 55), "blue": (45, 60, 205), "red/old": (215, 50, 40)}
IMAGES_A_FOLDER = 20
SIZES = ((160, 120), (120, 160), (128, 128))
# What a machine does not need that leaves the search to a server.
LARGE_FILES = (
    *("matrix-*.npy", "extracted-*.npy", "approximate-*.faiss"),
    *("neighbours-*.npz", "label_free-*.npz", "catalog.sqlite*", "arrays", "thumbnails"),
)
# A landscape in the dates of the rest, large enough for a filter of its own.
LARGE = "large.png"


def make_mixed_gallery(folder: Path) -> Path:
    """Make 61 images of mostly one colour a folder, and index them by their colours.

    Of each folder every other image is a JPEG of a year from 2001 to 2019, the rest are PNG
    without a date; shapes alternate between landscape, portrait and square.

    Args:
        folder: Gets ``library`` and ``features``.

    Returns:
        The folder of images.
    """
    library = folder / "library"
    for place, (name, colour) in enumerate(COLOURS.items()):
        (library / name).mkdir(parents=True)
        for number in range(IMAGES_A_FOLDER):
            image = picture(100 * place + number, colour, SIZES[number % len(SIZES)])
            exif = Image.Exif()
            if number % 2:
                taken = exif.get_ifd(ExifTags.IFD.Exif)
                taken[ExifTags.Base.DateTimeOriginal] = f"20{number:02}:05:04 03:02:01"
            extension = "jpg" if number % 2 else "png"
            image.save(library / name / f"{number:02}.{extension}", exif=exif, quality=95)
    picture(999, COLOURS["blue"], (900, 600)).save(library / LARGE)
    index(folder, library)
    return library


def index(folder: Path, library: Path) -> None:
    """Index a library by the colours of its images, into ``features``."""
    ImageSearchEngine(Settings(features=folder / "features", descriptor="hsv")).index(library)


def copy_small_files(features: Path, to: Path) -> None:
    """Copy a features folder without what only the machine that indexes needs."""
    shutil.copytree(features, to, ignore=shutil.ignore_patterns(*LARGE_FILES))
