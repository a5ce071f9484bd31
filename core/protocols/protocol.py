"""Protocols: who asks what, what is right, and what papers report of it."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from ..evaluation import Rankings, Values

Box = tuple[float, float, float, float]
"""Left, top, right and bottom edge of a part of a picture, in pixels."""
Measure = Callable[[Rankings], Values]


@dataclass(frozen=True, slots=True)
class Query:
    """A picture that is searched with.

    Attributes:
        image: Its path.
        right: Paths of what should be found.
        junk: Paths that are removed from its ranking; they are not right, whatever ``right`` says.
        box: The part that is searched with; ``None`` for the whole picture.
        missing: How many right pictures the library lacks.
    """

    image: str
    right: Set[str]
    junk: Set[str] = frozenset()
    box: Box | None = None
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Published:
    """A figure of VGG16 with ImageNet weights that others published.

    Attributes:
        method: What described the pictures.
        measure: Which measure of the protocol it is.
        value: In its unit.
        source: Where it is printed.
        how: What differs from the protocol or from ours.
    """

    method: str
    measure: str
    value: float
    source: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class Protocol:
    """Queries of a data set and how papers measure their answers.

    All paths are relative to the library, with ``/``.

    Attributes:
        name: As papers call it.
        queries: Who asks.
        gallery: What is searched.
        measures: By the names that papers print.
        pictures: How many the published data set searches; 0 if it is nobody's.
        published: What others reached.
    """

    name: str
    queries: tuple[Query, ...]
    gallery: tuple[str, ...]
    measures: Mapping[str, Measure]
    pictures: int = 0
    published: tuple[Published, ...] = ()
