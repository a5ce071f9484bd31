"""The socket that the server listens on."""

import asyncio
import contextlib
import socket
from typing import Any


def send_at_once() -> None:
    """Switch Nagle's algorithm off for every server socket of the running event loop.

    asyncio switches off Nagle's algorithm only for sockets that name TCP. That of Streamlit does
    not: the end of each page and each picture would wait for the browser to acknowledge what came
    before, which browsers put off for 40 ms.
    """
    loop = asyncio.get_running_loop()
    create_server = loop.create_server

    async def create(*args: Any, sock: socket.socket | None = None, **options: Any) -> Any:
        if sock is not None:
            # Connections have it from their listener.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return await create_server(*args, sock=sock, **options)

    # Other event loops, uvloop for one, do so by themselves and cannot be changed.
    with contextlib.suppress(AttributeError):
        loop.create_server = create  # type: ignore[method-assign]
