"""The Explore page, and the start of the Search page, run by Streamlit's own test runner."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.engine import ImageSearchEngine
from core.explore import GalleryMap, gallery_map
from core.ui import resources
from core.ui.explore import map as map_module
from core.ui.sharing import ACCESS
from core.ui.state import CHOSEN, MAP
from tests.fakes import save_picture
from tests.ui.conftest import come_with
from tests.ui.pages import open_page

COUNT = 24
DRAW, REDRAW = "Draw the map", "Draw it again"


@pytest.fixture
def engine(features: Path, tmp_path: Path) -> ImageSearchEngine:
    """The engine of the app, with a gallery of two folders."""
    for number in range(COUNT):
        colour = (200, 40, 40) if number % 2 else (40, 40, 200)
        save_picture(tmp_path / "library" / f"{number % 2}" / f"{number:02}.png", number, colour)
    resources.engine().index(tmp_path / "library")
    return resources.engine()


@pytest.fixture
def visiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are shown to a visitor of a share."""
    monkeypatch.setenv("LOOKALIKE_SHARE", "pictures")
    come_with(ACCESS.visitor, monkeypatch)


def gallery_map_of(engine: ImageSearchEngine) -> GalleryMap:
    """The map of the gallery, drawn where there is none."""
    snapshot = engine.require_snapshot()
    return engine.maps.of(snapshot) or engine.maps.draw(snapshot)


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def test_without_a_gallery_it_is_told_how_to_get_one(features: Path) -> None:
    assert "Try the sample gallery" in labels(open_page("explore"))


def test_the_owner_draws_the_map_and_sees_it(engine: ImageSearchEngine) -> None:
    page = open_page("explore")
    assert "There is no map of this gallery yet" in page.info[0].value
    next(button for button in page.button if button.label == DRAW).click().run()
    resources.jobs().maps.wait()
    page.run()
    assert not page.exception
    assert not page.info
    assert DRAW not in labels(page)
    found = gallery_map(engine.require_snapshot())
    assert found is not None
    assert len(found.positions) == COUNT
    page = open_page("explore", view="groups")
    assert not page.info or "no groups" in page.info[0].value
    for view in ("odd", "misfiled", "no such view"):
        open_page("explore", view=view)


def test_a_visitor_sees_that_there_is_no_map_and_draws_none(
    engine: ImageSearchEngine, visiting: None
) -> None:
    resources.engine.clear()
    page = open_page("explore")
    assert "There is no map of this gallery yet" in page.info[0].value
    assert labels(page) == []
    assert resources.jobs().maps.latest is None


def test_a_map_of_another_fit_is_told_and_drawn_anew_by_one_click(
    engine: ImageSearchEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a large gallery, whose map is drawn by the fitted rows.
    monkeypatch.setattr("core.feature_store.snapshot.MAX_FIT_FEATURES", 0)
    old = gallery_map_of(engine)
    engine.index(tmp_path / "library", fit="none")
    for view in ("map", "groups", "odd"):
        page = open_page("explore", view=view)
        assert "This map was drawn for another fit" in page.info[0].value
        assert REDRAW in labels(page)
        # The old one stands until then.
        assert DRAW not in labels(page)
        np.testing.assert_array_equal(gallery_map_of(engine).positions, old.positions)
    assert REDRAW not in labels(open_page("explore", view="misfiled"))
    next(button for button in page.button if button.label == REDRAW).click().run()
    resources.jobs().maps.wait()
    page.run()
    assert not page.exception
    assert REDRAW not in labels(page)
    assert gallery_map_of(engine).redraw_reason == ""


def test_a_map_by_centred_features_serves_for_every_fit(
    engine: ImageSearchEngine, tmp_path: Path
) -> None:
    old = gallery_map_of(engine)
    engine.index(tmp_path / "library", fit="none")
    assert gallery_map_of(engine).redraw_reason == ""
    np.testing.assert_array_equal(gallery_map_of(engine).positions, old.positions)


def test_a_visitor_redraws_no_map(
    engine: ImageSearchEngine, tmp_path: Path, visiting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.feature_store.snapshot.MAX_FIT_FEATURES", 0)
    gallery_map_of(engine)
    engine.index(tmp_path / "library", fit="none")
    resources.engine.clear()
    page = open_page("explore")
    assert "This map was drawn for another fit" in page.info[0].value
    assert REDRAW not in labels(page)


def test_rows_that_are_none_of_the_map_are_not_chosen(
    engine: ImageSearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = engine.require_snapshot()
    session: dict[str, object] = {}
    monkeypatch.setattr(map_module.st, "session_state", session)
    geometry = {"key": "right"}
    for sent in (
        "x",
        {"key": "wrong", "rows": [1]},
        {"key": "right", "rows": "1"},
        {"key": "right"},
    ):
        map_module._choose(sent, geometry, snapshot)
        assert session == {}
    rows = [3, 1, 3, -1, COUNT, 10**30, True, 1.0, "2", None, [0]]
    map_module._choose({"key": "right", "rows": rows}, geometry, snapshot)
    assert session[CHOSEN] == tuple(snapshot.images[row].id for row in (1, 3))
    assert MAP not in session


def test_an_unknown_folder_or_number_in_the_address_is_the_whole_gallery(
    engine: ImageSearchEngine,
) -> None:
    for parameters in (
        {"browse": "no/such"},
        {"browse": "../.."},
        {"shown": "x"},
        {"shown": "-3"},
        {"shown": "9" * 30},
        {"among": "selection7"},
    ):
        page = open_page("search", **parameters)
        assert f"among {COUNT} images" in page.markdown[0].value
        assert not page.error
