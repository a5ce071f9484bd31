"""A distance limit in the address was set for one fit: with another one the page asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.feature_store import IndexSnapshot
from core.ui import resources
from core.ui.sharing import ACCESS
from tests.ui.conftest import come_with
from tests.ui.pages import button, open_page, texts

KEEP, DROP = "Keep the limit", "Search without a limit"


@pytest.fixture
def gallery(features: Path, library: Path) -> Path:
    """Forty pictures, with an index."""
    resources.engine().index(library, fit="none")
    return library


def snapshot() -> IndexSnapshot:
    return resources.engine().require_snapshot()


def digits() -> str:
    return snapshot().fit.digest[:8]


def limited(limit: str, fit: str | None) -> AppTest:
    """The search page with a picture of the gallery, a limit and, if any, its fit."""
    said = {} if fit is None else {"fit": fit}
    return open_page("search", image=snapshot().images[0].id, limit=limit, **said)


def asked(page: AppTest) -> bool:
    labels = [item.label for item in page.button]
    assert (KEEP in labels) == (DROP in labels)
    # It neither applies nor drops the limit meanwhile.
    assert bool(page.dataframe) != (KEEP in labels)
    return KEEP in labels


def distances(page: AppTest) -> list[float]:
    return list(page.dataframe[0].value["distance"])


def test_a_limit_says_for_which_fit_it_was_set_and_applies_there(gallery: Path) -> None:
    page = open_page("search", image=snapshot().images[0].id)
    every = distances(page)
    next(item for item in page.slider if item.label == "Distance limit").set_value(0.35).run()
    assert (page.query_params["limit"], page.query_params["fit"]) == ("0.35", digits())
    assert not asked(page)
    assert distances(page) == [one for one in every if one <= 0.35]
    assert 1 < len(distances(page)) < len(every)


@pytest.mark.parametrize("fit", ["00000000", None, "<b>x</b>"])
@pytest.mark.parametrize("visits", [False, True])
def test_a_limit_of_another_fit_is_kept_or_dropped_as_the_reader_says(
    fit: str | None, visits: bool, gallery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if visits:
        monkeypatch.setenv("LOOKALIKE_SHARE", "pictures")
        come_with(ACCESS.visitor, monkeypatch)
        resources.engine.clear()
    page = limited("0.35", fit)
    assert asked(page)
    set_for = "set for another fit" if fit == "00000000" else "does not say for which fit"
    assert set_for in texts(page)
    assert "distance limit of 0.35" in texts(page)
    kept = button(page, KEEP)
    assert not asked(kept)
    assert max(distances(kept)) <= 0.35
    assert (kept.query_params["limit"], kept.query_params["fit"]) == ("0.35", digits())
    free = button(limited("0.35", fit), DROP)
    assert not asked(free)
    assert max(distances(free)) > 0.35
    assert not {"limit", "fit"} & set(free.query_params)


def test_a_limit_that_the_session_keeps_is_asked_about_once_the_fit_changes(gallery: Path) -> None:
    page = limited("0.35", digits())
    assert not asked(page)
    resources.engine().index(gallery, fit="centre")
    assert asked(page.run())
    # A limit that is set now is one for this fit.
    next(item for item in page.slider if item.label == "Distance limit").set_value(0.6).run()
    assert not asked(page)
    assert page.query_params["fit"] == digits()


def test_without_a_limit_nothing_is_asked(gallery: Path) -> None:
    assert not asked(open_page("search", image=snapshot().images[0].id, fit="00000000"))
