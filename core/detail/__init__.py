"""Find a thing in the pictures of a gallery, also where it is small, by regions of their maps.

In go a gallery and a picture of the thing; out come matches with a box. The detail index holds the
compressed regions of each picture beside the features of the gallery.
"""

from .damage import find_detail_damage
from .detail_store import DetailStore
from .gallery_details import DetailInfo, detail_info, details_store, finds_parts, open_details
from .part_search import find_part
from .update import DetailReport, update_details

__all__ = [
    "DetailInfo",
    "DetailReport",
    "DetailStore",
    "detail_info",
    "details_store",
    "find_detail_damage",
    "find_part",
    "finds_parts",
    "open_details",
    "update_details",
]
