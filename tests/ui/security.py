"""The running server as those who attack it see it."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Any

from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX
from websockets.exceptions import InvalidStatus

from core.config import Settings
from core.engine import ImageSearchEngine
from tests.fakes import save_picture
from tests.served import Run, Served

MARKER = b"nobody may read this"
SHARE = ("-m", "core", "share")
ALONE = ("-m", "streamlit", "run", "app.py")
UNKNOWN = "0123456789abcdef0123456789abcdef"
PATHS = [
    "/",
    "/explore",
    "/index",
    "/duplicates",
    "/quality",
    "/share",
    "/how_it_works",
    "/search",
    "/no/such/page",
    f"/?image={UNKNOWN}",
    f"/thumbnails/{UNKNOWN}",
    f"/pictures/{UNKNOWN}",
    f"/copies?images={UNKNOWN}",
    "/media/0123.png",
    "/static/js/index.js",
    "/app/static/x",
    "/favicon.png",
    "/manifest.json",
    "/component/a/b",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/metrics",
    "/_stcore/script-health-check",
    "/_stcore/allowed-message-origins",
    "/_stcore/bidi-components/a/b",
    "/_stcore/upload_file/a/b",
    "/_stcore/agent/openapi.json",
    "/_stcore/agent/interact",
    "/_stcore/stream",
    "/oauth2callback",
    "/%2e%2e/%2e%2e/etc/passwd",
]
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE")


def environment(folder: Path) -> dict[str, str]:
    """An app that writes below ``folder`` only and needs no network: a search by colours."""
    return {
        "LOOKALIKE_FEATURES": str(folder / "features"),
        "LOOKALIKE_DESCRIPTOR": "hsv",
        "LOOKALIKE_SAMPLE": str(folder / "sample"),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
    }


def furnish(folder: Path) -> Path:
    """A gallery of six pictures with an index, and a secret beside it."""
    for name in ("home", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "secret.txt").write_bytes(MARKER)
    (folder / "secret.png").write_bytes(MARKER)
    library = folder / "holidays"
    for seed in range(6):
        save_picture(library / f"p{seed}.jpg", seed, size=(900, 700))
    ImageSearchEngine(Settings(features=folder / "features", descriptor="hsv")).index(library)
    return library


def generation(folder: Path) -> int:
    return ImageSearchEngine(Settings(features=folder / "features")).info().generation


def status_of_stream(server: Served, key: str | None = None, **options: Any) -> int:
    try:
        with server.browser(key, **options):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


FORGED = {
    "X-Forwarded-For": "127.0.0.1",
    "Forwarded": "for=127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "X-Forwarded-Host": "localhost",
}


def trigger(identity: str) -> tuple[str, str, bool]:
    return (identity, "trigger_value", True)


def component_event(identity: str, name: str, value: object) -> list[tuple[str, str, object]]:
    """What a component of ours sends, as the message of a browser."""
    sent = json.dumps([{"event": name, "value": value}])
    events = f"{STREAMLIT_INTERNAL_KEY_PREFIX}_{identity}__events"
    return [(identity, "json_value", "{}"), (events, "json_trigger_value", sent)]


def expect_refused(run: Run) -> None:
    assert run.buttons == {}
    # The page is not run where a callback refuses; who sees that reads no path.
    refused = [item.message.partition(".")[0] for item in run.of_kind("exception")]
    assert "Search by image" in run.texts or refused == ["This app has encountered an error"]


def thumbnails(folder: Path) -> dict[str, str]:
    snapshot = ImageSearchEngine(Settings(features=folder / "features")).require_snapshot()
    return {image.id: image.path for image in snapshot.images}


def pictures_in(run: Run, server: Served, key: str) -> list[bytes]:
    """Every picture that a page shows, as it is sent to a browser."""
    page = run.received.decode("latin-1")
    shown = [b64decode(data) for data in re.findall(r"data:image/\w+;base64,([\w+/=]+)", page)]
    addresses = set(re.findall(r"/(?:media|thumbnails|pictures)/[\w.]+", page))
    answers = [server.ask(address, key=key) for address in sorted(addresses)]
    for answer in answers:
        assert answer.headers["content-type"].startswith("image/")
        assert answer.headers["x-content-type-options"] == "nosniff"
    return shown + [answer.body for answer in answers]
