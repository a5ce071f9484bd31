"""Odd pictures are far from all; misfiled ones are close to those of another folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.explore import draw_map, drawing, misfiled, odd_ones
from core.feature_store import IndexSnapshot
from core.model import CENTRE, FOLDERS, l2_normalise
from core.types import Array
from tests.explore.indexes import WIDTH, blobs, fitted, image, index_of, two_kinds


def index_with(folder: Path, paths: list[str], features: Array) -> IndexSnapshot:
    return index_of(folder, [image(path, row) for row, path in enumerate(paths)], features)


def test_pictures_far_from_all_are_odd_the_farthest_first(tmp_path: Path) -> None:
    far = np.eye(WIDTH, dtype=np.float32)[[10, 11, 12]]
    far[:, 0] = (0.5, 0, 0.2)
    features = np.concatenate([blobs([40, 40]), l2_normalise(far)])
    paths = [f"{number:03}.jpg" for number in range(len(features))]
    snapshot = index_with(tmp_path, paths, features)
    group_of = np.zeros(len(paths), np.int32)
    # One that is near others is in no group as well, and one that is far is in a group.
    group_of[[3, 80, 81]] = -1
    found = replace(draw_map(snapshot), group_of=group_of)
    assert odd_ones(snapshot, found).tolist() == [81, 80]


def test_a_picture_among_those_of_another_folder_is_misfiled(tmp_path: Path) -> None:
    paths = [f"{'cats' if row < 40 else 'dogs'}/{row:03}.jpg" for row in range(80)]
    paths[7], paths[60] = "dogs/007.jpg", "cats/060.jpg"
    snapshot = index_with(tmp_path, paths, blobs([40, 40]))
    found = misfiled(snapshot)
    fits = {snapshot.images[one.row].path: one.fits for one in found}
    assert fits == {"dogs/007.jpg": "cats", "cats/060.jpg": "dogs"}
    rows = np.asarray(snapshot.label_free_rows())
    for one in found:
        closer = []
        for folder in (one.fits, snapshot.images[one.row].path.split("/")[0]):
            inside = [row for row, path in enumerate(paths) if path.startswith(folder)]
            mean = rows[[row for row in range(80) if snapshot.images[row].path.startswith(folder)]]
            assert len(mean) == len(inside)
            closer.append(float(l2_normalise(mean.mean(axis=0)[None])[0] @ rows[one.row]))
        assert one.score == pytest.approx(closer[0] - closer[1], abs=1e-5)
    assert found[0].score >= found[1].score > 0.2


def test_a_picture_between_two_folders_is_not_misfiled(tmp_path: Path) -> None:
    """Its nearest ones are all in the other folder, and both means are about as close."""
    near = blobs([40, 40], spread=0.03)
    cats, dogs = (l2_normalise(rows.mean(axis=0)[None]) for rows in (near[:40], near[40:]))
    features = np.concatenate([near, l2_normalise(0.55 * cats + 0.45 * dogs)])
    paths = [f"{'cats' if row < 40 else 'dogs'}/{row:03}.jpg" for row in range(81)]
    snapshot = index_with(tmp_path, paths, features)
    around = {snapshot.images[row].path[:4] for row in snapshot.neighbours.rows[80].tolist()}
    assert around == {"cats"}
    assert misfiled(snapshot) == ()


def test_folders_of_mixed_things_have_no_misfiled_pictures(tmp_path: Path) -> None:
    # Every other one of "mixed" is like those of "cats", the rest like those of "dogs".
    paths = [f"{'cats' if row < 40 else 'dogs'}/{row:03}.jpg" for row in range(80)]
    for row in range(0, 80, 7):
        paths[row] = f"mixed/{row:03}.jpg"
    snapshot = index_with(tmp_path, paths, blobs([40, 40]))
    assert misfiled(snapshot) == ()


def test_nothing_is_said_of_one_folder_or_without_neighbours(tmp_path: Path) -> None:
    snapshot = index_with(tmp_path, [f"{row:02}.jpg" for row in range(20)], blobs([10, 10]))
    assert misfiled(snapshot) == ()
    kinds = two_kinds(tmp_path)
    found = draw_map(kinds)
    old = replace(kinds, neighbours=None)
    assert (misfiled(old), odd_ones(old, found).tolist()) == ((), [])
    alone = index_with(tmp_path / "alone", ["a/1.jpg"], blobs([1]))
    assert (misfiled(alone), odd_ones(alone, draw_map(alone)).tolist()) == ((), [])


def four_kinds(folder: Path) -> tuple[IndexSnapshot, dict[str, str]]:
    """Pictures of 4 kinds, a folder each, with many numbers; and the kinds of 3 in wrong folders.

    So many numbers tell any folders of so few pictures apart, right or wrong ones.
    """
    rng = np.random.default_rng(0)
    kinds = np.repeat(np.arange(4), 30)
    features = l2_normalise(rng.normal(size=(4, 128)).astype(np.float32))[kinds]
    features = l2_normalise(features + rng.normal(0, 0.1, features.shape).astype(np.float32))
    folders = kinds.copy()
    wrong = [5, 50, 100]
    folders[wrong] = (kinds[wrong] + 1) % 4
    paths = [f"{folder}/{row:03}.jpg" for row, folder in enumerate(folders)]
    return index_with(folder, paths, features), {paths[row]: str(kinds[row]) for row in wrong}


def test_pictures_are_misfiled_also_where_the_gallery_learnt_from_its_folders(
    tmp_path: Path,
) -> None:
    plain, wrong = four_kinds(tmp_path)
    learnt = fitted(plain, FOLDERS)
    for snapshot in (plain, fitted(plain, CENTRE), learnt):
        found = {snapshot.images[one.row].path: one.fits for one in misfiled(snapshot)}
        assert found == wrong
    # An index of an older version has only the rows that learnt the wrong folders.
    assert misfiled(replace(learnt, extracted=None, label_free=None)) == ()


def test_the_map_and_the_odd_ones_are_those_of_rows_that_no_folder_taught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "MOST_EMBEDDED", 60)
    plain, _ = four_kinds(tmp_path)
    centred, learnt = (fitted(plain, kind) for kind in (CENTRE, FOLDERS))
    maps = [draw_map(snapshot) for snapshot in (centred, learnt)]
    np.testing.assert_array_equal(maps[0].positions, maps[1].positions)
    np.testing.assert_array_equal(maps[0].group_of, maps[1].group_of)
    alone = np.full(120, -1, np.int32)
    odd = [
        odd_ones(snapshot, replace(found, group_of=alone)).tolist()
        for snapshot, found in zip((centred, learnt), maps, strict=True)
    ]
    assert len(odd[0]) == 6
    assert odd[0] == odd[1]
