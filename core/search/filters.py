"""Filters of a search: folder, date, orientation, format and size of the images."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from core.errors import ConfigurationError
from core.images import EXTENSIONS
from core.types import ImageRecord, Rows

ORIENTATIONS = ("landscape", "portrait", "square")
SIDES = (500, 1000, 2000, 3000, 4000, 6000)
_OTHER_NAMES = {
    **dict.fromkeys(("JPG", "JPE", "JFIF", "MPO"), "JPEG"),
    **dict.fromkeys(("JP2", "JPX", "JPF", "J2K", "J2C", "JPC"), "JPEG 2000"),
    **dict.fromkeys(("PGM", "PBM", "PNM"), "PPM"),
    **dict.fromkeys(("HEIF", "HEIFS", "HEICS", "HIF"), "HEIC"),
    **dict.fromkeys(("ICB", "VDA", "VST"), "TGA"),
    **dict.fromkeys(("BW", "RGB", "RGBA"), "SGI"),
    "AVIFS": "AVIF",
    "JXL": "JPEG XL",
    "APNG": "PNG",
    "DIB": "BMP",
    "TIF": "TIFF",
}


def format_of(path: str) -> str:
    """Format by the extension of a file name, such as ``JPEG`` for ``a.jpg``."""
    extension = path.rpartition(".")[2].upper()
    return _OTHER_NAMES.get(extension, extension)


FORMATS = tuple(sorted({format_of(extension) for extension in EXTENSIONS}))


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Conditions that an image must meet to be compared; invalid ones: ``ConfigurationError``.

    Attributes:
        folders: With their subfolders; relative to the library, with ``/``.
        taken_from: First day of the photograph. An image without a date does not pass.
        taken_to: Last day of the photograph.
        orientations: Any of ``ORIENTATIONS``.
        formats: Any of ``FORMATS``.
        min_side: Minimum of the shorter side, in pixels.
    """

    folders: tuple[str, ...] = ()
    taken_from: date | None = None
    taken_to: date | None = None
    orientations: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    min_side: int = 0

    def __post_init__(self) -> None:
        for name, known in (("orientations", ORIENTATIONS), ("formats", FORMATS)):
            for value in getattr(self, name):
                if value not in known:
                    raise ConfigurationError(
                        f"There is no such filter: expected {', '.join(known)}. "
                        f"Received: {name}={value!r}"
                    )
        if self.min_side < 0:
            raise ConfigurationError(
                f"Expected a shorter side of at least 0 pixels. Received: min_side={self.min_side}"
            )
        if self.taken_from and self.taken_to and self.taken_from > self.taken_to:
            raise ConfigurationError(
                "Expected the first day to be no later than the last one. "
                f"Received: from {self.taken_from} to {self.taken_to}"
            )

    def __bool__(self) -> bool:
        return self != Filters()

    def passing(self, images: Sequence[ImageRecord]) -> Rows:
        """Row numbers of the images that pass, ``(m,)`` int64, ascending."""
        tests = [test for test in self._tests().values() if test]
        return np.array(
            [row for row, image in enumerate(images) if all(test(image) for test in tests)],
            np.int64,
        )

    def advice(self, images: Sequence[ImageRecord]) -> str:
        """A sentence for a person on which filter to loosen, if no image passes."""
        without = {
            name: len(dataclasses.replace(self, **_OFF[name]).passing(images))
            for name, test in self._tests().items()
            if test
        }
        name = max(without, key=lambda name: without[name], default=None)
        if name is None or not without[name]:
            return "No image passes the filters: loosen more than one of them."
        return f"No image passes all filters: without the {name} filter, {without[name]:,} would."

    def _tests(self) -> dict[str, Callable[[ImageRecord], bool] | None]:
        # With the slash, "cats" does not match "cats and dogs".
        below = tuple(f"{folder.strip('/')}/" for folder in self.folders)
        first, last = self.taken_from or date.min, self.taken_to or date.max
        return {
            "folder": (lambda image: image.path.startswith(below)) if below else None,
            "date": (lambda image: _between(first, day_of(image), last))
            if self.taken_from or self.taken_to
            else None,
            "orientation": (lambda image: orientation_of(image) in self.orientations)
            if self.orientations
            else None,
            "format": (lambda image: format_of(image.path) in self.formats)
            if self.formats
            else None,
            "size": (lambda image: min(image.width, image.height) >= self.min_side)
            if self.min_side
            else None,
        }


_OFF: dict[str, dict[str, Any]] = {
    "folder": {"folders": ()},
    "date": {"taken_from": None, "taken_to": None},
    "orientation": {"orientations": ()},
    "format": {"formats": ()},
    "size": {"min_side": 0},
}


def extensions_of(name: str) -> tuple[str, ...]:
    """The extensions of the files of a format in capitals, such as ``JPG`` for ``JPEG``."""
    others = tuple(extension for extension, known in _OTHER_NAMES.items() if known == name)
    return others if name in _OTHER_NAMES else (*others, name)


@dataclass(frozen=True)
class Choices:
    """Values of the filters that leave out some images of a gallery and keep others.

    Attributes:
        folders: Folders with images in them or below, relative to the library.
        taken: First and last day of the photographs; ``None`` if no date is known.
        sides: Those of ``SIDES`` that some images reach and others do not.
    """

    folders: tuple[str, ...]
    taken: tuple[date, date] | None
    orientations: tuple[str, ...]
    formats: tuple[str, ...]
    sides: tuple[int, ...]

    @classmethod
    def of(cls, images: Sequence[ImageRecord]) -> Choices:
        """Choices for these images."""
        folders = {image.path.rpartition("/")[0] for image in images} - {""}
        for folder in tuple(folders):
            while folder := folder.rpartition("/")[0]:
                folders.add(folder)
        days = [day for image in images if (day := day_of(image))]
        kinds = {orientation_of(image) for image in images}
        formats = {format_of(image.path) for image in images}
        sides = [min(image.width, image.height) for image in images]
        return cls(
            folders=tuple(sorted(folders)),
            taken=(min(days), max(days)) if days else None,
            orientations=tuple(kind for kind in ORIENTATIONS if kind in kinds and len(kinds) > 1),
            formats=tuple(sorted(formats)) if len(formats) > 1 else (),
            sides=tuple(side for side in SIDES if min(sides) < side <= max(sides)),
        )


def orientation_of(image: ImageRecord) -> str:
    """One of ``ORIENTATIONS``."""
    if image.width == image.height:
        return "square"
    return "landscape" if image.width > image.height else "portrait"


def day_of(image: ImageRecord) -> date | None:
    """Day of the photograph; ``None`` if it is unknown or not in the calendar."""
    try:
        return date.fromisoformat((image.taken_at or "").partition("T")[0])
    except ValueError:
        return None


def _between(first: date, day: date | None, last: date) -> bool:
    return day is not None and first <= day <= last
