"""Choose what a gallery is indexed and searched with, without loading anything."""

from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from ..config import Settings
from ..errors import IndexMismatchError
from ..types import IMAGENET, FeatureSpace
from .extractor import INPUT_SIZE, check_size, feature_space
from .fits import DEFAULT_FIT, FitChoice
from .pooling import DEFAULT_DESCRIPTOR, Descriptor, descriptor_named
from .weights import Weights


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody chose for a gallery; ``None`` takes the default, now and later.

    Attributes:
        descriptor: Name of the descriptor.
        fit: The fit.
        labels: Source of the labels that the fit ``folders`` learns from, see ``labels_of``.
        ranking: Order of the matches, one of ``RANKINGS``.
    """

    descriptor: str | None = None
    fit: FitChoice | None = None
    labels: str | None = None
    ranking: str | None = None

    @property
    def effective_fit(self) -> FitChoice:
        """The fit that was chosen, else the default."""
        return self.fit or FitChoice.of(DEFAULT_FIT)


class Asked(TypedDict, total=False):
    """What is asked for now, as in ``Chosen``; ``fit`` is its kind and ``fit_size`` its size."""

    descriptor: str | None
    fit: str | None
    fit_size: int | None
    labels: str | None
    ranking: str | None


@dataclass(frozen=True, slots=True)
class Selection:
    """What a gallery is indexed with.

    Attributes:
        source: Where to find the weights, see ``find_weights``.
        size: In pixels, see ``feature_space``.
        chosen: What somebody chose.
    """

    source: str
    size: int
    chosen: Chosen = field(default_factory=Chosen)

    @property
    def descriptor(self) -> Descriptor:
        """The descriptor that was chosen, else the default."""
        return descriptor_named(self.chosen.descriptor or DEFAULT_DESCRIPTOR)

    def space(self, weights: Weights) -> FeatureSpace:
        """The feature space with these weights."""
        return feature_space(weights, self.descriptor.name, self.size)


def select(
    settings: Settings,
    *,
    before: FeatureSpace | None = None,
    chosen: Chosen | None = None,
    **asked: Unpack[Asked],
) -> Selection:
    """What a gallery is indexed with: as asked for now, else as set, else as it was before.

    A gallery keeps what somebody chose for it; a default is replaced by a better default.

    Args:
        settings: Weights, descriptor, size and fit that the user set.
        before: The feature space of the gallery; ``None`` for a new gallery.
        chosen: What was chosen for the gallery before.
        asked: What is asked for now.
    """
    source = settings.weights
    if source is None and before and before.weights_file:
        source = before.weights
    size = settings.size
    if size is None:
        size = before.input_size if before else INPUT_SIZE
    known = chosen or Chosen()
    kind, number = asked.get("fit") or settings.fit, asked.get("fit_size")
    if number is None:
        number = settings.fit_size
    if kind is None and number is not None and known.fit:
        kind = known.fit.kind
    selection = Selection(
        source=source or IMAGENET,
        size=size,
        chosen=Chosen(
            descriptor=asked.get("descriptor") or settings.descriptor or known.descriptor,
            fit=known.fit
            if kind is None and number is None
            else FitChoice.of(kind or DEFAULT_FIT, number),
            labels=asked.get("labels") or known.labels,
            ranking=asked.get("ranking") or known.ranking,
        ),
    )
    check_size(size, selection.descriptor)
    return selection


def source_for(space: FeatureSpace, settings: Settings) -> str:
    """Where to find the weights to search an index with, see ``find_weights``.

    Args:
        space: The feature space of the index.
        settings: Without weights, those of the index are taken.

    Raises:
        IndexMismatchError: The settings ask for another descriptor or size.
    """
    if settings.descriptor not in (None, space.descriptor):
        raise mismatch(space, f"descriptor {settings.descriptor!r}")
    if settings.size not in (None, space.input_size):
        raise mismatch(space, f"size {settings.size}")
    return settings.weights or space.weights


def mismatch(space: FeatureSpace, received: str) -> IndexMismatchError:
    """The error for a search in another feature space than that of the index."""
    return IndexMismatchError(
        f"The index was made in another feature space: expected {space}. Received: {received}. "
        "Rebuild the index, or search with what it was made with."
    )
