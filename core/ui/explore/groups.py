"""Groups of similar pictures, odd ones, and ones that seem to be in a wrong folder."""

import streamlit as st

from ...explore import GalleryMap, Group, Misfiled, central_first
from ...feature_store import IndexSnapshot
from ...types import ImageRecord
from ..resources import engine
from ..results import picture_grid
from ..sharing import errors_shown, is_owner, require_owner
from ..text import pictures, plain, text
from .address import GROUPS, open_group, opened_group, show_view
from .cards import Card, card, cards
from .search_page import ask_on_search_page, ask_within_group

# Pictures of a group, and odd ones, that are shown at most.
SHOWN = 200


def groups_view(snapshot: IndexSnapshot, found: GalleryMap) -> None:
    """Show the groups as cards, or the pictures of the one that is open."""
    opened = _opened(found)
    if opened:
        _group(snapshot, found, opened)
        return
    if not found.groups:
        st.info("There are no groups: too few of the pictures are alike.", icon=":material/apps:")
        return
    grouped = sum(group.size for group in found.groups)
    st.caption(
        f"{len(found.groups):,} groups hold {grouped:,} of {len(found.group_of):,} pictures. Each "
        "is named by its folder or date."
    )
    cards(
        [_card(group, snapshot) for group in sorted(found.groups, key=lambda group: -group.size)],
        "Groups of similar pictures",
        key="groups",
        on_choose=open_group,
    )


def odd_view(snapshot: IndexSnapshot, found: GalleryMap) -> None:
    """Show the pictures that are in no group and far from all, the farthest first."""
    rows = engine().maps.odd_ones(snapshot, found)
    if not len(rows):
        st.info(
            "No picture is odd: each is in a group or near others. Many galleries have none.",
            icon=":material/check:",
        )
        return
    st.caption(
        f"{_shown_of(len(rows))}: in no group, and unlike all others. Some are in a wrong folder, "
        "some are wrong pictures."
    )
    picture_grid(
        [snapshot.images[row] for row in rows[:SHOWN].tolist()],
        "Odd pictures",
        key="odd_pictures",
        on_more=ask_on_search_page,
    )


def misfiled_view(snapshot: IndexSnapshot) -> None:
    """Show the pictures whose nearest ones are in another folder, with that folder."""
    found = engine().maps.misfiled(snapshot)
    if not found:
        st.info("No picture seems to be in a wrong folder.", icon=":material/check:")
        return
    st.caption(
        f"{_shown_of(len(found))}: nearly all pictures that look like it are in another folder. "
        "The score says how much closer a picture is to the mean of that folder than to that of "
        "its own, in cosine. A click searches with it."
    )
    cards(
        [_misfiled_card(one, snapshot.images[one.row]) for one in found[:SHOWN]],
        "Pictures that seem to be in a wrong folder",
        key="misfiled",
        on_choose=ask_on_search_page,
    )


def _group(snapshot: IndexSnapshot, found: GalleryMap, group: Group) -> None:
    st.button("All groups", icon=":material/arrow_back:", on_click=show_view, args=(GROUPS,))
    st.subheader(plain(group.name), anchor=False)
    rows = central_first(snapshot.matrix, found.members(group.number))
    st.caption(f"{_shown_of(len(rows))}, the most typical first.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Search among these",
            type="primary",
            icon=":material/filter_alt:",
            on_click=ask_within_group,
            args=(group.representative, group.name),
        )
        if is_owner():
            with st.popover("Rename", icon=":material/edit:"):
                _rename(snapshot, found, group)
    picture_grid(
        [snapshot.images[row] for row in rows[:SHOWN].tolist()],
        f"Pictures of the group {text(group.name)}",
        key="group_pictures",
        on_more=ask_on_search_page,
    )


def _rename(snapshot: IndexSnapshot, found: GalleryMap, group: Group) -> None:
    name = st.text_input("Name of the group", value=text(group.name), key="group_name")
    if st.button("Save", type="primary", key="save_group_name"):
        with errors_shown():
            require_owner()
            engine().maps.rename_group(snapshot, found, group.number, name)
            st.rerun()


def _opened(found: GalleryMap) -> Group | None:
    said = opened_group()
    return next((group for group in found.groups if group.representative == said), None)


def _card(group: Group, snapshot: IndexSnapshot) -> Card:
    image = snapshot.with_id(group.representative)
    assert image is not None  # it is of this index
    number = pictures(group.size)
    return card(group.representative, image, group.name, number, f"{group.name}: {number}")


def _misfiled_card(one: Misfiled, image: ImageRecord) -> Card:
    own, fits = (_name(folder) for folder in (image.path.rpartition("/")[0], one.fits))
    hint = f"{image.path} fits {one.fits or fits}"
    return card(image.id, image, f"Fits {fits}", f"in {own}, score {one.score:.2f}", hint)


def _shown_of(count: int) -> str:
    return f"{SHOWN:,} of {count:,} pictures" if count > SHOWN else pictures(count)


def _name(folder: str) -> str:
    return folder.rpartition("/")[2] or "the top folder"
