"""A gallery that an older version indexed with weights that are gone."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Event

import pytest
from streamlit.testing.v1 import AppTest

from core.images import image_id
from core.jobs import first_look
from core.types import IMAGENET
from core.ui import resources
from core.ui.sharing import visitor

ROOT = Path(__file__).parents[2]
SECONDS = 120


@pytest.fixture
def outdated(features: Path, library: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The library, with an index by the starter weights."""
    resources.engine().index(library)
    index = next(features.glob("*/index.json"))
    content = json.loads(index.read_bytes())
    content["space"] |= {"weights": "starter", "weights_digest": "57a2" * 16}
    index.write_text(json.dumps(content))
    monkeypatch.delenv("LOOKALIKE_WEIGHTS")
    resources.engine.clear()
    return library


def open_page(path: str, **parameters: str) -> AppTest:
    page = AppTest.from_file(ROOT / path, default_timeout=SECONDS)
    for name, value in parameters.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def texts(page: AppTest) -> str:
    kinds = (page.markdown, page.info, page.error, page.warning, page.success, page.caption)
    return "\n".join(item.value for kind in kinds for item in kind)


def test_every_page_says_to_update(outdated: Path) -> None:
    told = texts(open_page("core/ui/main.py"))
    assert "**Outdated index:** it was made with the starter weights of an older version" in told
    assert "**Update** on the Index page" in told


def test_search_with_a_picture_says_so_and_offers_the_update(outdated: Path) -> None:
    name, content = "mine.png", next(outdated.rglob("*.png")).read_bytes()
    page = open_page("pages/search.py")
    page.file_uploader[0].set_value((name, content, "image/png")).run()
    assert not page.exception
    assert [item.value for item in page.error] == [
        "The index was made with the starter weights of an older version, which are gone: expected "
        "an index with the ImageNet weights. Update the gallery to make one."
    ]
    labels = [item.label for item in page.button]
    assert "Update" in labels
    assert "Rebuild the index" not in labels
    next(item for item in page.button if item.label == "Update").click().run()
    resources.jobs().wait()
    page.run()
    assert not page.exception
    assert resources.engine().require_snapshot().space.weights == IMAGENET
    assert page.dataframe[0].value["distance"].iloc[0] < 0.01
    assert "Outdated" not in texts(open_page("core/ui/main.py"))


def test_colours_answer_while_the_update_runs(
    outdated: Path, held_extraction: tuple[Event, Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_look, "FIRST_LOOK_FROM", 1)
    described, go_on = held_extraction
    resources.jobs().index(outdated)
    assert described.wait(SECONDS)
    page = open_page("pages/search.py")
    picture = ("mine.png", next(outdated.rglob("*.png")).read_bytes(), "image/png")
    page.file_uploader[0].set_value(picture).run()
    assert page.dataframe[0].value["distance"].iloc[0] == 0
    assert "**A first look, by colours alone.**" in texts(page)
    assert "Outdated" not in texts(open_page("core/ui/main.py"))
    go_on.set()
    resources.jobs().wait()
    assert resources.newest_snapshot().space.weights == IMAGENET


def test_fit_is_chosen_after_the_update(outdated: Path) -> None:
    page = open_page("pages/index.py")
    assert len(page.radio) == 0
    assert "Update" in [item.label for item in page.button]


def test_visitor_is_not_offered_the_update(outdated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("core.ui.results.answer", "core.ui.sharing.visitor"):
        monkeypatch.setattr(f"{module}.is_owner", lambda: False)
    assert visitor.is_owner() is False
    asked = image_id(next(outdated.rglob("*.png")).read_bytes())
    page = open_page("pages/search.py", image=asked)
    assert "cannot be searched right now" in texts(page)
    assert "Update" not in [item.label for item in page.button]
