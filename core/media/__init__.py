"""Images and search results as files: thumbnails, pictures, tables, archives, contact sheets."""

from .archive import copies
from .collage import make_collage
from .contact_sheet import make_contact_sheet
from .disk_cache import DiskCache
from .lettering import Font, load_font, shorten
from .pictures import picture
from .table import escape_formula, images_table, matches_table
from .thumbnails import THUMBNAIL_SIDE, THUMBNAIL_TYPE, thumbnail, thumbnail_cache

__all__ = [
    "THUMBNAIL_SIDE",
    "THUMBNAIL_TYPE",
    "DiskCache",
    "Font",
    "copies",
    "escape_formula",
    "images_table",
    "load_font",
    "make_collage",
    "make_contact_sheet",
    "matches_table",
    "picture",
    "shorten",
    "thumbnail",
    "thumbnail_cache",
]
