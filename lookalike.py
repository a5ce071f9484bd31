"""Lookalike in Python: ``ImageSearchEngine`` has every action.

Installed, this is the package that has all the rest below it.
"""

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import Cancelled, LookalikeError
from core.search import Feedback, Filters, SearchOptions

__all__ = [
    "Cancelled",
    "Feedback",
    "Filters",
    "ImageSearchEngine",
    "LookalikeError",
    "SearchOptions",
    "Settings",
]
