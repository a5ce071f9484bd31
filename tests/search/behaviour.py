"""What every search index does: each entry of ``BEHAVIOURS`` is tried with every kind of index.

The oracle is a comparison with every image, written from the definitions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import Settings
from core.errors import ConfigurationError
from core.feature_store import FeaturesFolder, publish
from core.search import (
    COMBINATIONS,
    FORMATS,
    ORIENTATIONS,
    Feedback,
    Filters,
    SearchIndex,
    SearchIndexes,
    SearchOptions,
    search,
)
from core.search.feedback import rocchio
from core.types import Array, ImageRecord
from tests.cluster.remote_galleries import HOSTILE, WIDTH, answers, draw_snapshot, draw_vectors

COUNT = 300
# The gallery of every index: hostile names, copies, and more than 40 images with the same row.
SNAPSHOT = draw_snapshot(1, COUNT)
IDS = [image.id for image in SNAPSHOT.images]
# Near rows, between rows and far from all; the first is the row that many images have.
QUERIES = np.concatenate([SNAPSHOT.matrix[:3], draw_vectors(2, 3), -draw_vectors(3, 2)])
DAY = date(2020, 2, 29)


def published_index(configured: Settings) -> SearchIndex:
    """The index of the gallery, published as an update does, under a hostile name."""
    folder = FeaturesFolder(configured.features)
    indexes = SearchIndexes(configured, folder)
    store = folder.store_for(SNAPSHOT.library, SNAPSHOT.space)
    for image, row in zip(SNAPSHOT.images, SNAPSHOT.matrix, strict=True):
        store.save(image.path, row)
    publish(store, tuple(SNAPSHOT.images), SNAPSHOT.fit.choice, maker=indexes)
    folder.set_current(store, HOSTILE[0])
    snapshot = store.snapshot()
    assert snapshot is not None
    indexes.publish(snapshot)
    return indexes.of(snapshot)


def expected(queries: Array, options: SearchOptions) -> list[tuple[ImageRecord, float]]:
    passing = set(options.filters.passing(SNAPSHOT.images).tolist())
    to_each = np.stack([np.linalg.norm(SNAPSHOT.matrix - query, axis=1) for query in queries])
    together = to_each.max(axis=0) if options.combine == "all" else to_each.min(axis=0)
    limit = np.inf if options.max_distance is None else np.float32(options.max_distance)
    found = [
        (distance, image.path, image)
        for row, (image, distance) in enumerate(zip(SNAPSHOT.images, together, strict=True))
        if row in passing and image.id not in options.feedback.wrong and distance <= limit
    ]
    return [(image, float(distance)) for distance, _, image in sorted(found)[: options.k]]


def finds_what_is_expected(index: SearchIndex, queries: Array, k: int, **chosen: Any) -> None:
    """The same images in the same order, at the same distances, and as many are counted."""
    options = SearchOptions(k=k, **chosen)
    hits, wanted = index.search(queries, options), expected(queries, options)
    assert hits.images == [image for image, _ in wanted], options
    np.testing.assert_allclose(hits.distances, [distance for _, distance in wanted], rtol=1e-6)
    assert hits.compared == len(expected(queries, replace(options, k=COUNT, max_distance=None)))
    assert hits.warning is None


def filters_keep_what_passes(index: SearchIndex) -> None:
    for filters in (
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
    ):
        finds_what_is_expected(index, QUERIES[:1], COUNT, filters=filters)


def queries_are_combined(index: SearchIndex) -> None:
    some: tuple[list[int], ...] = ([0], [3], [0, 1], [3, 4, 5], [0, 6], list(range(8)))
    for combine, k, rows in product(COMBINATIONS, (1, 7, 43, COUNT, COUNT + 100, 20_000), some):
        finds_what_is_expected(index, QUERIES[rows], k, combine=combine)


def a_limit_of_the_distance_cuts_off(index: SearchIndex) -> None:
    for combine, limit in product(COMBINATIONS, (0.0, 0.5, 1.0, 1.9, 2.0, 1e9)):
        finds_what_is_expected(index, QUERIES[:2], 50, combine=combine, max_distance=limit)


def a_limit_that_is_the_distance_of_an_image_keeps_it(index: SearchIndex) -> None:
    fifth = answers(index, QUERIES[3:4], 5)[-1]
    assert fifth in answers(index, QUERIES[3:4], 50, max_distance=fifth[1])


def images_marked_as_wrong_do_not_come(index: SearchIndex) -> None:
    for wrong in ([IDS[0], *IDS[5:100:9], HOSTILE[0], "not an id"], IDS):
        finds_what_is_expected(index, QUERIES[:1], COUNT, feedback=Feedback(wrong=tuple(wrong)))


def marks_move_the_queries(index: SearchIndex) -> None:
    marks = Feedback((IDS[5], IDS[40]), (IDS[77], IDS[250]))
    filters = Filters(orientations=("landscape", "square"))
    options = SearchOptions(k=20, feedback=marks, filters=filters)
    found = search(SNAPSHOT, QUERIES[3:5], options, index=index)
    right, wrong = (
        SNAPSHOT.matrix[[SNAPSHOT.images.row_of_id(one) for one in ids]]
        for ids in (marks.right, marks.wrong)
    )
    moved = rocchio(QUERIES[3:5], right, wrong)
    assert [match.record for match in found.matches] == [
        image for image, _ in expected(moved, options)
    ]
    assert found.searched == len(expected(moved, replace(options, k=COUNT)))


def equal_images_come_in_the_order_of_their_paths(index: SearchIndex) -> None:
    same = [image for image, row in zip(SNAPSHOT.images, SNAPSHOT.matrix, strict=True)
            if (row == SNAPSHOT.matrix[0]).all()]  # fmt: skip
    assert len(same) > 40
    assert answers(index, QUERIES[:1], 20) == [(image, 0.0) for image in same[:20]]


@st.composite
def searches(draw: st.DrawFn) -> tuple[Array, int, dict[str, Any]]:
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
        "combine": draw(st.sampled_from(COMBINATIONS)),
        "feedback": Feedback(wrong=tuple(draw(st.lists(st.sampled_from(IDS), max_size=5)))),
        "max_distance": draw(st.none() | st.floats(0, 2)),
    }
    return QUERIES[rows], draw(st.integers(1, COUNT + 5)), options


def any_search_is_answered(index: SearchIndex) -> None:
    @given(searches())
    @settings(max_examples=150)
    def check(one: tuple[Array, int, dict[str, Any]]) -> None:
        queries, k, options = one
        finds_what_is_expected(index, queries, k, **options)

    check()


def rows_come_by_their_ids(index: SearchIndex) -> None:
    wanted = [IDS[250], IDS[3], IDS[40], IDS[3]]
    rows = [SNAPSHOT.images.row_of_id(image_id) for image_id in wanted]
    found = index.features_of(wanted)
    np.testing.assert_array_equal(found, SNAPSHOT.matrix[rows])
    assert found.dtype == np.float32
    assert index.features_of([]).shape == (0, WIDTH)


def an_id_of_no_image_is_refused(index: SearchIndex) -> None:
    for unknown in ("0" * 32, "", HOSTILE[0], HOSTILE[-1]):
        with pytest.raises(ConfigurationError, match=r"id of an image in the gallery.* Received: "):
            index.features_of([IDS[0], unknown])


BEHAVIOURS: tuple[Callable[[SearchIndex], None], ...] = (
    filters_keep_what_passes,
    queries_are_combined,
    a_limit_of_the_distance_cuts_off,
    a_limit_that_is_the_distance_of_an_image_keeps_it,
    images_marked_as_wrong_do_not_come,
    marks_move_the_queries,
    equal_images_come_in_the_order_of_their_paths,
    any_search_is_answered,
    rows_come_by_their_ids,
    an_id_of_no_image_is_refused,
)
each_behaviour = pytest.mark.parametrize(
    "behaviour", BEHAVIOURS, ids=[behaviour.__name__ for behaviour in BEHAVIOURS]
)
