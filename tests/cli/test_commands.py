"""The command line as a contract: exit codes, JSON, one clear line for each mistake."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.cli import main
from tests.flowers import sample_flower

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[2]
INDEX_KEYS = {
    "library",
    "images",
    "extracted",
    "unchanged",
    "moved",
    "removed",
    "skipped",
    "seconds",
    "images_per_second",
    "space",
    "dimension",
    "fit",
    "fit_before",
    "generation",
}
NOBODY = 65534


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six drawn flowers of two kinds, a text file called .jpg and an empty .png."""
    drawn = tmp_path_factory.mktemp("drawn")
    assert main(["sample", str(drawn), "--count", "60"]) == 0
    folder = tmp_path_factory.mktemp("few")
    for kind in sorted(drawn.iterdir())[:2]:
        shutil.copytree(kind, folder / kind.name)
        for surplus in sorted((folder / kind.name).iterdir())[3:]:
            surplus.unlink()
    (folder / "text.jpg").write_text("not a picture")
    (folder / "zero.png").touch()
    return folder


@pytest.fixture(scope="module")
def features(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The features folder of ``few``."""
    folder = tmp_path_factory.mktemp("features")
    assert main(["index", str(few), "--features", str(folder), "--weights", "random"]) == 0
    return folder


def run_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    capsys.readouterr()
    code = main([*map(str, arguments), "--json"])
    captured = capsys.readouterr()
    assert (code, captured.err) == (0, "")
    assert captured.out.count("\n") == 1
    content = json.loads(captured.out)
    assert isinstance(content, dict)
    return content


def run_error(capsys: pytest.CaptureFixture[str], arguments: Sequence[object], code: int) -> str:
    capsys.readouterr()
    assert main([*map(str, arguments)]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("lookalike: ")
    return captured.err


def test_index_reports_the_contract_and_does_nothing_twice(
    few: Path, features: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = run_json(capsys, "index", few, "--features", features, "--weights", "random")
    assert set(report) == INDEX_KEYS
    assert (report["images"], report["extracted"], report["unchanged"]) == (6, 0, 6)
    assert (report["moved"], report["removed"], report["generation"]) == (0, 0, 1)
    assert report["library"] == str(few.resolve())
    assert {item["image"]: item["reason"] for item in report["skipped"]} == {
        "text.jpg": "not an image of a known format",
        "zero.png": "the file is empty",
    }
    assert (report["space"]["weights"], report["dimension"]) == ("random", 512)


def test_features_are_named_like_the_images(few: Path, features: Path) -> None:
    arrays = {
        path.relative_to(next(features.glob("*/arrays"))).as_posix()
        for path in features.rglob("arrays/**/*.npy")
    }
    images = {path.relative_to(few).as_posix() for path in few.rglob("*/*.jpg")}
    assert arrays == {f"{image}.npy" for image in images}


def test_indexed_photo_finds_itself_first(
    few: Path, features: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = sorted(few.rglob("*/*.jpg"))[4]
    answer = run_json(capsys, "search", query, "--features", features, "-k", 4)
    assert set(answer) == {"query", "seconds", "nothing_similar", "matches"}
    assert [match["rank"] for match in answer["matches"]] == [1, 2, 3, 4]
    keys = {"rank", "image", "distance", "closer_than"}
    assert all(set(match) == keys for match in answer["matches"])
    shares = [match["closer_than"] for match in answer["matches"]]
    assert shares[0] == 1.0
    assert shares == sorted(shares, reverse=True)
    assert answer["matches"][0]["image"] == query.relative_to(few).as_posix()
    assert answer["matches"][0]["distance"] == 0
    distances = [match["distance"] for match in answer["matches"]]
    assert distances == sorted(distances)


def test_indexed_photo_is_at_distance_zero_in_every_precision(
    few: Path, features: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = sorted(few.rglob("*/*.jpg"))[2]
    # The same picture in a file of another content: it is extracted.
    other = tmp_path / "other.jpg"
    other.write_bytes(photo.read_bytes() + b"more")
    rests = []
    for precision in ("float32", "mixed_bfloat16"):
        options = ["--features", features, "--precision", precision]
        first = run_json(capsys, "search", photo, *options)["matches"][0]
        assert (first["image"], first["distance"]) == (photo.relative_to(few).as_posix(), 0)
        again = run_json(capsys, "search", other, *options)["matches"][0]
        assert again["image"] == first["image"]
        rests.append(again["distance"])
    # One of the two is not the precision that the gallery was indexed with.
    assert max(rests) > 1e-4


def test_large_photo_finds_itself_at_distance_zero(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "photos" / "large.jpg"
    photo.parent.mkdir()
    sample_flower("dahlia", 1).resize((2400, 1800)).save(photo, quality=90)
    features = tmp_path / "features"
    run_json(capsys, "index", photo.parent, "--features", features, "--weights", "random")
    answer = run_json(capsys, "search", photo, "--features", features)
    assert answer["matches"][0]["distance"] == 0
    store = json.loads(next(features.glob("*/store.json")).read_bytes())
    assert "untrained weights" in store["description"]


def test_search_reads_standard_input_and_gives_all_there_are(
    few: Path, features: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    query = sorted(few.rglob("*/*.jpg"))[0]
    stdin = io.TextIOWrapper(io.BytesIO(query.read_bytes()))
    monkeypatch.setattr(sys, "stdin", stdin)
    answer = run_json(capsys, "search", "-", "--features", features)
    assert answer["query"] == "-"
    assert len(answer["matches"]) == 6
    assert answer["matches"][0]["image"] == query.relative_to(few).as_posix()
    assert answer["matches"][0]["distance"] == 0


def test_plain_output_has_a_line_a_match(
    few: Path, features: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = sorted(few.rglob("*/*.jpg"))[0]
    capsys.readouterr()
    assert main(["search", str(query), "--features", str(features), "-k", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["1", "0.0000", query.relative_to(few).as_posix()]
    assert len(lines) == 2


def test_answer_is_saved_as_table_sheet_and_copies(
    few: Path, features: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    query = sorted(few.rglob("*/*.jpg"))[0]
    saved = [tmp_path / name for name in ("matches.csv", "matches.jpg", "matches.zip")]
    options = zip(("--csv", "--sheet", "--zip"), saved, strict=True)
    answer = run_json(
        capsys, "search", query, "--features", features, "-k", 3, *itertools.chain(*options)
    )
    images = [match["image"] for match in answer["matches"]]
    with saved[0].open(newline="") as file:
        assert [row["image"] for row in csv.DictReader(file)] == images
    with Image.open(saved[1]) as sheet:
        assert sheet.format == "JPEG"
    with zipfile.ZipFile(saved[2]) as archive:
        copies = [archive.read(name) for name in archive.namelist()]
    assert copies == [(few / image).read_bytes() for image in images]


def test_each_match_is_explained_by_a_picture(
    few: Path, features: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    query, folder = sorted(few.rglob("*/*.jpg"))[0], tmp_path / "new" / "why"
    search = ["search", query, "--features", features, "-k", 3, "--explain", folder]
    images = [match["image"] for match in run_json(capsys, *search)["matches"]]
    names = [f"{rank:03}-{Path(image).stem}.jpg" for rank, image in enumerate(images, 1)]
    assert sorted(path.name for path in folder.iterdir()) == names
    with Image.open(folder / names[0]) as picture:
        assert picture.format == "JPEG"
    assert "Received: 2. Ask with one" in run_error(capsys, [*search, query], 2)
    # A second answer replaces only the pictures of its names, and only if it may.
    (folder / names[0]).write_text("kept")
    (folder / "mine.jpg").write_text("kept")
    assert "--overwrite" in run_error(capsys, search, 2)
    assert (folder / names[0]).read_text() == "kept"
    run_json(capsys, *search, "--overwrite")
    with Image.open(folder / names[0]) as picture:
        assert picture.format == "JPEG"
    assert (folder / "mine.jpg").read_text() == "kept"


@pytest.mark.parametrize("option", ["--csv", "--sheet", "--zip"])
def test_a_file_that_is_there_is_replaced_only_with_overwrite(
    option: str, few: Path, features: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    query, path = sorted(few.rglob("*/*.jpg"))[0], tmp_path / "file"
    search = ["search", query, "--features", features, option, path]
    path.write_text("mine")
    message = run_error(capsys, search, 2)
    assert f"Expected a new file after {option}. Received: {path}" in message
    assert "--overwrite" in message
    assert path.read_text() == "mine"
    # That is said before the work, even before there is an index.
    elsewhere = ["search", query, "--features", tmp_path / "none", option, path]
    assert "--overwrite" in run_error(capsys, elsewhere, 2)
    run_json(capsys, *search, "--overwrite")
    assert path.read_bytes() != b"mine"
    path.unlink()
    path.mkdir()
    assert f"Received: {path}" in run_error(capsys, [*search, "--overwrite"], 2)


def test_answer_that_cannot_be_saved_is_an_error_in_one_line(
    few: Path, features: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    query = sorted(few.rglob("*/*.jpg"))[0]
    nowhere = tmp_path / "nowhere" / "matches.zip"
    message = run_error(capsys, ["search", query, "--features", features, "--zip", nowhere], 2)
    assert f"Received: {nowhere} (No such file or directory)" in message


def test_info_describes_the_index(
    few: Path, features: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    info = run_json(capsys, "info", "--features", features)
    assert (info["library"], info["images"], info["generation"]) == (str(few.resolve()), 6, 1)
    assert len(info["skipped"]) == 2
    assert info["runs"][-1]["extracted"] == 6
    assert main(["info", "--features", str(features)]) == 0
    told = capsys.readouterr().out
    assert "untrained weights" in told
    # Each of six pictures has the five others as its nearest.
    assert info["hubness"] == {"skew": 0.0, "most": 5, "nowhere": 0}
    assert "hubness     0.00; one image is among the ten nearest of 5 others" in told


def test_evaluate_measures_with_folder_names(
    features: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measures = run_json(capsys, "evaluate", "--features", features)
    assert (measures["queries"], measures["classes"]) == (6, 2)
    for name in ("precision@1", "precision@10", "precision@30", "mAP"):
        assert 0 < measures[name] <= 1
    # Two others of the same kind at most stand among the first 30.
    assert measures["precision@30"] == pytest.approx(2 / 30)


def test_sample_copies_the_number_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_json(capsys, "sample", tmp_path / "all")["images"] == 240
    assert len(list((tmp_path / "all").rglob("*.jpg"))) == 240
    report = run_json(capsys, "sample", tmp_path / "few", "--count", 13)
    assert report["images"] == 13 == len(list((tmp_path / "few").rglob("*.jpg")))


def test_what_the_drawing_of_the_sample_took_is_told_and_has_no_effect(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "core", "sample", str(tmp_path), "--count", "20"]
    environment = {**os.environ, "LOOKALIKE_SAMPLE_COUNT": "8"}
    run = subprocess.run(
        [*command, "--seed", "5"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert (run.returncode, run.stdout) == (0, f"20 flowers copied to {tmp_path}\n")
    assert [line.partition(" has no effect any more: ")[0] for line in run.stderr.splitlines()] == [
        "lookalike: LOOKALIKE_SAMPLE_COUNT",
        "lookalike: --seed",
    ]
    # Those that are copied without both: nothing is replaced.
    assert main(["sample", str(tmp_path), "--count", "20"]) == 0
    assert len(list(tmp_path.rglob("*.jpg"))) == 20


def test_doctor_tells_what_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    report = run_json(capsys, "doctor", "--features", tmp_path / "new" / "features")
    assert (report["weights"]["used"], report["weights"]["cached"]) == ("imagenet", [])
    assert report["writable"] is True
    assert all(report["packages"].values())
    assert report["precision"] in ("float32", "mixed_bfloat16", "mixed_float16")


def test_environment_gives_the_defaults_and_options_win(
    few: Path,
    features: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOOKALIKE_LIBRARY", str(few))
    monkeypatch.setenv("LOOKALIKE_FEATURES", str(features))
    monkeypatch.setenv("LOOKALIKE_WEIGHTS", "random")
    assert run_json(capsys, "index")["unchanged"] == 6
    run_error(capsys, ["info", "--features", tmp_path / "elsewhere"], 3)
    monkeypatch.setenv("LOOKALIKE_DESCRIPTOR", "fc9")
    assert "descriptor='fc9'" in run_error(capsys, ["index"], 2)


def bad_input(tmp_path: Path, case: str) -> tuple[list[object], str]:
    """A command that cannot work, and what its message must hold."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    index: list[object] = ["index", folder, "--features", tmp_path / "f", "--weights", "random"]
    match case:
        case "missing folder":
            return ["index", tmp_path / "nowhere", *index[2:]], "does not exist"
        case "a file":
            (folder / "a.jpg").touch()
            return ["index", folder / "a.jpg", *index[2:]], "Expected a folder"
        case "empty folder":
            return index, "No images found"
        case "text called jpg":
            (folder / "a.jpg").write_text("text")
            return index, "'a.jpg': not an image"
        case "empty file":
            (folder / "a.jpg").touch()
            return index, "'a.jpg': the file is empty"
        case "unknown descriptor":
            return [
                *index,
                "--descriptor",
                "sift",
            ], "gem, crow, rmac, fc1, fc2, hsv, phash. Received: descriptor='sift'"
        case "unknown precision":
            (folder / "a.ppm").write_bytes(b"P6 1 1 255 abc")
            return [*index, "--precision", "double"], "precision='double'"
        case "unknown weights":
            (folder / "a.ppm").write_bytes(b"P6 1 1 255 abc")
            return [*index[:-1], "imagenett"], "imagenett"
        case "sample count":
            return [
                "sample",
                tmp_path / "s",
                "--count",
                241,
            ], "Expected 1 to 240 pictures"
    raise AssertionError(case)


@pytest.mark.parametrize(
    "case",
    [
        "missing folder",
        "a file",
        "empty folder",
        "text called jpg",
        "empty file",
        "unknown descriptor",
        "unknown precision",
        "unknown weights",
        "sample count",
    ],
)
def test_bad_input_is_one_clear_line_and_exit_2(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, expected = bad_input(tmp_path, case)
    assert expected in run_error(capsys, command, 2)


@pytest.mark.parametrize(("k", "expected"), [("0", "Received: k=0"), ("-3", "Received: k=-3")])
def test_k_below_one_is_refused(
    k: str, expected: str, few: Path, features: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = sorted(few.rglob("*/*.jpg"))[0]
    assert expected in run_error(capsys, ["search", query, "--features", features, "-k", k], 2)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("text.jpg", "not an image"),
        ("zero.png", "the file is empty"),
        ("gone.jpg", "it does not exist"),
        (".", "it cannot be read"),
    ],
)
def test_bad_query_is_one_clear_line_and_exit_2(
    query: str, expected: str, few: Path, features: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = run_error(capsys, ["search", few / query, "--features", features], 2)
    assert expected in message


def test_no_index_is_exit_3(few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query = sorted(few.rglob("*/*.jpg"))[0]
    for command in (["search", query], ["info"], ["evaluate"]):
        message = run_error(capsys, [*command, "--features", tmp_path / "none"], 3)
        assert "There is no index yet" in message


def test_index_of_another_space_is_exit_3(
    few: Path, features: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = sorted(few.rglob("*/*.jpg"))[0]
    command = ["search", query, "--features", features]
    assert "Rebuild" in run_error(capsys, [*command, "--descriptor", "fc1"], 3)
    other = tmp_path / "other.weights.h5"
    other.write_bytes(b"other kernels")
    assert "Rebuild" in run_error(capsys, [*command, "--weights", other], 3)


def test_unknown_option_is_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["search", "x", "--frobnicate"])
    assert stopped.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="folders are closed by POSIX permissions here")
@pytest.mark.parametrize("inside", [False, True])
def test_folder_without_permission_is_one_clear_line(
    inside: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        closed = Path(folder) / "closed"
        closed.mkdir(mode=0)
        library = closed / "inside" if inside else closed
        with not_as_superuser():
            message = run_error(capsys, ["index", library, "--weights", "random"], 2)
        assert "no permission" in message


@contextmanager
def not_as_superuser() -> Iterator[None]:
    """The superuser may open any folder: be somebody else for a moment."""
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if superuser:
            os.seteuid(0)


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    help_text = subprocess.run(
        [sys.executable, "-m", "core", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    listed = help_text.partition("Commands:\n")[2].splitlines()
    commands = [line.split()[0] for line in listed]
    assert {"index", "search", "info", "sample", "evaluate", "doctor"} <= set(commands)
    for command in commands:
        assert f"python -m core {command}" in readme
