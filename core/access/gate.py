"""The gate: hands on the requests that are allowed, and refuses the others."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import refusals
from .access import Access, Role
from .hosts import is_own_name, is_own_origin
from .limits import hand_on
from .share import Share

KEY = "key"
# Methods of the requests that may have a key in their address.
_SAFE = ("GET", "HEAD")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
}


class Gate:
    """ASGI middleware that checks the host, origin, key and size of every request.

    Without a share it answers this computer only. In a share it wants a key: once in the address,
    then in a cookie. It refuses requests for other hosts and from pages of other sites.

    Args:
        app: The app behind it.
        access: Says what is shared, and the role of a sender.
        accepts: Whether a visitor may send a message over a websocket; by default none is accepted.
        redact: Returns a message to the websocket of a visitor without what only the owner reads.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        *,
        accepts: Callable[[bytes], bool] = lambda _: False,
        redact: Callable[[bytes], bytes] = lambda message: message,
    ) -> None:
        self._app, self._access = app, access
        self._accepts, self._redact = accepts, redact

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request or hand it on, see ASGI."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        share = self._access.share
        verdict = _verdict(HTTPConnection(scope), self._access, share)
        if isinstance(verdict, Response):
            await verdict(scope, receive, _with_headers(send))
        elif scope["type"] == "http":
            await hand_on(self._app, share.upload_limit, scope, receive, _with_headers(send))
        elif verdict is Role.OWNER:
            await self._app(scope, receive, send)
        else:
            await self._app(scope, self._accepted(receive), self._redacted(send))

    def _accepted(self, receive: Receive) -> Receive:
        async def receiving() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive" or self._accepts(
                    message.get("bytes") or b""
                ):
                    return message

        return receiving

    def _redacted(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message.get("bytes"):
                message = {**message, "bytes": self._redact(message["bytes"])}
            await send(message)

        return sending


def _verdict(connection: HTTPConnection, access: Access, share: Share) -> Role | Response:
    """The role of the sender, or the answer to a request that is not handed on."""
    key = _take_key(connection.scope)
    if not is_own_name(connection, share) or not is_own_origin(connection.headers):
        return refusals.not_from_here()
    if not share.on:
        return Role.OWNER
    if key is not None:
        is_page = connection.scope["type"] == "http" and connection.scope["method"] in _SAFE
        if is_page and access.role_of_key(key):
            return _to_clean_address(connection, key, share)
        return refusals.no_key()
    if role := access.role_of(connection.cookies):
        return role
    answer = refusals.no_key()
    if share.cookie in connection.cookies:
        # A key of an earlier start.
        answer.delete_cookie(share.cookie)
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


def _to_clean_address(connection: HTTPConnection, key: str, share: Share) -> Response:
    scope = connection.scope
    # Browsers take "//elsewhere.example" for another host.
    path = "/" + scope["path"].lstrip("/\\")
    query = scope["query_string"].decode("latin-1")
    answer = RedirectResponse(f"{path}?{query}" if query else path, status_code=303)
    answer.set_cookie(
        share.cookie,
        key,
        httponly=True,
        samesite="lax",
        secure=scope["scheme"] == "https" or (share.address or "").startswith("https:"),
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
