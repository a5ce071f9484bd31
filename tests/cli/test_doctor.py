"""``python -m core doctor`` in a process of its own, where TensorFlow is missing or broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


class Doctor:
    """Runs the command, with other packages first in the path of Python.

    Args:
        folder: Of the features.
        packages: Folder of these packages.
        flags: Of Python.
    """

    def __init__(self, folder: Path, packages: Path, flags: Sequence[str] = ()) -> None:
        self._command = [sys.executable, *flags, "-m", "core", "doctor"]
        self._features = folder / "features"
        self._packages = packages

    def lines(self, **variables: str) -> dict[str, str]:
        return dict(line.split(maxsplit=1) for line in self._run(**variables).splitlines())

    def json(self, **variables: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self._run("--json", **variables))
        return content

    def _run(self, *options: str, **variables: str) -> str:
        kept = {name: value for name, value in os.environ.items() if "LOOKALIKE" not in name}
        done = subprocess.run(
            [*self._command, "--features", str(self._features), *options],
            cwd=ROOT,
            env={**kept, "PYTHONPATH": str(self._packages), **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout


@pytest.fixture
def without(tmp_path: Path) -> Doctor:
    """Every installed package but TensorFlow."""
    packages = tmp_path / "packages"
    packages.mkdir()
    for installed in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for entry in Path(installed).iterdir():
            if not entry.name.startswith("tensorflow"):
                (packages / entry.name).symlink_to(entry)
    # Python does not add the folder of the installed packages by itself.
    return Doctor(tmp_path, packages, ["-S"])


def broken(folder: Path, error: str) -> Doctor:
    """A TensorFlow that raises this when it is imported."""
    packages = folder / "packages"
    packages.mkdir()
    (packages / "tensorflow.py").write_text(f"raise {error}")
    return Doctor(folder, packages)


def test_doctor_tells_that_tensorflow_is_missing(without: Doctor) -> None:
    lines = without.lines()
    assert lines["tensorflow"] == "missing"
    assert lines["precision"].startswith("unknown: TensorFlow cannot be used (No module named")
    assert lines["features"].endswith(", writable")
    report = without.json()
    missing = [name for name, version in report["packages"].items() if version is None]
    assert missing == ["tensorflow"]
    assert report["precision"] is None
    assert report["precision_unknown"].startswith("TensorFlow cannot be used (No module named")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("ImportError('DLL load failed:\\nnot found')", "DLL load failed: not found"),
        ("TypeError('Descriptors cannot be created')", "Descriptors cannot be created"),
    ],
)
def test_doctor_tells_that_tensorflow_is_broken(error: str, reason: str, tmp_path: Path) -> None:
    doctor = broken(tmp_path, error)
    assert doctor.lines()["precision"] == f"unknown: TensorFlow cannot be used ({reason})"
    assert doctor.json()["packages"]["tensorflow"]


def test_a_chosen_precision_is_known_without_tensorflow(without: Doctor) -> None:
    report = without.json(LOOKALIKE_PRECISION="float32")
    assert (report["precision"], report["precision_unknown"]) == ("float32", None)
