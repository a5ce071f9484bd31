"""The socket of the running server, as Streamlit opens it."""

from __future__ import annotations

import http.client
from pathlib import Path
from urllib.parse import urlsplit

from tests.browser.browser_app import running_app

# Run in the process of the server: what it tells when it ends, of the connections still open.
TELL = """
import socket
import uvicorn

original = uvicorn.Server.shutdown

async def shutdown(self, sockets=None):
    for connection in self.server_state.connections:
        open_one = connection.transport.get_extra_info("socket")
        print("at once:", open_one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), flush=True)
    await original(self, sockets)

uvicorn.Server.shutdown = shutdown
"""


def test_connections_do_not_wait_for_acknowledgements(tmp_path: Path) -> None:
    with running_app(tmp_path, before=TELL) as address:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        connection.request("GET", "/_stcore/health")
        connection.getresponse().read()
    connection.close()
    assert "at once: 1" in (tmp_path / "server.log").read_text()
