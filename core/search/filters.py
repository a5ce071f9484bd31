"""Filters of a search: folder, date, orientation, format, size, and a selection of images."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError
from ..feature_store import ImageTable
from ..images import EXTENSIONS
from ..types import Rows

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


def _format_by(extension: str) -> str:
    """Format by an extension in capitals, such as ``JPEG`` for ``JPG``."""
    return _OTHER_NAMES.get(extension, extension)


FORMATS = tuple(sorted({_format_by(one.rpartition(".")[2].upper()) for one in EXTENSIONS}))
# The sign of the width minus the height.
SIGNS = {"landscape": 1, "portrait": -1, "square": 0}


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
        among: Ids of the images that may pass; empty for all.
    """

    folders: tuple[str, ...] = ()
    taken_from: date | None = None
    taken_to: date | None = None
    orientations: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    min_side: int = 0
    among: frozenset[str] = frozenset()

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

    def passing(self, images: ImageTable) -> Rows:
        """Row numbers of the images that pass, ``(m,)`` int64, ascending."""
        return np.flatnonzero(_all(images, self._masks(images).values()))

    def advice(self, images: ImageTable) -> str:
        """A sentence for a person on which filter to loosen, if no image passes."""
        masks = self._masks(images)
        without = {
            name: int(_all(images, [masks[other] for other in masks if other != name]).sum())
            for name in masks
        }
        name = max(without, key=lambda name: without[name], default=None)
        if name is None or not without[name]:
            return "No image passes the filters: loosen more than one of them."
        return f"No image passes all filters: without the {name} filter, {without[name]:,} would."

    def _masks(self, images: ImageTable) -> dict[str, NDArray[np.bool_]]:
        """Whether each image passes, ``(n,)``, by the name of each filter that is set."""
        masks = {}
        if self.folders:
            masks["folder"] = np.zeros(len(images), bool)
            for folder in self.folders:
                below = images.rows_below(folder)
                masks["folder"][below.start : below.stop] = True
        if self.taken_from or self.taken_to:
            first, last = self.taken_from or date.min, self.taken_to or date.max
            masks["date"] = (images.days >= first.toordinal()) & (images.days <= last.toordinal())
        if self.orientations:
            kept = [images.lying == SIGNS[orientation] for orientation in self.orientations]
            masks["orientation"] = np.logical_or.reduce(kept)
        if self.formats:
            extensions, of_image = images.extensions
            kept = [_format_by(extension) in self.formats for extension in extensions]
            masks["format"] = np.array(kept, bool)[of_image]
        if self.min_side:
            masks["size"] = images.sides >= self.min_side
        if self.among:
            masks["selection"] = np.zeros(len(images), bool)
            masks["selection"][images.rows_of_ids(self.among)] = True
        return masks


def _all(images: ImageTable, masks: Iterable[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    passing: NDArray[np.bool_] = np.logical_and.reduce([np.ones(len(images), bool), *masks])
    return passing


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
    def of(cls, images: ImageTable) -> Self:
        """Choices for these images."""
        days = images.days[images.days > 0]
        lying = set(np.unique(images.lying).tolist())
        formats = {_format_by(extension) for extension in images.extensions[0]} - {""}
        sides = images.sides
        return cls(
            folders=images.folders,
            taken=(date.fromordinal(int(days.min())), date.fromordinal(int(days.max())))
            if len(days)
            else None,
            orientations=tuple(kind for kind in ORIENTATIONS if SIGNS[kind] in lying)
            if len(lying) > 1
            else (),
            formats=tuple(sorted(formats)) if len(formats) > 1 else (),
            sides=tuple(side for side in SIDES if sides.min() < side <= sides.max()),
        )
