"""A component alone on a blank page: mounted with recorded data, without Streamlit or a server."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route

from core.ui.components import with_common_style
from tests.browser.browser_app import screen
from tests.components.recordings import recording

UI = Path(__file__).parents[2] / "core" / "ui"
# Nobody answers here: every request is answered by the test.
ORIGIN = "http://components.test"
SIZE = (320, 240)
PAGE = """<!doctype html><html lang="en"><title>A component</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root { --st-primary-color: #b01e52; --st-text-color: #241a22; --st-font: sans-serif;
  --st-background-color: #fffdfb; --st-secondary-background-color: #f3ece8;
  --st-border-color: #cfc5c0; --st-button-radius: 2rem; } body { margin: 1rem }</style>
<main></main></html>"""
MOUNT = """async ([address, style]) => {
  const { default: component } = await import(address);
  window.messages = [];
  const setTriggerValue = (name, value) => messages.push([name, structuredClone(value)]);
  window.mount = () => {
    const parentElement = document.createElement("div").attachShadow({ mode: "open" });
    parentElement.append(Object.assign(document.createElement("style"), { textContent: style }));
    document.querySelector("main").replaceChildren(parentElement.host);
    window.show = (data) => { window.leave = component({ data, parentElement, setTriggerValue }); };
  };
  mount();
}"""


class Mounted:
    """A component on a page.

    Attributes:
        page: The page, on which nothing else is.
        data: What the component shows.
        requests: The addresses that it asked for.
    """

    def __init__(self, page: Page, module: str, data: dict[str, Any], requests: list[str]) -> None:
        self.page = page
        self.data = data
        self.requests = requests
        style = with_common_style(UI / f"{module}.css")
        page.evaluate(MOUNT, [f"{ORIGIN}/{module}.js", style])
        self.show()

    def show(self, **changes: Any) -> None:
        """Run the page again, which sends other data."""
        self.data |= changes
        self.page.evaluate("data => show(data)", self.data)

    def leave(self) -> None:
        """Show another page, and come back."""
        self.page.evaluate("data => { leave(); mount(); show(data); }", self.data)

    def sent(self, name: str) -> list[Any]:
        """The values that the component has sent by a name."""
        messages = self.page.evaluate("messages")
        return [value for kind, value in messages if kind == name]

    def find(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def touch(self, *stops: list[tuple[float, float]]) -> None:
        """Let fingers go from stop to stop; each is a place on the page for each finger."""
        fingers = self.page.context.new_cdp_session(self.page)
        for number, stop in enumerate(stops):
            points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(stop)]
            kind = "touchMove" if number else "touchStart"
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


Mount = Callable[..., Mounted]


def answer_with_files(route: Route) -> None:
    """Answer a request: with the blank page, a module, or the same picture for all."""
    path = route.request.url.removeprefix(ORIGIN)
    if path == "/":
        route.fulfill(body=PAGE, content_type="text/html")
    elif path.startswith(("/thumbnails/", "/pictures/")):
        route.fulfill(body=picture_file(), content_type="image/png")
    elif path.endswith(".js"):
        route.fulfill(path=UI / path[1:], content_type="text/javascript")
    else:
        route.abort()


@cache
def picture_file() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize(SIZE).convert("RGB").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def mount(browser: Browser) -> Iterator[Mount]:
    """Mounts components, each on a blank page of its own."""
    contexts = []

    def mounted(module: str, width: str = "desktop", **changes: Any) -> Mounted:
        """Mount a component of ``core/ui`` with its recorded data, some of them changed."""
        context = browser.new_context(**screen(width))
        contexts.append(context)
        requests: list[str] = []

        def answer(route: Route) -> None:
            requests.append(route.request.url.removeprefix(ORIGIN))
            answer_with_files(route)

        context.route("**/*", answer)
        page = context.new_page()
        page.goto(ORIGIN)
        data = recording(module.rpartition("/")[2]) | changes
        return Mounted(page, module, data, requests)

    yield mounted
    for context in contexts:
        context.close()
