"""The running server against who should not get in, and against who got in and wants more."""

from __future__ import annotations

import io
import itertools
import json
import re
import shutil
import socket
import struct
import urllib.parse
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.net_util import get_internal_ip
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX
from websockets.exceptions import InvalidStatus

from core.config import Settings
from core.duplicates import known_sets
from core.engine import ImageSearchEngine
from core.explore import draw_map
from core.ui.text import plain
from tests.fakes import save_picture
from tests.served import (
    LOOPBACK,
    ROOT,
    STREAM,
    Browser,
    Run,
    Served,
    form,
    permit,
    put,
    search,
    served,
)

MARKER = b"nobody may read this"
SHARE = ("-m", "core", "share")
ALONE = ("-m", "streamlit", "run", "app.py")
UNKNOWN = "0123456789abcdef0123456789abcdef"
PATHS = [
    "/",
    "/explore",
    "/index",
    "/duplicates",
    "/quality",
    "/share",
    "/how_it_works",
    "/search",
    "/no/such/page",
    f"/?image={UNKNOWN}",
    f"/thumbnails/{UNKNOWN}",
    f"/pictures/{UNKNOWN}",
    f"/copies?images={UNKNOWN}",
    "/media/0123.png",
    "/static/js/index.js",
    "/app/static/x",
    "/favicon.png",
    "/manifest.json",
    "/component/a/b",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/metrics",
    "/_stcore/script-health-check",
    "/_stcore/allowed-message-origins",
    "/_stcore/bidi-components/a/b",
    "/_stcore/upload_file/a/b",
    "/_stcore/agent/openapi.json",
    "/_stcore/agent/interact",
    "/_stcore/stream",
    "/oauth2callback",
    "/%2e%2e/%2e%2e/etc/passwd",
]
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE")


def environment(folder: Path) -> dict[str, str]:
    """An app that writes below ``folder`` only and needs no network: a search by colours."""
    return {
        "LOOKALIKE_FEATURES": str(folder / "features"),
        "LOOKALIKE_DESCRIPTOR": "hsv",
        "LOOKALIKE_SAMPLE": str(folder / "sample"),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
    }


def furnish(folder: Path) -> Path:
    """A gallery of six pictures with an index, and a secret beside it."""
    for name in ("home", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "secret.txt").write_bytes(MARKER)
    (folder / "secret.png").write_bytes(MARKER)
    library = folder / "holidays"
    for seed in range(6):
        save_picture(library / f"p{seed}.jpg", seed, size=(900, 700))
    ImageSearchEngine(Settings(features=folder / "features", descriptor="hsv")).index(library)
    return library


def generation(folder: Path) -> int:
    return ImageSearchEngine(Settings(features=folder / "features")).info().generation


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that the shared server may read and write."""
    folder = tmp_path_factory.mktemp("shared")
    furnish(folder)
    return folder


@pytest.fixture(scope="module")
def shared(folder: Path) -> Iterator[Served]:
    """An app that is shared, with a gallery."""
    with served(folder, *SHARE, environment=environment(folder)) as server:
        yield server
        keys = (server.owner_key, server.visitor_key)
    # After everything that the tests did to it.
    log = server.log.read_text()
    assert "Traceback" not in log
    for key in keys:
        assert key not in log
        assert server.out.read_text().count(key) == 1
        written = [path for path in folder.rglob("*") if path.is_file() and path != server.out]
        assert len(written) > 10
        assert [path for path in written if key.encode() in path.read_bytes()] == []


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An app as it starts by default."""
    folder = tmp_path_factory.mktemp("alone")
    furnish(folder)
    with served(folder, *ALONE, environment=environment(folder)) as server:
        yield server


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Served]:
    """A shared app without a gallery, that takes files of a megabyte."""
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    limits = {"STREAMLIT_SERVER_MAX_UPLOAD_SIZE": "1", "LOOKALIKE_SAMPLE_COUNT": "4"}
    with served(tmp_path, *SHARE, environment=environment(tmp_path) | limits) as server:
        yield server


def status_of_stream(server: Served, key: str | None = None, **options: Any) -> int:
    try:
        with server.browser(key, **options):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


# The default start


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


# Without the key


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


def test_a_wrong_key_opens_nothing_anywhere(fresh: Served) -> None:
    right = fresh.visitor_key
    wrong = (
        right[:-1],
        f"{right}x",
        right.swapcase(),
        "",
        "x" * 100_00,
        "%00",
        fresh.owner_key[1:],
    )
    for path in PATHS:
        for key in wrong:
            assert fresh.ask(path, key=key).status in (400, 401)
            assert fresh.ask(path, headers={"Authorization": f"Bearer {right}"}).status == 401
            assert fresh.ask(path, headers={"Cookie": f"lookalike={right}"}).status == 401
            mark = "&" if "?" in path else "?"
            answer = fresh.ask(f"{path}{mark}key={urllib.parse.quote(key)}")
            assert answer.status == 401
            assert right not in str(answer.headers)
    # Who has the key is not locked out by that.
    assert fresh.ask("/", key=right).status == 200


def test_the_websocket_needs_the_key_too(fresh: Served) -> None:
    right = fresh.visitor_key
    assert status_of_stream(fresh, right) == 101
    assert status_of_stream(fresh, fresh.owner_key) == 101
    assert status_of_stream(fresh) == 401
    assert status_of_stream(fresh, right[:-1]) == 401
    assert status_of_stream(fresh, cookies={"lookalike": right}) == 401
    # An address is no place for the key of a websocket: the server writes it into its log.
    assert status_of_stream(fresh, path=f"{STREAM}?key={right}") == 401
    assert status_of_stream(fresh, path=f"{STREAM}?key={fresh.owner_key}") == 401
    assert status_of_stream(fresh, right, path=f"{STREAM}?key={right}") == 401
    log = fresh.log.read_text()
    assert right not in log
    assert fresh.owner_key not in log


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


def test_a_right_key_works_after_many_wrong_ones_from_the_same_address(fresh: Served) -> None:
    for number in range(100):
        assert fresh.ask(f"/?key=wrong{number}").status == 401
        assert fresh.ask("/", key=f"wrong{number}").status == 401
    for key in (fresh.visitor_key, fresh.owner_key):
        assert fresh.ask(f"/?key={key}").status == 303
        assert fresh.ask("/", key=key).status == 200
        assert status_of_stream(fresh, key) == 101
    assert fresh.ask("/").status == 401


def test_a_cookie_of_an_earlier_start_is_taken_back(fresh: Served) -> None:
    answer = fresh.ask("/", key="of-yesterday")
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


# A visitor who wants more


FORGED = {
    "X-Forwarded-For": "127.0.0.1",
    "Forwarded": "for=127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "X-Forwarded-Host": "localhost",
}


def trigger(identity: str) -> tuple[str, str, bool]:
    return (identity, "trigger_value", True)


def component_event(identity: str, name: str, value: object) -> list[tuple[str, str, object]]:
    """What a component of ours sends, as the message of a browser."""
    sent = json.dumps([{"event": name, "value": value}])
    events = f"{STREAMLIT_INTERNAL_KEY_PREFIX}_{identity}__events"
    return [(identity, "json_value", "{}"), (events, "json_trigger_value", sent)]


def expect_refused(run: Run) -> None:
    assert run.buttons == {}
    assert "Search by image" in run.texts


def test_a_visitor_searches(shared: Served, folder: Path) -> None:
    with shared.browser(shared.visitor_key) as browser:
        run = search(shared, browser, shared.visitor_key, "p3.jpg", folder / "holidays" / "p3.jpg")
        assert "6 closest of 6 images" in run.received.decode("utf-8", "replace")
        assert run.of_kind("alert") == []


def test_a_visitor_sees_no_path_of_this_computer(shared: Served, folder: Path) -> None:
    known = (str(folder).encode(), str(ROOT).encode(), str(Path.home()).encode())
    identity = next(iter(thumbnails(folder)))
    for key, sees in ((shared.owner_key, True), (shared.visitor_key, False)):
        received = b""
        with shared.browser(key, headers=FORGED) as browser:
            for page in (
                *("", "explore", "index", "duplicates", "quality", "share"),
                *("how_it_works", "no/such", "search"),
            ):
                received += browser.run(page).received
            received += browser.run(query=f"image={identity}").received
            received += browser.run(query=f"image={UNKNOWN}").received
        assert [path for path in known if path in received] == (list(known[:2]) if sees else [])


def thumbnails(folder: Path) -> dict[str, str]:
    snapshot = ImageSearchEngine(Settings(features=folder / "features")).require_snapshot()
    return {image.id: image.path for image in snapshot.images}


def test_a_visitor_gets_no_page_of_the_owner(shared: Served) -> None:
    with shared.browser(shared.owner_key) as owner:
        assert {"Update", "Rebuild index"} <= set(owner.run("index").buttons)
        assert shared.visitor_key in owner.run("share").received.decode("utf-8", "replace")
    with shared.browser(shared.visitor_key, headers=FORGED) as visitor:
        for page in ("index", "duplicates", "quality", "share"):
            run = visitor.run(page)
            expect_refused(run)
            assert shared.owner_key.encode() not in run.received
            assert shared.visitor_key.encode() not in run.received


def test_a_visitor_sees_how_it_works_and_finds_no_action_of_the_owner(shared: Served) -> None:
    with shared.browser(shared.visitor_key, headers=FORGED) as visitor:
        run = visitor.run("how_it_works")
        assert "What the network gets" in run.texts
        assert run.buttons == {}
        assert {item.label for item in run.of_kind("checkbox")} == {"Mirror"}


def owner_actions(run: Run) -> dict[str, tuple[str, str, object]]:
    """Every action of the Index page, as the message of a browser that asks for it."""
    actions: dict[str, tuple[str, str, object]] = {
        label: trigger(identity) for label, identity in run.buttons.items()
    }
    for toggle in run.of_kind("checkbox"):
        actions[toggle.label] = (toggle.id, "bool_value", True)
    return actions


@pytest.mark.parametrize("takes_over", [False, True], ids=["own session", "session of the owner"])
def test_a_visitor_who_forges_what_the_owner_presses_starts_nothing(
    takes_over: bool, shared: Served, folder: Path
) -> None:
    before = generation(folder)
    with shared.browser(shared.owner_key) as owner:
        actions = owner_actions(owner.run("index"))
        session = owner.session
    assert len(actions) >= 4
    for action in actions.values():
        options = {"session": session} if takes_over else {}
        with shared.browser(shared.visitor_key, headers=FORGED, **options) as visitor:
            for page in ("index", "", "share"):
                run = visitor.run(page, widgets=[action])
                expect_refused(run)
    with shared.browser(shared.owner_key) as owner:
        run = owner.run("index")
        assert not any(item.disabled for item in run.of_kind("button"))
        assert not any(item.value for item in run.of_kind("checkbox"))
    assert generation(folder) == before


def test_the_same_message_of_the_owner_does_it(tmp_path: Path) -> None:
    furnish(tmp_path)
    before = generation(tmp_path)
    with (
        served(tmp_path, *SHARE, environment=environment(tmp_path)) as server,
        server.browser(server.owner_key) as owner,
    ):
        actions = owner_actions(owner.run("index"))
        toggle = next(action for action in actions.values() if action[1] == "bool_value")
        assert owner.run("index", widgets=[toggle]).of_kind("checkbox")[0].value
        owner.run("index", widgets=[actions["Rebuild index"]])
        while generation(tmp_path) == before:
            assert "error" not in owner.run("index").texts.lower()


def test_a_visitor_orders_matches_by_neighbourhood_and_changes_nothing_by_it(
    shared: Served, folder: Path
) -> None:
    before = generation(folder)
    identity = next(iter(thumbnails(folder)))
    with shared.browser(shared.visitor_key) as visitor:
        for ranking, told in (("neighbourhood", True), ("distance", False), ("../x", False)):
            run = visitor.run(query=f"image={identity}&ranking={ranking}")
            assert run.of_kind("alert") == []
            assert ("In the order of the neighbourhood" in run.texts) == told
    assert generation(folder) == before


def test_a_visitor_who_forges_another_fit_changes_nothing(tmp_path: Path) -> None:
    furnish(tmp_path)
    with (
        served(tmp_path, *SHARE, environment=environment(tmp_path)) as server,
        server.browser(server.owner_key) as owner,
    ):
        fits = owner.run("index").of_kind("radio")[0]
        chosen = (fits.id, "string_value", "None")
        use = trigger(owner.run("index", widgets=[chosen]).buttons["Use: None"])
        for options in ({}, {"session": owner.session}):
            with server.browser(server.visitor_key, headers=FORGED, **options) as visitor:
                for page in ("index", "quality", ""):
                    expect_refused(visitor.run(page, widgets=[chosen]))
                    expect_refused(visitor.run(page, widgets=[chosen, use]))
        assert generation(tmp_path) == 1
        # The same messages of the owner do it.
        with server.browser(server.owner_key) as owner:
            owner.run("index", widgets=[chosen])
            owner.run("index", widgets=[chosen, use])
            while generation(tmp_path) == 1:
                assert "error" not in owner.run("index").texts.lower()


def test_a_visitor_who_forges_drawing_the_map_starts_nothing(tmp_path: Path) -> None:
    furnish(tmp_path)
    known = (str(tmp_path).encode(), str(ROOT).encode(), str(Path.home()).encode())

    def maps() -> list[Path]:
        return [path for path in tmp_path.rglob("*.npz") if "map" in path.name]

    with (
        served(tmp_path, *SHARE, environment=environment(tmp_path)) as server,
        server.browser(server.owner_key) as owner,
    ):
        draw = trigger(owner.run("explore").buttons["Draw the map"])
        for options in ({}, {"session": owner.session}):
            with server.browser(server.visitor_key, headers=FORGED, **options) as visitor:
                run = visitor.run("explore", widgets=[draw])
                assert run.buttons == {}
                assert run.polls == {}
                assert "There is no map of this gallery yet" in run.texts
        assert maps() == []
        # The same message of the owner does it, and then the visitor sees the map.
        with server.browser(server.owner_key) as owner:
            owner.run("explore", widgets=[draw])
            while not maps():
                assert "error" not in owner.run("explore").texts.lower()
        with server.browser(server.visitor_key, headers=FORGED) as visitor:
            for view in ("", "view=groups", "view=odd", "view=misfiled"):
                run = visitor.run("explore", query=view)
                assert "no map" not in run.texts
                assert "Draw the map" not in run.buttons
                assert "Rename" not in run.buttons
                assert [path for path in known if path in run.received] == []


def test_a_visitor_who_forges_remembering_writes_no_label(shared: Served, folder: Path) -> None:
    question = f"image={(identity := next(iter(thumbnails(folder))))}&right={identity}"
    with shared.browser(shared.owner_key) as owner:
        action = trigger(owner.run(query=question).buttons["Remember"])
        session = owner.session
    for options in ({}, {"session": session}):
        with shared.browser(shared.visitor_key, headers=FORGED, **options) as visitor:
            run = visitor.run(query=question, widgets=[action])
            assert "Remember" not in run.buttons
            assert "1 right" in run.texts
    assert not (folder / "features" / "labels").exists()
    with shared.browser(shared.owner_key) as owner:
        assert "Remembered as" in owner.run(query=question, widgets=[action]).texts
    assert len(list((folder / "features" / "labels").iterdir())) == 1


def test_a_visitor_who_forges_another_name_renames_no_group(tmp_path: Path) -> None:
    library = furnish(tmp_path)
    for number in range(40):
        colour = (200, 50, 60) if number % 2 else (50, 60, 200)
        save_picture(library / f"{number % 2}" / f"{number}.png", number, colour)
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(library)
    group = draw_map(engine.require_snapshot()).groups[0]
    opened = f"open={group.representative}"
    labels = tmp_path / "features" / "labels"
    with served(tmp_path, *SHARE, environment=environment(tmp_path)) as server:
        with server.browser(server.owner_key) as owner:
            run = owner.run("explore", query=opened)
            assert group.name in run.texts
            (name,) = (one for one in run.of_kind("text_input") if "Name" in one.label)
            renaming = [(name.id, "string_value", "Mine"), trigger(run.buttons["Save"])]
            session = owner.session
        for options in ({}, {"session": session}):
            with server.browser(server.visitor_key, headers=FORGED, **options) as visitor:
                run = visitor.run("explore", query=opened, widgets=renaming)
                assert group.name in run.texts
                assert not {"Rename", "Save"} & set(run.buttons)
                assert str(tmp_path).encode() not in run.received
        assert not labels.exists()
        with server.browser(server.owner_key) as owner:
            assert "Mine" in owner.run("explore", query=opened, widgets=renaming).texts
        assert len(list(labels.iterdir())) == 1


def test_a_visitor_who_forges_what_is_done_with_duplicates_does_nothing(tmp_path: Path) -> None:
    library = furnish(tmp_path)
    shutil.copy(library / "p0.jpg", library / "p0 copy.jpg")
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(library)
    made = tmp_path / "features" / "duplicates"

    def files() -> set[str]:
        return {path.name for path in library.iterdir()}

    before = files()
    with served(tmp_path, *SHARE, environment=environment(tmp_path)) as server:

        def wait_for(label: str, owner: Browser) -> tuple[str, str, object]:
            while label not in (run := owner.run("duplicates")).buttons:
                assert "error" not in run.texts.lower()
            return trigger(run.buttons[label])

        def forge(session: str, *actions: list[tuple[str, str, object]]) -> None:
            for options in ({}, {"session": session}):
                with server.browser(server.visitor_key, headers=FORGED, **options) as visitor:
                    for page in ("duplicates", ""):
                        for action in actions:
                            expect_refused(visitor.run(page, widgets=action))

        with server.browser(server.owner_key) as owner:
            find = wait_for("Find duplicates", owner)
            forge(owner.session, [find])
        assert not made.exists()
        with server.browser(server.owner_key) as owner:
            owner.run("duplicates")
            owner.run("duplicates", widgets=[find])
            move = wait_for("Move 1 picture to the trash", owner)
            (shown,) = owner.run("duplicates").of_kind("bidi_component")
            (found,) = known_sets(engine, engine.require_snapshot()) or ()
            dismiss = component_event(shown.id, "dismissed", found.key)
            confirm = trigger(owner.run("duplicates", widgets=[move]).buttons["Move them"])
            forge(owner.session, [move], [confirm], dismiss)
        assert files() == before
        assert list(made.rglob("*dismissed*")) == []
        # The same messages of the owner do it.
        with server.browser(server.owner_key) as owner:
            owner.run("duplicates")
            owner.run("duplicates", widgets=[move])
            owner.run("duplicates", widgets=[confirm])
            undo = wait_for("Undo", owner)
            assert files() == before - {"p0 copy.jpg"}
            forge(owner.session, [undo])
        assert files() == before - {"p0 copy.jpg"}
        with server.browser(server.owner_key) as owner:
            owner.run("duplicates")
            owner.run("duplicates", widgets=[undo])
            wait_for("Move 1 picture to the trash", owner)
            assert files() == before
            assert "No duplicates were found" in owner.run("duplicates", widgets=dismiss).texts
        assert len(list(made.rglob("*dismissed*"))) == 1


def test_a_visitor_of_an_empty_app_draws_no_sample(fresh: Served, tmp_path: Path) -> None:
    with fresh.browser(fresh.owner_key) as owner:
        buttons = owner.run().buttons
    assert {"Index this folder", "Draw a sample gallery"} <= set(buttons)
    with fresh.browser(fresh.visitor_key, headers=FORGED) as visitor:
        for identity in buttons.values():
            expect_refused(visitor.run(widgets=[trigger(identity)]))
    assert not (tmp_path / "sample").exists()
    assert not (tmp_path / "features").exists()


def test_a_visitor_cannot_end_what_the_owner_started_by_emptying_the_caches(
    tmp_path: Path,
) -> None:
    furnish(tmp_path)
    wish = BackMsg(clear_cache=True)
    with (
        served(tmp_path, *SHARE, environment=environment(tmp_path)) as server,
        server.browser(server.owner_key) as owner,
        server.browser(server.visitor_key) as visitor,
    ):
        actions = owner_actions(owner.run("index"))
        toggle = next(action for action in actions.values() if action[1] == "bool_value")
        owner.run("index", widgets=[toggle])
        visitor.run()
        visitor.send(wish)
        visitor.run()
        assert owner.run("index").of_kind("checkbox")[0].value
        # The same wish of the owner ends it: the message is what it seems to be.
        owner.send(wish)
        assert not owner.run("index").of_kind("checkbox")[0].value


def test_thumbnails_are_all_that_visitors_of_such_a_share_see(tmp_path: Path) -> None:
    furnish(tmp_path)
    identity = next(iter(thumbnails(tmp_path)))
    sizes = {}
    with served(tmp_path, *SHARE, "--thumbnails", environment=environment(tmp_path)) as server:
        for key in (server.owner_key, server.visitor_key):
            with server.browser(key) as browser:
                shown = pictures_in(browser.run(query=f"image={identity}"), server, key)
                sizes[key] = max(max(Image.open(io.BytesIO(picture)).size) for picture in shown)
        assert server.ask(f"/thumbnails/{identity}", key=server.visitor_key).status == 200
        for path in (f"/pictures/{identity}", f"/copies?images={identity}"):
            assert server.ask(path, key=server.owner_key).status == 200
            assert server.ask(path, key=server.visitor_key).status == 403
        assert (sizes[server.owner_key] > 320, sizes[server.visitor_key]) == (True, 320)


def save_detailed(path: Path) -> Path:
    """A picture of blots of four pixels, which a thumbnail cannot hold."""
    blots = np.random.default_rng(7).integers(0, 256, (360, 480, 3), np.uint8)
    Image.fromarray(blots.repeat(4, axis=0).repeat(4, axis=1)).save(path)
    return path


def difference(shown: Image.Image, original: Image.Image) -> float:
    """Mean difference, 0 to 255, of a picture that is enlarged to the size of another."""
    enlarged = shown.convert("RGB").resize(original.size, Image.Resampling.BICUBIC)
    return float(np.abs(np.asarray(enlarged, int) - np.asarray(original, int)).mean())


def test_crops_of_a_share_of_thumbnails_hold_no_more_detail_than_these(tmp_path: Path) -> None:
    """Rebuild a picture from tiles, each from the best of all that the server sends for it."""
    library = furnish(tmp_path)
    original = Image.open(save_detailed(library / "detailed.png")).convert("RGB")
    ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv")).index(library)
    identity = next(key for key, name in thumbnails(tmp_path).items() if name == "detailed.png")
    enlarged, rebuilt = [], []
    with (
        served(tmp_path, *SHARE, "--thumbnails", environment=environment(tmp_path)) as server,
        server.browser(server.visitor_key) as browser,
    ):
        small = server.ask(f"/thumbnails/{identity}", key=server.visitor_key).body
        thumbnail = Image.open(io.BytesIO(small))
        assert max(thumbnail.size) == 320
        for left, top in itertools.product(range(4), range(4)):
            part = (left / 4, top / 4, (left + 1) / 4, (top + 1) / 4)
            box = ",".join(map(str, part))
            run = browser.run(query=f"image={identity}&box={box}&mirror={left % 2}&k=10")
            assert "7 closest of 7 images" in run.received.decode("utf-8", "replace")
            sent = [
                Image.open(io.BytesIO(content))
                for content in pictures_in(run, server, server.visitor_key)
            ]
            assert len(sent) > 7
            assert max(max(image.size) for image in sent) == 320
            sheet = browser.download(run, "Contact sheet (JPEG)", server.visitor_key)
            # The query is on top at the left.
            sent.append(Image.open(io.BytesIO(sheet)).crop((48, 80, 308, 276)))
            if left % 2:
                part = (1 - part[2], part[1], 1 - part[0], part[3])
            tile = original.crop(pixels_of(part, original))
            enlarged.append(difference(thumbnail.crop(pixels_of(part, thumbnail)), tile))
            rebuilt.append(
                min(
                    difference(view.transpose(turn) if turn is not None else view, tile)
                    for image in sent
                    for view in (image, image.crop(pixels_of(part, image)))
                    for turn in (None, Image.Transpose.FLIP_LEFT_RIGHT)
                )
            )
    assert np.mean(enlarged) > 30
    assert np.mean(rebuilt) > 0.95 * np.mean(enlarged)


def pixels_of(part: tuple[float, float, float, float], image: Image.Image) -> tuple[int, ...]:
    left, top, right, bottom = part
    width, height = image.size
    return (
        round(left * width),
        round(top * height),
        max(round(right * width), 1),
        max(round(bottom * height), 1),
    )


def pictures_in(run: Run, server: Served, key: str) -> list[bytes]:
    """Every picture that a page shows, as it is sent to a browser."""
    page = run.received.decode("latin-1")
    shown = [b64decode(data) for data in re.findall(r"data:image/\w+;base64,([\w+/=]+)", page)]
    addresses = set(re.findall(r"/(?:media|thumbnails|pictures)/[\w.]+", page))
    answers = [server.ask(address, key=key) for address in sorted(addresses)]
    for answer in answers:
        assert answer.headers["content-type"].startswith("image/")
        assert answer.headers["x-content-type-options"] == "nosniff"
    return shown + [answer.body for answer in answers]


# Traversal


TRAVERSALS = [
    "../secret.txt",
    "../../secret.txt",
    "..%2fsecret.txt",
    "%2e%2e/%2e%2e/secret.txt",
    "..%252fsecret.txt",
    "..\\secret.txt",
    "....//secret.txt",
    "%00",
    "{folder}/secret.txt",
    "{folder}/secret.png",
    "/{folder}/secret.txt",
    "file://{folder}/secret.txt",
    "holidays/../../secret.txt",
    "..%c0%afsecret.txt",
]
BELOW = [
    "/",
    "/thumbnails/",
    "/pictures/",
    "/copies?images=",
    "/media/",
    "/static/",
    "/app/static/",
    "/component/",
    "/component/st.x/",
    "/_stcore/",
    "/_stcore/bidi-components/",
    "/_stcore/bidi-components/x/",
    "/_stcore/upload_file/",
    "/_stcore/upload_file/x/",
    "/_stcore/agent/",
    "/search?image=",
    "/?image=",
]


@pytest.mark.parametrize("below", BELOW)
def test_no_address_leads_to_a_file_outside(below: str, shared: Served, folder: Path) -> None:
    for key in (shared.visitor_key, shared.owner_key):
        for traversal in TRAVERSALS:
            path = below + traversal.format(folder=folder)
            for method in ("GET", "POST", "PUT", "DELETE"):
                answer = shared.ask(path, method=method, key=key)
                assert answer.status < 500, path
                assert MARKER not in answer.body, path
    assert (folder / "secret.txt").read_bytes() == MARKER


def test_no_parameter_leads_to_a_file_outside(shared: Served, folder: Path) -> None:
    values = [traversal.format(folder=folder) for traversal in TRAVERSALS]
    with shared.browser(shared.visitor_key) as browser:
        for value in [*values, "x" * 5000, "<script>alert(1)</script>"]:
            for name in ("image", "gallery", "library", "page", "file"):
                run = browser.run(query=urllib.parse.urlencode({name: value}))
                assert MARKER not in run.received
                assert "Search by image" in run.texts
        for page in values:
            assert MARKER not in browser.run(page).received


# Uploads


def test_an_upload_over_the_limit_is_refused_before_it_is_kept(fresh: Served) -> None:
    key = fresh.visitor_key
    with fresh.browser(key) as browser:
        browser.run()
        assert put(fresh, browser, key, "small.png", bytes(1000)) == 204
        assert put(fresh, browser, key, "large.png", bytes(3 << 20)) == 413
        headers, body = form("large.png", bytes(3 << 20))
        headers |= permit(fresh, key)
        paths = (f"/_stcore/upload_file/{browser.session}/f2", "/_stcore/agent/interact", "/", "/x")
        for path in paths:
            # What is announced counts, and no byte of it is waited for.
            announced = headers | {"Content-Length": str(10 << 30)}
            assert fresh.ask(path, method="PUT", key=key, headers=announced, body=b"").status == 413
        # What is not announced is counted while it comes.
        chunked = headers | {"Transfer-Encoding": "chunked"}
        assert in_chunks(fresh, paths[0], key, chunked, body) == 413
        assert "Search by image" in browser.run().texts


def test_a_file_is_forgotten_once_it_is_taken(fresh: Served, tmp_path: Path) -> None:
    key = fresh.owner_key
    picture = save_picture(tmp_path / "picture.png", seed=1)
    with fresh.browser(key) as waiting, fresh.browser(key) as asking:
        waiting.run()
        assert put(fresh, waiting, key, "other.png", bytes(1000)) == 204
        assert "picture.png" in search(fresh, asking, key, "picture.png", picture).texts
        # What nobody has taken yet.
        metrics = fresh.ask("/_stcore/metrics", key=key).body
        assert re.findall(rb"UploadedFileManager.* (\d+)", metrics) == [b"1000"]


def in_chunks(server: Served, path: str, key: str, headers: Mapping[str, str], body: bytes) -> int:
    lines = [f"PUT {path} HTTP/1.1", f"Host: {LOOPBACK}:{server.port}"]
    cookie = f"{headers['Cookie']}; {server.cookie}={key}"
    lines += [f"{name}: {value}" for name, value in (dict(headers) | {"Cookie": cookie}).items()]
    with socket.create_connection((LOOPBACK, server.port)) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        try:
            for start in range(0, len(body), 1 << 16):
                part = body[start : start + (1 << 16)]
                line.sendall(b"%x\r\n%b\r\n" % (len(part), part))
            line.sendall(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            # The server has answered and hung up before the end, as it should.
            pass
        return int(line.recv(100).split()[1])


def test_an_upload_without_a_session_or_from_another_page_is_refused(shared: Served) -> None:
    key = shared.visitor_key
    headers, body = form("a.png", bytes(10))
    path = "/_stcore/upload_file/no-session/f1"
    allowed = headers | permit(shared, key)
    assert shared.ask(path, method="PUT", key=key, headers=allowed, body=body).status == 400
    assert shared.ask(path, method="PUT", key=key, headers=headers, body=body).status == 403
    assert shared.ask(path, method="PUT", headers=allowed, body=body).status == 401


def png(width: int, height: int, data: bytes) -> bytes:
    """A PNG that says of itself whatever it is told to."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(data, 9)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def picture_with(tail: bytes, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, kind)
    return file.getvalue() + tail


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as inside:
        inside.writestr("../../evil.txt", "evil")
    return file.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "bomb: a gigapixel": lambda: png(60_000, 60_000, bytes(100_000)),
    "bomb: 40 MB of zeros": lambda: png(20_000, 20_000, bytes(40_000_000)),
    "bomb: text chunk": lambda: (
        picture_with(b"")[:33] + struct.pack(">I", 8) + b"zTXta\0\0xxxxx" + picture_with(b"")[33:]
    ),
    "empty": lambda: b"",
    "truncated": lambda: picture_with(b"")[:60],
    "HTML": lambda: b"<html><script>alert(1)</script></html>",
    "SVG": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "SVG that reads files": lambda: (
        b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>'
    ),
    "PostScript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(w) (w) file\n",
    "pickle": lambda: b"cos\nsystem\n(S'touch evil'\ntR.",
    "archive": archive,
}
POLYGLOTS: dict[str, Callable[[], bytes]] = {
    "PNG and HTML": lambda: picture_with(b"<script>alert(1)</script>"),
    "JPEG and archive": lambda: picture_with(archive(), "JPEG"),
    "GIF and script": lambda: (
        picture_with(b"/*", "GIF").replace(b"GIF87a", b"GIF89a") + b"*/=1;alert(1)//<script>"
    ),
}
NAMES = [
    "<img src=x onerror=alert(1)>.png",
    "![x](http://evil.example/x.png)",
    "[x](javascript:alert(1)).png",
    '"><script>alert(1)</script>.png',
    "../../../../evil.png",
    "..\\..\\evil.png",
    "/etc/evil.png",
    "a\r\nX-Evil: 1.png",
    "x" * 3000 + ".png",
    "$\\LaTeX$ :red[x] `x`.png",
]


def files_of(folder: Path) -> dict[Path, int]:
    return {
        path: path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and not path.is_relative_to(folder / "features")
    }


@pytest.fixture
def nothing_written(folder: Path, shared: Served) -> Iterator[None]:
    """Nothing comes or changes outside the features folder, but for the log."""
    here = {path: path.stat().st_mtime_ns for path in (ROOT, ROOT / "core", Path.home())}
    before = files_of(folder)
    yield
    after = files_of(folder)
    assert before.pop(shared.log, 0) <= after.pop(shared.log, 0)
    assert after == before
    assert {path: path.stat().st_mtime_ns for path in here} == here


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_upload_is_told_in_one_line(
    kind: str, shared: Served, folder: Path, nothing_written: None
) -> None:
    key = shared.visitor_key
    with shared.browser(key) as browser:
        # The page starts with pictures of the gallery.
        before = pictures_in(browser.run(), shared, key)
        run = search(shared, browser, key, "query.png", HOSTILE[kind]())
        told = [item.body for item in run.of_kind("alert")]
        assert len(told) >= 1
        assert "cannot be used" in told[0]
        assert "\n" not in told[0]
        assert str(folder) not in told[0]
        assert set(pictures_in(run, shared, key)) <= set(before)
        again = search(shared, browser, key, "p1.jpg", folder / "holidays" / "p1.jpg")
        assert "6 closest of 6" in again.received.decode("utf-8", "replace")


@pytest.mark.parametrize("kind", POLYGLOTS)
def test_of_a_polyglot_only_the_picture_is_served(
    kind: str, shared: Served, nothing_written: None
) -> None:
    key = shared.visitor_key
    with shared.browser(key) as browser:
        run = search(shared, browser, key, "query.png", POLYGLOTS[kind]())
        shown = pictures_in(run, shared, key)
        assert len(shown) >= 1
        for picture in shown:
            Image.open(io.BytesIO(picture)).load()
            assert b"alert" not in picture
            assert b"evil" not in picture


@pytest.mark.parametrize("name", NAMES)
def test_names_with_markup_are_names(name: str, shared: Served, nothing_written: None) -> None:
    key = shared.visitor_key
    # Browsers write these so that the header of the file ends where it should.
    name = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    with shared.browser(key) as browser:
        for content in (picture_with(b""), b"no picture"):
            run = search(shared, browser, key, name, content)
            told = [item.body for kind in ("alert", "markdown") for item in run.of_kind(kind)]
            assert not any(name in text for text in told) or name == plain(name)
            assert not any("alert(1)" in element.body for element in run.of_kind("html"))
        assert any(plain(name.rpartition("/")[2]) in text for text in told)
