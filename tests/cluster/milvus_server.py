"""A real Milvus server, from the package ``milvus``, that only this machine's loopback reaches."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.search.milvus.connection import MilvusConnection, ServerAccess

HERE = Path(__file__).parent
# Of the server and its parts; it listens on all addresses, so it gets a namespace of its own.
PORT = 19530
HEALTH = 9091
SECONDS_TO_START = 120
# Of a new server that asks for one.
PASSWORD = "root:Milvus"


class MilvusServer:
    """A server with its own folder of data, in its own network namespace.

    The namespace is that of a relay, which passes a port of the loopback outside to the server and
    lives as long as this object; the server may be killed and started again.

    Args:
        folder: For the program and the data.
        passwords: Whether the server asks for user and password; at first ``root``, ``Milvus``.
    """

    def __init__(self, folder: Path, *, passwords: bool = False) -> None:
        milvus = pytest.importorskip("milvus", reason="needs the package milvus, a server")
        self._folder = folder
        self._server: subprocess.Popen[bytes] | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = milvus.MilvusServerConfig(data_dir=str(folder), authorization_enabled=passwords)
        config.set("authorization_enabled", passwords)
        config.set("proxy_port", PORT)
        for part in ("proxy", "rootCoord", "queryCoord", "queryNode"):
            config.set(f"{part}.ip", "127.0.0.1")
        for part in ("indexNode", "dataCoord", "dataNode"):
            config.set(f"{part}.ip", "127.0.0.1")
        # A server that was killed holds its place for so many seconds.
        config.set("common.session.ttl", 5)
        config.resolve_storage()
        config.write_config()
        milvus._initialize_data_files(config.base_data_dir)
        self._relay = self._start_relay()

    def start(self) -> None:
        """Start the server and wait until it says that it is ready."""
        programs = self._folder / "bin"
        environment = {
            **os.environ,
            "DEPLOY_MODE": "STANDALONE",
            "METRICS_PORT": str(HEALTH),
            "MILVUS_RUN_DIR": str(self._folder / "run"),
            "LD_LIBRARY_PATH": str(programs),
        }
        with (self._folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [*self._inside(), str(programs / "milvus"), "run", "standalone"],
                cwd=self._folder,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def wait(self) -> None:
        """Wait until the server says that all its parts are ready."""
        check = (
            "import urllib.request as r;"
            f"print(r.urlopen('http://127.0.0.1:{HEALTH}/healthz', timeout=5).read().decode())"
        )
        started = time.monotonic()
        while time.monotonic() - started < SECONDS_TO_START:
            assert self.running(), self._log()
            done = subprocess.run(
                [*self._inside(), sys.executable, "-c", check],
                capture_output=True,
                text=True,
                check=False,
            )
            if "OK" in done.stdout:
                return
            time.sleep(0.2)
        raise TimeoutError(self._log())

    def signal(self, number: int) -> None:
        """Send a signal to the server."""
        assert self._server is not None
        os.kill(self._server.pid, number)

    def running(self) -> bool:
        """Whether the process of the server lives."""
        return self._server is not None and self._server.poll() is None

    def kill(self) -> None:
        """End the server at once; what it has on the disk stays."""
        if self._server is not None:
            self._server.send_signal(signal.SIGKILL)
            self._server.wait()
            self._server = None

    def close(self) -> None:
        """End the server and its namespace, and delete its folder."""
        self.kill()
        self._relay.kill()
        self._relay.wait()
        self._listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start_relay(self) -> subprocess.Popen[bytes]:
        if not shutil.which("unshare") or not shutil.which("nsenter"):
            pytest.skip("needs unshare and nsenter: the server listens on all addresses")
        descriptor = self._listener.fileno()
        command = f'ip link set lo up && echo up && exec "$0" "$@" {descriptor} {PORT}'
        relay = subprocess.Popen(
            [
                *("unshare", "--map-root-user", "--net", "sh", "-c", command),
                *(sys.executable, str(HERE / "relay.py")),
            ],
            pass_fds=[descriptor],
            stdout=subprocess.PIPE,
        )
        assert relay.stdout is not None
        if relay.stdout.readline() != b"up\n":
            relay.wait()
            pytest.skip("needs a network namespace: the server listens on all addresses")
        return relay

    def _inside(self) -> list[str]:
        return [
            *("nsenter", f"--target={self._relay.pid}", "--user", "--net"),
            *("--preserve-credentials", "--"),
        ]

    def _log(self) -> str:
        return (self._folder / "server.log").read_text(errors="replace")[-2000:]


@pytest.fixture(scope="session")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    """A running Milvus server that asks for a password; killed at the end of the session."""
    pytest.importorskip("pymilvus", reason="needs requirements-cluster.txt")
    server = MilvusServer(tmp_path_factory.mktemp("milvus"), passwords=True)
    try:
        server.start()
        server.wait()
        yield server
    finally:
        server.close()


@pytest.fixture
def connection(milvus: MilvusServer) -> Iterator[MilvusConnection]:
    """A connection of the user ``root``."""
    found = MilvusConnection(ServerAccess(milvus.url, PASSWORD))
    yield found
    found.close()
