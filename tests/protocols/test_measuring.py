"""Protocols on an index by colours, beside plain loops."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli import main
from core.config import Settings
from core.engine import ImageSearchEngine
from core.errors import LibraryError
from core.feature_store import IndexSnapshot
from core.model import l2_normalise
from core.protocols import (
    Asking,
    Protocol,
    Query,
    Ranking,
    measure_protocol,
    measure_protocols,
    read_protocols,
)
from core.types import RANKINGS, Array
from tests.cli import running
from tests.fakes import picture
from tests.protocols.layouts import BLUE, buildings, revisited, save


def indexed(library: Path) -> tuple[ImageSearchEngine, IndexSnapshot]:
    """An index by colours beside the library."""
    features = library.with_name(f"{library.name}-features")
    engine = ImageSearchEngine(Settings(features=features, descriptor="hsv", fit="none"))
    engine.index(library)
    return engine, engine.require_snapshot()


def read(name: str, snapshot: IndexSnapshot) -> tuple[Protocol, ...]:
    return read_protocols(name, snapshot.library, [image.path for image in snapshot.images])


def order_of(
    feature: Array, query: Query, protocol: Protocol, snapshot: IndexSnapshot
) -> list[str]:
    """The gallery without junk by distance to a feature, ties in its order."""
    paths = [image.path for image in snapshot.images]
    left = [path for path in protocol.gallery if path not in query.junk]
    return sorted(
        left, key=lambda path: -round(float(snapshot.matrix[paths.index(path)] @ feature), 6)
    )


def area(order: list[str], query: Query) -> float:
    """Average precision in trapezoids, slowly."""
    total, right, before = 0.0, 0, 1.0
    wanted = (query.right - query.junk) & set(order)
    for place, path in enumerate(order, start=1):
        right += path in wanted
        if path in wanted:
            total += (before + right / place) / 2
        before = right / place
    return total / (len(wanted) + query.missing)


@pytest.mark.parametrize(("name", "make"), [("roxford5k", revisited), ("oxford5k", buildings)])
def test_a_query_with_a_box_is_cut_and_junk_is_removed(
    name: str, make: object, tmp_path: Path
) -> None:
    assert callable(make)
    engine, snapshot = indexed(make(tmp_path / "set"))
    report = engine.quality.protocol(name, snapshot.library)
    for measured, protocol in zip(report.measures, read(name, snapshot), strict=True):
        areas = []
        for query in protocol.queries:
            if not query.right and not query.missing:
                continue
            assert query.box is not None
            box = tuple(round(edge) for edge in query.box)
            with Image.open(snapshot.library / query.image) as whole:
                part = whole.convert("RGB").crop(box)  # type: ignore[arg-type]
            (feature,) = engine.describe(snapshot, [part])
            areas.append(area(order_of(feature, query, protocol, snapshot), query))
        assert measured.queries == len(areas)
        assert measured.measures["mAP"].mean == pytest.approx(np.mean(areas))
        assert measured.missing == sum(query.missing for query in protocol.queries)


def test_a_right_picture_that_is_not_there_is_never_found(tmp_path: Path) -> None:
    engine, snapshot = indexed(buildings(tmp_path / "set"))
    (protocol,) = read("oxford5k", snapshot)
    (found,) = engine.quality.protocol("oxford5k", snapshot.library).measures
    whole = dataclasses.replace(
        protocol, queries=tuple(dataclasses.replace(one, missing=0) for one in protocol.queries)
    )
    (other,) = measure_protocols(
        [whole], snapshot, lambda some: engine.describe(snapshot, some), ranking="distance"
    )
    # The second query has one of its two right pictures.
    first, second = (
        area(order_of(feature, query, protocol, snapshot), query)
        for feature, query in zip(
            Asking(snapshot, lambda some: engine.describe(snapshot, some)).features(whole.queries),
            whole.queries,
            strict=True,
        )
    )
    assert other.measures["mAP"].mean == pytest.approx((first + second) / 2)
    assert found.measures["mAP"].mean == pytest.approx((first + second / 2) / 2)


@pytest.fixture
def objects(tmp_path: Path) -> Path:
    """UKBench with three objects, of which the last is as the first."""
    folder = tmp_path / "ukbench"
    for number in range(12):
        save(folder, f"ukbench{number:05}.jpg", colour=BLUE if number // 4 == 1 else (205, 45, 55))
    return folder


def test_ukbench_counts_among_the_first_four(objects: Path) -> None:
    engine, snapshot = indexed(objects)
    (found,) = engine.quality.protocol("ukbench", objects).measures
    nearest = np.argsort(-(snapshot.matrix @ snapshot.matrix.T).round(6), axis=1, kind="stable")
    right = [sum(one // 4 == row // 4 for one in four[:4]) for row, four in enumerate(nearest)]
    assert found.measures["N-S"].mean == pytest.approx(np.mean(right))
    assert 1 <= found.measures["N-S"].low <= found.measures["N-S"].high <= 4


@pytest.mark.parametrize("ranking", RANKINGS)
def test_junk_does_not_move_the_others(objects: Path, ranking: str) -> None:
    engine, snapshot = indexed(objects)
    names = tuple(image.path for image in snapshot.images)
    rankings: dict[frozenset[str], list[str]] = {}

    def keep(found: Ranking) -> None:
        assert len(found.images) == len(found.scores) == len(found.right)
        assert [image in {names[3]} for image in found.images] == found.right.tolist()
        rankings[frozenset(found.query.junk)] = list(found.images)

    junk = frozenset(names[1:3])
    asking = Asking(snapshot, lambda some: engine.describe(snapshot, some))
    for left_out in (frozenset[str](), junk):
        protocol = Protocol(
            "one",
            (Query(names[0], {names[3]}, left_out),),
            names,
            {"half": lambda r: r.mean(axis=1)},
        )
        measure_protocol(protocol, snapshot, asking, ranking=ranking, look=keep)
    assert [path for path in rankings[frozenset()] if path not in junk] == rankings[junk]


def test_only_the_gallery_is_searched(objects: Path) -> None:
    engine, snapshot = indexed(objects)
    names = [image.path for image in snapshot.images]
    seen: list[str] = []
    protocol = Protocol("few", (Query(names[0], {names[5]}),), tuple(names[4:8]), {})
    asking = Asking(snapshot, lambda some: engine.describe(snapshot, some))
    with pytest.raises(LibraryError, match="Expected queries of none that have a right picture"):
        none = dataclasses.replace(protocol, name="none", queries=(Query(names[0], set()),))
        measure_protocol(none, snapshot, asking, ranking="distance")
    protocol = dataclasses.replace(protocol, measures={"half": lambda right: right.mean(axis=1)})
    measure_protocol(
        protocol, snapshot, asking, ranking="distance", look=lambda one: seen.extend(one.images)
    )
    assert sorted(seen) == names[4:8]


@pytest.mark.parametrize("change", ["outside", "another picture"])
def test_a_box_that_cannot_be_cut_is_said(objects: Path, change: str) -> None:
    engine, snapshot = indexed(objects)
    name = snapshot.images[0].path
    box = (500.0, 0.0, 600.0, 20.0) if change == "outside" else (0.0, 0.0, 20.0, 20.0)
    if change != "outside":
        picture(9).save(objects / name)
    asking = Asking(snapshot, lambda some: engine.describe(snapshot, some))
    reason = "Expected a box in the 96 x 64 pixels" if change == "outside" else "has changed since"
    with pytest.raises(LibraryError, match=reason):
        asking.features([Query(name, set(), box=box)])


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library, features = buildings(tmp_path / "set"), tmp_path / "features"
    options = ["--features", features]
    ask = ["evaluate", "--protocol", "oxford5k", library, *options]
    _, said = running.run(capsys, *ask, code=3)
    assert said.endswith(f"index {library}\n")
    assert main(["index", str(library), *map(str, options), "--descriptor", "hsv"]) == 0
    out, _ = running.run(capsys, *ask)
    lines = out.splitlines()
    assert lines[1] == "Oxford5k: 2 queries, 6 pictures"
    assert "  1 right pictures are not in the index: never found" in lines
    assert "  not comparable: the published set has 5,062 pictures" in lines
    assert "    mAP 0.656 R-MAC" in lines
    content = json.loads(running.run(capsys, *ask, "--json")[0])
    (protocol,) = content["protocols"]
    assert lines[2].split()[1] == f"{protocol['measures']['mAP']:.3f}"
    assert protocol["published"][0] == {
        "method": "R-MAC",
        "measure": "mAP",
        "value": 0.6556,
        "source": "Magliani and Prati, arXiv:1806.08565; github.com/fmaglia/keras_rmac_plus",
        "how": "R-MAC of Tolias et al. 2016, built again",
    }
    assert (content["space"]["descriptor"], protocol["missing"]) == ("hsv", 1)
    assert content["representation"].startswith("hsv")
    _, said = running.run(capsys, *ask, "--labels", "folders", code=2)
    assert "says itself what is right" in said
    _, said = running.run(capsys, *ask, "--ranking", "size", code=2)
    assert "ranking='size'" in said
    _, said = running.run(capsys, "evaluate", "--protocol", "oxford", library, *options, code=2)
    assert "Expected a protocol of" in said
    gone = tmp_path / "gone"
    _, said = running.run(capsys, "evaluate", "--protocol", "oxford5k", gone, *options, code=2)
    assert str(gone) in said


def test_another_gallery_teaches_the_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library, others = buildings(tmp_path / "set"), tmp_path / "others"
    for number in range(5):
        save(others, f"{number}.jpg", colour=(40 * number, 90, 200))
    features = tmp_path / "features"
    engine = ImageSearchEngine(Settings(features=features, descriptor="hsv"))
    engine.index(library, fit="none")
    engine.index(others, gallery="others", fit="centre")
    asked: list[Ranking] = []
    report = engine.quality.protocol("oxford5k", library, fit_from="others", look=asked.append)
    snapshot = engine.require_snapshot("set")
    mean = engine.features("others")[1]["hsv"].mean(axis=0)
    rows = l2_normalise(snapshot.matrix - mean)
    paths = [image.path for image in snapshot.images]
    (protocol,) = read("oxford5k", snapshot)
    for query, answer in zip(protocol.queries, asked, strict=True):
        assert query.box is not None
        with Image.open(library / query.image) as whole:
            part = whole.convert("RGB").crop(tuple(map(round, query.box)))  # type: ignore[arg-type]
        (feature,) = l2_normalise(engine.describe(snapshot, [part]) - mean)
        scores = [rows[paths.index(path)] @ feature for path in answer.images]
        np.testing.assert_allclose(answer.scores, scores, atol=1e-5)
    ask = ["evaluate", "--protocol", "oxford5k", library, "--fit-from", "others"]
    out, _ = running.run(capsys, *ask, "--features", features)
    assert out.startswith("hsv, centre learnt from others; ")
    assert str(report.representation) == "hsv, centre learnt from others"


def test_a_table_of_ones_own(objects: Path, capsys: pytest.CaptureFixture[str]) -> None:
    indexed(objects)
    table = objects.with_name("mine.csv")
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["query", "image", "relevance", "box"])
        for number in range(5, 8):
            name = f"ukbench{number:05}.jpg"
            writer.writerow(["ukbench00004.jpg", name, "right", "0 0 96 64"])
    features = objects.with_name("ukbench-features")
    ask = ["evaluate", "--protocol", table, objects, "--features", features, "--json"]
    (found,) = json.loads(running.run(capsys, *ask)[0])["protocols"]
    assert (found["name"], found["queries"], found["images"]) == ("mine", 1, 12)
    # Three of the same colour, and nothing else is blue.
    assert found["measures"]["mAP"] == 1
