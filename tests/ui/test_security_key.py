"""A shared server without its key, and with it."""

from __future__ import annotations

import urllib.parse
from pathlib import Path

import pytest
from streamlit.net_util import get_internal_ip

from tests.served import LOOPBACK, STREAM, Served, served
from tests.ui.security import METHODS, PATHS, SHARE, UNKNOWN, environment, status_of_stream


@pytest.mark.parametrize("path", PATHS)
def test_without_the_key_nothing_answers(path: str, shared: Served) -> None:
    for method in METHODS:
        answer = shared.ask(path, method=method)
        assert answer.status == 401, method
        assert "set-cookie" not in answer.headers
    page = shared.ask(path).body.decode()
    assert "This gallery needs a key" in page
    assert "streamlit" not in page.lower()


@pytest.mark.parametrize("path", PATHS)
def test_with_the_key_every_path_answers(path: str, shared: Served) -> None:
    for key in (shared.owner_key, shared.visitor_key):
        assert shared.ask(path, key=key).status not in (401, 403)


def test_a_wrong_key_opens_nothing_anywhere(shared: Served) -> None:
    right = shared.visitor_key
    wrong = (
        right[:-1],
        f"{right}x",
        right.swapcase(),
        "",
        "x" * 100_00,
        "%00",
        shared.owner_key[1:],
    )
    for path in PATHS:
        for key in wrong:
            assert shared.ask(path, key=key).status in (400, 401)
            assert shared.ask(path, headers={"Authorization": f"Bearer {right}"}).status == 401
            assert shared.ask(path, headers={"Cookie": f"lookalike={right}"}).status == 401
            mark = "&" if "?" in path else "?"
            answer = shared.ask(f"{path}{mark}key={urllib.parse.quote(key)}")
            assert answer.status == 401
            assert right not in str(answer.headers)
    # Who has the key is not locked out by that.
    assert shared.ask("/", key=right).status == 200


def test_the_websocket_needs_the_key_too(shared: Served) -> None:
    right = shared.visitor_key
    assert status_of_stream(shared, right) == 101
    assert status_of_stream(shared, shared.owner_key) == 101
    assert status_of_stream(shared) == 401
    assert status_of_stream(shared, right[:-1]) == 401
    assert status_of_stream(shared, cookies={"lookalike": right}) == 401
    # An address is no place for the key of a websocket: the server writes it into its log.
    assert status_of_stream(shared, path=f"{STREAM}?key={right}") == 401
    assert status_of_stream(shared, path=f"{STREAM}?key={shared.owner_key}") == 401
    assert status_of_stream(shared, right, path=f"{STREAM}?key={right}") == 401
    log = shared.log.read_text()
    assert right not in log
    assert shared.owner_key not in log


def test_a_server_that_logs_every_address_logs_no_key(tmp_path: Path) -> None:
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    other_server = ("-m", "uvicorn", "app:app")
    sharing = {"LOOKALIKE_SHARE": "pictures"}
    with served(tmp_path, *other_server, environment=environment(tmp_path) | sharing) as server:
        keys = (server.owner_key, server.visitor_key)
        for key in keys:
            for path in ("/", "/index", "/_stcore/health"):
                assert server.ask(f"{path}?a=1&key={key}").status == 303
                assert server.ask(f"{path}?key={key}", method="POST", body=b"").status == 401
            assert status_of_stream(server, path=f"{STREAM}?b=2&key={key}") == 401
    log = server.log.read_text() + server.out.read_text()
    assert "GET /index?a=1 " in log
    assert f"{STREAM}?b=2" in log
    assert [log.count(key) for key in keys] == [1, 1]


def test_the_key_in_the_address_becomes_a_cookie_and_leaves_the_address(shared: Served) -> None:
    key = shared.visitor_key
    answer = shared.ask(f"/search?image={UNKNOWN}&key={key}&x=1")
    assert (answer.status, answer.headers["location"]) == (303, f"/search?image={UNKNOWN}&x=1")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{shared.cookie}={key};")
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert answer.headers["cache-control"] == "no-store"
    assert shared.ask(f"/?key={key}").headers["location"] == "/"
    assert "set-cookie" not in shared.ask(f"/?key={key}", method="POST", body=b"").headers


@pytest.mark.parametrize(
    "path",
    ["//evil.example/", "/\\evil.example/", "///evil.example", "/%0d%0aX-Evil:%201", "/%09/x"],
)
def test_the_clean_address_is_on_this_server(path: str, shared: Served) -> None:
    answer = shared.ask(f"{path}?key={shared.visitor_key}")
    assert answer.status == 303
    target = answer.headers["location"]
    here = f"http://{LOOPBACK}:{shared.port}"
    assert urllib.parse.urljoin(here, target).startswith(f"{here}/")
    assert target[1:2] not in ("/", "\\")
    assert "x-evil" not in answer.headers


def test_a_right_key_works_after_many_wrong_ones_from_the_same_address(shared: Served) -> None:
    for number in range(100):
        assert shared.ask(f"/?key=wrong{number}").status == 401
        assert shared.ask("/", key=f"wrong{number}").status == 401
    for key in (shared.visitor_key, shared.owner_key):
        assert shared.ask(f"/?key={key}").status == 303
        assert shared.ask("/", key=key).status == 200
        assert status_of_stream(shared, key) == 101
    assert shared.ask("/").status == 401


def test_a_cookie_of_an_earlier_start_is_taken_back(shared: Served) -> None:
    answer = shared.ask("/", key="of-yesterday")
    assert answer.status == 401
    assert "Max-Age=0" in answer.headers["set-cookie"]


def test_a_share_refuses_other_names_and_pages_even_with_the_key(shared: Served) -> None:
    key, here = shared.visitor_key, f"{LOOPBACK}:{shared.port}"
    for path in PATHS:
        assert shared.ask(path, key=key, headers={"Host": "evil.example"}).status == 403
        assert shared.ask(path, key=key, headers={"Origin": "http://evil.example"}).status == 403
        assert (
            shared.ask(f"{path.partition('?')[0]}?key={key}", headers={"Host": "a.b"}).status == 403
        )
        assert shared.ask(path, key=key, headers={"Origin": f"http://{here}"}).status != 403
    assert status_of_stream(shared, key, headers={"Origin": "http://evil.example"}) == 403
    assert status_of_stream(shared, key, headers={"Host": "evil.example"}) == 403


def test_visitors_come_by_the_address_of_the_network(shared: Served) -> None:
    other = get_internal_ip()
    if other is None or other.startswith("127."):
        pytest.skip("this computer has no other address than its own")
    assert shared.ask("/", address=other).status == 401
    assert shared.ask(f"/?key={shared.visitor_key}", address=other).status == 303
    assert shared.ask("/", address=other, key=shared.visitor_key).status == 200


def test_a_proxy_gives_the_app_its_own_name(tmp_path: Path) -> None:
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    proxied = {"LOOKALIKE_SHARE_ADDRESS": "https://pictures.example"}
    with served(tmp_path, *SHARE, environment=environment(tmp_path) | proxied) as server:
        address = f"https://pictures.example/?key={server.visitor_key}"
        assert address in server.out.read_text()
        headers = {"Host": "pictures.example", "Origin": "https://pictures.example"}
        answer = server.ask(f"/?key={server.visitor_key}", headers=headers)
        assert answer.status == 303
        assert "Secure" in answer.headers["set-cookie"]
        assert status_of_stream(server, server.visitor_key, headers=headers) == 101
        assert server.ask("/", headers={"Host": "other.example"}).status == 403
