"""The gate: every request passes it, or is refused."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.ui.resources import engine
from core.ui.sharing import refusals, tries
from core.ui.sharing.access import Role, access
from core.ui.sharing.messages import may_ask, without_paths
from core.ui.sharing.tries import Tries
from core.ui.sharing.visitor import cookie_name, role_of, sharing

KEY = "key"
THIS_COMPUTER = frozenset({"localhost", "127.0.0.1", "::1"})
MEGABYTE = 1 << 20
# The names and boundaries that a form adds to its file.
_AROUND_A_FILE = 64 << 10
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
}


class _TooLargeError(Exception):
    """The body of a request went over the limit."""


class Gate:
    """The outermost part of the app: checks who asks, and how much is sent.

    Without a share it answers this computer only. In a share it asks for a key: once in the
    address, from then on in a cookie. Requests for other names and of other pages are refused
    either way.

    Args:
        app: What is behind the gate.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._tries = Tries()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on a request, see ASGI."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        verdict = self._verdict(connection)
        if isinstance(verdict, Response):
            await verdict(scope, receive, _with_headers(send))
        elif scope["type"] == "http":
            await self._pass(scope, receive, _with_headers(send))
        elif verdict is Role.OWNER:
            await self._app(scope, receive, send)
        else:
            await self._app(scope, _asking(receive), _telling(send))

    def _verdict(self, connection: HTTPConnection) -> Role | Response:
        """Who asks, or the answer that ends it."""
        offered = _take_key(connection.scope)
        if not _is_own_name(connection) or not _is_own_origin(connection.headers):
            return refusals.not_from_here()
        if not sharing():
            return Role.OWNER
        who = connection.client.host if connection.client else ""
        if offered is None:
            role = role_of(connection.cookies)
            if role or cookie_name() not in connection.cookies:
                return role or refusals.no_key()
        elif not self._tries.used_up(who) and access().role_of(offered):
            if connection.scope["type"] == "http" and connection.scope["method"] in ("GET", "HEAD"):
                return _to_clean_address(connection, offered)
            return refusals.no_key()
        return self._wrong(who, forget=offered is None)

    def _wrong(self, who: str, *, forget: bool) -> Response:
        if self._tries.used_up(who):
            return refusals.no_tries(tries.SECONDS)
        self._tries.wrong(who)
        answer = refusals.no_key()
        if forget:
            # A key of an earlier start: its tab goes on to ask, which is not guessing.
            answer.delete_cookie(cookie_name())
        return answer

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = st.get_option("server.maxUploadSize") * MEGABYTE
        room = limit + _AROUND_A_FILE
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > room:
            await refusals.too_large(limit)(scope, receive, send)
            return
        received, answering = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > room:
                raise _TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except _TooLargeError:
            if not answering:
                await refusals.too_large(limit)(scope, receive, send)


def _take_key(scope: Scope) -> str | None:
    """Take the key out of the address: the server writes addresses of websockets into its log."""
    given: bytes = scope["query_string"]
    query = parse_qsl(given.decode("latin-1"), keep_blank_values=True)
    keys = [value for name, value in query if name == KEY]
    if not keys:
        return None
    scope["query_string"] = urlencode([pair for pair in query if pair[0] != KEY]).encode()
    return keys[0]


def _is_own_name(connection: HTTPConnection) -> bool:
    """Whether a request is meant for this app, and not for a name that somebody points at it."""
    asked = connection.headers.getlist("host")
    server = connection.scope.get("server")
    if len(asked) != 1 or server is None:
        return False
    names = set(THIS_COMPUTER)
    if sharing():
        own = socket.gethostname().lower()
        names |= {server[0], own, f"{own}.local"}
        if address := engine().settings.share_address:
            names.add(_host(address))
    elif not _is_loopback(server[0]):
        # Whatever server.address says: without a key there is nothing for others here.
        return False
    # The name, and a port: nothing that only other parts of an address have.
    return not set(asked[0]) & set("/?#@\\") and _host(f"//{asked[0]}") in names


def _is_own_origin(headers: Headers) -> bool:
    """Whether no page of another address made the browser send a request."""
    origins = headers.getlist("origin")
    return all(origin.partition("://")[2].lower() == headers["host"].lower() for origin in origins)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _to_clean_address(connection: HTTPConnection, key: str) -> Response:
    scope = connection.scope
    # Of "//elsewhere.example" a browser would make another computer.
    path = "/" + scope["path"].lstrip("/\\")
    query = scope["query_string"].decode("latin-1")
    answer = RedirectResponse(f"{path}?{query}" if query else path, status_code=303)
    address = engine().settings.share_address or ""
    answer.set_cookie(
        cookie_name(),
        key,
        httponly=True,
        samesite="lax",
        secure=scope["scheme"] == "https" or address.startswith("https:"),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


def _asking(receive: Receive) -> Receive:
    async def receiving() -> Message:
        while True:
            message = await receive()
            if not message.get("bytes") or may_ask(message["bytes"]):
                return message

    return receiving


def _telling(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message.get("bytes"):
            message = {**message, "bytes": without_paths(message["bytes"])}
        await send(message)

    return sending
