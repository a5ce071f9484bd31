"""The engine: one way in for everything that pages, jobs, the command line and Python do."""

from core.engine.duplicates import Outcome
from core.engine.engine import ImageSearchEngine

__all__ = ["ImageSearchEngine", "Outcome"]
