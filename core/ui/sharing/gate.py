"""The gate: hands on the requests that are allowed, and refuses the others."""

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
from core.ui.sharing import refusals
from core.ui.sharing.access import Role, access
from core.ui.sharing.visitor import cookie_name, role_of, sharing
from core.ui.sharing.websocket import is_allowed, without_paths

KEY = "key"
THIS_COMPUTER = frozenset({"localhost", "127.0.0.1", "::1"})
MEGABYTE = 1 << 20
# Methods of the requests that may have a key in their address.
_SAFE = ("GET", "HEAD")
# Bytes that a form adds to its file: names and boundaries.
_AROUND_A_FILE = 64 << 10
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
}


class _TooLargeError(Exception):
    """The body of a request is over the limit."""


class Gate:
    """ASGI middleware that checks the host, origin, key and size of every request.

    Without a share it answers this computer only. In a share it wants a key: once in the address,
    then in a cookie. It refuses requests for other hosts and from pages of other sites.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request or hand it on, see ASGI."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        verdict = _verdict(HTTPConnection(scope))
        if isinstance(verdict, Response):
            await verdict(scope, receive, _with_headers(send))
        elif scope["type"] == "http":
            await self._hand_on(scope, receive, _with_headers(send))
        elif verdict is Role.OWNER:
            await self._app(scope, receive, send)
        else:
            await self._app(scope, _only_allowed(receive), _without_paths(send))

    async def _hand_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on a request whose body has a bounded size."""
        limit = st.get_option("server.maxUploadSize") * MEGABYTE
        most = limit + _AROUND_A_FILE
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            await refusals.too_large(limit)(scope, receive, send)
            return
        received, answering = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
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


def _verdict(connection: HTTPConnection) -> Role | Response:
    """The role of the sender, or the answer to a request that is not handed on."""
    key = _take_key(connection.scope)
    if not _is_own_name(connection) or not _is_own_origin(connection.headers):
        return refusals.not_from_here()
    if not sharing():
        return Role.OWNER
    if key is not None:
        is_page = connection.scope["type"] == "http" and connection.scope["method"] in _SAFE
        if is_page and access().role_of(key):
            return _to_clean_address(connection, key)
        return refusals.no_key()
    if role := role_of(connection.cookies):
        return role
    answer = refusals.no_key()
    if cookie_name() in connection.cookies:
        # A key of an earlier start.
        answer.delete_cookie(cookie_name())
    return answer


def _take_key(scope: Scope) -> str | None:
    """Remove the key from the address and return it; the server logs addresses of websockets."""
    given: bytes = scope["query_string"]
    query = parse_qsl(given.decode("latin-1"), keep_blank_values=True)
    keys = [value for name, value in query if name == KEY]
    if not keys:
        return None
    scope["query_string"] = urlencode([pair for pair in query if pair[0] != KEY]).encode()
    return keys[0]


def _is_own_name(connection: HTTPConnection) -> bool:
    """Whether a request names a host that is this app, not one that an attacker points at it."""
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
        # Without a share others get nothing, whatever server.address says.
        return False
    # A name and a port, without characters that only other parts of an address have.
    return not set(asked[0]) & set("/?#@\\") and _host(f"//{asked[0]}") in names


def _is_own_origin(headers: Headers) -> bool:
    """Whether a request was not sent by a page of another site."""
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
    # Browsers take "//elsewhere.example" for another host.
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


def _only_allowed(receive: Receive) -> Receive:
    async def receiving() -> Message:
        while True:
            message = await receive()
            if not message.get("bytes") or is_allowed(message["bytes"]):
                return message

    return receiving


def _without_paths(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message.get("bytes"):
            message = {**message, "bytes": without_paths(message["bytes"])}
        await send(message)

    return sending
