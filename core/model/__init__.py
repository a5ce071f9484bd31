"""The feature extractor of the paper: turns RGB images into unit vectors of one feature space.

A feature space is the network, its weights, the input size, and the descriptor that pools the maps
of the network's last layer.
"""

from core.model.extractor import (
    INPUT_SIZE,
    STRIDE,
    FeatureExtractor,
    PixelExtractor,
    feature_space,
    prepared,
)
from core.model.extractors import ExtractorFactory, Extractors, vgg16_extractors
from core.model.fitting import (
    CENTRE,
    FITS,
    FOLDERS,
    MAX_FIT_FEATURES,
    NONE,
    WHITEN,
    Fit,
    FitChoice,
    Labels,
    learn_fit,
)
from core.model.pooling import (
    DEFAULT_DESCRIPTOR,
    DESCRIPTORS,
    FIRST_LOOK_DESCRIPTOR,
    LAST_CONVOLUTION,
    descriptor_named,
    l2_normalise,
    sibling_descriptors,
)
from core.model.selection import Asked, Chosen, Selection, select
from core.model.vgg16 import (
    BATCH_SIZE,
    PRECISIONS,
    VGG16Extractor,
    VGG16Network,
    choose_precision,
    shared_network,
)
from core.model.weights import (
    CONVOLUTIONS_NAME,
    FULL_FILE,
    Weights,
    find_weights,
    has_same_kernels,
    keras_cache,
)

__all__ = [
    "BATCH_SIZE",
    "CENTRE",
    "CONVOLUTIONS_NAME",
    "DEFAULT_DESCRIPTOR",
    "DESCRIPTORS",
    "FIRST_LOOK_DESCRIPTOR",
    "FITS",
    "FOLDERS",
    "FULL_FILE",
    "INPUT_SIZE",
    "LAST_CONVOLUTION",
    "MAX_FIT_FEATURES",
    "NONE",
    "PRECISIONS",
    "STRIDE",
    "WHITEN",
    "Asked",
    "Chosen",
    "ExtractorFactory",
    "Extractors",
    "FeatureExtractor",
    "Fit",
    "FitChoice",
    "Labels",
    "PixelExtractor",
    "Selection",
    "VGG16Extractor",
    "VGG16Network",
    "Weights",
    "choose_precision",
    "descriptor_named",
    "feature_space",
    "find_weights",
    "has_same_kernels",
    "keras_cache",
    "l2_normalise",
    "learn_fit",
    "prepared",
    "select",
    "shared_network",
    "sibling_descriptors",
    "vgg16_extractors",
]
