"""Every format and every fault in one run: each file is indexed or listed with a reason."""

from __future__ import annotations

import io
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.config import Settings
from core.engine import ImageSearchEngine
from core.feature_store import IndexSnapshot
from core.media import DiskCache, picture, thumbnail
from core.types import IndexReport
from tests.fakes import FakeExtractor, save_picture
from tests.images.corpus import LEFT_OUT, OTHER, SCENE, Case, Refused, Seen, cases

CORPUS = cases()
# Between unit features; another picture of the corpus is at 0.2 and more.
CLOSE = 0.06


def engine_of(features: Path) -> ImageSearchEngine:
    settings = Settings(features=features, weights="random", fit="none")
    return ImageSearchEngine(settings, make_extractor=lambda *_: FakeExtractor())


class Indexed:
    """The corpus after one run over it."""

    def __init__(self, folder: Path) -> None:
        self.library = folder / "corpus"
        for case in CORPUS:
            case.build(self.library)
        # In the library itself, as some people put it: it is not indexed.
        features = self.library / "features"
        save_picture(features / "picture.jpg", 1)
        engine = engine_of(features)
        self.report: IndexReport = engine.index(self.library)
        self.snapshot: IndexSnapshot = engine.require_snapshot()
        self.rows = {image.path: row for row, image in enumerate(self.snapshot.images)}
        self.reasons = {item.image: item.reason for item in self.report.skipped}


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    return Indexed(tmp_path_factory.mktemp("corpus"))


def test_nothing_is_in_the_report_but_the_table(indexed: Indexed) -> None:
    expected = {case.path for case in CORPUS if isinstance(case.outcome, Seen)}
    assert indexed.rows.keys() == expected
    refused = [
        case.outcome.shown or case.path for case in CORPUS if isinstance(case.outcome, Refused)
    ]
    assert sorted(item.image for item in indexed.report.skipped) == sorted(refused)
    assert indexed.report.images == len(expected)


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: ascii(case.path)[1:61])
def test_every_entry_has_the_outcome_of_the_table(case: Case, indexed: Indexed) -> None:
    outcome = case.outcome
    if isinstance(outcome, Seen):
        row = indexed.rows[case.path]
        record = indexed.snapshot.images[row]
        assert (record.width, record.height) == (outcome.size or outcome.picture.size)
        expected = FakeExtractor().extract([outcome.picture.convert("RGB")])[0]
        assert np.linalg.norm(indexed.snapshot.matrix[row] - expected) < CLOSE
    elif isinstance(outcome, Refused):
        reason = indexed.reasons[outcome.shown or case.path]
        assert re.search(outcome.reason, reason)
        assert reason.isprintable()
    else:
        assert outcome == LEFT_OUT
        assert case.path not in indexed.rows.keys() | indexed.reasons.keys()


SHOWN = ("jxl/lossy.jxl", "psd/rle.psd", "tga/rle.tga", "pcx/palette.pcx", "sgi/16-bit.rgb")


@pytest.mark.parametrize("path", [*SHOWN, "qoi/colour.qoi", "dds/DXT5.dds"])
def test_what_browsers_do_not_show_is_shown_as_webp_and_jpeg(
    path: str, indexed: Indexed, tmp_path: Path
) -> None:
    image = indexed.snapshot.images[indexed.rows[path]]
    small = thumbnail(indexed.snapshot, image.id, DiskCache(tmp_path))
    large = picture(indexed.snapshot, image.id, DiskCache(tmp_path))
    assert large.media_type == "image/jpeg"
    assert isinstance(large.content, bytes)
    for content, format in ((small, "WEBP"), (large.content, "JPEG")):
        with Image.open(io.BytesIO(content)) as shown:
            assert (shown.format, shown.size) == (format, SCENE.size)
            error = np.asarray(shown.convert("RGB"), int) - np.asarray(SCENE, int)
            assert np.median(np.abs(error)) <= 3


def test_the_pictures_of_the_table_can_be_told_apart() -> None:
    pictures = {
        image.tobytes(): image
        for case in CORPUS
        if isinstance(case.outcome, Seen)
        and (image := case.outcome.picture.convert("RGB")).size == SCENE.size
    }
    turned = [SCENE.transpose(turn) for turn in Image.Transpose]
    features = FakeExtractor().extract([*pictures.values(), *turned, OTHER])
    distances = np.linalg.norm(features[:, None] - features, axis=2)
    assert len(pictures) > 1
    assert distances[~np.eye(len(features), dtype=bool)].min() > 2 * CLOSE


def test_the_paths_of_the_table_are_distinct() -> None:
    assert Counter(case.path for case in CORPUS).most_common(1)[0][1] == 1


def test_a_second_run_finds_nothing_new(indexed: Indexed) -> None:
    again = engine_of(indexed.library / "features").index(indexed.library)
    assert (again.extracted, again.removed, again.images) == (0, 0, indexed.report.images)
    assert again.skipped == indexed.report.skipped


def test_files_without_permission_are_listed_and_the_others_indexed(
    as_user: Callable[[Callable[[], Any]], Any],
) -> None:
    # Not below pytest's own folder, which only its owner may pass.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        for path in ("open.jpg", "secret.jpg", "closed/a.jpg"):
            save_picture(folder / "photos" / path, 1)
        closed = {folder / "photos" / "secret.jpg": 0o644, folder / "photos" / "closed": 0o755}
        for path in closed:
            path.chmod(0)
        try:
            report = as_user(lambda: engine_of(folder / "features").index(folder / "photos"))
        finally:
            for path, mode in closed.items():
                path.chmod(mode)
    assert report.images == 1
    assert {item.image: item.reason for item in report.skipped} == {
        "secret.jpg": "no permission to read it",
        "closed": "no permission to open this folder",
    }
