"""Each search index on this machine does what every search index does, and its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.config import Settings
from core.errors import ConfigurationError
from core.search import (
    Feedback,
    Filters,
    LocalIndex,
    SearchIndex,
    SearchOptions,
    approximate,
    search,
)
from core.types import NEIGHBOURHOOD
from tests.cluster.remote_galleries import answers
from tests.search.behaviour import COUNT, IDS, QUERIES, SNAPSHOT, each_behaviour, published_index


@pytest.fixture(scope="module", params=["exact", "approximate"])
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    features = tmp_path_factory.mktemp("features")
    return published_index(Settings(features=features, index=request.param))


@each_behaviour
def test_it_behaves_as_every_index(
    index: SearchIndex,
    behaviour: Callable[[SearchIndex], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The approximate index also answers among a few rows, and looks through all lists.
    monkeypatch.setattr(approximate, "_FEW", 0)
    monkeypatch.setattr(approximate, "_PROBES", 1000)
    behaviour(index)


def test_neighbourhood_ranks_only_what_may_be_found(index: SearchIndex) -> None:
    filters = Filters(folders=("a",))
    ranked = answers(index, QUERIES[3:4], COUNT, filters=filters, ranking=NEIGHBOURHOOD)
    inside = {image.path for image in SNAPSHOT.images if image.path.startswith("a/")}
    assert {image.path for image, _ in ranked} == inside
    gone = ranked[3][0].id
    assert gone in IDS
    options = SearchOptions(
        k=COUNT, filters=filters, feedback=Feedback(wrong=(gone,)), ranking=NEIGHBOURHOOD
    )
    again = index.search(QUERIES[3:4], options)
    assert gone not in {image.id for image in again.images}
    assert len(again.images) == again.compared


def test_an_index_without_neighbours_does_not_rank_by_them() -> None:
    with pytest.raises(ConfigurationError, match=r"rank by neighbourhood.* Received: "):
        answers(LocalIndex(SNAPSHOT), QUERIES[:1], 1, ranking=NEIGHBOURHOOD)


def test_a_search_without_a_query_is_refused(index: SearchIndex) -> None:
    with pytest.raises(ConfigurationError, match=r"at least one query\. Received: none"):
        search(SNAPSHOT, QUERIES[:0], SearchOptions(), index=index)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, r"at least 1 match.* Received: k=0$"),
        ({"k": -1}, r"at least 1 match.* Received: k=-1$"),
        ({"combine": "both"}, r"all or any\. Received: combine='both'$"),
        ({"max_distance": -0.1}, r"from 0 to 2\. Received: max_distance=-0.1$"),
        ({"max_distance": float("nan")}, r"Received: max_distance=nan$"),
        ({"ranking": "best"}, r"distance or neighbourhood\. Received: ranking='best'$"),
    ],
)
def test_options_of_no_search_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        SearchOptions(**options)
