"""``python -m core evaluate``, on an index by colours."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import ir_measures
import pytest

from core.cli import main
from core.evaluation import MACRO, MEASURES, TRANSFORMATIONS
from tests.cli import running

KEYS = {
    *("images", "queries", "classes", "intervals", "per_class", "worst", "space"),
    *("precision_recall", "hubness", MACRO),
    "near_copies",
    *MEASURES,
}


def index(folder: Path, features: Path) -> Path:
    options = ["--features", str(features), "--descriptor", "hsv", "--fit", "none"]
    assert main(["index", str(folder), *options]) == 0
    return features


@pytest.fixture
def features(library: Path, tmp_path: Path) -> Path:
    """Forty pictures of four colours, a folder for each."""
    return index(library, tmp_path / "features")


@pytest.fixture
def flat(library: Path, tmp_path: Path) -> Path:
    """Some of them in one folder, ``100000.png`` and so on."""
    folder = tmp_path / "flat"
    folder.mkdir()
    for place, colour in enumerate(("red", "blue")):
        for number, path in enumerate(sorted((library / colour).glob("*.png"))):
            (folder / f"100{place}{number:02}.png").write_bytes(path.read_bytes())
    return index(folder, tmp_path / "flat-features")


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> tuple[str, str]:
    return running.run(capsys, "evaluate", *arguments, code=code)


def run_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    out, _ = run(capsys, *arguments, "--json")
    content: dict[str, Any] = json.loads(out)
    return content


def test_folders_are_the_labels(features: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json(capsys, "--features", features)
    assert set(found) == KEYS
    assert (found["images"], found["queries"], found["classes"]) == (40, 40, 4)
    assert [one["label"] for one in found["per_class"]] == ["blue", "green", "red", "yellow"]
    assert found["precision@1"] > 0.9
    assert found["intervals"]["mAP"][0] <= found["mAP"] <= found["intervals"]["mAP"][1]
    assert len(found["worst"]) == 30
    assert set(found["worst"][0]) == {"image", "label", "average_precision", "wrong", "wrong_rank"}
    assert found["space"]["descriptor"] == "hsv"
    assert run_json(capsys, "--features", features) == found


def test_sample_and_table(
    features: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = tmp_path / "measures.csv"
    found = run_json(capsys, "--features", features, "--sample", 15, "--csv", table)
    assert (found["images"], found["queries"]) == (40, 15)
    with table.open(newline="") as file:
        first = next(csv.DictReader(file))
    assert (first["descriptor"], first["of"], first["queries"]) == ("hsv, none", "gallery", "15")
    assert float(first["mAP"]) == pytest.approx(found["mAP"], abs=1e-6)
    table.write_text("mine")
    code = main(["evaluate", "--features", str(features), "--csv", str(table)])
    assert (code, table.read_text()) == (2, "mine")
    assert f"Received: {table}, which is there already." in capsys.readouterr().err
    run_json(capsys, "--features", features, "--csv", table, "--overwrite")
    assert table.read_text() != "mine"


def test_self_check_needs_no_labels(flat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json(capsys, "--features", flat, "--self-check", "--sample", 4)
    assert set(found) == {"self_check", "space", "hubness"}
    assert found["self_check"]["images"] == 4
    assert list(found["self_check"]["changes"]) == list(TRANSFORMATIONS)
    assert found["self_check"]["changes"]["mirror"]["recall@1"] == 1.0
    out, _ = run(capsys, "--features", flat, "--self-check", "--sample", 4)
    mirror = next(line for line in out.splitlines() if line.startswith("  mirror"))
    assert "recall@1 1.000 (1.000 to 1.000), recall@30 1.000" in mirror


def test_labels_and_self_check_together(features: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json(capsys, "--features", features, "--self-check", "--sample", 3)
    assert set(found) == KEYS | {"self_check"}
    assert found["queries"] == found["self_check"]["images"] == 3


def test_labels_by_the_names_and_by_a_file(
    flat: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    by_name = run_json(capsys, "--features", flat, "--labels", "holidays")
    assert [one["label"] for one in by_name["per_class"]] == ["1000", "1001"]
    assert by_name["precision@1"] == 1.0
    file = tmp_path / "labels.csv"
    lines = [
        f"100{place}{n:02}.png,{colour}" for place, colour in enumerate("ab") for n in range(3)
    ]
    file.write_text("\n".join(["image,label", *lines]))
    by_file = run_json(capsys, "--features", flat, "--labels", file)
    # The others are compared with, but not asked with.
    assert (by_file["images"], by_file["queries"]) == (10, 6)


def test_plain_output_has_a_line_a_measure(
    features: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = run(capsys, "--features", features)
    lines = out.splitlines()
    assert lines[:2] == ["hsv, none; no weights", "  40 queries in 4 classes"]
    *measures, last = MEASURES
    first, *_ = MACRO.split()
    assert [line.split()[0] for line in lines[2:9]] == [*measures, first, last]
    assert lines[9].startswith("  precision at recall 0, 0.1, … 1: 1.000 ")
    assert lines[10].startswith("  hubness ")
    assert lines[10].endswith("among nobody's")
    assert len(lines) == 11


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--sample", 0], "Expected at least 1 image to ask with. Received: --sample 0"),
        (["--ranking", "x"], "Expected a ranking by distance or neighbourhood. Received: ranking="),
        (["--labels", "no/such.csv"], "Received: labels='no/such.csv'"),
        (["--labels", "no/such.csv", "--self-check"], "Received: labels='no/such.csv'"),
        (["--labels", "holidays", "--csv", "no/such/folder.csv"], "written after --csv"),
        (["--labels", "holidays", "--queries", "no/such/q.csv"], "written after --queries"),
        (["--labels", "holidays", "--trec", "/dev/null/trec"], "written after --trec"),
        (["--self-check", "--trec", "."], "at least two labels"),
        (["--fit-from", "flat"], "Expected a gallery of other pictures to learn the fit from."),
        ([], "at least two labels"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_2(
    arguments: list[object], expected: str, flat: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, error = run(capsys, "--features", flat, *arguments, code=2)
    assert out == ""
    assert expected in error


def test_no_index_is_exit_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, error = run(capsys, "--features", tmp_path / "none", "--self-check", code=3)
    assert "There is no index yet" in error


def test_the_ranking_by_neighbourhood_is_measured(
    features: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    by_distance = run_json(capsys, "--features", features)
    found = run_json(capsys, "--features", features, "--ranking", "neighbourhood")
    assert set(found) == KEYS
    assert found["mAP"] != by_distance["mAP"]
    assert run_json(capsys, "--features", features, "--ranking", "distance") == by_distance
    out, _ = run(capsys, "--features", features, "--ranking", "neighbourhood")
    assert out.splitlines()[0] == "hsv, none, neighbourhood; no weights"


def test_descriptors_side_by_side(
    features: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = tmp_path / "measures.csv"
    found = run_json(capsys, "--features", features, "--baselines", "--compare", "--csv", table)
    assert set(found) == KEYS | {"descriptors", "recommended"}
    assert set(found["descriptors"]) == {"hsv, none", "phash, none"}
    assert found["descriptors"]["hsv, none"]["mAP"] == found["mAP"]
    other = found["descriptors"]["phash, none"]
    assert other["mAP"] < found["mAP"]
    difference = other["difference"]
    assert difference["mAP"]["mean"] == pytest.approx(other["mAP"] - found["mAP"])
    assert 0 < difference["p"] < 0.01
    assert "difference" not in found
    with table.open(newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["of"] == "gallery"]
    assert [line["descriptor"] for line in lines] == ["hsv, none", "phash, none"]
    out, _ = run(capsys, "--features", features, "--baselines")
    assert [line for line in out.splitlines() if not line.startswith(" ")] == [
        "hsv, none; no weights",
        "phash, none; no weights",
        "None of them is surely better than hsv, none.",
    ]
    (beside,) = [line for line in out.splitlines() if "beside" in line]
    assert beside.startswith("  mAP beside hsv, none: -")
    assert beside.endswith("p 0.0001")


def test_each_query_has_a_line(
    features: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = tmp_path / "queries.csv"
    found = run_json(capsys, "--features", features, "--queries", table)
    with table.open(newline="", encoding="utf-8") as file:
        lines = {line["image"]: line for line in csv.DictReader(file)}
    assert len(lines) == found["queries"] == 40
    assert list(lines) == sorted(lines)
    for name in ("precision@1", "precision@10", "precision@30", "average precision"):
        mean = sum(float(line[name]) for line in lines.values()) / len(lines)
        expected = found["mAP" if name == "average precision" else name]
        assert mean == pytest.approx(expected, abs=1e-6)
    for worst in found["worst"]:
        line = lines[worst["image"]]
        assert line["label"] == worst["label"]
        assert float(line["average precision"]) == pytest.approx(
            worst["average_precision"], abs=1e-6
        )
        assert (line["first wrong"], line["its rank"]) == (
            worst["wrong"],
            str(worst["wrong_rank"]),
        )
    assert main(["evaluate", "--features", str(features), "--queries", str(table)]) == 2


def test_trec_eval_reads_the_rankings(
    features: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "trec"
    found = run_json(capsys, "--features", features, "--baselines", "--trec", folder)
    run = ir_measures.read_trec_run(str(folder / "run.txt"))
    qrels = ir_measures.read_trec_qrels(str(folder / "qrels.txt"))
    measures = [ir_measures.AP, ir_measures.P @ 10]
    expected = ir_measures.calc_aggregate(measures, qrels, run)
    assert [found["mAP"], found["precision@10"]] == pytest.approx(
        [expected[measure] for measure in measures]
    )
    assert sorted(path.name for path in folder.iterdir()) == ["qrels.txt", "run.txt"]
    # Both files or none.
    (folder / "run.txt").unlink()
    assert main(["evaluate", "--features", str(features), "--trec", str(folder)]) == 2
    assert [path.name for path in folder.iterdir()] == ["qrels.txt"]


def test_the_fit_of_another_gallery(
    features: Path, library: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "teacher"
    for path in sorted(library.glob("[br]*/*.png"))[:8]:
        (folder / path.parent.name).mkdir(parents=True, exist_ok=True)
        (folder / path.parent.name / path.name).write_bytes(path.read_bytes())
    options = ["--features", str(features)]
    index_options = ["--descriptor", "hsv", "--fit", "centre"]
    assert main(["index", str(folder), *options, "--gallery", "teacher", *index_options]) == 0
    options += ["--gallery", "library"]
    out, _ = run(capsys, *options, "--fit-from", "teacher")
    assert out.splitlines()[0] == "hsv, centre learnt from teacher; no weights"
    found = run_json(capsys, *options, "--fit-from", "teacher", "--compare")
    assert found["mAP"] == run_json(capsys, *options)["mAP"]
    learnt = found["descriptors"]["hsv, centre learnt from teacher"]
    assert learnt["mAP"] == run_json(capsys, *options, "--fit-from", "teacher")["mAP"]
    assert 0 < learnt["difference"]["p"] <= 1
    assert learnt["mAP"] != found["mAP"]
    # Without a fit there is nothing to take, of other features neither.
    main(["index", str(folder), *options[:2], "--gallery", "teacher", "--fit", "none"])
    _, error = run(capsys, *options, "--fit-from", "teacher", code=2)
    assert "Received: teacher, with the fit none." in error
    main(["index", str(folder), *options[:2], "--gallery", "teacher", "--descriptor", "phash"])
    _, error = run(capsys, *options, "--fit-from", "teacher", code=2)
    assert "Expected a gallery with features of pixels hsv" in error
    _, error = run(capsys, *options, "--fit-from", "elsewhere", code=3)
    assert "Received: gallery='elsewhere'" in error
