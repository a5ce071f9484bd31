"""Lookalike in Python: ``ImageSearchEngine`` has every action.

Installed, this is the package that has all the rest below it.
"""

from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import LookalikeError
from core.search import SearchOptions

__all__ = ["ImageSearchEngine", "LookalikeError", "SearchOptions", "Settings"]
