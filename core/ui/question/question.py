"""The whole question: pictures, and what the gallery has of the address that asks with them."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import streamlit as st
from PIL import Image

from ...detail import finds_parts
from ...feature_store import IndexSnapshot
from ...media import make_collage
from ...search import Choices, Feedback, Filters, SearchOptions, ranking_of
from ...types import DISTANCE
from ..resources import engine, index_key
from .address import FARTHEST, SearchAddress
from .query import Query
from .selections import Selection, selection


@dataclass(frozen=True)
class Question:
    """What a search is for.

    Attributes:
        queries: At least one picture.
        options: How they are combined, the marks of an earlier answer, number, order and limits.
        marked: What is marked in the answer.
        groups: Names of the groups that ``options`` are limited to.
    """

    queries: tuple[Query, ...]
    options: SearchOptions = field(default_factory=SearchOptions)
    marked: Feedback = field(default_factory=Feedback)
    groups: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Hash of pictures and marks, 32 hexadecimal digits."""
        queries = [query.id for query in self.queries]
        said = repr((queries, self.options.combine, self.options.feedback))
        return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=16).hexdigest()

    @property
    def image_id(self) -> str:
        """Id of ``image``: the same before and after feedback."""
        return "-".join(query.id for query in self.queries)

    @property
    def name(self) -> str:
        """Name of the picture, or the number of pictures."""
        several = f"{len(self.queries)} pictures"
        return several if len(self.queries) > 1 else self.queries[0].name

    @cached_property
    def image(self) -> Image.Image:
        """What is searched with and may be shown, RGB, several as one; see ``Query.visible``."""
        return make_collage([query.visible for query in self.queries])


def question_of(
    address: SearchAddress, queries: tuple[Query, ...], snapshot: IndexSnapshot
) -> Question:
    """What an address asks a gallery with these pictures, without what the gallery lacks."""
    choices = choices_of(snapshot)
    marked, followed = (
        Feedback(*(tuple(filter(snapshot.with_id, ids)) for ids in (marks.right, marks.wrong)))
        for marks in (address.marked, address.followed)
    )
    taken_from, taken_to = (
        min(max(day, choices.taken[0]), choices.taken[1]) if day and choices.taken else None
        for day in (address.taken_from, address.taken_to)
    )
    groups = tuple(name for name in group_names(snapshot) if name in address.groups)
    ranking = address.ranking or ranking_of(snapshot)
    options = SearchOptions(
        k=address.k,
        combine=address.combine,
        feedback=followed,
        filters=Filters(
            folders=tuple(one for one in choices.folders if one in address.folders),
            taken_from=taken_from,
            taken_to=taken_to,
            orientations=tuple(one for one in choices.orientations if one in address.orientations),
            formats=tuple(one for one in choices.formats if one in address.formats),
            min_side=address.min_side if address.min_side in choices.sides else 0,
            among=_among(groups, selection(address.among), snapshot),
        ),
        max_distance=None if address.limit == FARTHEST else address.limit,
        ranking=ranking if has_neighbours(snapshot) else DISTANCE,
        part=address.part and len(queries) == 1 and finds_parts(snapshot),
        hide_copies=address.hide_copies,
    )
    return Question(queries, options, marked=marked, groups=groups)


@st.cache_data(show_spinner=False, max_entries=8, hash_funcs={IndexSnapshot: index_key})
def choices_of(snapshot: IndexSnapshot) -> Choices:
    """What the filters can be set to in a gallery."""
    return Choices.of(snapshot.images)


def has_neighbours(snapshot: IndexSnapshot) -> bool:
    """Whether answers can be ranked by neighbourhood: no server can, and no provisional index."""
    remote = engine().settings.index_url is not None
    return snapshot.neighbours is not None and not snapshot.provisional and not remote


def group_names(snapshot: IndexSnapshot) -> list[str]:
    """The sorted names of the groups of the map; empty without a map."""
    found = engine().maps.of(snapshot)
    return sorted(group.name for group in found.groups) if found else []


def _among(
    groups: tuple[str, ...], chosen: Selection | None, snapshot: IndexSnapshot
) -> frozenset[str]:
    """Ids of the images that are in one of the groups and in the selection; empty for all."""
    if not groups:
        return chosen.ids if chosen else frozenset()
    grouped = engine().maps.ids(snapshot, groups)
    # An empty set would let all images pass; no image has an empty id.
    return (grouped & chosen.ids or frozenset({""})) if chosen else grouped
