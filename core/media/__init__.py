"""Images and search results as files: thumbnails, pictures, tables, archives, contact sheets."""

from core.media.archive import copies
from core.media.collage import make_collage
from core.media.contact_sheet import make_contact_sheet
from core.media.disk_cache import DiskCache
from core.media.lettering import Font, load_font, shorten
from core.media.pictures import picture
from core.media.table import escape_formula, images_table, matches_table
from core.media.thumbnails import THUMBNAIL_SIDE, THUMBNAIL_TYPE, thumbnail, thumbnail_cache

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
