"""The addresses that the app serves beside its pages."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from core.errors import LookalikeError
from core.thumbnails import MEDIA_TYPE, thumbnail
from core.types import ImageRecord
from core.ui.resources import engine

# The id names the content, so a browser may keep the picture for good.
_HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}


def thumbnail_address(image: ImageRecord) -> str:
    """Where the app serves the thumbnail of an image."""
    return f"/thumbnails/{image.id}"


def _serve_thumbnail(request: Request) -> Response:
    search_engine = engine()
    cache = search_engine.settings.features / "thumbnails"
    try:
        path: Path = thumbnail(
            search_engine.require_snapshot(), request.path_params["image_id"], cache
        )
    except (LookalikeError, OSError):
        return PlainTextResponse("No such picture.", status_code=404)
    return FileResponse(path, media_type=MEDIA_TYPE, headers=_HEADERS)


def _to_start_page(request: Request) -> Response:
    return RedirectResponse(request.url.replace(path="/"))


ROUTES = [
    Route("/thumbnails/{image_id}", _serve_thumbnail),
    # Streamlit gives its start page no address of its own.
    Route("/search", _to_start_page),
]
