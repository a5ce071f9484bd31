"""The feature extractors of one engine, which share one loaded network."""

import threading
from collections.abc import Callable

from ..config import Settings
from ..types import IMAGENET, FeatureSpace, Progress, ProgressCallback, Stage
from .extractor import INPUT_SIZE, FeatureExtractor, PixelExtractor
from .pooling import descriptor_named
from .selection import Chosen, Selection, mismatch, source_for
from .vgg16 import MakeNetwork, shared_network
from .vgg16_extractor import VGG16Extractor
from .weights import Weights, find_weights

ExtractorFactory = Callable[[Weights, FeatureSpace, str], FeatureExtractor]
"""Makes an extractor from weights, the space of its features and a precision."""


def vgg16_extractors(make_network: MakeNetwork | None = None) -> ExtractorFactory:
    """A factory of VGG16 extractors; those that differ only in pooling share a network."""
    network = make_network or shared_network()

    def make(weights: Weights, space: FeatureSpace, precision: str) -> FeatureExtractor:
        return VGG16Extractor(
            weights,
            descriptor=space.descriptor,
            size=space.input_size,
            precision=precision,
            make_network=network,
        )

    return make


class Extractors:
    """Makes the extractor of a selection or of a feature space, and keeps those of one network.

    An extractor of another network replaces all that are kept, so that at most one network is
    loaded. Thread-safe.
    """

    def __init__(self, settings: Settings, make: ExtractorFactory) -> None:
        self._settings = settings
        self._make = make
        self._lock = threading.Lock()
        self._kept: dict[FeatureSpace, FeatureExtractor] = {}

    def selected(
        self, selection: Selection, progress: ProgressCallback = lambda _: None
    ) -> FeatureExtractor:
        """The extractor to index with; ``progress`` follows a download of the weights."""
        descriptor = selection.descriptor
        if descriptor.layer is None:
            return PixelExtractor(descriptor.name)
        weights = find_weights(
            selection.source,
            top=descriptor.needs_top,
            base_url=self._settings.weights_url,
            progress=lambda done, total: progress(Progress(Stage.WEIGHTS, done, total)),
        )
        return self._extractor(weights, selection.space(weights))

    def of_space(self, space: FeatureSpace) -> FeatureExtractor:
        """The extractor to search an index of this space with.

        Raises:
            IndexMismatchError: The settings ask for another feature space.
        """
        with self._lock:
            if kept := self._kept.get(space):
                return kept
        source = source_for(space, self._settings)
        chosen = Chosen(descriptor=space.descriptor)
        extractor = self.selected(Selection(source, space.input_size, chosen))
        if extractor.space != space:
            raise mismatch(space, f"weights {source!r}")
        return extractor

    def with_layers(self, space: FeatureSpace | None) -> FeatureExtractor:
        """The extractor of this space if it has a network; else one with the default descriptor."""
        if space and descriptor_named(space.descriptor).layer:
            return self.of_space(space)
        return self.selected(Selection(self._settings.weights or IMAGENET, INPUT_SIZE))

    def _extractor(self, weights: Weights, space: FeatureSpace) -> FeatureExtractor:
        with self._lock:
            if not all(_share_network(space, other) for other in self._kept):
                # Before the next one is made: two networks must never be in memory.
                self._kept = {}
            if space not in self._kept:
                self._kept[space] = self._make(weights, space, self._settings.precision)
            return self._kept[space]


def _share_network(space: FeatureSpace, other: FeatureSpace) -> bool:
    layers = {descriptor_named(one.descriptor).layer for one in (space, other)}
    return space.same_pass(other) and len(layers) == 1
