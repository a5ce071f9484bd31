"""The parts of the page How it works: one picture on its way through VGG16 to an answer.

In go a picture and the index of the gallery, if there is one; out come figures to click and save.
"""

from .blocks import blocks
from .changes import changes
from .distance import distance
from .first_layer import first_layer
from .network_input import network_input
from .picture import chosen_picture, look_into
from .reading import layer_table, papers
from .vector import vector

__all__ = [
    "blocks",
    "changes",
    "chosen_picture",
    "distance",
    "first_layer",
    "layer_table",
    "look_into",
    "network_input",
    "papers",
    "vector",
]
