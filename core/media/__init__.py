"""What goes out to people: thumbnails, pictures, and an answer as a file.

In go images of a snapshot or matches; out come bytes for a browser or a file.
"""

from core.media.archive import copies
from core.media.collage import collage
from core.media.contact_sheet import contact_sheet
from core.media.disk_cache import DiskCache
from core.media.lettering import Font, fitting, font
from core.media.pictures import picture
from core.media.table import for_spreadsheets, table
from core.media.thumbnails import MEDIA_TYPE, SIDE, thumbnail, thumbnail_cache

__all__ = [
    "MEDIA_TYPE",
    "SIDE",
    "DiskCache",
    "Font",
    "collage",
    "contact_sheet",
    "copies",
    "fitting",
    "font",
    "for_spreadsheets",
    "picture",
    "table",
    "thumbnail",
    "thumbnail_cache",
]
