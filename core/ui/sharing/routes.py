"""The routes beside the pages: thumbnails, pictures and copies of images."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from ...config import MOST_MATCHES
from ...errors import ImageError, LookalikeError
from ...feature_store import IndexSnapshot
from ...media import THUMBNAIL_TYPE, copies, picture, thumbnail
from ...types import ImageRecord
from ..resources import engine, newest_snapshot, picture_cache
from .visitor import gallery_for, may_see, sees_full_pictures

# The id is a hash of the content, so browsers may keep the picture for ever.
_PICTURE_HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    # Opened on its own, a file of the gallery runs no scripts.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}
_ARCHIVE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Disposition": 'attachment; filename="matches.zip"',
    "X-Content-Type-Options": "nosniff",
}


def thumbnail_address(image: ImageRecord) -> str:
    """Address of the thumbnail of an image."""
    return f"/thumbnails/{image.id}"


def picture_address(image: ImageRecord) -> str:
    """Address of an image in full."""
    return f"/pictures/{image.id}"


def copies_address(images: Sequence[ImageRecord]) -> str:
    """Address of an archive with copies of at most ``MOST_MATCHES`` images, in this order."""
    return f"/copies?images={','.join(image.id for image in images)}"


def _serve_thumbnail(request: Request) -> Response:
    image_id = request.path_params["image_id"]
    try:
        snapshot = _snapshot_with(image_id, request.cookies)
        content = thumbnail(snapshot, image_id, picture_cache())
    except (LookalikeError, OSError):
        return _not_found()
    return Response(content, media_type=THUMBNAIL_TYPE, headers=_PICTURE_HEADERS)


def _serve_picture(request: Request) -> Response:
    image_id = request.path_params["image_id"]
    if not sees_full_pictures(request.cookies):
        return _thumbnails_only()
    try:
        found = picture(_snapshot_with(image_id, request.cookies), image_id, picture_cache())
    except (LookalikeError, OSError):
        return _not_found()
    if isinstance(found.content, Path):
        return FileResponse(found.content, media_type=found.media_type, headers=_PICTURE_HEADERS)
    return Response(found.content, media_type=found.media_type, headers=_PICTURE_HEADERS)


def _serve_copies(request: Request) -> Response:
    if not sees_full_pictures(request.cookies):
        return _thumbnails_only()
    ids = list(dict.fromkeys(request.query_params.get("images", "").split(",")))
    if len(ids) > MOST_MATCHES:
        return PlainTextResponse(
            f"Expected at most {MOST_MATCHES} images. Received: {len(ids)}. Ask for fewer.",
            status_code=400,
        )
    try:
        snapshot = _snapshot_with(ids[0], request.cookies)
    except LookalikeError:
        return _not_found()
    if not all(may_see(snapshot, image_id, request.cookies) for image_id in ids):
        return _not_found()
    images = [image for image_id in ids if (image := snapshot.with_id(image_id))]
    if len(images) < len(ids):
        return _not_found()
    return StreamingResponse(
        copies(images, snapshot.library), media_type="application/zip", headers=_ARCHIVE_HEADERS
    )


def _snapshot_with(image_id: str, cookies: Mapping[str, str]) -> IndexSnapshot:
    """The index that has an image, among those that these cookies give access to."""
    only = gallery_for(cookies)
    for name in (only, *(engine().galleries() if only is None else ())):
        snapshot = newest_snapshot(name)
        if snapshot and snapshot.with_id(image_id) and may_see(snapshot, image_id, cookies):
            return snapshot
    raise ImageError("not in the index")


def _not_found() -> Response:
    return PlainTextResponse("No such picture.", status_code=404)


def _thumbnails_only() -> Response:
    return PlainTextResponse("The owner of this gallery shares thumbnails only.", status_code=403)


def _to_start_page(request: Request) -> Response:
    return RedirectResponse(request.url.replace(path="/"))


ROUTES = [
    Route("/thumbnails/{image_id}", _serve_thumbnail),
    Route("/pictures/{image_id}", _serve_picture),
    Route("/copies", _serve_copies),
    # Streamlit gives its start page no address of its own.
    Route("/search", _to_start_page),
]
