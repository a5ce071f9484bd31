"""An answer to take away: as a table, as copies of the images, as a page to print."""

from core.exports.copies import copies
from core.exports.sheet import contact_sheet
from core.exports.table import table

__all__ = ["contact_sheet", "copies", "table"]
