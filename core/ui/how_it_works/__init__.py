"""The parts of the page How it works: one picture on its way through VGG16 to an answer.

In go a picture and the index of the gallery, if there is one; out come figures to click and save.
"""

from core.ui.how_it_works.blocks import blocks
from core.ui.how_it_works.changes import changes
from core.ui.how_it_works.distance import distance
from core.ui.how_it_works.first_layer import first_layer
from core.ui.how_it_works.network_input import network_input
from core.ui.how_it_works.picture import chosen_picture, look_into
from core.ui.how_it_works.reading import layer_table, papers
from core.ui.how_it_works.vector import vector

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
