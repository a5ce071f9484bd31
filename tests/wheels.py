"""The wheel of this checkout, installed into a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def install_wheel(folder: Path) -> Path:
    """Build the wheel and install it without dependencies; return the folder to import from."""
    site, wheels = folder / "site", folder / "wheels"
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)], ROOT)
    (wheel,) = wheels.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    run([*pip, "--target", str(site), str(wheel)], folder)
    return site


def environment(site: Path) -> dict[str, str]:
    """The variables of a process that has the installed wheel and not the checkout."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("LOOKALIKE")}
    return {**own, "PYTHONPATH": str(site)}


def run(command: list[str], folder: Path, **variables: str) -> str:
    """The standard output of a command that has to succeed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
