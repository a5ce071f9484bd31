"""The largest body of a request."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import refusals

# Bytes that a form adds to its file: names and boundaries.
_AROUND_A_FILE = 64 << 10


class _TooLargeError(Exception):
    """The body of a request is over the limit."""


async def hand_on(app: ASGIApp, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
    """Let an app answer a request, unless its body holds a file of more than ``limit`` bytes."""
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
        if received > most and not answering:
            # What the app makes of the error.
            raise _TooLargeError
        answering = True
        await send(message)

    try:
        await app(scope, counted, noted)
    except _TooLargeError:
        if not answering:
            await refusals.too_large(limit)(scope, receive, send)
