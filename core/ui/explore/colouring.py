"""Colours of the points of a map: by folder, date, group, or closeness to a query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ...explore import GalleryMap
from ...feature_store import ImageTable
from ...types import Array

FOLDER, DATE, GROUP, CLOSENESS = ("folder", "date", "group", "closeness")
# Numbers of colours of the component, and the number of grey.
CATEGORIES, STEPS = 11, 6
GREY = 255
# Upper ranks of the steps of closeness: a number of images, or a share of them.
_NEAREST = 30
_SHARES = (0.01, 0.05, 0.2, 0.5)


@dataclass(frozen=True, eq=False)
class Colouring:
    """A colour for each row of an index.

    Attributes:
        by: ``FOLDER``, ``DATE``, ``GROUP`` or ``CLOSENESS``.
        colours: ``(n,)`` uint8: a category, or a step from the strongest colour; or ``GREY``.
        legend: What a colour means, in the order of the legend.
    """

    by: str
    colours: NDArray[np.uint8]
    legend: tuple[tuple[str, int], ...]

    @property
    def ordered(self) -> bool:
        """Whether the colours are steps, not categories."""
        return self.by in (DATE, CLOSENESS)


def by_folder(images: ImageTable) -> Colouring:
    """The folders with the most images have a colour each, all others are grey."""
    names = [path.rpartition("/")[0] for path in images.paths]
    folders, of_image, counts = np.unique(
        np.array(names, dtype=object), return_inverse=True, return_counts=True
    )
    largest = np.argsort(-counts, kind="stable")[:CATEGORIES]
    colour_of = np.full(len(folders), GREY, np.uint8)
    colour_of[largest] = np.arange(len(largest))
    legend = [(folders[folder] or "Top folder", place) for place, folder in enumerate(largest)]
    if len(folders) > len(largest):
        legend.append((f"{len(folders) - len(largest):,} other folders", GREY))
    return Colouring(FOLDER, colour_of[of_image], tuple(legend))


def by_date(images: ImageTable) -> Colouring:
    """About as many images have each step, the newest the strongest; grey is without a date."""
    days = images.days
    known = days > 0
    colours, legend = np.full(len(images), GREY, np.uint8), []
    if known.any():
        edges = np.unique(np.quantile(days[known], np.linspace(0, 1, STEPS + 1)[1:-1]))
        bins = np.searchsorted(edges, days, side="right")
        present = np.unique(bins[known])[::-1]
        for step, number in enumerate(present):
            within = known & (bins == number)
            colours[within] = step
            legend.append((_period(days[within]), step))
    if not known.all():
        legend.append(("Without a date", GREY))
    return Colouring(DATE, colours, tuple(legend))


def by_group(found: GalleryMap) -> Colouring:
    """Each group has a colour, which far ones share; grey is in no group."""
    colours = np.where(found.group_of < 0, GREY, found.group_of % CATEGORIES).astype(np.uint8)
    return Colouring(GROUP, colours, (("In no group", GREY),))


def by_closeness(products: Array) -> Colouring:
    """The closest images have the strongest colour, by their ``(n,)`` products with a query."""
    count = len(products)
    ranks = np.empty(count, np.int64)
    ranks[np.argsort(-products, kind="stable")] = np.arange(count)
    limits = [_NEAREST, *(round(share * count) for share in _SHARES)]
    limits = [limit for place, limit in enumerate(limits) if limit > max(limits[:place], default=0)]
    limits = [limit for limit in limits if limit < count]
    colours = np.searchsorted(limits, ranks, side="right").astype(np.uint8)
    labels = [f"{limit:,} closest" for limit in limits] + ["Farther" if limits else "All"]
    return Colouring(CLOSENESS, colours, tuple(zip(labels, range(len(labels)), strict=True)))


def _period(days: Sequence[int] | NDArray[np.int32]) -> str:
    first, last = (date.fromordinal(int(day)) for day in (min(days), max(days)))
    return f"{first}" if first == last else f"{first} to {last}"
