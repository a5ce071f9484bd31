"""A web server of the tests: real answers, real faults, and a record of what was asked."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


class Mirror:
    """A server that gives its answers in turn, the last one for ever.

    Attributes:
        answers: The answers.
        requests: The paths that were asked for.
        ranges: The ``Range`` header of each request; empty where it had none.
    """

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[str] = []
        self.ranges: list[str] = []
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                turn = min(len(mirror.requests), len(mirror.answers) - 1)
                mirror.requests.append(self.path)
                mirror.ranges.append(self.headers.get("Range", ""))
                mirror.answers[turn](self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/files/"


@contextmanager
def serving(mirror: Mirror) -> Iterator[Mirror]:
    """Let a mirror answer."""
    thread = threading.Thread(target=mirror.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield mirror
    finally:
        mirror.server.shutdown()
        thread.join()
        mirror.server.server_close()


def send(
    handler: BaseHTTPRequestHandler, content: bytes, *, length: int | None = None, **headers: str
) -> None:
    """Send content; with a ``length`` beyond its own, the connection is cut at its end."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(length or len(content)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(content)


def ranged(content: bytes, *, etag: str = '"one"', most: int | None = None) -> Answer:
    """A server that gives parts of a file.

    Args:
        content: The file.
        etag: The name of its version; empty for a server that gives none.
        most: Bytes after which it cuts the connection.
    """

    def answer(handler: BaseHTTPRequestHandler) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        start = int(wanted[1]) if wanted else 0
        # A weak name does not promise every byte: servers take it for another version.
        if (condition := handler.headers.get("If-Range")) and (
            condition != etag or etag.startswith("W/")
        ):
            start = 0
        if start > len(content):
            handler.send_error(416)
            return
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if etag:
            handler.send_header("ETag", etag)
        handler.send_header("Content-Length", str(len(content) - start))
        handler.end_headers()
        handler.wfile.write(content[start:][:most])

    return answer


def missing(handler: BaseHTTPRequestHandler) -> None:
    """There is no such file."""
    handler.send_error(404)


def overloaded(handler: BaseHTTPRequestHandler) -> None:
    """The server has too much to do."""
    handler.send_error(503)


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """The connection ends without an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)
