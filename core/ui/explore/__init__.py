"""Looking around in a gallery without a question: its pictures, its folders.

In goes a snapshot; out come pictures, each of which can be searched with.
"""

from core.ui.explore.start import start_gallery

__all__ = ["start_gallery"]
