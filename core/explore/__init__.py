"""What there is to see in a gallery without a question: its map, groups, and odd pictures.

A map is drawn once, by a job, and carried over to newer indexes of the gallery.
"""

from core.explore.gallery_map import GalleryMap, Group, gallery_map
from core.explore.renaming import rename_group

__all__ = ["GalleryMap", "Group", "gallery_map", "rename_group"]
