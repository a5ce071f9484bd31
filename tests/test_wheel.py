"""The wheel: one name to import, everything that the program needs, and its own command."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import PathDistribution
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement

from core.errors import WorkersError
from core.images import load_image
from core.indexing.parts import Outcome, Part, pack, project_version, unpack
from core.indexing.scanning import ImageFile
from core.model import PixelExtractor
from tests.fakes import save_picture
from tests.wheels import ROOT, environment, install_wheel, run


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder of somebody who has a package ``core``, too."""
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text("mine = True\n")
    return tmp_path


def names_in(folder: Path) -> set[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)) for path in files if "__pycache__" not in path.parts}


def test_it_holds_everything_below_one_name(site: Path) -> None:
    top = {path.name for path in site.iterdir()} - {"bin"}
    assert top == {"lookalike", "lookalike-0.1.0.dist-info"}
    expected = {f"core/{name}" for name in names_in(ROOT / "core")}
    expected |= {f"pages/{name}" for name in names_in(ROOT / "pages")}
    expected |= {"__init__.py", "app.py", ".streamlit/config.toml"}
    assert names_in(site / "lookalike") == expected


def test_it_needs_what_the_files_of_requirements_say(site: Path) -> None:
    (info,) = site.glob("*.dist-info")
    declared = {Requirement(line) for line in PathDistribution(info).requires or ()}
    expected = set()
    for extra in ("", "-large", "-cluster"):
        for line in (ROOT / f"requirements{extra}.txt").read_text().splitlines():
            if line and not line.startswith(("#", "-r")):
                requirement = Requirement(line.partition("#")[0])
                if extra:
                    requirement.extras, marker = set(), f'extra == "{extra[1:]}"'
                    requirement = Requirement(f"{requirement}; {marker}")
                expected.add(requirement)
    assert {str(one).lower() for one in declared} == {str(one).lower() for one in expected}


def test_it_is_imported_beside_somebodys_own_core(site: Path, elsewhere: Path) -> None:
    code = "import core, lookalike; print(core.mine, lookalike.ImageSearchEngine.__module__)"
    printed = run([sys.executable, "-c", code], elsewhere, **environment(site))
    assert printed == "True lookalike.core.engine.engine\n"


def test_its_command_indexes_and_searches(site: Path, elsewhere: Path) -> None:
    for number in range(3):
        save_picture(elsewhere / "photos" / f"{number}.png", number)
    command = [sys.executable, str(site / "bin" / "lookalike")]
    variables = environment(site)
    assert run([*command, "--help"], elsewhere, **variables).startswith("Usage: lookalike ")
    indexed = run(
        [*command, "index", "photos", "--descriptor", "hsv", "--json"], elsewhere, **variables
    )
    assert json.loads(indexed)["images"] == 3
    found = run([*command, "search", "photos/1.png", "--json"], elsewhere, **variables)
    assert json.loads(found)["matches"][0]["image"] == "1.png"
    done = subprocess.run(
        [*command, "search", "photos/1.png", "--part"],
        cwd=elsewhere,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "Make it with `lookalike index --detail`" in done.stderr


def test_a_worker_that_has_it_works_for_a_client_of_a_checkout(site: Path, tmp_path: Path) -> None:
    path = save_picture(tmp_path / "one.png", 1)
    extractor = PixelExtractor("hsv")
    files = (ImageFile("one.png", path.stat().st_size, path.stat().st_mtime_ns),)
    part = Part(tmp_path, extractor.space, files, {}, {}, precision="float32", weights_url="")
    code = (
        "import sys\n"
        "from lookalike.core.indexing.parts import extract_part\n"
        "work = sys.stdin.buffer.read()\n"
        "sys.stdout.buffer.write(extract_part(sys.argv[1], work))"
    )

    def answer(version: str) -> object:
        done = subprocess.run(
            [sys.executable, "-c", code, version],
            cwd=tmp_path,
            env=environment(site),
            input=pack(part),
            capture_output=True,
            check=True,
        )
        return unpack(done.stdout)

    outcome = answer(project_version())
    assert isinstance(outcome, Outcome)
    assert [record.path for record in outcome.batch.records] == ["one.png"]
    expected = extractor.extract([load_image(path).pixels])
    np.testing.assert_array_equal(outcome.batch.features["hsv"], expected)
    refused = answer("0" * 12)
    assert isinstance(refused, WorkersError)
    assert "A worker runs another version of Lookalike: expected 000000000000" in str(refused)
