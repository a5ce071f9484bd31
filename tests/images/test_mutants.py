"""Damaged images never crash or hang the program: each is loaded or refused with a reason."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.images.mutants import mutant

ROOT = Path(__file__).parents[2]
SECONDS_AN_IMAGE = 10
MAX_MEMORY = 2_500_000_000
# To import the program, to encode the originals, to walk 5,000 files.
SECONDS_A_TASK = 500


def facts(*arguments: object, seconds: float) -> Iterator[dict[str, Any]]:
    """What the program tells, line by line; fails where it is silent for longer than allowed."""
    command = [sys.executable, "-m", "tests.images.mutants", *map(str, arguments)]
    last: object = "nothing"
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = b""
        try:
            # The first word comes after the imports.
            patience: float = SECONDS_A_TASK
            while True:
                ready, _, _ = select.select([process.stdout], [], [], patience)
                if not ready:
                    pytest.fail(f"{command} hangs after it told: {last}")
                part = os.read(process.stdout.fileno(), 1 << 16)
                if not part:
                    break
                *lines, told = (told + part).split(b"\n")
                for line in lines:
                    last = json.loads(line)
                    yield last
                patience = seconds
            assert process.wait() == 0, f"{command} died after it told: {last}"
        finally:
            process.kill()


def check_loads(first: int, count: int) -> None:
    outcomes: dict[int, str] = {}
    slowest, peak = 0.0, 0
    for fact in facts("load", first, count, seconds=SECONDS_AN_IMAGE):
        if "ended" in fact:
            outcomes[fact["ended"]] = fact["outcome"]
            slowest = max(slowest, fact["seconds"])
        peak = fact.get("peak", peak)
    wrong = {seed: said for seed, said in outcomes.items() if said not in ("loaded", "refused")}
    assert wrong == {}
    assert outcomes.keys() == set(range(first, first + count))
    loaded = list(outcomes.values()).count("loaded")
    print(f"{count} mutants: {loaded} loaded, longest {slowest:.2f} s, {peak // 1_000_000} MB")
    # Were all of them alike, they would show nothing.
    assert count / 10 < loaded < count * 9 / 10
    assert slowest < SECONDS_AN_IMAGE
    assert 0 < peak < MAX_MEMORY


def test_mutants_are_loaded_or_refused() -> None:
    check_loads(0, 400)


@pytest.mark.slow
def test_many_mutants_are_loaded_or_refused() -> None:
    check_loads(100_000, 5_000)


@pytest.mark.slow
def test_a_folder_of_mutants_is_indexed_or_listed_to_the_last(tmp_path: Path) -> None:
    folder = tmp_path / "mutants"
    folder.mkdir()
    names = [f"{seed}.jpg" for seed in range(200_000, 205_000)]
    for name in names:
        (folder / name).write_bytes(mutant(int(name[:-4])))
    start = time.perf_counter()
    told = list(facts("index", folder, tmp_path / "features", seconds=SECONDS_A_TASK))
    report, peak = told[0], told[-1]["peak"]
    skipped = report["skipped"]
    print(
        f"{len(report['indexed'])} indexed, {len(skipped)} skipped "
        f"in {time.perf_counter() - start:.0f} s, {peak // 1_000_000} MB"
    )
    assert sorted([*report["indexed"], *skipped]) == sorted(names)
    assert all(reason and reason.isprintable() for reason in skipped.values())
    assert peak < MAX_MEMORY


@pytest.mark.slow
def test_images_at_the_limit_share_the_memory(tmp_path: Path) -> None:
    list(facts("largest", tmp_path, seconds=SECONDS_A_TASK))
    told = list(facts("together", tmp_path, seconds=SECONDS_A_TASK))
    print(f"peak {told[-1]['peak'] // 1_000_000} MB")
    sizes = told[0]["outcomes"]
    assert len(sizes) == 4
    assert max(side for size in sizes for side in size) <= 2 * 448
    assert told[-1]["peak"] < 1_400_000_000


@pytest.mark.parametrize(
    ("program", "end"),
    [("import os; os.abort()", "died"), ("import time; time.sleep(600)", "hangs")],
)
def test_a_crash_and_a_hang_would_be_noticed(
    program: str, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tests" / "images").mkdir(parents=True)
    (tmp_path / "tests" / "images" / "mutants.py").write_text(
        f"print('7', flush=True)\n{program}\n"
    )
    monkeypatch.setattr("tests.images.test_mutants.ROOT", tmp_path)
    with pytest.raises((AssertionError, pytest.fail.Exception), match=f"{end} after it told: 7"):
        list(facts("load", seconds=0.5))
