"""A map is drawn once; newer indexes of the gallery take it over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import Cancelled, ConfigurationError, FeatureStoreError
from core.explore import GalleryMap, draw_map, drawing, gallery_map, group_ids, rename_group
from core.explore.storage import map_file
from core.feature_store import IndexSnapshot
from core.model import CENTRE, FitChoice
from core.types import ImageRecord, Progress, Stage
from tests.explore.indexes import blobs, image, index_of, two_kinds

COUNT = 40


def positions_by_id(found: GalleryMap, snapshot: IndexSnapshot) -> dict[str, tuple[float, ...]]:
    ids = [one.decode() for one in snapshot.images.ids.tolist()]
    return dict(zip(ids, map(tuple, found.positions.tolist()), strict=True))


def changed(
    snapshot: IndexSnapshot,
    folder: Path,
    *,
    gone: int = 0,
    new: Sequence[tuple[ImageRecord, int]] = (),
) -> IndexSnapshot:
    """The next index: without the first ``gone`` pictures, and with new ones, each near a row."""
    rows = range(gone, len(snapshot.images))
    rng = np.random.default_rng(1)
    near = [snapshot.matrix[row] + 0.01 * rng.normal(size=16) for _, row in new]
    near = [one / np.linalg.norm(one) for one in near]
    matrix = np.concatenate([snapshot.matrix[gone:], np.reshape(near, (-1, 16))])
    images = [*(snapshot.images[row] for row in rows), *(one for one, _ in new)]
    return index_of(folder, images, matrix.astype(np.float32), generation=snapshot.generation + 1)


def test_without_a_map_there_is_none(tmp_path: Path) -> None:
    snapshot = two_kinds(tmp_path)
    assert gallery_map(snapshot) is None
    assert gallery_map(replace(snapshot, folder=None)) is None
    with pytest.raises(ConfigurationError, match="index of the features folder"):
        draw_map(replace(snapshot, folder=None))


def test_two_kinds_are_two_groups_that_are_named_by_their_folders(tmp_path: Path) -> None:
    snapshot = two_kinds(tmp_path)
    found = draw_map(snapshot)
    assert {group.name for group in found.groups} == {"cats", "dogs"}
    for group in found.groups:
        rows = found.members(group.number)
        assert len(rows) == group.size == COUNT
        assert {snapshot.images[row].path.partition("/")[0] for row in rows} == {group.name}
        # The most central picture is the one of the largest sum of cosines with all others.
        features = snapshot.matrix[rows]
        central = rows[(features @ features.T).sum(axis=1).argmax()]
        assert snapshot.images[int(central)].id == group.representative
        ids = {snapshot.images[row].id for row in rows.tolist()}
        assert group_ids(snapshot, found, group.name) == ids
    with pytest.raises(ConfigurationError, match=r"expected one of cats, dogs\. Received: 'owls'"):
        found.named("owls")


def test_a_map_is_read_as_it_was_drawn_until_another_one_is(tmp_path: Path) -> None:
    snapshot = two_kinds(tmp_path)
    drawn = draw_map(snapshot)
    assert gallery_map(snapshot) is drawn
    again = gallery_map(replace(snapshot))
    assert again is not None
    np.testing.assert_array_equal(again.positions, drawn.positions)
    np.testing.assert_array_equal(again.group_of, drawn.group_of)
    assert again.groups == drawn.groups
    assert draw_map(snapshot) is not drawn


def test_pictures_keep_their_positions_and_new_ones_are_placed_beside_theirs(
    tmp_path: Path,
) -> None:
    snapshot = two_kinds(tmp_path)
    before = draw_map(snapshot)
    new = [(image(f"new/{row}.jpg", 5000 + row), row) for row in (10, 50, 70)]
    after = changed(snapshot, tmp_path, gone=3, new=new)
    found = gallery_map(after)
    assert found is not None
    old, now = positions_by_id(before, snapshot), positions_by_id(found, after)
    kept = old.keys() & now.keys()
    assert len(kept) == len(snapshot.images) - 3
    assert all(old[one] == now[one] for one in kept)
    assert found.drawn.sum() == len(kept)
    width = np.linalg.norm(before.positions[0] - before.positions[-1])
    for record, row in new:
        place = np.array(now[record.id])
        near = np.linalg.norm(before.positions - place, axis=1).argmin()
        assert before.group_of[near] == before.group_of[row]
        assert np.linalg.norm(before.positions[row] - place) < width / 2
        number = found.group_of[after.images.row_of_id(record.id)]
        assert found.groups[number].name == snapshot.images[row].path.partition("/")[0]


def test_what_was_placed_stays_where_it_is(tmp_path: Path) -> None:
    snapshot = two_kinds(tmp_path)
    draw_map(snapshot)
    second = changed(snapshot, tmp_path, new=[(image("new/1.jpg", 5000), 10)])
    found = gallery_map(second)
    assert found is not None
    third = changed(second, tmp_path, gone=30)
    later = gallery_map(third)
    assert later is not None
    one, other = positions_by_id(found, second), positions_by_id(later, third)
    assert one[image("", 5000).id] == other[image("", 5000).id]
    # An older index, as a reader may still have it, does not replace the newer map.
    path = map_file(tmp_path / "store")
    assert gallery_map(snapshot) is not None
    assert map_file(tmp_path / "store") == path


def test_a_map_that_is_drawn_while_an_update_is_published_holds(tmp_path: Path) -> None:
    snapshot = two_kinds(tmp_path)
    draw_map(snapshot)
    after = changed(snapshot, tmp_path, new=[(image("new/1.jpg", 5000), 10)])
    before = gallery_map(after)
    assert before is not None
    draw_map(replace(snapshot, rows=snapshot.matrix[::-1]))
    found = gallery_map(after)
    assert found is not None
    one, other = positions_by_id(before, after), positions_by_id(found, after)
    assert sum(one[image_id] == other[image_id] for image_id in one) < 3


def test_a_copy_is_where_its_original_is_and_a_moved_file_stays(tmp_path: Path) -> None:
    snapshot = two_kinds(tmp_path)
    before = draw_map(snapshot)
    original = snapshot.images[5]
    images = [replace(snapshot.images[0], path="elsewhere/a.jpg"), *snapshot.images[1:]]
    copies = [replace(original, path=f"copies/{number}.jpg") for number in range(2)]
    rows = [*range(len(images)), 5, 5]
    after = index_of(tmp_path, [*images, *copies], snapshot.matrix[rows], generation=2)
    found = gallery_map(after)
    assert found is not None
    for row in after.images.rows_of_ids([original.id]).tolist():
        np.testing.assert_array_equal(found.positions[row], before.positions[5])
    moved = after.images.row_of_path("elsewhere/a.jpg")
    np.testing.assert_array_equal(found.positions[moved], before.positions[0])


def test_a_map_of_mostly_new_pictures_is_outdated(tmp_path: Path) -> None:
    snapshot = two_kinds(tmp_path)
    assert draw_map(snapshot).redraw_reason == ""
    new = [(image(f"new/{row}.jpg", 5000 + row), row % 80) for row in range(81)]
    half, most = (
        changed(snapshot, tmp_path / name, new=new[:count])
        for name, count in (("half", 80), ("most", 81))
    )
    for index, reason in ((half, ""), (most, "Most pictures are newer than this map.")):
        assert snapshot.folder is not None
        found = gallery_map(replace(index, folder=snapshot.folder))
        assert found is not None
        assert found.redraw_reason == reason


def test_a_map_says_that_it_is_of_another_fit_until_it_is_drawn_anew(tmp_path: Path) -> None:
    snapshot = two_kinds(tmp_path)
    drawn = draw_map(snapshot)
    centred = FitChoice(CENTRE)
    refitted = replace(
        snapshot, fit=replace(snapshot.fit, choice=centred), generation=snapshot.generation + 1
    )
    found = gallery_map(refitted)
    assert found is not None
    assert "for another fit" in found.redraw_reason
    # The old map stands until then, and does not become one of this fit by new pictures.
    np.testing.assert_array_equal(found.positions, drawn.positions)
    new = [(image("new.jpg", 5000), 3)]
    later = replace(changed(refitted, tmp_path, new=new), fit=refitted.fit)
    for _ in range(2):
        found = gallery_map(replace(later))
        assert found is not None
        assert "for another fit" in found.redraw_reason
    assert draw_map(later).redraw_reason == ""


def test_a_sample_is_embedded_and_the_others_are_placed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "MOST_EMBEDDED", 60)
    snapshot = two_kinds(tmp_path)
    found = draw_map(snapshot)
    assert {(group.name, group.size) for group in found.groups} == {("cats", 40), ("dogs", 40)}
    assert found.redraw_reason == ""


@pytest.mark.parametrize("count", [1, 2, 3, 12])
def test_a_few_pictures_have_a_map(tmp_path: Path, count: int) -> None:
    images = [image(f"{number}.jpg", number) for number in range(count)]
    found = draw_map(index_of(tmp_path, images, blobs([count])))
    assert found.positions.shape == (count, 2)


def test_a_gallery_without_the_pictures_of_its_map(tmp_path: Path) -> None:
    draw_map(two_kinds(tmp_path))
    other = index_of(
        tmp_path, [image("a.jpg", 9001), image("b.jpg", 9002)], blobs([2]), generation=2
    )
    found = gallery_map(other)
    assert found is not None
    assert found.redraw_reason == "Most pictures are newer than this map."
    assert found.groups == ()


@pytest.mark.parametrize("stage", [Stage.MAPPING, Stage.PLACING])
def test_a_cancelled_drawing_leaves_the_old_map(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "MOST_EMBEDDED", 60)
    snapshot = replace(two_kinds(tmp_path), neighbours=None)
    drawn = draw_map(snapshot)

    def stop(progress: Progress) -> None:
        if progress.done and progress.stage is stage:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        draw_map(snapshot, stop)
    assert gallery_map(snapshot) is drawn


def test_a_damaged_map_counts_as_none_and_is_drawn_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    snapshot = two_kinds(tmp_path)
    draw_map(snapshot)
    path = map_file(tmp_path / "store")
    assert path is not None
    path.write_bytes(b"no map")
    assert gallery_map(snapshot) is None
    assert "The map cannot be read" in caplog.text
    assert len(draw_map(snapshot).groups) == 2


def renamed(snapshot: IndexSnapshot, old: str, new: str) -> set[str]:
    found = gallery_map(snapshot)
    assert found is not None
    rename_group(snapshot, found, found.named(old).number, new)
    again = gallery_map(snapshot)
    assert again is not None
    return {group.name for group in again.groups}


def test_a_given_name_stays_with_the_pictures(tmp_path: Path) -> None:
    snapshot = two_kinds(tmp_path)
    draw_map(snapshot)
    assert renamed(snapshot, "cats", "  Our   tomcats ") == {"Our tomcats", "dogs"}
    assert renamed(snapshot, "Our tomcats", "Tomcats") == {"Tomcats", "dogs"}
    # A new map, of an index without some of them, and with others.
    new = [(image(f"cats/new-{row}.jpg", 5000 + row), row) for row in range(20)]
    after = changed(snapshot, tmp_path, gone=10, new=new)
    found = draw_map(after)
    assert {group.name: group.size for group in found.groups} == {"Tomcats": 50, "dogs": 40}
    # Without the group nothing has its name; it comes back with the group.
    dogs = index_of(tmp_path, snapshot.images[COUNT:], snapshot.matrix[COUNT:], generation=3)
    lost = gallery_map(dogs)
    assert lost is not None
    assert [group.name for group in lost.groups] == ["dogs"]
    again = replace(after, generation=4)
    assert {group.name for group in draw_map(again).groups} == {"Tomcats", "dogs"}
    assert renamed(again, "Tomcats", "") == {"cats", "dogs"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dogs", "no other group has. Received: 'dogs'"),
        ("x" * 101, "100 characters. Received: 101"),
    ],
)
def test_a_name_that_cannot_be_given_is_refused(tmp_path: Path, name: str, message: str) -> None:
    snapshot = two_kinds(tmp_path)
    draw_map(snapshot)
    with pytest.raises(ConfigurationError, match=message):
        renamed(snapshot, "cats", name)


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'{"format": "lookalike-group-names"}',
        b'{"format": "lookalike-group-names", "version": 2}',
    ],
)
def test_damaged_names_are_left_as_they_are(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    snapshot = two_kinds(tmp_path)
    draw_map(snapshot)
    assert renamed(snapshot, "cats", "Tomcats") == {"Tomcats", "dogs"}
    (file,) = (tmp_path / "labels").glob("groups-library-*.json")
    file.write_bytes(content)
    found = gallery_map(snapshot)
    assert found is not None
    assert {group.name for group in found.groups} == {"cats", "dogs"}
    assert "names of the groups cannot be read" in caplog.text
    with pytest.raises(FeatureStoreError, match="names of the groups cannot be read"):
        renamed(snapshot, "cats", "Others")
    assert file.read_bytes() == content
