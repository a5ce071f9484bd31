"""Every search index on this machine answers like a slow search written from the definitions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigurationError
from core.feature_store import ImageTable, IndexSnapshot, find_neighbours
from core.model import NONE, FitChoice, l2_normalise, learn_fit
from core.search import Filters, LocalIndex, SearchIndex, approximate
from core.search.approximate import ApproximateIndex
from core.types import NEIGHBOURHOOD, Array, ImageRecord
from tests.fakes import FAKE_SPACE

COUNT, WIDTH = 240, 16


def made_up_records() -> list[ImageRecord]:
    """In folders with hostile names; each fifth file is a copy of the one before."""
    rng = np.random.default_rng(0)
    folders = ["", "cats", "cats/old", "cats'); --", 'a "b" % \\ c', "ä/𝄞"]
    names = [f"{folders[row % 6]}/{row:04}.{['jpg', 'png'][row % 2]}" for row in range(COUNT)]
    first = date(2020, 1, 1)
    records = [
        ImageRecord(
            path.lstrip("/"),
            size=row,
            mtime_ns=row,
            id=f"{row - (row % 5 == 4):032x}",
            width=int(rng.integers(300, 900)),
            height=int(rng.integers(300, 900)),
            taken_at=f"{first + timedelta(row)}T10:00:00" if row % 3 else None,
        )
        for row, path in enumerate(names)
    ]
    return sorted(records, key=lambda record: record.path)


def made_up_features(records: Sequence[ImageRecord]) -> Array:
    """Unit rows, ``(n, 16)`` float32; equal for copies."""
    rows = {one.id: np.random.default_rng(int(one.id, 16)).normal(size=WIDTH) for one in records}
    return l2_normalise(np.stack([rows[record.id] for record in records]).astype(np.float32))


def slow_search(
    records: Sequence[ImageRecord],
    features: Array,
    queries: Array,
    k: int,
    *,
    combine: str,
    filters: Filters,
    without: Collection[str],
    max_distance: float | None,
) -> list[tuple[str, float]]:
    """Paths and distances of the answer, image by image."""
    passing = set(filters.passing(ImageTable.of(records)).tolist())
    found = []
    for row, record in enumerate(records):
        distances = [float(np.linalg.norm(features[row] - query)) for query in queries]
        distance = max(distances) if combine == "all" else min(distances)
        near = max_distance is None or distance <= max_distance
        if row in passing and record.id not in without and near:
            found.append((distance, record.path))
    return [(path, distance) for distance, path in sorted(found)[:k]]


def snapshot_of(records: Sequence[ImageRecord], features: Array, file: Path) -> IndexSnapshot:
    fit = learn_fit(features, FitChoice(NONE))
    made = ApproximateIndex.of(features)
    with file.open("wb") as opened:
        made.save(opened)
    return IndexSnapshot(
        library=Path("/library"),
        space=FAKE_SPACE,
        generation=1,
        published_at="2024-01-01T00:00:00+00:00",
        images=ImageTable.of(records),
        matrix=features,
        fit=fit,
        neighbours=find_neighbours(features),
        approximate=file,
        recall=1.0,
    )


@pytest.fixture(scope="module", params=["exact", "approximate"])
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    records = made_up_records()
    file = tmp_path_factory.mktemp("index") / "index.faiss"
    snapshot = snapshot_of(records, made_up_features(records), file)
    return LocalIndex(snapshot, exact=request.param == "exact")


@pytest.fixture(autouse=True)
def lists_for_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The approximate index also answers among a few rows, and looks through all lists."""
    monkeypatch.setattr(approximate, "_FEW", 0)
    monkeypatch.setattr(approximate, "_PROBES", 1000)


FILTERS = st.sampled_from(
    [
        Filters(),
        Filters(folders=("cats",)),
        Filters(folders=("cats'); --", "ä")),
        Filters(folders=("nowhere",)),
        Filters(taken_from=date(2020, 2, 1), taken_to=date(2020, 6, 1)),
        Filters(orientations=("portrait", "square"), min_side=400),
        Filters(formats=("PNG",), folders=('a "b" % \\ c', "cats/old")),
        Filters(among=frozenset(f"{number:032x}" for number in range(1, COUNT, 7))),
        Filters(among=frozenset({"no id"})),
    ]
)


@given(
    seed=st.integers(0, 1000),
    count=st.integers(1, 3),
    k=st.sampled_from([1, 7, 30, 500]),
    combine=st.sampled_from(["all", "any"]),
    filters=FILTERS,
    without=st.sets(st.integers(0, COUNT).map(lambda number: f"{number:032x}"), max_size=4),
    max_distance=st.sampled_from([None, 0.8, 1.3]),
)
def test_the_answer_is_that_of_a_slow_search(
    index: SearchIndex,
    seed: int,
    count: int,
    k: int,
    combine: str,
    filters: Filters,
    without: set[str],
    max_distance: float | None,
) -> None:
    records = made_up_records()
    features = made_up_features(records)
    rng = np.random.default_rng(seed)
    near = features[rng.integers(COUNT, size=count)]
    queries = l2_normalise(near + 0.2 * rng.normal(size=near.shape).astype(np.float32))
    options = {"combine": combine, "filters": filters, "without": without}
    found = index.search(queries, k, max_distance=max_distance, **options)
    expected = slow_search(records, features, queries, k, max_distance=max_distance, **options)
    assert [hit.record.path for hit in found] == [path for path, _ in expected]
    np.testing.assert_allclose(
        [hit.distance for hit in found], [distance for _, distance in expected], atol=1e-5
    )
    everything = slow_search(records, features, queries, COUNT, max_distance=None, **options)
    assert index.count(filters, without) == len(everything)


def test_images_are_named_by_their_ids(index: SearchIndex) -> None:
    records = made_up_records()
    features = made_up_features(records)
    ids = [records[7].id, records[3].id, records[7].id]
    np.testing.assert_allclose(index.features_of(ids), features[[7, 3, 7]], atol=1e-6)
    assert index.features_of([]).shape == (0, WIDTH)
    first = min((one for one in records if one.id == records[7].id), key=lambda one: one.path)
    assert index.record(records[7].id) == first
    assert index.record("0" * 31) is None
    with pytest.raises(ConfigurationError, match="Expected the id of an image in the gallery"):
        index.features_of(["no such id"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "at least 1 match"),
        ({"combine": "both"}, "Received: combine='both'"),
        ({"queries": np.empty((0, WIDTH), np.float32)}, "at least one query"),
    ],
)
def test_what_cannot_be_searched_is_refused(
    index: SearchIndex, options: dict[str, object], message: str
) -> None:
    query = np.eye(1, WIDTH, dtype=np.float32)
    with pytest.raises(ConfigurationError, match=message):
        index.search(**({"queries": query, "k": 1} | options))  # type: ignore[arg-type]


def test_neighbourhood_ranks_only_what_may_be_found(index: SearchIndex) -> None:
    records = made_up_records()
    query = made_up_features(records)[:1]
    options = {"filters": Filters(folders=("cats",)), "ranking": NEIGHBOURHOOD}
    found = index.search(query, 500, **options)
    gone = found[3].record.id
    again = index.search(query, 500, without=[gone], **options)
    assert {hit.record.path for hit in found} == {
        record.path for record in records if record.path.startswith("cats/")
    }
    assert gone not in {hit.record.id for hit in again}
    assert len(again) == index.count(options["filters"], [gone])
