"""An answer to take away: as a table, as copies of the images, as a page to print."""

from core.exports.collage import collage
from core.exports.copies import copies
from core.exports.sheet import contact_sheet
from core.exports.table import table

__all__ = ["collage", "contact_sheet", "copies", "table"]
