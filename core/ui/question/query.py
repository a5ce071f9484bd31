"""The pictures that are asked with: files that were brought, or images of the gallery.

The address says which: ``/?image=<id>`` asks with an image of the gallery; of several, each has its
``image=``. Files that were brought together stand in the session under a name, ``file``, ``file2``
and so on, so that Back leads to those before; an address that says nothing asks with ``file``.
A part of a single picture, turns and mirroring stand in the address as well.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import streamlit as st
from PIL import Image
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.errors import ImageError
from core.feature_store import IndexSnapshot
from core.images import ENOUGH_SIDE, FRAMING_PARAMETERS, Framing, LoadedImage, load_image, read_file
from core.images import image_id as id_of
from core.ui.question import address
from core.ui.question.paste import paste_button
from core.ui.sharing import is_owner
from core.ui.text import plain

MOST_QUERIES = 10

_BROUGHT = "brought"
_NUMBER = "times_brought"
_OF_GALLERY = "of_gallery"
_ASKED = "asked"
_PROBLEM = "query_problem"
_ROUND = "query_round"
_CAMERA = "camera"
_FILES = "file"
_BROUGHT_NAME = re.compile(rf"{_FILES}[0-9]*")
# How much of what was brought before Back leads to, in bytes: each session has that much.
_KEPT_BYTES = 64_000_000
_ID = re.compile("[0-9a-f]{32}")
_SHOWN_SIDE = 800
# What a picture more beside it takes the place of: a part is chosen of a single one.
_ONE_PICTURE = (address.IMAGE, *FRAMING_PARAMETERS)


@dataclass(frozen=True)
class Query:
    """A picture to ask with.

    Attributes:
        name: What to call it.
        content: The file.
        picture: Decoded, upright and whole.
        content_id: Names the content.
        framing: The part of it that is asked with, and how it is turned.
    """

    name: str
    content: bytes
    picture: LoadedImage
    content_id: str
    framing: Framing = field(default_factory=Framing)

    @property
    def id(self) -> str:
        """Names what is asked with: another content or framing has another, 32 hex digits."""
        said = f"{self.content_id}?{urlencode(self.framing.parameters())}"
        return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()

    @property
    def memory(self) -> int:
        """How much it takes, in bytes."""
        return len(self.content) + 3 * self.picture.pixels.width * self.picture.pixels.height

    @cached_property
    def image(self) -> Image.Image:
        """What is asked with, RGB.

        Raises:
            ImageError: The file cannot be decoded any more.
        """
        return self.framing.apply(self.picture, self.content)

    @cached_property
    def shown(self) -> Image.Image:
        """The whole picture, turned as it is asked with, RGB; its longer side has 800 pixels."""
        picture = self.picture
        # Decoding at reduced scale keeps the pixels that the model needs, not the proportions. A
        # small picture grows, or nobody could draw on it.
        scale = _SHOWN_SIDE / max(picture.width, picture.height)
        size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
        return self.framing.turned(picture.pixels.resize(size))


def ask(snapshot: IndexSnapshot | None) -> tuple[Query, ...]:
    """Show the ways to bring pictures and return those to ask with; none before one was brought.

    Args:
        snapshot: The index whose images may be asked with; ``None`` before there is one.
    """
    address.come_back()
    key = f"upload-{st.session_state.get(_ROUND, 0)}"
    st.file_uploader(
        "Find images like this one",
        type="image",
        accept_multiple_files=True,
        help="Drop a picture, browse for one, or paste it with Ctrl+V. "
        f"Up to {MOST_QUERIES} that are dropped together are asked with at once.",
        key=key,
        on_change=_take_uploads,
        args=(key,),
    )
    with st.container(horizontal=True, vertical_alignment="center", key="other_ways"):
        paste_button()
        camera = _camera_wanted()
    if camera:
        key = f"photo-{st.session_state.get(_ROUND, 0)}"
        st.camera_input(
            "Take a photo to ask with", key=key, on_change=_take_photo, args=(key,), width=480
        )
    if problem := st.session_state.get(_PROBLEM):
        st.error(problem, icon=":material/broken_image:")
    queries = _queries(snapshot)
    return (_framed(queries[0]),) if len(queries) == 1 else queries


def has_brought_one() -> bool:
    """Whether somebody has brought a picture in this session."""
    return _BROUGHT in st.session_state


def ask_with_image(image_id: str) -> None:
    """Ask with an image of the gallery from now on.

    Args:
        image_id: Its id, 32 hexadecimal digits.
    """
    st.session_state.pop(_PROBLEM, None)
    address.ask_anew({address.IMAGE: image_id})


def add_image(image_id: str) -> None:
    """Ask with an image of the gallery beside what is asked with now.

    Args:
        image_id: Its id, 32 hexadecimal digits.
    """
    st.session_state.pop(_PROBLEM, None)
    # A name of files that are not there stands for nothing.
    images = [image for image in _said() if not _is_brought(image) or _brought(image)]
    if image_id in images:
        return
    asked = sum(len(_brought(image)) if _is_brought(image) else 1 for image in images)
    if asked >= MOST_QUERIES:
        st.session_state[_PROBLEM] = (
            f"{MOST_QUERIES} pictures are the most to ask with at once: remove one first."
        )
        return
    address.change({address.IMAGE: [*images, image_id]}, instead_of=_ONE_PICTURE)


def remove(content_id: str) -> None:
    """Ask with one picture less from now on; the last one stays.

    Args:
        content_id: Of the picture.
    """
    left = {
        image: tuple(query for query in _brought(image) if query.content_id != content_id)
        for image in _said()
        if _is_brought(image)
    }
    images = [image for image in _said() if image != content_id and left.get(image) != ()]
    if images:
        st.session_state[_BROUGHT] = _all_brought() | left
        address.change(
            {} if images == [_FILES] else {address.IMAGE: images}, instead_of=(address.IMAGE,)
        )


def set_query_from_file(file: Path) -> None:
    """Ask with a file from now on.

    Raises:
        ImageError: It cannot be used as an image.
        OSError: It cannot be read.
    """
    _set_brought((_decoded(file.name, file.read_bytes()),))


def framing() -> Framing:
    """The part and the turns that the address says."""
    return Framing.from_parameters(st.query_params.to_dict())


def set_framing(framing: Framing) -> None:
    """Ask with another part of the same picture, or turned another way, from now on."""
    address.change(framing.parameters(), instead_of=FRAMING_PARAMETERS)


def _camera_wanted() -> bool:
    # Browsers give the camera only to pages that nobody can have changed on their way.
    at = urlsplit(st.context.url or "")
    if at.scheme != "https" and at.hostname not in ("localhost", "127.0.0.1", "::1"):
        return False
    return st.toggle("Camera", key=_CAMERA)


def _take_uploads(key: str) -> None:
    # Of one that was taken already, a late message of the browser makes something else.
    uploads = [upload for upload in st.session_state[key] if isinstance(upload, UploadedFile)]
    if uploads:
        _take([(upload.name, _taken(upload)) for upload in uploads])


def _take_photo(key: str) -> None:
    photo = st.session_state[key]
    if isinstance(photo, UploadedFile):
        # Nobody wants to be looked at for longer than it takes.
        st.session_state[_CAMERA] = False
        _take([("Photo", _taken(photo))])


def _taken(upload: UploadedFile) -> bytes:
    # Streamlit would keep each file as long as the session lives.
    context = get_script_run_ctx()
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, upload.file_id)
    return upload.getvalue()


def _take(files: Sequence[tuple[str, bytes]]) -> None:
    # A new widget takes the place of the one that would keep showing this file over newer queries.
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    queries: dict[str, Query] = {}
    problems = []
    for name, content in files[:MOST_QUERIES]:
        try:
            query = _decoded(name, content)
        except ImageError as error:
            problems.append(f"“{plain(name)}” cannot be used: {error}. Choose another picture.")
        else:
            queries.setdefault(query.content_id, query)
    if len(files) > MOST_QUERIES:
        problems.append(
            f"{len(files)} pictures are too many to ask with at once: "
            f"the first {MOST_QUERIES} were taken."
        )
    if queries:
        _set_brought(tuple(queries.values()))
    if problems:
        st.session_state[_PROBLEM] = "  \n".join(problems)


def _set_brought(queries: tuple[Query, ...]) -> None:
    number = st.session_state.get(_NUMBER, 0) + 1
    st.session_state[_NUMBER] = number
    name = _FILES if number == 1 else f"{_FILES}{number}"
    st.session_state[_BROUGHT] = _newest(_all_brought()) | {name: queries}
    st.session_state.pop(_PROBLEM, None)
    address.ask_anew({} if name == _FILES else {address.IMAGE: name})


def _said() -> list[str]:
    """What the address asks with: ids of images of the gallery, and names of what was brought."""
    said = dict.fromkeys(filter(None, st.query_params.get_all(address.IMAGE)))
    return list(said) or [_FILES]


def _queries(snapshot: IndexSnapshot | None) -> tuple[Query, ...]:
    if snapshot is None:
        return _brought(_said()[0])
    known: dict[str, Query] = st.session_state.get(_OF_GALLERY, {})
    of_gallery: dict[str, Query] = {}
    queries: dict[str, Query] = {}
    for image_id in _said():
        if len(queries) >= MOST_QUERIES:
            break
        if _is_brought(image_id):
            queries |= {query.content_id: query for query in _brought(image_id)}
            continue
        try:
            of_gallery[image_id] = known.get(image_id) or _of_gallery(snapshot, image_id)
            queries[image_id] = of_gallery[image_id]
        except ImageError as error:
            st.error(str(error), icon=":material/broken_image:")
    st.session_state[_OF_GALLERY] = of_gallery
    return tuple(queries.values())[:MOST_QUERIES]


def _framed(base: Query) -> Query:
    asked: Query | None = st.session_state.get(_ASKED)
    if asked is None or asked.picture is not base.picture or asked.framing != framing():
        asked = dataclasses.replace(base, framing=framing())
        st.session_state[_ASKED] = asked
    return asked


def _newest(brought: dict[str, tuple[Query, ...]]) -> dict[str, tuple[Query, ...]]:
    """Of what was brought the newest, in the same order, as much as is kept."""
    kept: dict[str, tuple[Query, ...]] = {}
    room = _KEPT_BYTES
    for name, queries in reversed(brought.items()):
        room -= sum(query.memory for query in queries)
        if room < 0:
            break
        kept[name] = queries
    return dict(reversed(kept.items()))


def _is_brought(name: str) -> bool:
    return _BROUGHT_NAME.fullmatch(name) is not None


def _brought(name: str) -> tuple[Query, ...]:
    """What was brought under a name; nothing where that is too long ago."""
    return _all_brought().get(name, ())


def _all_brought() -> dict[str, tuple[Query, ...]]:
    brought: dict[str, tuple[Query, ...]] = st.session_state.get(_BROUGHT, {})
    return brought


def _of_gallery(snapshot: IndexSnapshot, image_id: str) -> Query:
    record = snapshot.by_id.get(image_id) if _ID.fullmatch(image_id) else None
    if record is None:
        raise ImageError(
            "The picture of this link is not in the gallery that is searched: "
            "choose another gallery in the sidebar, or drop a picture above."
        )
    name = record.path.rpartition("/")[2]
    try:
        content = read_file(snapshot.library / record.path)
        if id_of(content) != image_id:
            raise ImageError("its file has changed since it was indexed")
        query = _decoded(name, content)
    except ImageError as error:
        remedy = "Press Update on the Index page, or drop" if is_owner() else "Drop"
        raise ImageError(
            f"“{plain(name)}” cannot be used: {error}. {remedy} a picture above."
        ) from error
    return query


def _decoded(name: str, content: bytes) -> Query:
    return Query(name, content, load_image(content, enough=ENOUGH_SIDE), id_of(content))
