"""Order, number and limits of the matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import streamlit as st

from core.config import DEFAULT_MATCHES, MOST_MATCHES
from core.detail import finds_parts
from core.feature_store import IndexSnapshot
from core.search import ALL_WRONG, Choices, Filters, ranking_of
from core.types import DISTANCE, NEIGHBOURHOOD, RANKINGS
from core.ui.question import address
from core.ui.question.filter_widgets import filter_key, follow_address, set_filter
from core.ui.question.part_choice import part_choice
from core.ui.question.query import Query
from core.ui.question.scope import (
    FARTHEST,
    FEWEST,
    HIDDEN,
    NEAREST,
    Scope,
    choices_of,
    group_names,
    has_neighbours,
    scope_of,
)
from core.ui.question.selections import selection, selection_is_lost
from core.ui.text import plain, text

_STEP = 10
_ORDERS = {DISTANCE: "By distance", NEIGHBOURHOOD: "By neighbourhood"}


def filter_panel(snapshot: IndexSnapshot, queries: Sequence[Query]) -> Scope:
    """Show what is compared, the order and the filters that the gallery has values for."""
    choices, scope = choices_of(snapshot), scope_of(snapshot)
    follow_address()
    if len(queries) == 1 and finds_parts(snapshot):
        scope = replace(scope, part=part_choice())
    with st.popover("Results and filters", icon=":material/tune:", width="stretch"):
        if has_neighbours(snapshot) and not scope.part:
            _order(scope.ranking, ranking_of(snapshot))
        _number_and_limit(scope)
        _copies(hidden=scope.hide_copies)
        _folders_and_kinds(scope.filters, choices)
        _groups(scope.groups, snapshot)
        if choices.taken:
            _days(scope.filters, choices.taken)
    if selection_is_lost():
        st.caption("What was chosen to search among is not kept here: all images are searched.")
    if scope.limited:
        st.caption(_told(scope))
        clear_filters()
    return scope


def clear_filters() -> None:
    """Show the button that searches all images again."""
    st.button(
        "Clear filters",
        icon=":material/filter_alt_off:",
        on_click=address.change,
        args=({},),
        kwargs={"instead_of": address.FILTERS},
    )


def nothing_found(scope: Scope, snapshot: IndexSnapshot, *, searched: int) -> None:
    """Say which filter to loosen where nothing was found among the ``searched`` images."""
    if searched:
        advice = (
            f"None of the {searched:,} images that were compared is within a distance of "
            f"{scope.max_distance:.2f}: raise the distance limit."
        )
    elif len(scope.filters.passing(snapshot.images)):
        advice = ALL_WRONG
    else:
        advice = scope.filters.advice(snapshot.images)
    st.info(advice, icon=":material/filter_alt:")


def _order(ranking: str, default: str) -> None:
    st.radio(
        "Order of the matches",
        RANKINGS,
        format_func=_ORDERS.__getitem__,
        horizontal=True,
        help="**By neighbourhood**: similar pictures of the gallery support each other, which is "
        "usually closer to what a person calls alike. The distances shown stay the real ones.",
        **_bound(address.RANKING, ranking, default),
    )


def _number_and_limit(scope: Scope) -> None:
    st.slider(
        "Number of results",
        FEWEST,
        MOST_MATCHES,
        step=_STEP,
        **_bound("k", scope.k, DEFAULT_MATCHES),
    )
    st.slider(
        "Distance limit",
        NEAREST,
        FARTHEST,
        step=NEAREST,
        help="0 is the same picture; 2 is as far as pictures can be, and so no limit.",
        **_bound("limit", FARTHEST if scope.max_distance is None else scope.max_distance, FARTHEST),
    )


def _copies(*, hidden: bool) -> None:
    key = filter_key(address.COPIES)
    st.session_state[key] = hidden
    st.toggle(
        "Hide copies",
        help="Of each picture only the closest file, with the number of the others: identical "
        "files, and what was found on the Duplicates page.",
        key=key,
        on_change=lambda: set_filter(address.COPIES, HIDDEN if st.session_state[key] else None),
    )


def _folders_and_kinds(filters: Filters, choices: Choices) -> None:
    if choices.folders:
        st.multiselect(
            "Folders",
            choices.folders,
            placeholder="All folders",
            **_bound("folder", filters.folders),
        )
    if choices.orientations:
        st.pills(
            "Orientation",
            choices.orientations,
            selection_mode="multi",
            format_func=str.capitalize,
            **_bound("orientation", filters.orientations),
        )
    if choices.formats:
        st.pills(
            "Format",
            choices.formats,
            selection_mode="multi",
            format_func=plain,
            **_bound("format", filters.formats),
        )
    if choices.sides:
        st.selectbox(
            "Size of the shorter side",
            (0, *choices.sides),
            format_func=lambda side: f"At least {side:,} pixels" if side else "Any size",
            **_bound("side", filters.min_side, 0),
        )


def _groups(groups: tuple[str, ...], snapshot: IndexSnapshot) -> None:
    if names := group_names(snapshot):
        st.multiselect(
            "Groups",
            names,
            format_func=text,
            placeholder="All groups",
            **_bound(address.GROUP, groups),
        )


def _days(filters: Filters, taken: tuple[date, date]) -> None:
    first, last = taken
    for column, (name, label, day) in zip(
        st.columns(2),
        (("from", "Taken from", filters.taken_from), ("to", "Taken to", filters.taken_to)),
        strict=True,
    ):
        column.date_input(label, None, first, last, format="YYYY-MM-DD", **_bound(name, day))


def _bound(name: str, value: Any, default: Any = None) -> dict[str, Any]:
    """Arguments of a widget that shows a parameter of the address and writes it there."""
    key = filter_key(name)
    value = list(value) if isinstance(value, tuple) else value
    # Set in each run: a closed popover misses a value that is set only once.
    st.session_state[key] = value
    return {"key": key, "on_change": _write, "args": (name, key, default)}


def _write(name: str, key: str, default: Any) -> None:
    value = st.session_state[key]
    said = [str(item) for item in value] if isinstance(value, list | tuple) else str(value)
    set_filter(name, None if value in (None, default, []) else said)


def _told(scope: Scope) -> str:
    filters = scope.filters
    chosen = selection()
    parts = [
        plain(text(chosen.name)) if chosen else "",
        "" if scope.max_distance is None else f"within {scope.max_distance:.2f}",
        ", ".join(plain(folder) for folder in filters.folders),
        ", ".join(plain(text(group)) for group in scope.groups),
        ", ".join(filters.orientations),
        ", ".join(map(plain, filters.formats)),
        f"at least {filters.min_side:,} pixels" if filters.min_side else "",
        f"taken from {filters.taken_from}" if filters.taken_from else "",
        f"taken to {filters.taken_to}" if filters.taken_to else "",
    ]
    return "Only: " + " · ".join(part for part in parts if part)
