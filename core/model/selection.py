"""Choose what a gallery is indexed and searched with, without loading anything."""

from __future__ import annotations

from dataclasses import dataclass

from core.config import Settings
from core.errors import IndexMismatchError
from core.model.extractor import INPUT_SIZE, check_size, feature_space
from core.model.fitting import check_dimension
from core.model.pooling import Descriptor, default_descriptor, descriptor_named
from core.model.weights import Weights
from core.types import NO_WEIGHTS, STARTER, UNTRAINED, FeatureSpace

# With the weights "auto", a gallery of these is indexed anew once better ones are there.
_REPLACED_WEIGHTS = (STARTER, UNTRAINED, NO_WEIGHTS)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a gallery is indexed with.

    Attributes:
        source: Where to find the weights, see ``find_weights``.
        descriptor: ``None`` takes the best for the weights.
        size: In pixels, see ``feature_space``.
        whiten: Dimension to whiten to, 0 for none.
    """

    source: str
    descriptor: Descriptor | None
    size: int
    whiten: int

    def space(self, weights: Weights) -> FeatureSpace:
        """The feature space with these weights."""
        name = self.descriptor.name if self.descriptor else default_descriptor(weights.source)
        return feature_space(weights, name, self.size)


def select(
    settings: Settings,
    *,
    before: FeatureSpace | None = None,
    whitened_to: int = 0,
    descriptor: str | None = None,
    whiten: int | None = None,
) -> Selection:
    """What a gallery is indexed with: as asked for now, else as set, else as it was before.

    A gallery keeps what somebody chose for it; a default is replaced by a better default.

    Args:
        settings: Weights, descriptor, size and whitening that the user set.
        before: The feature space of the gallery; ``None`` for a new gallery.
        whitened_to: Dimension that the index of the gallery is whitened to, 0 for none.
        descriptor: Name of the descriptor asked for now.
        whiten: Dimension asked for now, 0 for none.
    """
    source = settings.weights
    name = descriptor or settings.descriptor
    size = settings.size
    dimension = settings.whiten if whiten is None else whiten
    if before:
        if source == "auto" and before.weights not in _REPLACED_WEIGHTS:
            source = before.weights
        if before.descriptor != default_descriptor(before.weights):
            name = name or before.descriptor
        size = before.input_size if size is None else size
        dimension = whitened_to if dimension is None else dimension
    chosen = descriptor_named(name) if name else None
    return Selection(
        source=source,
        descriptor=chosen,
        size=check_size(INPUT_SIZE if size is None else size, chosen),
        whiten=check_dimension(dimension or 0),
    )


def source_for(space: FeatureSpace, settings: Settings) -> str:
    """Where to find the weights to search an index with, see ``find_weights``.

    Args:
        space: The feature space of the index.
        settings: With the weights ``auto``, those of the index are taken.

    Raises:
        IndexMismatchError: The settings ask for another descriptor or size.
    """
    if settings.descriptor not in (None, space.descriptor):
        raise mismatch(space, f"descriptor {settings.descriptor!r}")
    if settings.size not in (None, space.input_size):
        raise mismatch(space, f"size {settings.size}")
    return settings.weights if settings.weights != "auto" else space.weights


def mismatch(space: FeatureSpace, received: str) -> IndexMismatchError:
    """The error for a search in another feature space than that of the index."""
    return IndexMismatchError(
        f"The index was made in another feature space: expected {space}. Received: {received}. "
        "Rebuild the index, or search with what it was made with."
    )
