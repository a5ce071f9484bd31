"""Choose a folder of this computer."""

from pathlib import Path

import streamlit as st

from ..sharing import require_owner
from ..text import text

_USUAL = ("Pictures", "Photos", "Desktop", "Downloads", "Documents")


def folder_chooser(label: str, *, key: str, start: Path | None = None) -> Path:
    """Show a field for a folder, with others to click through, and return the path in it.

    It shows ``start`` first, by default a usual place of this user. The path need not exist.
    """
    require_owner()
    home = Path.home()
    places = [home / name for name in _USUAL if (home / name).is_dir()]
    field, target = f"{key}_path", f"{key}_target"
    if field not in st.session_state:
        st.session_state[field] = text(str(start or next(iter(places), home)))
    value = st.text_input(label, key=field, help="Its subfolders belong to it.")
    chosen = Path(value).expanduser()

    def go() -> None:
        require_owner()
        if folder := st.session_state.get(target):
            st.session_state[field] = folder
            st.session_state[target] = None

    targets = {str(folder): folder.name for folder in _subfolders(chosen)}
    if chosen != chosen.parent:
        targets = {str(chosen.parent): f"↑ up to {chosen.parent.name or '/'}"} | targets
    targets |= {
        str(place): f"{place.name} of {text(home.name)}" for place in places if place != chosen
    }
    st.selectbox(
        "Go to another folder",
        list(targets),
        index=None,
        format_func=targets.__getitem__,
        key=target,
        on_change=go,
        placeholder="subfolders and usual places",
    )
    return chosen


def _subfolders(folder: Path) -> list[Path]:
    try:
        folders = [path for path in folder.iterdir() if path.is_dir() and path.name[0] != "."]
    except OSError:
        # No folder yet, or a closed one: the run says so when it is started.
        return []
    # A name that is no text cannot be in the field.
    shown = [path for path in folders if text(path.name) == path.name]
    return sorted(shown, key=lambda path: path.name.lower())
