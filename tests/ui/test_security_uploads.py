"""Files that a visitor sends, harmless or not."""

from __future__ import annotations

import io
import re
import socket
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from PIL import Image

from core.ui.text import plain
from tests.fakes import save_picture
from tests.served import LOOPBACK, ROOT, Served, form, permit, put, search
from tests.ui.security import pictures_in


def test_an_upload_over_the_limit_is_refused_before_it_is_kept(fresh: Served) -> None:
    key = fresh.visitor_key
    with fresh.browser(key) as browser:
        browser.run()
        assert put(fresh, browser, key, "small.png", bytes(1000)) == 204
        assert put(fresh, browser, key, "large.png", bytes(3 << 20)) == 413
        headers, body = form("large.png", bytes(3 << 20))
        headers |= permit(fresh, key)
        paths = (f"/_stcore/upload_file/{browser.session}/f2", "/_stcore/agent/interact", "/", "/x")
        for path in paths:
            # What is announced counts, and no byte of it is waited for.
            announced = headers | {"Content-Length": str(10 << 30)}
            assert fresh.ask(path, method="PUT", key=key, headers=announced, body=b"").status == 413
        # What is not announced is counted while it comes.
        chunked = headers | {"Transfer-Encoding": "chunked"}
        assert in_chunks(fresh, paths[0], key, chunked, body) == 413
        assert "Search by image" in browser.run().texts


def test_a_file_is_forgotten_once_it_is_taken(fresh: Served, tmp_path: Path) -> None:
    key = fresh.owner_key
    picture = save_picture(tmp_path / "picture.png", seed=1)
    with fresh.browser(key) as waiting, fresh.browser(key) as asking:
        waiting.run()
        assert put(fresh, waiting, key, "other.png", bytes(1000)) == 204
        assert "picture.png" in search(fresh, asking, key, "picture.png", picture).texts
        # What nobody has taken yet.
        metrics = fresh.ask("/_stcore/metrics", key=key).body
        assert re.findall(rb"UploadedFileManager.* (\d+)", metrics) == [b"1000"]


def in_chunks(server: Served, path: str, key: str, headers: Mapping[str, str], body: bytes) -> int:
    lines = [f"PUT {path} HTTP/1.1", f"Host: {LOOPBACK}:{server.port}"]
    cookie = f"{headers['Cookie']}; {server.cookie}={key}"
    lines += [f"{name}: {value}" for name, value in (dict(headers) | {"Cookie": cookie}).items()]
    with socket.create_connection((LOOPBACK, server.port)) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        try:
            for start in range(0, len(body), 1 << 16):
                part = body[start : start + (1 << 16)]
                line.sendall(b"%x\r\n%b\r\n" % (len(part), part))
            line.sendall(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            # The server has answered and hung up before the end, as it should.
            pass
        return int(line.recv(100).split()[1])


def test_an_upload_without_a_session_or_from_another_page_is_refused(shared: Served) -> None:
    key = shared.visitor_key
    headers, body = form("a.png", bytes(10))
    path = "/_stcore/upload_file/no-session/f1"
    allowed = headers | permit(shared, key)
    assert shared.ask(path, method="PUT", key=key, headers=allowed, body=body).status == 400
    assert shared.ask(path, method="PUT", key=key, headers=headers, body=body).status == 403
    assert shared.ask(path, method="PUT", headers=allowed, body=body).status == 401


def png(width: int, height: int, data: bytes) -> bytes:
    """A PNG that says of itself whatever it is told to."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(data, 9)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def picture_with(tail: bytes, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, kind)
    return file.getvalue() + tail


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as inside:
        inside.writestr("../../evil.txt", "evil")
    return file.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "bomb: a gigapixel": lambda: png(60_000, 60_000, bytes(100_000)),
    "bomb: 40 MB of zeros": lambda: png(20_000, 20_000, bytes(40_000_000)),
    "bomb: text chunk": lambda: (
        picture_with(b"")[:33] + struct.pack(">I", 8) + b"zTXta\0\0xxxxx" + picture_with(b"")[33:]
    ),
    "empty": lambda: b"",
    "truncated": lambda: picture_with(b"")[:60],
    "HTML": lambda: b"<html><script>alert(1)</script></html>",
    "SVG": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "SVG that reads files": lambda: (
        b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>'
    ),
    "PostScript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(w) (w) file\n",
    "pickle": lambda: b"cos\nsystem\n(S'touch evil'\ntR.",
    "archive": archive,
}
POLYGLOTS: dict[str, Callable[[], bytes]] = {
    "PNG and HTML": lambda: picture_with(b"<script>alert(1)</script>"),
    "JPEG and archive": lambda: picture_with(archive(), "JPEG"),
    "GIF and script": lambda: (
        picture_with(b"/*", "GIF").replace(b"GIF87a", b"GIF89a") + b"*/=1;alert(1)//<script>"
    ),
}
NAMES = [
    "<img src=x onerror=alert(1)>.png",
    "![x](http://evil.example/x.png)",
    "[x](javascript:alert(1)).png",
    '"><script>alert(1)</script>.png',
    "../../../../evil.png",
    "..\\..\\evil.png",
    "/etc/evil.png",
    "a\r\nX-Evil: 1.png",
    "x" * 3000 + ".png",
    "$\\LaTeX$ :red[x] `x`.png",
]


def files_of(folder: Path) -> dict[Path, int]:
    return {
        path: path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and not path.is_relative_to(folder / "features")
    }


def entries_of(*folders: Path) -> dict[Path, set[str]]:
    """What is in folders, but for the bytecode that the first start of a server leaves."""
    return {path: {entry.name for entry in path.iterdir()} - {"__pycache__"} for path in folders}


@pytest.fixture
def nothing_written(folder: Path, shared: Served) -> Iterator[None]:
    """Nothing comes or changes outside the features folder, but for the log."""
    here = entries_of(ROOT, ROOT / "core", Path.home())
    before = files_of(folder)
    yield
    after = files_of(folder)
    assert before.pop(shared.log, 0) <= after.pop(shared.log, 0)
    assert after == before
    assert entries_of(*here) == here


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_upload_is_told_in_one_line(
    kind: str, shared: Served, folder: Path, nothing_written: None
) -> None:
    key = shared.visitor_key
    with shared.browser(key) as browser:
        # The page starts with pictures of the gallery.
        before = pictures_in(browser.run(), shared, key)
        run = search(shared, browser, key, "query.png", HOSTILE[kind]())
        told = [item.body for item in run.of_kind("alert")]
        assert len(told) >= 1
        assert "cannot be used" in told[0]
        assert "\n" not in told[0]
        assert str(folder) not in told[0]
        assert set(pictures_in(run, shared, key)) <= set(before)
        again = search(shared, browser, key, "p1.jpg", folder / "holidays" / "p1.jpg")
        assert "6 closest of 6" in again.received.decode("utf-8", "replace")


@pytest.mark.parametrize("kind", POLYGLOTS)
def test_of_a_polyglot_only_the_picture_is_served(
    kind: str, shared: Served, nothing_written: None
) -> None:
    key = shared.visitor_key
    with shared.browser(key) as browser:
        run = search(shared, browser, key, "query.png", POLYGLOTS[kind]())
        shown = pictures_in(run, shared, key)
        assert len(shown) >= 1
        for picture in shown:
            Image.open(io.BytesIO(picture)).load()
            assert b"alert" not in picture
            assert b"evil" not in picture


@pytest.mark.parametrize("name", NAMES)
def test_names_with_markup_are_names(name: str, shared: Served, nothing_written: None) -> None:
    key = shared.visitor_key
    # Browsers write these so that the header of the file ends where it should.
    name = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    with shared.browser(key) as browser:
        for content in (picture_with(b""), b"no picture"):
            run = search(shared, browser, key, name, content)
            told = [item.body for kind in ("alert", "markdown") for item in run.of_kind(kind)]
            assert not any(name in text for text in told) or name == plain(name)
            assert not any("alert(1)" in element.body for element in run.of_kind("html"))
        assert any(plain(name.rpartition("/")[2]) in text for text in told)
