"""The engine: one way in for everything that pages, jobs, the command line and Python do."""

from .duplicates import Outcome
from .engine import ImageSearchEngine

__all__ = ["ImageSearchEngine", "Outcome"]
