"""``index --detail`` and ``search --part``, without a network."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest

from core.cli import main, options
from core.config import Settings
from core.engine import ImageSearchEngine
from tests.detail.test_details import HOST, THING, make
from tests.fakes import fake_extractor, save_picture


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands have an engine whose extractor costs nothing."""
    engine = functools.partial(ImageSearchEngine, make_extractor=fake_extractor)
    monkeypatch.setattr(options, "ImageSearchEngine", engine)


@pytest.fixture
def thing(tmp_path: Path) -> Path:
    path = tmp_path / "thing.png"
    THING.save(path)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([*map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    code, out, _ = run(capsys, *arguments, "--json")
    assert code == 0
    content: dict[str, Any] = json.loads(out)
    return content


def test_a_part_is_found_once_details_are_made_and_they_are_kept_up_to_date(
    tmp_path: Path, thing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library, features = make(tmp_path / "library", 20), ("--features", tmp_path / "features")
    assert "detail" not in answer(capsys, "index", library, *features, "--weights", "random")
    code, out, err = run(capsys, "search", thing, "--part", *features)
    assert (code, out) == (3, "")
    assert err.count("\n") == 1
    assert "python -m core index --detail" in err
    assert answer(capsys, "info", *features)["detail"]["missing"] == 21

    code, out, err = run(capsys, "index", library, *features, "--detail")
    assert code == 0
    assert "21 pictures can be searched for parts: 21 described" in out
    assert "Describing the parts of 21 pictures takes about 1 minute and " in err

    found = answer(capsys, "search", thing, "--part", "-k", 3, *features)
    best = found["matches"][0]
    assert (best["rank"], best["image"], best["closer_than"]) == (1, HOST, None)
    left, top, right, bottom = best["box"]
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom <= 1
    assert "box" not in answer(capsys, "search", thing, "-k", 3, *features)["matches"][0]
    _, out, _ = run(capsys, "search", thing, "--part", "-k", 1, *features)
    assert f"{HOST}  from {left:.0%} to {right:.0%} across" in out

    save_picture(library / "new.png", 500)
    assert answer(capsys, "index", library, *features)["detail"]["extracted"] == 1
    assert answer(capsys, "info", *features)["detail"]["missing"] == 0


def test_the_doctor_finds_damaged_details_and_makes_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only looking for the best one needs TensorFlow.
    monkeypatch.setenv("LOOKALIKE_PRECISION", "float32")
    library, features = make(tmp_path / "library", 8), ("--features", tmp_path / "features")
    run(capsys, "index", library, *features, "--weights", "random", "--detail")
    save_picture(library / "new.png", 500)
    ImageSearchEngine(Settings(features=tmp_path / "features", weights="random")).index()
    (codes,) = tmp_path.glob("features/*/details/fine-*.npy")
    codes.write_bytes(codes.read_bytes()[:-1] + b"?")
    report = answer(capsys, "doctor", *features)
    assert len(report["damaged"]) == 1
    assert "description of its parts" in report["damaged"][0]["problem"]
    assert (report["detail"]["pictures"], report["detail"]["missing"]) == (9, 1)
    code, out, _ = run(capsys, "doctor", "--repair", *features)
    assert code == 0
    assert "repaired    2 details made anew" in out
    report = answer(capsys, "doctor", *features)
    assert (report["damaged"], report["detail"]["missing"]) == ([], 0)


def test_a_run_on_a_cluster_says_that_details_are_made_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--features", tmp_path / "features", "--weights", "random")
    command = ("index", make(tmp_path / "library", 2), *given)
    assert run(capsys, *command)[0] == 0
    # Nothing is left to extract, so no scheduler is asked.
    code, _, err = run(capsys, *command, "--detail", "--workers", "tcp://127.0.0.1:9")
    assert code == 0
    assert "This computer describes the parts by itself: the workers at tcp://127.0.0.1:9" in err


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (["THING"], "several queries"),
        (["--less", HOST], "--more or --less"),
        (["--ranking", "neighbourhood"], "--ranking neighbourhood"),
    ],
)
def test_what_does_not_go_with_a_part_is_one_clear_line(
    more: list[str],
    named: str,
    tmp_path: Path,
    thing: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    library, features = make(tmp_path / "library", 2), ("--features", tmp_path / "features")
    assert run(capsys, "index", library, *features, "--weights", "random")[0] == 0
    given = [str(thing) if one == "THING" else one for one in more]
    code, out, err = run(capsys, "search", thing, *given, "--part", *features)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"Received: {named}" in err
