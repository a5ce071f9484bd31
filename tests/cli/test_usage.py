"""Arguments and environment variables: what is taken, and one clear line for what is not."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.cli import main
from core.cli.marks import one_mark_each
from core.datasets import labels_of

pytestmark = pytest.mark.usefixtures("set_to_colours")


def output(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict:  # type: ignore[type-arg]
    capsys.readouterr()
    assert main([*map(str, arguments), "--json"]) == 0
    content: dict = json.loads(capsys.readouterr().out)  # type: ignore[type-arg]
    return content


def error(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    capsys.readouterr()
    try:
        code = main([*map(str, arguments)])
    except SystemExit as stopped:
        code = stopped.code  # type: ignore[assignment]
    captured = capsys.readouterr()
    assert (code, captured.out, captured.err.count("\n")) == (2, "", 1)
    assert captured.err.startswith("lookalike: ")
    return captured.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "Missing command"),
        (["--frobnicate"], "'--frobnicate'"),
        (["explode"], "'explode'"),
        (["search"], "'QUERY...'"),
        (["sample"], "'DIR'"),
        (["search", "x", "--frobnicate"], "'--frobnicate'"),
        (["search", "x", "-k", "many"], "'-k': 'many' is not a valid integer"),
        (["search", "x", "-k"], "'-k' requires an argument"),
        (["search", "x", "--more"], "'--more' requires an argument"),
        (["search", "x", "--max-distance", "far"], "'--max-distance': 'far' is not a valid float"),
        (["search", "x", "--json=yes"], "'--json'"),
        (["index", "a", "b"], "(b)"),
        (["index", "a", "--size", "1.5"], "'--size' (env var: 'LOOKALIKE_SIZE'): '1.5' is not"),
        *(
            (["index", "a", "--workers", address], f"LOOKALIKE_WORKERS. Received: '{address}'")
            for address in ("host", "host:8786", "http://host:8786", "tcp://host", "tcp://a/b:1")
        ),
        (["index", "~no-such-user/pictures"], "~no-such-user/pictures"),
        (["share", "--port", "99999"], "'--port': 99999 is not in the range 1<=x<=65535"),
    ],
)
def test_a_wrong_argument_is_one_clear_line_and_exit_2(
    arguments: Sequence[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert expected in error(capsys, *arguments)


@pytest.mark.parametrize("command", [["index", "x"], ["info"], ["flowers", "x"], ["share"]])
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SIZE", "big", "Expected a whole number in LOOKALIKE_SIZE. Received: 'big'"),
        ("FIT_SIZE", "-1", "a whole number in LOOKALIKE_FIT_SIZE. Received: '-1'"),
        ("SHARE", "all", "off, pictures, thumbnails in LOOKALIKE_SHARE. Received: 'all'"),
        *(
            (name, "~nobody-of-this-name/x", "Received: ~nobody-of-this-name/x, and there is no")
            for name in ("LIBRARY", "FEATURES", "SAMPLE", "FLOWERS")
        ),
        ("WORKERS", "host:8786", "in --workers or LOOKALIKE_WORKERS. Received: 'host:8786'"),
        ("SHARE_ADDRESS", "example", "LOOKALIKE_SHARE_ADDRESS. Received: 'example'"),
    ],
)
def test_a_wrong_variable_is_named_whatever_the_command(
    command: list[str],
    name: str,
    value: str,
    expected: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(f"LOOKALIKE_{name}", value)
    assert expected in error(capsys, *command)


def test_workers_without_dask_name_the_file_to_install(
    photos: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setenv("LOOKALIKE_WORKERS", "tcp://127.0.0.1:8786")
    line = error(capsys, "index", photos)
    assert "Workers need Dask: expected the package distributed." in line
    assert line.endswith("Install it with: pip install -r requirements-cluster.txt\n")


def test_patterns_of_the_variables_have_commas_and_options_win(
    photos: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_INCLUDE", " cats/* , ,b.png,")
    assert output(capsys, "index", photos)["images"] == 4
    monkeypatch.setenv("LOOKALIKE_EXCLUDE", "cats/old/*")
    assert output(capsys, "index", photos)["images"] == 3
    options = ["--include", "*.jpg", "--exclude", "cats/*"]
    assert output(capsys, "index", photos, *options)["images"] == 2
    monkeypatch.setenv("LOOKALIKE_INCLUDE", "")
    monkeypatch.setenv("LOOKALIKE_EXCLUDE", "")
    assert output(capsys, "index", photos)["images"] == 6


def test_variables_give_folders_below_the_home_folder(
    photos: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(photos.parent))
    monkeypatch.setenv("LOOKALIKE_LIBRARY", "~/photos")
    monkeypatch.setenv("LOOKALIKE_FEATURES", "~/here")
    monkeypatch.setenv("LOOKALIKE_GALLERY", "holidays")
    assert output(capsys, "index")["library"] == str(photos.resolve())
    info = output(capsys, "info", "--features", "~/here")
    assert (info["gallery"], info["features"]) == ("holidays", str(photos.parent / "here"))


def test_an_empty_variable_counts_as_not_set(
    photos: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LIBRARY", "GALLERY", "WEIGHTS", "SIZE", "FIT", "FIT_SIZE", "PRECISION"):
        monkeypatch.setenv(f"LOOKALIKE_{name}", "")
    assert output(capsys, "index", photos)["space"]["descriptor"] == "hsv"
    assert output(capsys, "info")["gallery"] == "photos"


def test_a_fit_of_the_options_wins_over_the_variables(
    library: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_FIT", "whiten")
    monkeypatch.setenv("LOOKALIKE_FIT_SIZE", "9")
    assert "from 64 to 512 for the fit whiten. Received: fit-size=9" in error(
        capsys, "index", library
    )
    output(capsys, "index", library, "--fit-size", 64)
    assert output(capsys, "info")["fit"] == "whiten 64"
    monkeypatch.delenv("LOOKALIKE_FIT_SIZE")
    output(capsys, "index", library, "--fit", "folders")
    assert output(capsys, "info")["fit"] == "folders"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("q --more a", "q --more a"),
        ("q --more a b c", "q --more a --more b --more c"),
        ("q --more a b --less c d", "q --more a --more b --less c --less d"),
        ("q --more a -k 3 r", "q --more a -k 3 r"),
        ("q --more a --more b", "q --more a --more b"),
        ("q --more=a r", "q --more=a r"),
        ("--less a - b", "--less a --less - --less b"),
        ("--more a b -- c d", "--more a --more b -- c d"),
        ("q -- --more a b", "q -- --more a b"),
        ("q --folder a b", "q --folder a b"),
        ("q --more", "q --more"),
    ],
)
def test_every_value_of_a_mark_gets_its_option(arguments: str, expected: str) -> None:
    assert one_mark_each(arguments.split()) == expected.split()


def test_several_marks_after_one_option_are_as_many_options(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output(capsys, "index", photos)
    query = photos / "a.jpg"
    marks = ["--more", "cats/1.jpg", "cats/2.jpg", "--less", "b.png", "dogs/1.jpg"]
    together = output(capsys, "search", query, *marks)["matches"]
    single = ["--more=cats/1.jpg", "--less=b.png", "--less", "dogs/1.jpg", "--more=cats/2.jpg"]
    assert output(capsys, "search", *single, query)["matches"] == together
    assert output(capsys, "search", query, *marks[:2])["matches"] != together
    assert {match["image"] for match in together}.isdisjoint(("b.png", "dogs/1.jpg"))


def test_a_picture_is_not_marked_as_both_by_the_path_of_its_copy(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "copy.jpg").write_bytes((photos / "a.jpg").read_bytes())
    output(capsys, "index", photos)
    marks = ["--more", "a.jpg", "--less", "b.png", "copy.jpg"]
    assert "Received: 'copy.jpg' as both" in error(capsys, "search", photos / "b.png", *marks)


def test_marks_are_remembered_as_labels_of_the_gallery(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output(capsys, "index", photos)
    marks = ["--more", "cats/1.jpg", "--less", "b.png", "--remember", "cats"]
    assert main(["search", str(photos / "a.jpg"), *marks, "--json"]) == 0
    captured = capsys.readouterr()
    json.loads(captured.out)
    file = captured.err.rstrip().rpartition(" ")[2]
    assert captured.err.endswith(f"Learn from it: index --fit folders --labels {file}\n")
    paths = ["a.jpg", "b.png", "cats/1.jpg"]
    assert labels_of(paths, file) == (None, "not cats", "cats")
    assert "Received: 'cats' for 0 right" in error(
        capsys, "search", photos / "a.jpg", "--remember", "cats"
    )


def test_help_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["search", "--help"], ["search", "x", "--help"]):
        assert main(arguments) == 0
        captured = capsys.readouterr()
        assert captured.out.startswith("Usage: python -m core")
        assert captured.err == ""
