"""The pages of the app in Streamlit's own test runner."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.ui.conftest import SECONDS

PAGES = Path(__file__).parents[2] / "pages"
ROUTER = PAGES.parent / "core" / "ui" / "main.py"
OFFERS = ["Index this folder", "Try the sample gallery", "Get the photographs"]


def open_page(name: str, **parameters: str | list[str]) -> AppTest:
    """A page at an address with these parameters."""
    page = AppTest.from_file(PAGES / f"{name}.py", default_timeout=SECONDS)
    for key, value in parameters.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def button(page: AppTest, label: str) -> AppTest:
    return next(item for item in page.button if item.label == label).click().run()


def texts(page: AppTest) -> str:
    kinds = (page.markdown, page.info, page.error, page.warning, page.success, page.caption)
    return "\n".join(item.value for kind in kinds for item in kind)


def offers(page: AppTest) -> list[str]:
    """Labels of the buttons that lead to a gallery and can be pressed."""
    return [item.label for item in page.button if item.label in OFFERS and not item.disabled]


def picture_file(path: Path) -> tuple[str, bytes, str]:
    return (path.name, path.read_bytes(), "image/png")
