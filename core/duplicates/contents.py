"""Stands in for the module of the same name until it is merged."""

from core.duplicates.condition import Condition as Contents
from core.duplicates.condition import condition_of as contents_of


def lacking(copy: Contents, kept: Contents) -> tuple[str, ...]:
    """Nothing."""
    return ()


__all__ = ["Contents", "contents_of", "lacking"]
