"""What other programs take: features, a table of the images, and how to make such features.

An export is a folder whose files all belong to one generation of an index.
"""

from .export import Export, export

__all__ = ["Export", "export"]
