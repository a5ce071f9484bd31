"""What VGG16 makes of one picture, layer by layer, as pictures and numbers to look at.

In goes a picture; out come the input, filters, maps, the feature and what its distances consist of.
"""

from .activations import Activations, activations_of
from .architecture import layers
from .bars import as_file, feature_bars, part_bars
from .change import Change
from .excitation import ChannelMeans, channel_means, exciting_among, exciting_images, has_channels
from .maps import Maps, filter_picture
from .sheets import labelled_sheet, png, side_by_side, tiled
from .split import DistanceSplit, number_names

__all__ = [
    "Activations",
    "Change",
    "ChannelMeans",
    "DistanceSplit",
    "Maps",
    "activations_of",
    "as_file",
    "channel_means",
    "exciting_among",
    "exciting_images",
    "feature_bars",
    "filter_picture",
    "has_channels",
    "labelled_sheet",
    "layers",
    "number_names",
    "part_bars",
    "png",
    "side_by_side",
    "tiled",
]
