"""What there is to see in a gallery without a question: its map, groups, and odd pictures.

A map is drawn once, by a job, and carried over to newer indexes of the gallery.
"""

from .drawing import draw_map
from .gallery_map import GalleryMap, Group, central_first, gallery_map, group_ids
from .outliers import Misfiled, misfiled, odd_ones
from .query import place_query
from .renaming import rename_group

__all__ = [
    "GalleryMap",
    "Group",
    "Misfiled",
    "central_first",
    "draw_map",
    "gallery_map",
    "group_ids",
    "misfiled",
    "odd_ones",
    "place_query",
    "rename_group",
]
