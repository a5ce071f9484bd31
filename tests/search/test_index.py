"""Each search index on this machine does what every search index does, and its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.feature_store import find_neighbours
from core.search import Filters, LocalIndex, SearchIndex, approximate
from core.search.approximate import ApproximateIndex
from core.types import NEIGHBOURHOOD
from tests.search.behaviour import COUNT, IDS, QUERIES, SNAPSHOT, each_behaviour


@pytest.fixture(scope="module", params=["exact", "approximate"])
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    file = tmp_path_factory.mktemp("index") / "index.faiss"
    with file.open("wb") as opened:
        ApproximateIndex.of(SNAPSHOT.matrix).save(opened)
    snapshot = replace(SNAPSHOT, approximate=file, recall=1.0)
    return LocalIndex(snapshot, exact=request.param == "exact")


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


def test_neighbourhood_ranks_only_what_may_be_found() -> None:
    index = LocalIndex(replace(SNAPSHOT, neighbours=find_neighbours(SNAPSHOT.matrix)))
    filters = Filters(folders=("a",))
    found = index.search(QUERIES[3:4], COUNT, filters=filters, ranking=NEIGHBOURHOOD)
    inside = {image.path for image in SNAPSHOT.images if image.path.startswith("a/")}
    assert {hit.record.path for hit in found} == inside
    gone = found[3].record.id
    again = index.search(
        QUERIES[3:4], COUNT, filters=filters, without=[gone], ranking=NEIGHBOURHOOD
    )
    assert gone in IDS
    assert gone not in {hit.record.id for hit in again}
    assert len(again) == index.count(filters, [gone])
