"""The feature extractor of the paper: turns RGB images into unit vectors of one feature space.

A feature space is the network, its weights, the input size, and the descriptor that pools the maps
of the network's last layer.
"""

from core.model.extractor import (
    INPUT_SIZE,
    FeatureExtractor,
    PixelExtractor,
    feature_space,
    prepared,
)
from core.model.extractors import ExtractorFactory, Extractors, vgg16_extractors
from core.model.fitting import (
    MAX_DIMENSION,
    MAX_FIT_FEATURES,
    MIN_DIMENSION,
    Whitening,
    check_dimension,
    fit_whitening,
)
from core.model.pooling import (
    DESCRIPTORS,
    FIRST_LOOK_DESCRIPTOR,
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
    "FIRST_LOOK_DESCRIPTOR",
    "FULL_FILE",
    "INPUT_SIZE",
    "MAX_DIMENSION",
    "MAX_FIT_FEATURES",
    "MIN_DIMENSION",
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
