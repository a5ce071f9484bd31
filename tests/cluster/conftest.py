"""One Milvus server for all tests, which is killed at the end of the session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.search.milvus import MilvusConnection, ServerAccess
from tests.cluster.milvus_server import PASSWORD, MilvusServer


@pytest.fixture(scope="session")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    """A running Milvus server that asks for a password."""
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
