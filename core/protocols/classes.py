"""Queries among pictures with labels: right is what has the label of the query."""

from collections.abc import Mapping

from .protocol import Query


def queries_of(labels: Mapping[str, str | int], *, itself: bool) -> tuple[Query, ...]:
    """A query for each labelled picture, in the order of the labels.

    Args:
        labels: By path.
        itself: Whether a query is right in its own ranking; else it is left out of it.
    """
    groups: dict[str | int, set[str]] = {}
    for path, label in labels.items():
        groups.setdefault(label, set()).add(path)
    # All queries of a label share one set.
    return tuple(
        Query(path, groups[label], frozenset() if itself else frozenset([path]))
        for path, label in labels.items()
    )
