"""The feature extractor of the paper.

In go RGB images; out come unit vectors. A feature space says how they were made: the network, its
weights, the descriptor that pools the network's last maps, and the input size.
"""

from core.model.extractor import (
    INPUT_SIZE,
    FeatureExtractor,
    PixelExtractor,
    feature_space,
    prepared,
)
from core.model.extractors import ExtractorFactory, Extractors, vgg16_extractors
from core.model.fitting import FEWEST, LEARNT_FROM, MOST, Whitening, check_dimension, fit_whitening
from core.model.pooling import (
    DESCRIPTORS,
    FIRST_LOOK,
    default_descriptor,
    descriptor_named,
    sibling_descriptors,
)
from core.model.selection import Selection, select
from core.model.vgg16 import (
    BATCH_SIZE,
    PRECISIONS,
    VGG16Extractor,
    VGG16Network,
    choose_precision,
    shared_network,
)
from core.model.weights import CONVOLUTIONS_FILE, FULL_FILE, Weights, find_weights, keras_cache

__all__ = [
    "BATCH_SIZE",
    "CONVOLUTIONS_FILE",
    "DESCRIPTORS",
    "FEWEST",
    "FIRST_LOOK",
    "FULL_FILE",
    "INPUT_SIZE",
    "LEARNT_FROM",
    "MOST",
    "PRECISIONS",
    "ExtractorFactory",
    "Extractors",
    "FeatureExtractor",
    "PixelExtractor",
    "Selection",
    "VGG16Extractor",
    "VGG16Network",
    "Weights",
    "Whitening",
    "check_dimension",
    "choose_precision",
    "default_descriptor",
    "descriptor_named",
    "feature_space",
    "find_weights",
    "fit_whitening",
    "keras_cache",
    "prepared",
    "select",
    "shared_network",
    "sibling_descriptors",
    "vgg16_extractors",
]
