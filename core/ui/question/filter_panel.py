"""Order, number and limits of the matches: widgets that show the address and write into it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import streamlit as st

from ...config import MOST_MATCHES
from ...detail import finds_parts
from ...feature_store import IndexSnapshot
from ...search import ALL_WRONG, Choices, Filters, ranking_of
from ...types import DISTANCE, NEIGHBOURHOOD, RANKINGS
from .. import state
from ..text import plain, text
from .address import FARTHEST, FEWEST_MATCHES, MATCHES_STEP, NEAREST
from .limit import fit_digits
from .navigation import change_address, go_to, present_address, scope_parameters
from .question import Question, choices_of, group_names, has_neighbours
from .selections import Selection, selection

_ORDERS = {DISTANCE: "By distance", NEIGHBOURHOOD: "By neighbourhood"}
_WHOLE_OR_PART = {False: "A whole picture", True: "A part"}


def filter_panel(snapshot: IndexSnapshot, question: Question) -> None:
    """Show what is compared, the order and the filters that the gallery has values for."""
    choices, options = choices_of(snapshot), question.options
    _follow_address()
    if len(question.queries) == 1 and finds_parts(snapshot):
        _whole_or_part(part=question.options.part)
    with st.popover("Results and filters", icon=":material/tune:", width="stretch"):
        if has_neighbours(snapshot) and not question.options.part:
            _order(options.ranking, ranking_of(snapshot))
        _number_and_limit(options.k, options.max_distance, fit_digits(snapshot))
        _copies(hidden=question.options.hide_copies)
        _folders_and_kinds(question, choices, group_names(snapshot))
        if choices.taken:
            _days(options.filters, choices.taken)
    among = present_address().among
    chosen = selection(among)
    if among and not chosen:
        st.caption("What was chosen to search among is not kept here: all images are searched.")
    if options.max_distance is not None or options.filters:
        st.caption(_told(question, chosen))
        clear_filters()


def clear_filters() -> None:
    """Show the button that searches all images again."""
    st.button(
        "Clear filters",
        icon=":material/filter_alt_off:",
        on_click=lambda: go_to(present_address().without_filters()),
    )


def nothing_found(question: Question, snapshot: IndexSnapshot, *, searched: int) -> None:
    """Say which filter to loosen where nothing was found among the ``searched`` images."""
    filters = question.options.filters
    if searched:
        advice = (
            f"None of the {searched:,} images that were compared is within a distance of "
            f"{question.options.max_distance:.2f}: raise the distance limit."
        )
    elif len(filters.passing(snapshot.images)):
        advice = ALL_WRONG
    else:
        advice = filters.advice(snapshot.images)
    st.info(advice, icon=":material/filter_alt:")


def _whole_or_part(*, part: bool) -> None:
    st.segmented_control(
        "Find it as",
        (False, True),
        required=True,
        format_func=_WHOLE_OR_PART.__getitem__,
        help="**A part** finds the thing also where it is small in a large picture, and shows "
        "where. Let it fill your picture: draw a box around it.",
        **_bound("part", part),
    )


def _order(ranking: str | None, default: str) -> None:
    st.radio(
        "Order of the matches",
        RANKINGS,
        format_func=_ORDERS.__getitem__,
        horizontal=True,
        help="**By neighbourhood**: similar pictures of the gallery support each other. A few "
        "more of the same kind are found, changed copies less often. The distances shown stay the "
        "real ones.",
        **_bound("ranking", ranking, default),
    )


def _number_and_limit(k: int, max_distance: float | None, fit: str) -> None:
    st.slider(
        "Number of results", FEWEST_MATCHES, MOST_MATCHES, step=MATCHES_STEP, **_bound("k", k)
    )
    st.slider(
        "Distance limit",
        NEAREST,
        FARTHEST,
        step=NEAREST,
        help="0 is the same picture; 2 is as far as pictures can be, and so no limit.",
        **_bound("limit", FARTHEST if max_distance is None else max_distance, limit_fit=fit),
    )


def _copies(*, hidden: bool) -> None:
    st.toggle(
        "Hide copies",
        help="Of each picture only the closest file, with the number of the others: identical "
        "files, and what was found on the Duplicates page.",
        **_bound("hide_copies", hidden),
    )


def _folders_and_kinds(question: Question, choices: Choices, groups: Sequence[str]) -> None:
    filters = question.options.filters
    if choices.folders:
        shown = _bound("folders", filters.folders)
        st.multiselect("Folders", choices.folders, placeholder="All folders", **shown)
    if choices.orientations:
        shown = _bound("orientations", filters.orientations) | {"format_func": str.capitalize}
        st.pills("Orientation", choices.orientations, selection_mode="multi", **shown)
    if choices.formats:
        shown = _bound("formats", filters.formats) | {"format_func": plain}
        st.pills("Format", choices.formats, selection_mode="multi", **shown)
    if choices.sides:
        st.selectbox(
            "Size of the shorter side",
            (0, *choices.sides),
            format_func=lambda side: f"At least {side:,} pixels" if side else "Any size",
            **_bound("min_side", filters.min_side),
        )
    if groups:
        shown = _bound("groups", question.groups) | {"format_func": text}
        st.multiselect("Groups", groups, placeholder="All groups", **shown)


def _days(filters: Filters, taken: tuple[date, date]) -> None:
    for column, end in zip(st.columns(2), ("from", "to"), strict=True):
        shown = _bound(f"taken_{end}", getattr(filters, f"taken_{end}"))
        column.date_input(f"Taken {end}", None, *taken, format="YYYY-MM-DD", **shown)


def _bound(field: str, value: Any, default: Any = None, **others: Any) -> dict[str, Any]:
    """Arguments of a widget that shows a field of the address and writes all but the default.

    It writes the other fields with it.
    """
    key = state.filter_widget(field, st.session_state.get(state.FILTERS_REPLACED, 0))
    # Set in each run: a closed popover misses a value that is set only once.
    st.session_state[key] = list(value) if isinstance(value, tuple) else value
    return {"key": key, "on_change": _write, "args": (field, key, default), "kwargs": others}


def _write(field: str, key: str, default: Any, **others: Any) -> None:
    value = st.session_state[key]
    value = tuple(value) if isinstance(value, list) else value
    change_address(**others, **{field: None if value == default else value})
    st.session_state[state.FILTERS] = scope_parameters()


def _follow_address() -> None:
    """Give the widgets new keys where Back, a link or a button put other filters in the address.

    A widget in a closed popover keeps what was chosen in it, and would send it in the next run.
    """
    said = scope_parameters()
    if st.session_state.get(state.FILTERS, said) != said:
        state.count_up(state.FILTERS_REPLACED)
    st.session_state[state.FILTERS] = said


def _told(question: Question, chosen: Selection | None) -> str:
    filters, limit = question.options.filters, question.options.max_distance
    parts = [
        plain(chosen.name) if chosen else "",
        "" if limit is None else f"within {limit:.2f}",
        ", ".join(plain(folder) for folder in filters.folders),
        ", ".join(plain(group) for group in question.groups),
        ", ".join(filters.orientations),
        ", ".join(map(plain, filters.formats)),
        f"at least {filters.min_side:,} pixels" if filters.min_side else "",
        f"taken from {filters.taken_from}" if filters.taken_from else "",
        f"taken to {filters.taken_to}" if filters.taken_to else "",
    ]
    return "Only: " + " · ".join(part for part in parts if part)
