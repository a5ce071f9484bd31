"""Learn a fit from the features of a gallery."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError
from ..types import Array, Rows
from .discriminants import (
    Mask,
    Scatter,
    discriminants,
    label_scatter,
    labelled_rows,
    neighbour_scatter,
)
from .fits import CENTRE, FOLDERS, NEIGHBOURS, NONE, WHITEN, Fit, FitChoice, Labels
from .near_copies import near_copies
from .nearest import nearest_rows
from .pooling import l2_normalise
from .whitening import whitening_axes

# More features change a fit little, and take memory.
MAX_FIT_FEATURES = 20_000
# Below so many pictures, neighbours show chance: the gallery is centred.
LEAST_TAUGHT = 50
# Nearest pictures of each that teach, and from how many pictures on the larger number does.
FEW_NEIGHBOURS, MANY_NEIGHBOURS, MANY_ROWS = 5, 10, 1_000
# Cosine of centred features from which on one of two pictures teaches: so near are pictures of one
# moment and the plainest ones of a kind, which would teach only themselves.
SAME_PICTURE = 0.8
# How much folders say of what belongs together where all pictures have one; neighbours say the
# rest. The share falls with the root of the share of pictures that have one.
FOLDERS_SHARE = 0.75
# The largest least weight of a direction, see ``discriminants``; it falls with the gallery.
MOST_LEAST = {NEIGHBOURS: 0.5, FOLDERS: 0.3}
# From so many pictures on a feature has so few numbers, to be searched in half the time. Copies are
# found a little less often than with all of them.
FEWER_NUMBERS = {100_000: 128, 5_000: 192}
# Parts that a gallery is dealt into; and pictures that ask for the distance of their nearest one.
FOLDS, ASKED = 5, 500
# Largest distance between equal features, by rounding. Copies are no neighbours.
_COPY_DISTANCE = 2e-3
_LEAST_VARIANCE = 1e-12


def learn_fit(features: Array, choice: FitChoice, labels: Labels = ()) -> Fit:
    """Learn a fit; see ``Lesson``.

    Raises:
        ConfigurationError: ``folders`` needs two rows with the same label, and others without it.
    """
    return Lesson(features, labels if choice.kind == FOLDERS else ()).fit(choice)


class Lesson:
    """What the features of a gallery teach.

    Args:
        features: ``(n, d)`` float32 unit rows, at least one.
        labels: For ``folders``, of each row; other fits need none.

    Attributes:
        mean: ``(d,)`` float32.
        centred: ``(n, d)`` float32, the features without their mean, of length 1.
    """

    def __init__(self, features: Array, labels: Labels = ()) -> None:
        mean = features.mean(axis=0, dtype=np.float64).astype(np.float32)
        # One image, or copies of one, would be nothing but the mean.
        spread = float(np.square(features - mean).sum(axis=1).mean())
        self.mean: Array = mean if spread > _LEAST_VARIANCE else mean * 0
        self.centred = l2_normalise(features - self.mean)
        self._features = features
        self._labels = labels

    @cached_property
    def nearest(self) -> tuple[NDArray[np.int32], Array]:
        """The ten nearest other centred rows of each, less of a few; see ``nearest_rows``."""
        count = len(self.centred)
        return nearest_rows(self.centred, np.arange(count), min(MANY_NEIGHBOURS, count - 1))

    def fit(self, choice: FitChoice) -> Fit:
        """Learn a fit from all rows.

        Raises:
            ConfigurationError: ``folders`` needs two rows with the same label, and others without
                it.
        """
        every = np.ones(len(self.centred), bool)
        if choice.kind == FOLDERS and label_scatter(self.centred, self._labels) is None:
            labels = len(set(self._labels) - {None})
            raise ConfigurationError(
                "To learn from folders or labels, expected at least two images with the same one, "
                f"and others without it. Received: {labels} labels of {len(self.centred)} images. "
                "Choose another fit."
            )
        return Fit(choice, self.mean, self._axes(choice, every), len(self.centred))

    def held_out(self, choice: FitChoice) -> Array:
        """Distances of pictures that did not teach a fit to their nearest picture that did.

        The gallery is dealt into ``FOLDS`` folds. Each is held out of a fit, and some of its
        pictures ask the others; copies of them do not count.

        Returns:
            ``(at most ASKED,)`` float32, rising, 0 to 2.
        """
        count = len(self.centred)
        # NumPy promises that this stream never changes; that of default_rng may.
        order = np.random.RandomState(0).permutation(count)
        folds = min(FOLDS, count)
        nearest = []
        for fold in range(folds if count > 1 else 0):
            taught = np.ones(count, bool)
            taught[order[fold::folds]] = False
            asked = order[fold::folds][: ASKED // folds]
            features = self._features[taught]
            mean = features.mean(axis=0) if self.mean.any() else self.mean
            fit = Fit(choice, mean, self._axes(choice, taught))
            products = fit.apply(self._features[asked]) @ fit.apply(features).T
            squares = np.maximum(2 - 2 * products, 0)
            squares[squares < _COPY_DISTANCE**2] = np.inf
            nearest.append(np.sqrt(squares.min(axis=1)))
        distances = np.concatenate(nearest or [np.empty(0)]).astype(np.float32)
        return np.sort(distances[np.isfinite(distances)])

    def _axes(self, choice: FitChoice, taught: Mask) -> Array | None:
        """What a fit multiplies centred rows with, learnt from some rows."""
        if choice.kind in (NONE, CENTRE):
            return None
        if choice.kind == WHITEN:
            return whitening_axes(self._features[taught], choice.size)
        least_taught = choice.kind == NEIGHBOURS and LEAST_TAUGHT
        if len(self.centred) < least_taught or len(self._distinct[0]) < least_taught:
            return None
        rows, neighbours, counted = self._distinct
        kept = taught[rows]
        rows, counted = rows[kept], counted[kept] & taught[neighbours[kept]]
        within = neighbour_scatter(self.centred, rows, neighbours[kept], counted)
        if choice.kind == FOLDERS:
            within = self._with_folders(within, taught)
        # Few pictures tell little about each direction. Without some of all, copies would be lost.
        width = len(within)
        least = min(MOST_LEAST[choice.kind], width / (2 * len(rows)))
        images = len(self.centred)
        fewer = (numbers for many, numbers in FEWER_NUMBERS.items() if images >= many)
        size = choice.size or next(fewer, width)
        return discriminants(self.centred[rows], within, size, least=least)

    def _with_folders(self, within: Scatter, taught: Mask) -> Scatter:
        """The scatter of neighbours, mixed with that of the folders by how much these tell."""
        labels = [
            label if teaches else None for label, teaches in zip(self._labels, taught, strict=True)
        ]
        of_folders = label_scatter(self.centred, labels)
        if of_folders is None:
            return within
        share = FOLDERS_SHARE * float(labelled_rows(labels) / taught.sum()) ** 0.5
        mixed: Scatter = share * of_folders + (1 - share) * within
        return mixed

    @cached_property
    def _distinct(self) -> tuple[Rows, NDArray[np.int32], Mask]:
        """What neighbours teach: rows without near-copies, their nearest rows, and which count."""
        neighbours, products = self.nearest
        copies, firsts = near_copies(neighbours, products, SAME_PICTURE).T
        later = firsts < copies
        if self._labels:
            _, codes = np.unique([str(label) for label in self._labels], return_inverse=True)
            later &= codes[firsts] == codes[copies]
        kept: Mask = np.ones(len(neighbours), bool)
        kept[copies[later]] = False
        rows = np.flatnonzero(kept)
        k = min(FEW_NEIGHBOURS if len(rows) < MANY_ROWS else MANY_NEIGHBOURS, len(rows) - 1)
        neighbours = neighbours[rows]
        counted: Mask = kept[neighbours]
        # Near-copies filled the lists of these.
        short = np.flatnonzero(counted.sum(axis=1) < k)
        if len(short) and k:
            nearest, _ = nearest_rows(self.centred[rows], short, k)
            neighbours[short, :k], counted[short] = rows[nearest], False
            counted[short, :k] = True
        return rows, neighbours, counted & (np.cumsum(counted, axis=1) <= k)
