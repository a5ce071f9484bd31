"""Looking around in a gallery without a question: its pictures, folders, map and groups.

In goes a snapshot; out come pictures, each of which can be searched with.
"""

from .drawing import drawing_panel, map_of
from .search_page import go_to_search_page
from .start import start_gallery
from .views import explore_views

__all__ = ["drawing_panel", "explore_views", "go_to_search_page", "map_of", "start_gallery"]
