"""Looking around in a gallery without a question: its pictures, its folders, its map.

In goes a snapshot; out come pictures, each of which can be searched with.
"""

from core.ui.explore.drawing import drawing_panel, map_of
from core.ui.explore.map_view import map_view
from core.ui.explore.searching import go_to_search
from core.ui.explore.start import start_gallery

__all__ = ["drawing_panel", "go_to_search", "map_of", "map_view", "start_gallery"]
