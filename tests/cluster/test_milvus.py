"""The index on a real Milvus server answers as the exact index does, and survives its server."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pytest

from core.config import Settings
from core.errors import (
    Cancelled,
    ConfigurationError,
    IndexMismatchError,
    IndexNotFoundError,
    IndexServerError,
)
from core.feature_store import IndexSnapshot
from core.model import Fit, FitChoice, l2_normalise, learn_fit
from core.model.fitting import FEWER_NUMBERS
from core.search import Filters, SearchIndex, SearchOptions
from core.search.milvus.connection import MilvusConnection, ServerAccess
from core.search.milvus.index import MilvusIndex
from core.search.milvus.publishing import Difference, Published, difference, publish
from core.types import Progress
from tests.cluster.milvus_server import PASSWORD, MilvusServer
from tests.cluster.remote_galleries import (
    HOSTILE,
    SPACE,
    WIDTH,
    answers,
    draw_images,
    draw_snapshot,
    draw_vectors,
    exact_hits,
    make_snapshot,
)
from tests.search.behaviour import COUNT, QUERIES, SNAPSHOT, each_behaviour, published_index

pytestmark = pytest.mark.cluster

CENTRED = Fit(FitChoice("centre"), np.full(WIDTH, 0.01, np.float32), images=COUNT)


@pytest.fixture(scope="module")
def index(milvus: MilvusServer, tmp_path_factory: pytest.TempPathFactory) -> MilvusIndex:
    """The index of the gallery ``SNAPSHOT``, published under a hostile name."""
    features = tmp_path_factory.mktemp("features")
    index = published_index(Settings(features=features, index_url=milvus.url, index_token=PASSWORD))
    assert isinstance(index, MilvusIndex)
    return index


@each_behaviour
def test_it_behaves_as_every_index(
    index: MilvusIndex, behaviour: Callable[[SearchIndex], None]
) -> None:
    behaviour(index)


def test_the_index_describes_itself(
    index: MilvusIndex, milvus: MilvusServer, connection: MilvusConnection
) -> None:
    description = index.describe()
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
    newer = MilvusIndex(connection, HOSTILE[0], replace(SNAPSHOT, generation=4))
    assert str(newer.describe()).endswith(
        f"exact. The index at {milvus.url} is of another generation: expected 4. Received: 1. "
        "Update the gallery, or copy its index files here."
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
    index = MilvusIndex(connection, "zeros", snapshot)
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
    index = MilvusIndex(connection, "update", second)
    assert answers(index, QUERIES[:1], 100) == exact_hits(second, QUERIES[:1], 100)
    assert index.describe().warning is None


def test_a_gallery_that_lost_all_its_images_is_published(connection: MilvusConnection) -> None:
    first = draw_snapshot(6, 30)
    publish(connection, "emptied", first)
    nothing = make_snapshot((), np.empty((0, WIDTH), np.float32))
    assert publish(connection, "emptied", nothing) == Published(0, 0, 30)
    assert answers(MilvusIndex(connection, "emptied", nothing), QUERIES[:1], 5) == []


def test_another_fit_replaces_the_collection_at_once(connection: MilvusConnection) -> None:
    before = draw_snapshot(7, 5000)
    after = make_snapshot(before.images, draw_vectors(8, 5000), fit=CENTRED, generation=2)
    publish(connection, "fit", before)
    old, new = (MilvusIndex(connection, "fit", each) for each in (before, after))
    expected = exact_hits(before, QUERIES[:1], 9)
    steps = []

    def search_meanwhile(progress: Progress) -> None:
        steps.append(progress.done)
        assert answers(old, QUERIES[:1], 9) == expected
        with pytest.raises(IndexMismatchError, match="of another fit: "):
            answers(new, QUERIES[:1], 9)

    assert publish(connection, "fit", after, progress=search_meanwhile).upserted == 5000
    assert len(steps) >= 3
    assert answers(new, QUERIES[:1], 9) == exact_hits(after, QUERIES[:1], 9)
    with pytest.raises(IndexMismatchError, match="of another fit: ") as refused:
        answers(old, QUERIES[:1], 9)
    assert refused.value.exit_code == 3


def test_a_fit_of_fewer_numbers_fills_another_collection(connection: MilvusConnection) -> None:
    count = min(FEWER_NUMBERS)
    extracted, images = draw_vectors(18, count, 512), draw_images(18, count)
    space = replace(SPACE, dimension=512)
    fits = [learn_fit(extracted, FitChoice.of(kind)) for kind in ("centre", "neighbours")]
    assert [fit.dimension for fit in fits] == [512, 192]
    before, after = (
        make_snapshot(images, fit.apply(extracted), space=space, fit=fit, generation=number)
        for number, fit in enumerate(fits, 1)
    )
    publish(connection, "fewer", before)
    old, new = (MilvusIndex(connection, "fewer", each) for each in (before, after))
    rows = [7, 1200]
    asked = [images[row].id for row in rows]
    steps = []

    def search_meanwhile(progress: Progress) -> None:
        steps.append(progress.done)
        for combine in ("all", "any"):
            found = answers(old, before.matrix[rows], 9, combine=combine)
            assert found == exact_hits(before, before.matrix[rows], 9, combine=combine)
        np.testing.assert_array_equal(old.features_of(asked), before.matrix[rows])
        for refused in (
            lambda: answers(new, after.matrix[rows], 9),
            lambda: new.features_of(asked),
        ):
            with pytest.raises(IndexMismatchError, match="of another fit: "):
                refused()

    assert publish(connection, "fewer", after, progress=search_meanwhile) == Published(
        count, count, 0
    )
    # At the second step most of the new rows are there, and nobody is answered from them.
    assert steps == [0, 2000, 4000]
    assert answers(new, after.matrix[rows], 9) == exact_hits(after, after.matrix[rows], 9)
    np.testing.assert_array_equal(new.features_of(asked), after.matrix[rows])
    assert not difference(connection, "fewer", after)
    for refused in (lambda: answers(old, before.matrix[rows], 9), lambda: old.features_of(asked)):
        with pytest.raises(IndexMismatchError, match="of another fit: "):
            refused()


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
    old, new = (MilvusIndex(connection, "cancelled", each) for each in (before, after))
    assert answers(old, QUERIES[:1], 9) == exact_hits(before, QUERIES[:1], 9)
    assert publish(connection, "cancelled", after).upserted == 1000
    assert answers(new, QUERIES[:1], 9) == exact_hits(after, QUERIES[:1], 9)


def test_a_rebuild_writes_all_images_anew(connection: MilvusConnection) -> None:
    snapshot = draw_snapshot(11, 50)
    for _ in range(3):
        assert publish(connection, "rebuilt", snapshot, rebuild=True) == Published(50, 50, 0)
    assert publish(connection, "rebuilt", snapshot) == Published(50, 0, 0)
    index = MilvusIndex(connection, "rebuilt", snapshot)
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
        answers(MilvusIndex(connection, "space", other), QUERIES[:1], 5)
    same = make_snapshot(snapshot.images, snapshot.matrix, space=replace(SPACE, weights="/w.h5"))
    assert len(answers(MilvusIndex(connection, "space", same), QUERIES[:1], 5)) == 5
    assert difference(connection, "space", other) == Difference(missing=20, changed=0, gone=0)


def test_a_gallery_that_was_not_published_is_not_found(connection: MilvusConnection) -> None:
    with pytest.raises(IndexNotFoundError, match=r"expected 'nowhere' at http.* Received: none"):
        answers(MilvusIndex(connection, "nowhere", SNAPSHOT), QUERIES[:1], 1)


def test_an_approximate_index_tells_its_recall(connection: MilvusConnection) -> None:
    snapshot = draw_snapshot(13, 12_000)
    publish(connection, "hnsw", snapshot)
    published = publish(connection, "hnsw", snapshot, kind="hnsw")
    assert published.recall is not None
    assert published.recall >= 0.9
    index = MilvusIndex(connection, "hnsw", snapshot)
    description = index.describe()
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
    index = MilvusIndex(connection, "large", snapshot)
    assert answers(index, QUERIES[3:4], 9000) == exact_hits(snapshot, QUERIES[3:4], 9000)
    with pytest.raises(ConfigurationError, match=r"at most 16,384 matches.* Received: k=17000$"):
        answers(index, QUERIES[3:4], 17_000)
    few = Filters(folders=("a",))
    assert answers(index, QUERIES[3:4], 17_000, filters=few) == exact_hits(
        snapshot, QUERIES[3:4], 17_000, filters=few
    )


def test_a_wrong_password_is_told_in_one_line(milvus: MilvusServer) -> None:
    refused = MilvusConnection(ServerAccess(milvus.url, "root:wr0ng"))
    with pytest.raises(IndexServerError, match="does not answer: expected Milvus at ") as error:
        answers(MilvusIndex(refused, HOSTILE[0], SNAPSHOT), QUERIES[:1], 1)
    assert_one_line(str(error.value))
    assert str(error.value).endswith(" Check address, user and password.")
    assert "wr0ng" not in str(error.value)


def test_a_server_that_hangs_is_told_in_one_line_and_works_again(
    milvus: MilvusServer, index: MilvusIndex
) -> None:
    hurried = MilvusConnection(ServerAccess(milvus.url, PASSWORD), seconds=2)
    impatient = MilvusIndex(hurried, HOSTILE[0], SNAPSHOT)
    expected = answers(impatient, QUERIES[:1], 5)
    milvus.signal(signal.SIGSTOP)
    try:
        with pytest.raises(IndexServerError, match=r"Received: nothing in 2 s\. Check ") as error:
            answers(impatient, QUERIES[:1], 5)
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
    assert index.search(QUERIES[:1], SearchOptions()).compared == 9000
    assert index.describe().warning is None
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
    index = MilvusIndex(connection, gallery, snapshot)
    while True:
        try:
            answers(index, QUERIES[:1], 1)
            return index
        except IndexServerError:
            continue
