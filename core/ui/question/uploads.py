"""Pictures that were uploaded: as dropped files, from the clipboard, or with the camera."""

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ...errors import ImageError
from ...images import EXTENSIONS, read_file
from .. import state
from ..components import component
from ..text import plain
from .address import FIRST, MOST_QUERIES
from .navigation import go_to, present_address
from .query import Query, query_of_file

_LABEL = "Find images like this one"
_HELP = (
    "Drop a picture, browse for one, or paste it with Ctrl+V. "
    f"Up to {MOST_QUERIES} that are dropped together are asked with at once."
)
_NAME = re.compile(rf"{FIRST}[0-9]*")
# Bytes of earlier uploads that each session keeps, so that Back leads to them.
_KEPT_BYTES = 64_000_000


def upload_panel(label: str = _LABEL, help_text: str = _HELP) -> None:
    """Show the uploader, the button for the clipboard and the camera, and what went wrong."""
    number = st.session_state.get(state.UPLOADER_COUNT, 0)
    key = f"upload-{number}"
    st.file_uploader(
        label,
        # Browsers do not know every format by its media type.
        type=["image", *sorted(EXTENSIONS)],
        accept_multiple_files=True,
        help=help_text,
        key=key,
        on_change=_take_uploads,
        args=(key,),
    )
    with st.container(horizontal=True, vertical_alignment="center", key="other_ways"):
        component("paste", __file__)(key="paste", width="content")
        camera = _camera_wanted()
    if camera:
        key = f"photo-{number}"
        st.camera_input(
            "Take a photo to ask with", key=key, on_change=_take_photo, args=(key,), width=480
        )
    if problem := st.session_state.get(state.UPLOAD_PROBLEM):
        st.error(problem, icon=":material/broken_image:")


def is_upload(name: str) -> bool:
    """Whether a name of the address is one of uploads, and not the id of an image."""
    return _NAME.fullmatch(name) is not None


def uploaded(name: str) -> tuple[Query, ...]:
    """What was uploaded under a name of the address; empty where it is no longer kept."""
    return _all().get(name, ())


def has_uploads() -> bool:
    """Whether a picture was uploaded in this session."""
    return state.UPLOADS in st.session_state


def replace_uploads(changed: dict[str, tuple[Query, ...]]) -> None:
    """Replace the pictures of existing names."""
    st.session_state[state.UPLOADS] = _all() | changed


def set_query_from_file(file: Path) -> None:
    """Search with a file of this computer; where it cannot be used, the page says why."""
    try:
        _add((query_of_file(file.name, read_file(file)),))
    except ImageError as error:
        st.session_state[state.UPLOAD_PROBLEM] = _problem(file.name, error)


def _camera_wanted() -> bool:
    # Browsers allow the camera only over HTTPS or on this computer.
    with suppress(ValueError):
        at = urlsplit(st.context.url or "")
        if at.scheme == "https" or at.hostname in ("localhost", "127.0.0.1", "::1"):
            return st.toggle("Camera", key=state.CAMERA)
    return False


def _take_uploads(key: str) -> None:
    # A late message of the browser may name a file that was taken already: no UploadedFile.
    uploads = [upload for upload in st.session_state[key] if isinstance(upload, UploadedFile)]
    if uploads:
        _take([(upload.name, _taken(upload)) for upload in uploads])


def _take_photo(key: str) -> None:
    photo = st.session_state[key]
    if isinstance(photo, UploadedFile):
        # Switch the camera off after the photo.
        st.session_state[state.CAMERA] = False
        _take([("Photo", _taken(photo))])


def _taken(upload: UploadedFile) -> bytes:
    # Streamlit would keep each file as long as the session lives.
    context = get_script_run_ctx()
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, upload.file_id)
    return upload.getvalue()


def _take(files: Sequence[tuple[str, bytes]]) -> None:
    # A new widget replaces this one, which would keep showing the file over newer queries.
    state.count_up(state.UPLOADER_COUNT)
    queries: dict[str, Query] = {}
    problems = []
    for name, content in files[:MOST_QUERIES]:
        try:
            query = query_of_file(name, content)
        except ImageError as error:
            problems.append(_problem(name, error))
        else:
            queries.setdefault(query.content_id, query)
    if len(files) > MOST_QUERIES:
        problems.append(
            f"{len(files)} pictures are too many to ask with at once: "
            f"the first {MOST_QUERIES} were taken."
        )
    if queries:
        _add(tuple(queries.values()))
    if problems:
        st.session_state[state.UPLOAD_PROBLEM] = "  \n".join(problems)


def _problem(name: str, error: ImageError) -> str:
    return f"“{plain(name)}” cannot be used: {error}. Choose another picture."


def _add(queries: tuple[Query, ...]) -> None:
    number = state.count_up(state.UPLOAD_COUNT)
    name = FIRST if number == 1 else f"{FIRST}{number}"
    st.session_state[state.UPLOADS] = _newest(_all()) | {name: queries}
    st.session_state.pop(state.UPLOAD_PROBLEM, None)
    go_to(present_address().about(name))


def _newest(uploads: dict[str, tuple[Query, ...]]) -> dict[str, tuple[Query, ...]]:
    """The newest uploads in the same order, as many as are kept."""
    kept: dict[str, tuple[Query, ...]] = {}
    free = _KEPT_BYTES
    for name, queries in reversed(uploads.items()):
        free -= sum(query.memory for query in queries)
        if free < 0:
            break
        kept[name] = queries
    return dict(reversed(kept.items()))


def _all() -> dict[str, tuple[Query, ...]]:
    uploads: dict[str, tuple[Query, ...]] = st.session_state.get(state.UPLOADS, {})
    return uploads
