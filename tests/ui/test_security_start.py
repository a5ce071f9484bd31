"""The server as it starts by default: for this computer alone."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from streamlit.net_util import get_internal_ip

from tests.served import LOOPBACK, Served, served
from tests.ui.security import ALONE, METHODS, PATHS, environment, status_of_stream


def test_default_start_listens_on_this_computer_only(alone: Served) -> None:
    assert alone.ask("/").status == 200
    other = get_internal_ip()
    if other is None or other.startswith("127."):
        pytest.skip("this computer has no other address than its own")
    with socket.socket() as probe:
        assert probe.connect_ex((other, alone.port)) != 0


@pytest.mark.parametrize("path", PATHS)
def test_default_start_refuses_other_names_and_other_pages(path: str, alone: Served) -> None:
    assert alone.ask(path).status != 403
    here = f"{LOOPBACK}:{alone.port}"
    names = ("evil.example", f"evil.example:{alone.port}", "192.168.1.5", f"x@{here}", "", "[")
    for name in (*names, f"localhost.evil.example:{alone.port}", f"{here}/x", "127.0.0.1.", "::1"):
        assert alone.ask(path, headers={"Host": name}).status in (400, 403), name
    for name in (here, f"localhost:{alone.port}", "LOCALHOST", "[::1]:8501"):
        assert alone.ask(path, headers={"Host": name}).status != 403, name
    origins = ("http://evil.example", "null", "", f"http://{LOOPBACK}:1", f"http://{here}.evil")
    for origin in (*origins, f"http://localhost:{alone.port}", f"{here}"):
        for method in METHODS:
            refused = alone.ask(path, method=method, headers={"Origin": origin})
            assert refused.status in (400, 403), (method, origin)
    assert alone.ask(path, headers={"Origin": f"http://{here}"}).status != 403


def test_default_start_refuses_the_websocket_to_other_names_and_pages(alone: Served) -> None:
    assert status_of_stream(alone) == 101
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://localhost:{alone.port}"},
        {"Host": "evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ):
        assert status_of_stream(alone, headers=headers) in (400, 403), headers


def test_default_start_with_another_address_still_answers_this_computer_only(
    tmp_path: Path,
) -> None:
    other = get_internal_ip()
    if other is None or other.startswith("127."):
        pytest.skip("this computer has no other address than its own")
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    everywhere = {"STREAMLIT_SERVER_ADDRESS": "0.0.0.0"}
    with served(tmp_path, *ALONE, environment=environment(tmp_path) | everywhere) as server:
        assert server.ask("/").status == 200
        for path in PATHS:
            for host in (f"{other}:{server.port}", f"localhost:{server.port}"):
                assert server.ask(path, address=other, headers={"Host": host}).status == 403
