"""The gate around an app without pages; around the real one it is in tests/ui/test_security*.py."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.access import Access, Gate
from core.config import NOTHING
from tests.access.sharing import cookies, sharing

HERE = "http://127.0.0.1"


async def count(request: Request) -> PlainTextResponse:
    """Read all there is, of whatever size."""
    length = 0
    async for part in request.stream():
        length += len(part)
    return PlainTextResponse(str(length))


async def echo(websocket: WebSocket) -> None:
    """Send back what comes."""
    await websocket.accept()
    try:
        while True:
            await websocket.send_bytes(await websocket.receive_bytes())
    except WebSocketDisconnect:
        pass


APP = Starlette(routes=[Route("/", count, methods=["GET", "PUT"]), WebSocketRoute("/stream", echo)])


def client(access: Access, key: str = "", *, base_url: str = HERE) -> TestClient:
    """A browser with a key, in front of a gate that lets visitors send what begins with a plus."""
    gate = Gate(
        APP,
        access,
        accepts=lambda message: message.startswith(b"+"),
        redact=lambda message: message.replace(b"/home/ann", b""),
    )
    return TestClient(gate, base_url=base_url, cookies=cookies(access, key), follow_redirects=False)


def test_without_a_share_this_computer_alone_is_answered() -> None:
    access = sharing(NOTHING)
    assert client(access).get("/").status_code == 200
    assert client(access, base_url="http://192.168.1.5").get("/").status_code == 403
    assert client(access).get("/", headers={"Host": "evil.example"}).status_code == 403
    assert client(access).get("/", headers={"Origin": "http://evil.example"}).status_code == 403


def test_a_share_answers_whoever_has_a_key_and_names_it() -> None:
    access = sharing(address="https://pictures.example")
    for key, status in ((access.owner, 200), (access.visitor, 200), ("wrong", 401), ("", 401)):
        assert client(access, key).get("/").status_code == status
    names = {"pictures.example": 200, "192.168.1.5": 403}
    for name, status in names.items():
        assert client(access, access.visitor).get("/", headers={"Host": name}).status_code == status


def test_the_key_of_an_address_becomes_a_cookie() -> None:
    access = sharing()
    answer = client(access).get(f"/?a=1&key={access.visitor}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?a=1")
    assert answer.headers["set-cookie"].startswith(f"{access.share.cookie}={access.visitor};")


def test_what_is_sent_without_being_announced_is_counted() -> None:
    browser, part = client(sharing(NOTHING)), bytes(1 << 16)
    assert browser.put("/", content=(part for _ in range(16))).text == str(1 << 20)
    refused = browser.put("/", content=(part for _ in range(32)))
    assert refused.status_code == 413
    assert "up to 1 MB" in refused.text


def test_a_visitor_sends_and_reads_over_a_websocket_what_the_app_allows() -> None:
    access = sharing()
    told = []
    for key in (access.owner, access.visitor):
        with client(access, key).websocket_connect("/stream") as stream:
            if key == access.visitor:
                stream.send_text("+text")
            for sent in (b"-no", b"+yes, /home/ann"):
                stream.send_bytes(sent)
            told.append(stream.receive_bytes())
    assert told == [b"-no", b"+yes, "]


def test_a_visitor_sends_nothing_over_a_websocket_of_an_app_that_allows_nothing() -> None:
    received: list[bytes] = []

    async def listen(websocket: WebSocket) -> None:
        await websocket.accept()
        received.extend([message async for message in websocket.iter_bytes()])

    app, access = Starlette(routes=[WebSocketRoute("/stream", listen)]), sharing()
    for key in (access.visitor, access.owner):
        browser = TestClient(Gate(app, access), base_url=HERE, cookies=cookies(access, key))
        with browser.websocket_connect("/stream") as stream:
            stream.send_bytes(key.encode())
    assert received == [access.owner.encode()]
