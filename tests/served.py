"""The app in a process of its own, and clients that may do what no browser does."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).parents[1]
STREAM = "/_stcore/stream"
LOOPBACK = "127.0.0.1"
SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What the server answers."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Served:
    """A running server.

    Attributes:
        port: Where it listens.
        out: Its standard output: what the owner reads in the terminal.
        log: Its standard error.
        pid: Of its process.
    """

    port: int
    out: Path
    log: Path
    pid: int

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def owner_key(self) -> str:
        return self._key("For you")

    @property
    def visitor_key(self) -> str:
        return self._key("For visitors")

    @property
    def cookie(self) -> str:
        return f"lookalike-{self.port}"

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        address: str = LOOPBACK,
    ) -> Answer:
        """Send a request exactly as it is given; nothing is normalised or followed."""
        connection = http.client.HTTPConnection(address, self.port, timeout=SECONDS)
        sent = dict(headers or {})
        if key is not None:
            sent["Cookie"] = "; ".join(filter(None, [f"{self.cookie}={key}", sent.get("Cookie")]))
        try:
            connection.putrequest(method, path, skip_host="Host" in sent, skip_accept_encoding=True)
            for name, value in sent.items():
                connection.putheader(name, value)
            if body is not None and "Content-Length" not in sent:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def browser(self, key: str | None = None, **options: Any) -> Browser:
        """The websocket of a page."""
        return Browser(self, key, **options)

    def _key(self, label: str) -> str:
        found = re.search(rf"{label}.*\?key=(\S+)", self.out.read_text())
        assert found
        return found[1]


@dataclass
class Run:
    """What one run of a page sent.

    Attributes:
        elements: What stands on the page.
        polls: Fragments that the page wants to be run again, and after how many seconds.
        fragment: The last fragment that showed something, such as an open dialog.
        received: Every byte.
    """

    elements: list[Any] = field(default_factory=list)
    polls: dict[str, float] = field(default_factory=dict)
    fragment: str = ""
    received: bytes = b""

    def of_kind(self, kind: str) -> list[Any]:
        return [getattr(item, kind) for item in self.elements if item.WhichOneof("type") == kind]

    @property
    def texts(self) -> str:
        return "\n".join(
            [item.body for kind in ("markdown", "alert", "heading") for item in self.of_kind(kind)]
        )

    @property
    def buttons(self) -> dict[str, str]:
        return {item.label: item.id for item in self.of_kind("button")}


class Browser:
    """Speaks Streamlit's protocol over the websocket of a page, honestly or not.

    Args:
        server: The app.
        key: What its cookie holds.
        cookies: Others.
        headers: Others.
        path: Of the websocket.
        session: Of another browser, to take it over.
    """

    def __init__(
        self,
        server: Served,
        key: str | None,
        *,
        cookies: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        path: str = STREAM,
        session: str = "",
    ) -> None:
        jar = dict(cookies or {})
        if key is not None:
            jar[server.cookie] = key
        sent = dict(headers or {})
        host = sent.pop("Host", f"{LOOPBACK}:{server.port}")
        sent.setdefault("Origin", f"http://{LOOPBACK}:{server.port}")
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        self.session = ""
        self._server = server
        self._socket: ClientConnection = connect(
            f"ws://{host}{path}",
            sock=socket.create_connection((LOOPBACK, server.port)),
            additional_headers=sent,
            subprotocols=["streamlit", "token", *filter(None, [session])],  # type: ignore[list-item]
            max_size=None,
            open_timeout=SECONDS,
            proxy=None,
        )

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def run(self, page: str = "", **options: Any) -> Run:
        """Run a page to its end; see ``ask_for_run``."""
        self.ask_for_run(page, **options)
        return self.until_finished()

    def ask_for_run(
        self,
        page: str = "",
        *,
        widgets: Sequence[Any] = (),
        query: str = "",
        fragment: str = "",
    ) -> None:
        """Ask for a run of a page; nothing answers where it has no such fragment.

        Args:
            page: Its name, as in the address.
            widgets: States that are claimed of widgets, as ``(id, field, value)``.
            query: Of the address.
            fragment: Run only this part of it.
        """
        wish = BackMsg()
        wish.rerun_script.page_name = page
        wish.rerun_script.query_string = query
        wish.rerun_script.fragment_id = fragment
        for identity, name, value in widgets:
            state = wish.rerun_script.widget_states.widgets.add(id=identity)
            if name == "file_uploader_state_value":
                state.file_uploader_state_value.uploaded_file_info.add(**value)
            else:
                setattr(state, name, value)
        self.send(wish)

    def send(self, message: BackMsg) -> None:
        self._socket.send(message.SerializeToString())

    def download(self, run: Run, label: str, key: str | None) -> bytes:
        """The file that a download button makes when it is pressed."""
        button = next(item for item in run.of_kind("download_button") if item.label == label)
        wish = BackMsg()
        wish.backend_operation_request.request_id = label
        wish.backend_operation_request.session_id = self.session
        wish.backend_operation_request.deferred_file.file_id = button.deferred_file_id
        self.send(wish)
        answer = ForwardMsg()
        while answer.WhichOneof("type") != "backend_operation_response":
            answer.ParseFromString(bytes(self._socket.recv(SECONDS)))  # type: ignore[arg-type]
        address = answer.backend_operation_response.deferred_file.url
        return self._server.ask(address, key=key).body

    def until_finished(self) -> Run:
        """Receive until a run of a page ends without another one after it."""
        run = Run()
        while True:
            data = self._socket.recv(SECONDS)
            assert isinstance(data, bytes)
            run.received += data
            message = ForwardMsg()
            message.ParseFromString(data)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                run.elements.clear()
                self.session = message.new_session.initialize.session_id or self.session
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                run.elements.append(message.delta.new_element)
                if fragment := message.delta.fragment_id:
                    run.fragment = fragment
            elif kind == "auto_rerun":
                run.polls[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "script_finished":
                finished = ForwardMsg.ScriptFinishedStatus.Name(message.script_finished)
                if finished != "FINISHED_EARLY_FOR_RERUN":
                    return run


def form(name: str, content: bytes) -> tuple[dict[str, str], bytes]:
    """A file as a browser sends it."""
    line = f'Content-Disposition: form-data; name="file"; filename="{name}"'.encode()
    body = b"--limit\r\n" + line + b"\r\nContent-Type: image/png\r\n\r\n" + content
    headers = {"Content-Type": "multipart/form-data; boundary=limit"}
    return headers, body + b"\r\n--limit--\r\n"


def permit(server: Served, key: str | None) -> dict[str, str]:
    """What Streamlit wants with each upload against requests of other pages."""
    cookie = server.ask("/_stcore/health", key=key).headers["set-cookie"]
    token = cookie.partition(";")[0]
    return {"Cookie": token, "X-Xsrftoken": token.partition("=")[2]}


def put(
    server: Served, browser: Browser, key: str | None, name: str, content: bytes, file: str = "f1"
) -> int:
    """Send a file and return the status of the answer."""
    headers, body = form(name, content)
    path = f"/_stcore/upload_file/{browser.session}/{file}"
    return server.ask(
        path, method="PUT", key=key, headers=headers | permit(server, key), body=body
    ).status


def search(
    server: Served,
    browser: Browser,
    key: str | None,
    name: str,
    content: Path | bytes,
    file: str = "f1",
) -> Run:
    """Drop a file on the search page."""
    uploader = browser.run().of_kind("file_uploader")[0].id
    data = content if isinstance(content, bytes) else content.read_bytes()
    assert put(server, browser, key, name, data, file) == 204
    info = {"file_id": file, "name": name, "size": len(data)}
    return browser.run(widgets=[(uploader, "file_uploader_state_value", info)])


@contextmanager
def served(
    folder: Path, *command: str, environment: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """Start the app and stop it at the end.

    Args:
        folder: Of everything that it may write.
        command: Arguments of Python that start it, without the port.
        environment: Its variables, over those of this process without Lookalike's.
    """
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port = free.getsockname()[1]
    out, log = folder / "terminal.txt", folder / "log.txt"
    port_option = "--server.port" if "streamlit" in command else "--port"
    with out.open("wb") as output, log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, *command, port_option, str(port)],
            cwd=ROOT,
            env={
                **{name: value for name, value in os.environ.items() if "LOOKALIKE" not in name},
                **(environment or {}),
            },
            stdout=output,
            stderr=errors,
        )
        try:
            _wait_until_served(port, process)
            yield Served(port, out, log, process.pid)
        finally:
            process.terminate()
            process.wait(timeout=SECONDS)


def _wait_until_served(port: int, process: subprocess.Popen[bytes]) -> None:
    # Retrying a refused connection is the only signal there is.
    while True:
        assert process.poll() is None, "the server ended"
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=SECONDS)
        try:
            connection.request("GET", "/_stcore/health")
            if connection.getresponse().status in (200, 401):
                return
        except OSError:
            continue
        finally:
            connection.close()
