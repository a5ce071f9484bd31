"""Number, order and limits of the matches, as the address says them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import streamlit as st

from core.config import DEFAULT_MATCHES, MOST_MATCHES
from core.explore import gallery_map, group_ids
from core.feature_store import IndexSnapshot
from core.search import DEFAULT_RANKING, Choices, Filters, ranking_of
from core.types import DISTANCE, RANKINGS
from core.ui.question import address
from core.ui.question.selections import selection
from core.ui.resources import engine

FEWEST = 10
NEAREST, FARTHEST = 0.05, 2.0
HIDDEN = "hidden"


@dataclass(frozen=True)
class Scope:
    """Number, order and limits of the matches.

    ``k`` is 10 to 300; ``ranking`` is one of ``RANKINGS``; ``max_distance`` is 0.05 to less than 2,
    ``None`` for no limit; ``groups`` are the names of the groups that ``filters`` are limited to;
    ``hide_copies`` is whether of each picture only one file is shown, ``part`` whether the picture
    is searched for as a part of others.
    """

    k: int = DEFAULT_MATCHES
    ranking: str = DEFAULT_RANKING
    max_distance: float | None = None
    filters: Filters = field(default_factory=Filters)
    groups: tuple[str, ...] = ()
    hide_copies: bool = False
    part: bool = False

    @property
    def limited(self) -> bool:
        """Whether images of the gallery are left out."""
        return self.max_distance is not None or bool(self.filters)


def scope_of(snapshot: IndexSnapshot) -> Scope:
    """What the address says, without values that the gallery lacks."""
    choices = choices_of(snapshot)

    def values(name: str, known: Iterable[str]) -> tuple[str, ...]:
        said = st.query_params.get_all(name)
        return tuple(value for value in known if value in said)

    def read(name: str, kind: Callable[[str], Any], default: Any = None) -> Any:
        with contextlib.suppress(ValueError, OverflowError):
            return kind(st.query_params.get(name, ""))
        return default

    days = [read(name, date.fromisoformat) for name in ("from", "to")]
    if choices.taken:
        first, last = choices.taken
        days = [day and min(max(day, first), last) for day in days]
    else:
        days = [None, None]
    if all(days):
        days.sort()
    k = read("k", lambda text: round(int(text), -1), DEFAULT_MATCHES)
    # NaN fails the comparison below.
    limit = read("limit", lambda text: round(float(text), 2))
    side = read("side", int, 0)
    groups = values(address.GROUP, group_names(snapshot))
    ranking = st.query_params.get(address.RANKING)
    if not has_neighbours(snapshot):
        ranking = DISTANCE
    return Scope(
        k=min(max(k, FEWEST), MOST_MATCHES),
        ranking=ranking if ranking in RANKINGS else ranking_of(snapshot),
        max_distance=limit if limit is not None and NEAREST <= limit < FARTHEST else None,
        hide_copies=st.query_params.get(address.COPIES) == HIDDEN,
        filters=Filters(
            folders=values("folder", choices.folders),
            taken_from=days[0],
            taken_to=days[1],
            orientations=values("orientation", choices.orientations),
            formats=values("format", choices.formats),
            min_side=side if side in choices.sides else 0,
            among=_images_of(groups, snapshot),
        ),
        groups=groups,
    )


def choices_of(snapshot: IndexSnapshot) -> Choices:
    """What the filters can be set to in a gallery."""
    return _choices(bytes(snapshot.library), snapshot.space.name, snapshot.generation, snapshot)


def has_neighbours(snapshot: IndexSnapshot) -> bool:
    """Whether answers can be ranked by neighbourhood: no server can, and no provisional index."""
    remote = engine().settings.index_url is not None
    return snapshot.neighbours is not None and not snapshot.provisional and not remote


def group_names(snapshot: IndexSnapshot) -> list[str]:
    """The sorted names of the groups of the map; empty without a map."""
    found = gallery_map(snapshot)
    return sorted(group.name for group in found.groups) if found else []


@st.cache_data(show_spinner=False, max_entries=8)
def _choices(library: bytes, space: str, generation: int, _snapshot: IndexSnapshot) -> Choices:  # noqa: ARG001
    return Choices.of(_snapshot.images)


def _images_of(groups: tuple[str, ...], snapshot: IndexSnapshot) -> frozenset[str]:
    """Ids of the images of the groups and of the selection in the address; empty for all."""
    found, chosen = gallery_map(snapshot), selection()
    if not groups or not found:
        return chosen.ids if chosen else frozenset()
    grouped = frozenset().union(*(group_ids(snapshot, found, name) for name in groups))
    # An empty set would let all images pass; no image has an empty id.
    return (grouped & chosen.ids or frozenset({""})) if chosen else grouped
