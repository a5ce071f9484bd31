"""The downloader against a real server: cut, continued, cancelled, changed in between."""

from __future__ import annotations

import gzip
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import filelock
import numpy as np
import pytest

from core import downloads
from core.downloads import PublishedFile, download
from core.errors import Cancelled, DownloadError
from tests.mirror import Answer, Mirror, missing, overloaded, ranged, send, serving

CONTENT = np.random.RandomState(5).bytes(400_000)
OTHER = np.random.RandomState(6).bytes(400_000)
FILE = PublishedFile("flowers.bin", hashlib.md5(CONTENT).hexdigest(), len(CONTENT))
HALF = len(CONTENT) // 2
ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy in the way, and no wait between two attempts."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(downloads, "RETRY_SECONDS", 0)


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with serving(Mirror(ranged(CONTENT))) as mirror:
        yield mirror


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def stop_at(bytes_done: int) -> downloads.BytesCallback:
    def cancel(done: int, _total: int) -> None:
        if done >= bytes_done:
            raise Cancelled("stop")

    return cancel


def cancelled(mirror: Mirror, folder: Path) -> int:
    """Cancel a download in the middle; the bytes that it kept."""
    with pytest.raises(Cancelled):
        download(FILE, folder, base_url=mirror.url, progress=stop_at(HALF))
    kept = (folder / "flowers.bin.partial" / "content").read_bytes()
    assert CONTENT.startswith(kept)
    return len(kept)


def test_a_new_file(mirror: Mirror, tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"

    assert download(FILE, folder, base_url=mirror.url) == folder / "flowers.bin"
    assert content_of(folder) == {"flowers.bin": CONTENT}
    assert mirror.requests == ["/files/flowers.bin"]


def test_a_file_that_is_there_needs_no_request(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "flowers.bin").write_bytes(CONTENT)

    download(FILE, tmp_path, base_url=mirror.url)

    assert mirror.requests == []
    assert content_of(tmp_path) == {"flowers.bin": CONTENT}


@pytest.mark.parametrize("etag", ['"one"', ""])
def test_a_cut_download_is_continued(mirror: Mirror, tmp_path: Path, etag: str) -> None:
    mirror.answers = [ranged(CONTENT, etag=etag, most=HALF), ranged(CONTENT, etag=etag)]
    reports: list[int] = []

    download(FILE, tmp_path, base_url=mirror.url, progress=lambda done, _: reports.append(done))

    assert content_of(tmp_path) == {"flowers.bin": CONTENT}
    assert mirror.ranges[0] == ""
    start = int(mirror.ranges[1].removeprefix("bytes=").removesuffix("-"))
    assert 0 < start <= HALF
    assert reports == sorted(reports)
    assert (reports[0], reports[-1]) == (0, len(CONTENT))


def test_a_server_without_parts_gives_the_whole_again(mirror: Mirror, tmp_path: Path) -> None:
    def half(handler: BaseHTTPRequestHandler) -> None:
        send(handler, CONTENT[:HALF], length=len(CONTENT))

    mirror.answers = [half, lambda handler: send(handler, CONTENT)]

    download(FILE, tmp_path, base_url=mirror.url)

    assert content_of(tmp_path) == {"flowers.bin": CONTENT}
    assert mirror.ranges[1] != ""


def test_another_version_on_the_server_is_fetched_from_its_start(
    mirror: Mirror, tmp_path: Path
) -> None:
    mirror.answers = [ranged(OTHER, etag='"old"', most=HALF), ranged(CONTENT, etag='"new"')]

    download(FILE, tmp_path, base_url=mirror.url)

    assert content_of(tmp_path) == {"flowers.bin": CONTENT}
    assert len(mirror.requests) == 2


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_two_versions_in_one_file_are_thrown_away(
    mirror: Mirror, tmp_path: Path, etag: str
) -> None:
    mirror.answers = [ranged(OTHER, etag=etag, most=HALF), ranged(CONTENT, etag=etag)]

    download(FILE, tmp_path, base_url=mirror.url)

    assert content_of(tmp_path) == {"flowers.bin": CONTENT}
    assert [bool(asked) for asked in mirror.ranges] == [False, True, False]


def test_cancelled_then_continued(mirror: Mirror, tmp_path: Path) -> None:
    kept = cancelled(mirror, tmp_path)
    reports: list[tuple[int, int]] = []

    download(FILE, tmp_path, base_url=mirror.url, progress=lambda *at: reports.append(at))

    assert content_of(tmp_path) == {"flowers.bin": CONTENT}
    assert mirror.ranges == ["", f"bytes={kept}-"]
    assert reports[0] == (kept, len(CONTENT))


def test_a_killed_download_is_continued(mirror: Mirror, tmp_path: Path) -> None:
    script = f"""
import os
from pathlib import Path
from core.downloads import PublishedFile, download
def kill(done, total):
    if done >= {HALF}:
        os.kill(os.getpid(), {int(signal.SIGKILL)})
file = PublishedFile{FILE.name, FILE.md5, FILE.size}
download(file, Path({str(tmp_path)!r}), base_url={mirror.url!r}, progress=kill)
"""
    killed = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=dict(os.environ), check=False
    )
    assert killed.returncode == -signal.SIGKILL
    # What the killed one had written, whatever of its last chunk the system had got.
    kept = (tmp_path / "flowers.bin.partial" / "content").stat().st_size

    download(FILE, tmp_path, base_url=mirror.url)

    assert content_of(tmp_path) == {"flowers.bin": CONTENT}
    assert mirror.ranges == ["", f"bytes={kept}-"]


def test_a_whole_but_unchecked_file_needs_no_request(mirror: Mirror, tmp_path: Path) -> None:
    partial = tmp_path / "flowers.bin.partial"
    partial.mkdir()
    (partial / "content").write_bytes(CONTENT)

    download(FILE, tmp_path, base_url=mirror.url)

    assert mirror.requests == []
    assert content_of(tmp_path) == {"flowers.bin": CONTENT}


@pytest.mark.parametrize("left", [OTHER, CONTENT + b"more"])
def test_a_partial_file_that_is_none_is_thrown_away(
    mirror: Mirror, tmp_path: Path, left: bytes
) -> None:
    partial = tmp_path / "flowers.bin.partial"
    partial.mkdir()
    (partial / "content").write_bytes(left)

    download(FILE, tmp_path, base_url=mirror.url)

    assert content_of(tmp_path) == {"flowers.bin": CONTENT}


def test_what_keeps_being_another_file_leaves_nothing(mirror: Mirror, tmp_path: Path) -> None:
    mirror.answers = [ranged(OTHER)]

    with pytest.raises(DownloadError, match=r"^what the server sent has another checksum$"):
        download(FILE, tmp_path, base_url=mirror.url)

    assert content_of(tmp_path) == {}
    assert len(mirror.requests) == downloads.ATTEMPTS


def test_a_page_that_asks_to_sign_in_takes_nothing_away(mirror: Mirror, tmp_path: Path) -> None:
    kept = cancelled(mirror, tmp_path)
    mirror.answers = [lambda handler: send(handler, b"<html>Please sign in to this network</html>")]

    with pytest.raises(DownloadError, match="another checksum"):
        download(FILE, tmp_path, base_url=mirror.url)

    assert (tmp_path / "flowers.bin.partial" / "content").stat().st_size == kept


def test_an_endless_answer_is_ended(mirror: Mirror, tmp_path: Path) -> None:
    sent = []

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                sent.append(handler.wfile.write(bytes(1 << 16)))
        except OSError:  # the other side has had enough
            pass

    mirror.answers = [endless]

    with pytest.raises(DownloadError, match="another checksum"):
        download(FILE, tmp_path, base_url=mirror.url)

    assert sent
    assert content_of(tmp_path) == {}


def test_an_archive_is_not_unpacked_on_the_way(mirror: Mirror, tmp_path: Path) -> None:
    packed = gzip.compress(CONTENT)
    file = PublishedFile("flowers.tgz", hashlib.md5(packed).hexdigest(), len(packed))
    mirror.answers = [lambda handler: send(handler, packed, Content_Encoding="x-gzip")]

    assert download(file, tmp_path, base_url=mirror.url).read_bytes() == packed


@pytest.mark.parametrize(
    ("answer", "reason", "tries"),
    [
        (missing, "the server answered 404 Client Error: Not Found", 1),
        (overloaded, "the server answered 503 Server Error: Service Unavailable", 3),
        (ranged(CONTENT, most=1000), "the connection was cut", 3),
    ],
)
def test_reasons(mirror: Mirror, tmp_path: Path, answer: Answer, reason: str, tries: int) -> None:
    mirror.answers = [answer]

    with pytest.raises(DownloadError) as caught:
        download(FILE, tmp_path, base_url=mirror.url)

    assert str(caught.value) == reason
    assert len(mirror.requests) == tries


def test_a_second_download_of_the_same_file_does_not_disturb_the_first(
    mirror: Mirror, tmp_path: Path
) -> None:
    partial = tmp_path / "flowers.bin.partial"
    partial.mkdir()
    with filelock.FileLock(partial / "lock"):
        with pytest.raises(DownloadError, match="another download of it is under way"):
            download(FILE, tmp_path, base_url=mirror.url)
        assert (partial / "lock").exists()

    assert mirror.requests == []
    download(FILE, tmp_path, base_url=mirror.url)
    assert content_of(tmp_path) == {"flowers.bin": CONTENT}
