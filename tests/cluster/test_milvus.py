"""The index on a real Milvus server answers as the exact index does, and survives its server."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import (
    Cancelled,
    ConfigurationError,
    IndexMismatchError,
    IndexNotFoundError,
    IndexServerError,
)
from core.feature_store import IndexSnapshot
from core.model import Fit, FitChoice, l2_normalise
from core.search import FORMATS, ORIENTATIONS, Filters
from core.search.milvus import (
    Difference,
    Identity,
    MilvusConnection,
    MilvusIndex,
    Published,
    ServerAccess,
    difference,
    publish,
)
from core.types import NEIGHBOURHOOD, ImageRecord, Progress
from tests.cluster.milvus_server import PASSWORD, MilvusServer
from tests.cluster.remote_galleries import (
    HOSTILE,
    SPACE,
    WIDTH,
    draw_images,
    draw_snapshot,
    draw_vectors,
    exact_hits,
    make_snapshot,
)

pytestmark = pytest.mark.cluster

COUNT = 300
CENTRED = Fit(FitChoice(), np.full(WIDTH, 0.01, np.float32), images=COUNT)
SNAPSHOT = draw_snapshot(1, COUNT)
IDS = [image.id for image in SNAPSHOT.images]
# Near rows, between rows and far from all; the first is a row that many images have.
QUERIES = np.concatenate([SNAPSHOT.matrix[:3], draw_vectors(2, 3), -draw_vectors(3, 2)])
DAY = date(2020, 2, 29)


def index_of(connection: MilvusConnection, gallery: str, snapshot: IndexSnapshot) -> MilvusIndex:
    return MilvusIndex(connection, gallery, Identity.of(snapshot.space, snapshot.fit))


def answers(
    index: MilvusIndex, queries: Any, k: int, **options: Any
) -> list[tuple[ImageRecord, float]]:
    return [(hit.record, hit.distance) for hit in index.search(queries, k, **options)]


@pytest.fixture(scope="module")
def index(milvus: MilvusServer) -> MilvusIndex:
    """The index of the gallery ``SNAPSHOT``, published under a hostile name."""
    connection = MilvusConnection(ServerAccess(milvus.url, PASSWORD))
    publish(connection, HOSTILE[0], SNAPSHOT)
    return index_of(connection, HOSTILE[0], SNAPSHOT)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        *(Filters(folders=(name,)) for name in ("a", "a/b", "/a/", "ab", "b", "", *HOSTILE)),
        Filters(folders=("a/b", *HOSTILE[:3])),
        Filters(taken_from=DAY),
        Filters(taken_to=DAY),
        Filters(taken_from=DAY, taken_to=DAY),
        Filters(taken_from=date.min, taken_to=date.max),
        *(Filters(orientations=(name,)) for name in ORIENTATIONS),
        Filters(formats=("JPEG",)),
        Filters(formats=("PNG", "TIFF")),
        Filters(formats=("SVG",) if "SVG" in FORMATS else ("BMP",)),
        Filters(min_side=1000),
        Filters(min_side=10**30),
        Filters(folders=("a",), taken_from=DAY, formats=("JPEG",), min_side=500),
        Filters(among=frozenset(IDS[::3])),
        Filters(among=frozenset({*HOSTILE, "no id"})),
    ],
    ids=str,
)
def test_filters_keep_what_the_exact_index_keeps(index: MilvusIndex, filters: Filters) -> None:
    found = answers(index, QUERIES[:1], COUNT, filters=filters)
    assert found == exact_hits(SNAPSHOT, QUERIES[:1], COUNT, filters=filters)
    assert index.count(filters) == len(found)


@pytest.mark.parametrize("combine", ["all", "any"])
@pytest.mark.parametrize("k", [1, 7, 43, COUNT, COUNT + 100, 20_000])
@pytest.mark.parametrize("queries", [[0], [3], [0, 1], [3, 4, 5], [0, 6], list(range(8))], ids=str)
def test_queries_together_find_what_the_exact_index_finds(
    index: MilvusIndex, combine: str, k: int, queries: Sequence[int]
) -> None:
    found = answers(index, QUERIES[queries], k, combine=combine)
    assert found == exact_hits(SNAPSHOT, QUERIES[queries], k, combine=combine)
    assert len(found) == min(k, COUNT)


@pytest.mark.parametrize("combine", ["all", "any"])
@pytest.mark.parametrize("limit", [0.0, 0.5, 1.0, 1.9, 2.0, 1e9])
def test_a_limit_of_the_distance_cuts_off_the_same(
    index: MilvusIndex, combine: str, limit: float
) -> None:
    options = {"combine": combine, "max_distance": limit}
    found = answers(index, QUERIES[:2], 50, **options)
    assert found == exact_hits(SNAPSHOT, QUERIES[:2], 50, **options)


def test_a_limit_that_is_the_distance_of_an_image_keeps_it(index: MilvusIndex) -> None:
    distance = exact_hits(SNAPSHOT, QUERIES[3:4], 5)[-1][1]
    found = answers(index, QUERIES[3:4], 50, max_distance=distance)
    assert found == exact_hits(SNAPSHOT, QUERIES[3:4], 50, max_distance=distance)
    assert len(found) >= 5


def test_images_left_out_do_not_come(index: MilvusIndex) -> None:
    without = [IDS[0], *IDS[5:100:9], HOSTILE[0], "not an id"]
    found = answers(index, QUERIES[:1], COUNT, without=without)
    assert found == exact_hits(SNAPSHOT, QUERIES[:1], COUNT, without=without)
    assert index.count(without=without) == len(found) < COUNT


def test_equal_images_come_in_the_order_of_their_paths(index: MilvusIndex) -> None:
    same = [image.path for image, row in zip(SNAPSHOT.images, SNAPSHOT.matrix, strict=True)
            if (row == SNAPSHOT.matrix[0]).all()]  # fmt: skip
    assert len(same) > 40
    found = answers(index, QUERIES[:1], 20)
    assert [(image.path, distance) for image, distance in found] == [
        (path, 0.0) for path in sorted(same)[:20]
    ]


@st.composite
def searches(draw: st.DrawFn) -> tuple[Any, int, dict[str, Any]]:
    days = draw(st.lists(st.dates(date(1999, 1, 1), date(2022, 1, 1)), max_size=2).map(sorted))
    folders = ["a", "a/b", "ab", "a/b/it's", "nowhere", *HOSTILE]
    filters = Filters(
        folders=tuple(draw(st.lists(st.sampled_from(folders) | st.text(max_size=5), max_size=3))),
        taken_from=days[0] if days else None,
        taken_to=days[1] if len(days) == 2 else None,
        orientations=tuple(draw(st.sets(st.sampled_from(ORIENTATIONS), max_size=2))),
        formats=tuple(draw(st.sets(st.sampled_from(("JPEG", "PNG", "TIFF", "HEIC")), max_size=3))),
        min_side=draw(st.sampled_from([0, 0, 1, 500, 501, 1500])),
    )
    rows = draw(st.lists(st.integers(0, len(QUERIES) - 1), min_size=1, max_size=4))
    options = {
        "filters": draw(st.sampled_from([filters, Filters()])),
        "combine": draw(st.sampled_from(["all", "any"])),
        "without": draw(st.lists(st.sampled_from(IDS), max_size=5)),
        "max_distance": draw(st.none() | st.floats(0, 2)),
    }
    return QUERIES[rows], draw(st.integers(1, COUNT + 5)), options


@given(searches())
@settings(max_examples=150)
def test_any_search_is_answered_as_by_the_exact_index(
    index: MilvusIndex, search: tuple[Any, int, dict[str, Any]]
) -> None:
    queries, k, options = search
    assert answers(index, queries, k, **options) == exact_hits(SNAPSHOT, queries, k, **options)


def test_rows_and_records_of_images_come_by_their_ids(index: MilvusIndex) -> None:
    wanted = [IDS[250], IDS[3], IDS[40], IDS[3]]
    rows = [SNAPSHOT.images.row_of_id(image_id) for image_id in wanted]
    found = index.features_of(wanted)
    np.testing.assert_array_equal(found, SNAPSHOT.matrix[rows])
    assert found.dtype == np.float32
    assert index.features_of([]).shape == (0, WIDTH)
    for image_id in IDS:
        assert index.record(image_id) == SNAPSHOT.with_id(image_id)


@pytest.mark.parametrize("unknown", ["0" * 32, "", HOSTILE[0], HOSTILE[-1]])
def test_an_id_of_no_image_is_refused(index: MilvusIndex, unknown: str) -> None:
    with pytest.raises(ConfigurationError, match=r"id of an image in the gallery.* Received: "):
        index.features_of([IDS[0], unknown])
    assert index.record(unknown) is None


def test_a_search_that_asks_for_nothing_is_refused(index: MilvusIndex) -> None:
    with pytest.raises(ConfigurationError, match=r"at least 1 match.* Received: k=0$"):
        index.search(QUERIES[:1], 0)
    with pytest.raises(ConfigurationError, match=r"by distance.* Received: ranking='neighbour"):
        index.search(QUERIES[:1], 1, ranking=NEIGHBOURHOOD)
    with pytest.raises(ConfigurationError, match="at least one query"):
        index.search(QUERIES[:0], 1)


def test_the_index_describes_itself(index: MilvusIndex, milvus: MilvusServer) -> None:
    description = index.describe(1)
    assert asdict(description) == {
        "address": milvus.url,
        "version": "v2.3.5-lite",
        "vectors": COUNT,
        "kind": "flat",
        "recall": None,
        "generation": 1,
        "warning": None,
    }
    assert str(description) == f"{milvus.url}, Milvus v2.3.5-lite, 300 vectors, flat, exact"
    assert str(index.describe(4)).endswith(
        f"exact. The index at {milvus.url} is of another generation: expected 4. Received: 1. "
        "Update the gallery."
    )


def test_rows_of_zeros_and_near_rows_are_ordered_as_by_the_exact_index(
    connection: MilvusConnection,
) -> None:
    images, matrix = draw_images(4, 60), draw_vectors(4, 60)
    matrix[20:40] = matrix[20]
    matrix[20:40, 0] += np.arange(20) * 3e-5
    matrix = l2_normalise(matrix)
    matrix[5::9] = 0
    snapshot = make_snapshot(images, matrix)
    publish(connection, "zeros", snapshot)
    index = index_of(connection, "zeros", snapshot)
    for row in (5, 20, 30, 59):
        queries = matrix[[row, 20]]
        for combine in ("all", "any"):
            found = answers(index, queries, 12, combine=combine)
            assert found == exact_hits(snapshot, queries, 12, combine=combine)


def test_what_was_added_changed_and_removed_is_published(connection: MilvusConnection) -> None:
    images, matrix = draw_images(5, 100), draw_vectors(5, 100)
    first = make_snapshot(images[:80], matrix[:80])
    assert publish(connection, "update", first) == Published(80, 80, 0)
    assert publish(connection, "update", first) == Published(80, 0, 0)
    changed = (replace(images[10], width=77), *images[11:])
    moved = matrix[10:].copy()
    moved[5] = -moved[5]
    second = make_snapshot(changed, moved, generation=2)
    assert difference(connection, "update", second) == Difference(missing=20, changed=2, gone=10)
    assert publish(connection, "update", second) == Published(90, 22, 10)
    assert not difference(connection, "update", second)
    index = index_of(connection, "update", second)
    assert answers(index, QUERIES[:1], 100) == exact_hits(second, QUERIES[:1], 100)
    assert index.describe(2).warning is None


def test_a_gallery_that_lost_all_its_images_is_published(connection: MilvusConnection) -> None:
    first = draw_snapshot(6, 30)
    publish(connection, "emptied", first)
    nothing = make_snapshot((), np.empty((0, WIDTH), np.float32))
    assert publish(connection, "emptied", nothing) == Published(0, 0, 30)
    assert answers(index_of(connection, "emptied", nothing), QUERIES[:1], 5) == []


def test_another_fit_replaces_the_collection_at_once(connection: MilvusConnection) -> None:
    before = draw_snapshot(7, 5000)
    after = make_snapshot(before.images, draw_vectors(8, 5000), fit=CENTRED, generation=2)
    publish(connection, "fit", before)
    old, new = (index_of(connection, "fit", each) for each in (before, after))
    expected = exact_hits(before, QUERIES[:1], 9)
    steps = []

    def search_meanwhile(progress: Progress) -> None:
        steps.append(progress.done)
        assert answers(old, QUERIES[:1], 9) == expected
        with pytest.raises(IndexMismatchError, match="of another fit: "):
            new.search(QUERIES[:1], 9)

    assert publish(connection, "fit", after, progress=search_meanwhile).upserted == 5000
    assert len(steps) >= 3
    assert answers(new, QUERIES[:1], 9) == exact_hits(after, QUERIES[:1], 9)
    with pytest.raises(IndexMismatchError, match="of another fit: ") as refused:
        old.search(QUERIES[:1], 9)
    assert refused.value.exit_code == 3


def test_a_cancelled_rebuild_leaves_the_old_one_and_is_continued(
    connection: MilvusConnection,
) -> None:
    before = draw_snapshot(9, 5000)
    after = make_snapshot(before.images, draw_vectors(10, 5000), fit=CENTRED)
    publish(connection, "cancelled", before)

    def cancel(progress: Progress) -> None:
        if progress.done >= 4000:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        publish(connection, "cancelled", after, progress=cancel)
    old, new = (index_of(connection, "cancelled", each) for each in (before, after))
    assert answers(old, QUERIES[:1], 9) == exact_hits(before, QUERIES[:1], 9)
    assert publish(connection, "cancelled", after).upserted == 1000
    assert answers(new, QUERIES[:1], 9) == exact_hits(after, QUERIES[:1], 9)


def test_a_rebuild_writes_all_images_anew(connection: MilvusConnection) -> None:
    snapshot = draw_snapshot(11, 50)
    for _ in range(3):
        assert publish(connection, "rebuilt", snapshot, rebuild=True) == Published(50, 50, 0)
    assert publish(connection, "rebuilt", snapshot) == Published(50, 0, 0)
    index = index_of(connection, "rebuilt", snapshot)
    assert answers(index, QUERIES[:1], 60) == exact_hits(snapshot, QUERIES[:1], 60)


def test_an_index_of_another_space_is_refused(connection: MilvusConnection) -> None:
    snapshot = draw_snapshot(12, 20)
    publish(connection, "space", snapshot)
    other = make_snapshot(
        snapshot.images, snapshot.matrix, space=replace(SPACE, weights_digest="0" * 64)
    )
    with pytest.raises(
        IndexMismatchError, match=r"of another feature space: expected .*Received: "
    ):
        index_of(connection, "space", other).search(QUERIES[:1], 5)
    same = make_snapshot(snapshot.images, snapshot.matrix, space=replace(SPACE, weights="/w.h5"))
    assert len(index_of(connection, "space", same).search(QUERIES[:1], 5)) == 5
    assert difference(connection, "space", other) == Difference(missing=20, changed=0, gone=0)


def test_a_gallery_that_was_not_published_is_not_found(connection: MilvusConnection) -> None:
    with pytest.raises(IndexNotFoundError, match=r"expected 'nowhere' at http.* Received: none"):
        index_of(connection, "nowhere", SNAPSHOT).count(Filters())


def test_an_approximate_index_tells_its_recall(connection: MilvusConnection) -> None:
    snapshot = draw_snapshot(13, 12_000)
    publish(connection, "hnsw", snapshot)
    published = publish(connection, "hnsw", snapshot, kind="hnsw")
    assert published.recall is not None
    assert published.recall >= 0.9
    index = index_of(connection, "hnsw", snapshot)
    description = index.describe(1)
    assert (description.kind, description.vectors) == ("hnsw", 12_000)
    assert description.recall == pytest.approx(published.recall, abs=1e-3)
    expected = {image.path for image, _ in exact_hits(snapshot, QUERIES[3:4], 30)}
    found = {image.path for image, _ in answers(index, QUERIES[3:4], 30)}
    assert len(expected & found) >= 20
    with pytest.raises(ConfigurationError, match=r"flat, hnsw.* Received: 'ivf'$"):
        publish(connection, "hnsw", snapshot, kind="ivf")


def test_more_matches_than_the_server_finds_are_refused(connection: MilvusConnection) -> None:
    snapshot = draw_snapshot(14, 17_000)
    publish(connection, "large", snapshot)
    index = index_of(connection, "large", snapshot)
    assert answers(index, QUERIES[3:4], 9000) == exact_hits(snapshot, QUERIES[3:4], 9000)
    with pytest.raises(ConfigurationError, match=r"at most 16,384 matches.* Received: k=17000$"):
        index.search(QUERIES[3:4], 17_000)
    few = Filters(folders=("a",))
    assert answers(index, QUERIES[3:4], 17_000, filters=few) == exact_hits(
        snapshot, QUERIES[3:4], 17_000, filters=few
    )


def test_a_wrong_password_is_told_in_one_line(milvus: MilvusServer) -> None:
    refused = MilvusConnection(ServerAccess(milvus.url, "root:wr0ng"))
    with pytest.raises(IndexServerError, match="does not answer: expected Milvus at ") as error:
        index_of(refused, HOSTILE[0], SNAPSHOT).count(Filters())
    assert_one_line(str(error.value))
    assert str(error.value).endswith(" Check address, user and password.")
    assert "wr0ng" not in str(error.value)


def test_a_server_that_hangs_is_told_in_one_line_and_works_again(
    milvus: MilvusServer, index: MilvusIndex
) -> None:
    hurried = MilvusConnection(ServerAccess(milvus.url, PASSWORD), seconds=2)
    impatient = index_of(hurried, HOSTILE[0], SNAPSHOT)
    expected = answers(impatient, QUERIES[:1], 5)
    milvus.signal(signal.SIGSTOP)
    try:
        with pytest.raises(IndexServerError, match=r"Received: nothing in 2 s\. Check ") as error:
            impatient.search(QUERIES[:1], 5)
        assert_one_line(str(error.value))
    finally:
        milvus.signal(signal.SIGCONT)
    assert answers(index, QUERIES[:1], 5) == expected
    assert answers(impatient, QUERIES[:1], 5) == expected


def test_a_server_killed_while_publishing_is_made_whole_by_the_next_run(
    milvus: MilvusServer, connection: MilvusConnection
) -> None:
    before = draw_snapshot(15, 5000)
    images = (*before.images[1000:], *draw_images(16, 5000))
    after = make_snapshot(
        sorted(images, key=lambda image: image.path), draw_vectors(17, 9000), generation=2
    )
    publish(connection, "killed", before)
    hurried = MilvusConnection(ServerAccess(milvus.url, PASSWORD), seconds=2)

    def kill(progress: Progress) -> None:
        if progress.done == 6000:
            milvus.kill()

    with pytest.raises(IndexServerError, match="does not answer: expected Milvus at ") as error:
        publish(hurried, "killed", after, progress=kill)
    assert_one_line(str(error.value))
    milvus.start()
    milvus.wait()
    index = answer_again(connection, "killed", after)
    left = difference(connection, "killed", after)
    assert 0 < left.missing + left.changed <= 3000
    assert publish(connection, "killed", after).upserted == left.missing + left.changed
    assert not difference(connection, "killed", after)
    assert index.count(Filters()) == 9000
    assert index.describe(2).warning is None
    for combine in ("all", "any"):
        found = answers(index, QUERIES[3:5], 50, combine=combine)
        assert found == exact_hits(after, QUERIES[3:5], 50, combine=combine)


def test_a_server_that_restarts_is_told_in_one_line_until_it_works(
    milvus: MilvusServer, index: MilvusIndex
) -> None:
    expected = exact_hits(SNAPSHOT, QUERIES[:1], 9)
    assert answers(index, QUERIES[:1], 9) == expected
    milvus.kill()
    milvus.start()
    lines = []
    while True:
        try:
            found = answers(index, QUERIES[:1], 9)
            break
        except IndexServerError as error:
            lines.append(str(error))
            assert milvus.running()
    assert found == expected
    assert lines
    for line in set(lines):
        assert_one_line(line)
        assert line.startswith(
            (
                "The index server does not answer: expected Milvus at ",
                "The index server is still loading: try again in a minute.",
            )
        )


def assert_one_line(message: str) -> None:
    assert len(message) < 400
    assert message.isprintable()


def answer_again(
    connection: MilvusConnection, gallery: str, snapshot: IndexSnapshot
) -> MilvusIndex:
    """The index of a gallery on a server that has just started, once it answers."""
    index = index_of(connection, gallery, snapshot)
    while True:
        try:
            index.search(QUERIES[:1], 1)
            return index
        except IndexServerError:
            continue
