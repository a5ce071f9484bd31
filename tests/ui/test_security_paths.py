"""No address leads to a file outside of the gallery."""

from __future__ import annotations

import urllib.parse
from pathlib import Path

import pytest

from tests.served import Served
from tests.ui.security import MARKER

TRAVERSALS = [
    "../secret.txt",
    "../../secret.txt",
    "..%2fsecret.txt",
    "%2e%2e/%2e%2e/secret.txt",
    "..%252fsecret.txt",
    "..\\secret.txt",
    "....//secret.txt",
    "%00",
    "{folder}/secret.txt",
    "{folder}/secret.png",
    "/{folder}/secret.txt",
    "file://{folder}/secret.txt",
    "holidays/../../secret.txt",
    "..%c0%afsecret.txt",
]
BELOW = [
    "/",
    "/thumbnails/",
    "/pictures/",
    "/copies?images=",
    "/media/",
    "/static/",
    "/app/static/",
    "/component/",
    "/component/st.x/",
    "/_stcore/",
    "/_stcore/bidi-components/",
    "/_stcore/bidi-components/x/",
    "/_stcore/upload_file/",
    "/_stcore/upload_file/x/",
    "/_stcore/agent/",
    "/search?image=",
    "/?image=",
]


@pytest.mark.parametrize("below", BELOW)
def test_no_address_leads_to_a_file_outside(below: str, shared: Served, folder: Path) -> None:
    for key in (shared.visitor_key, shared.owner_key):
        for traversal in TRAVERSALS:
            path = below + traversal.format(folder=folder)
            for method in ("GET", "POST", "PUT", "DELETE"):
                answer = shared.ask(path, method=method, key=key)
                assert answer.status < 500, path
                assert MARKER not in answer.body, path
    assert (folder / "secret.txt").read_bytes() == MARKER


def test_no_parameter_leads_to_a_file_outside(shared: Served, folder: Path) -> None:
    values = [traversal.format(folder=folder) for traversal in TRAVERSALS]
    with shared.browser(shared.visitor_key) as browser:
        for value in [*values, "x" * 5000, "<script>alert(1)</script>"]:
            for name in ("image", "gallery", "library", "page", "file"):
                run = browser.run(query=urllib.parse.urlencode({name: value}))
                assert MARKER not in run.received
                assert "Search by image" in run.texts
        for page in values:
            assert MARKER not in browser.run(page).received
