"""Looking around in a gallery without a question: its pictures, folders, map and groups.

In goes a snapshot; out come pictures, each of which can be searched with.
"""

from core.ui.explore.address import leave_explore
from core.ui.explore.drawing import drawing_panel, map_of
from core.ui.explore.search_page import go_to_search_page
from core.ui.explore.start import start_gallery
from core.ui.explore.views import explore_views

__all__ = [
    "drawing_panel",
    "explore_views",
    "go_to_search_page",
    "leave_explore",
    "map_of",
    "start_gallery",
]
