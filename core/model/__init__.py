"""The feature extractor of the paper: turns RGB images into unit vectors of one feature space.

A feature space is the network, its weights, the input size, and the descriptor that pools the maps
of the network's last layer.
"""

from .decomposition import WITH_POSITIONS, check_positions, positions_of
from .extractor import (
    INPUT_SIZE,
    STRIDE,
    FeatureExtractor,
    Inspection,
    PixelExtractor,
    feature_space,
    prepared,
)
from .extractors import ExtractorFactory, Extractors, vgg16_extractors
from .fits import (
    CENTRE,
    FITS,
    FOLDERS,
    NEIGHBOURS,
    NONE,
    WHITEN,
    Fit,
    FitChoice,
    Labels,
)
from .fitting import LEAST_TAUGHT, MAX_FIT_FEATURES, Lesson, learn_fit
from .near_copies import near_copies
from .nearest import best_columns, blocks, nearest_rows
from .pooling import (
    CROW_EPSILON,
    DEFAULT_DESCRIPTOR,
    DESCRIPTORS,
    FIRST_LOOK_DESCRIPTOR,
    LAST_MAPS,
    descriptor_named,
    l2_normalise,
    rmac_regions,
    sibling_descriptors,
)
from .selection import Asked, Chosen, Selection, select
from .vgg16 import (
    BLOCKS,
    FIRST_LAYER,
    MEAN_COLOUR,
    PRECISIONS,
    VGG16Network,
    choose_precision,
    shared_network,
)
from .vgg16_extractor import BATCH_SIZE, VGG16Extractor
from .weights import FULL_FILE, Weights, find_weights, keras_cache

__all__ = [
    "BATCH_SIZE",
    "BLOCKS",
    "CENTRE",
    "CROW_EPSILON",
    "DEFAULT_DESCRIPTOR",
    "DESCRIPTORS",
    "FIRST_LAYER",
    "FIRST_LOOK_DESCRIPTOR",
    "FITS",
    "FOLDERS",
    "FULL_FILE",
    "INPUT_SIZE",
    "LAST_MAPS",
    "LEAST_TAUGHT",
    "MAX_FIT_FEATURES",
    "MEAN_COLOUR",
    "NEIGHBOURS",
    "NONE",
    "PRECISIONS",
    "STRIDE",
    "WHITEN",
    "WITH_POSITIONS",
    "Asked",
    "Chosen",
    "ExtractorFactory",
    "Extractors",
    "FeatureExtractor",
    "Fit",
    "FitChoice",
    "Inspection",
    "Labels",
    "Lesson",
    "PixelExtractor",
    "Selection",
    "VGG16Extractor",
    "VGG16Network",
    "Weights",
    "best_columns",
    "blocks",
    "check_positions",
    "choose_precision",
    "descriptor_named",
    "feature_space",
    "find_weights",
    "keras_cache",
    "l2_normalise",
    "learn_fit",
    "near_copies",
    "nearest_rows",
    "positions_of",
    "prepared",
    "rmac_regions",
    "select",
    "shared_network",
    "sibling_descriptors",
    "vgg16_extractors",
]
