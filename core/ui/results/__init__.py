"""The answer to a query: a grid of pictures, a table of distances, files to take away."""

from core.ui.results.closeness import similarity_note
from core.ui.results.downloads import downloads
from core.ui.results.grid import result_grid
from core.ui.results.table import distance_table

__all__ = ["distance_table", "downloads", "result_grid", "similarity_note"]
