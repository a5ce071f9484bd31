"""The arrows of the design: who may import whom, and that importing does no work."""

from __future__ import annotations

import ast
import graphlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted([ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "core").rglob("*.py")])

# Bottom up; a part imports parts of its own layer or lower. What is not named is in between.
BASE = {"core.errors": 0, "core.types": 1, "core.config": 2}
MIDDLE = 3
TOP = {
    "core.engine": 4,
    "core.jobs": 5,
    "core.comparison": 5,
    "core.measuring": 5,
    "core.cli": 5,
    "core.__main__": 6,
    "core.ui": 6,
    "pages": 7,
    "app": 8,
}
LAYERS = BASE | TOP
# Tighter than the layers.
FORBIDDEN = {("core.cli", "core.jobs"), ("core.jobs", "core.cli"), ("core.ui", "core.cli")}
ALLOWED = {
    "app": {"core.ui"},
    "pages": {"core.ui", "core.jobs", "core.engine", *BASE},
    "core.__main__": {"core.cli"},
}
SCREEN = {"streamlit", "starlette"}
SCREEN_PARTS = {"app", "pages", "core.ui"}
NETWORK = {"keras", "tensorflow"}
NETWORK_MODULE = "core.extractor"


@dataclass(frozen=True)
class Import:
    """One imported module, and whether that happens only when a function is called."""

    name: str
    lazy: bool


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> str:
    """The file or folder of ``core`` that a module belongs to; ``pages`` or ``app``."""
    names = module.split(".")
    return ".".join(names[:2]) if names[0] == "core" else names[0]


def imports_of(module: str, source: str) -> set[Import]:
    found = set()

    def look(node: ast.AST, lazy: bool) -> None:
        if isinstance(node, ast.Import):
            found.update(Import(alias.name, lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = "." * node.level + (node.module or "")
            # Of a package the names may be modules; of a module they are what is in it.
            names = (
                [f"core.{alias.name}" for alias in node.names] if package == "core" else [package]
            )
            found.update(Import(name, lazy) for name in names)
        inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            look(child, inside)

    look(ast.parse(source, module), False)
    return found


def complaints(module: str, source: str) -> list[str]:
    """What in a module breaks a rule."""
    part, found = part_of(module), []
    for item in sorted(imports_of(module, source), key=lambda item: item.name):
        package, other = item.name.split(".")[0], part_of(item.name)
        if item.name.startswith("."):
            found.append(f"{module} imports {item.name}: relative imports hide the arrows")
        elif package in SCREEN and part not in SCREEN_PARTS:
            found.append(f"{module} imports {item.name}: only the screen may")
        elif package in NETWORK and module != NETWORK_MODULE:
            found.append(f"{module} imports {item.name}: only {NETWORK_MODULE} may")
        elif package in NETWORK and not item.lazy:
            found.append(f"{module} imports {item.name} at its import: only a function may")
        elif package in ("core", "pages", "app") and not may_import(part, other):
            found.append(f"{module} imports {item.name}: against the arrows")
    return found


def may_import(part: str, other: str) -> bool:
    if part == other:
        return part != "pages"
    if part in ALLOWED and other not in ALLOWED[part]:
        return False
    if (part, other) in FORBIDDEN:
        return False
    return LAYERS.get(other, MIDDLE) <= LAYERS.get(part, MIDDLE)


def test_every_file_is_looked_at() -> None:
    modules = {module_of(file) for file in FILES}
    assert {
        "app",
        "pages.search",
        "core",
        "core.cli",
        "core.ui.main",
        "core.feature_store",
    } < modules
    for part in LAYERS:
        assert any(part_of(module) == part for module in modules), part


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_a_module_imports_only_what_the_arrows_allow(file: Path) -> None:
    assert complaints(module_of(file), file.read_text(encoding="utf-8")) == []


def test_the_network_is_imported_where_the_rule_says() -> None:
    source = (ROOT / "core" / "extractor.py").read_text(encoding="utf-8")
    assert Import("keras", lazy=True) in imports_of("core.extractor", source)


def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = {module_of(file): file for file in FILES}
    graph = {}
    for module, file in modules.items():
        names = {item.name for item in imports_of(module, file.read_text(encoding="utf-8"))}
        graph[module] = {name for name in names & modules.keys() if name != module}
    order = list(graphlib.TopologicalSorter(graph).static_order())
    assert len(order) == len(modules)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("core.engine", "import streamlit as st"),
        ("core.engine", "def f():\n    from starlette.routing import Route"),
        ("core.feature_store.store", "from streamlit.runtime import get_instance"),
        ("core.jobs", "import tensorflow as tf"),
        ("core.jobs", "def f():\n    import keras"),
        ("core.ui.resources", "async def f():\n    from keras.applications import VGG16"),
        ("core.extractor", "import keras"),
        ("core.extractor", "try:\n    from keras.applications import VGG16\nexcept ImportError: 0"),
        ("core.extractor", "class A:\n    import tensorflow"),
        ("core.extractor", "if True:\n    import os, keras.saving"),
        ("core.offline", "from core.engine import ImageSearchEngine"),
        ("core.offline", "from core import jobs"),
        ("core.offline", "import core.ui.main"),
        ("core.engine", "def f():\n    from core.jobs import Jobs"),
        ("core.engine", "from core.cli import main"),
        ("core.jobs", "from core.cli import main"),
        ("core.cli", "from core.jobs import Jobs"),
        ("core.cli", "from core import images, ui"),
        ("core.sample.gallery", "from pages import search"),
        ("core.ui.main", "import app"),
        ("core.ui.main", "from pages.search import title"),
        ("core.ui.main", "from core.cli import main"),
        ("core.errors", "from core.types import Match"),
        ("core.types", "from core.config import Settings"),
        ("core.config", "from core.descriptors import DESCRIPTORS"),
        ("core.types", "from core.atomic import atomic_write"),
        ("pages.search", "from core.feature_store import FeaturesFolder"),
        ("pages.search", "from pages import index"),
        ("app", "from core.engine import ImageSearchEngine"),
        ("core.engine", "from . import jobs"),
        ("core.engine", "from .ui import main"),
    ],
)
def test_the_check_finds_a_forbidden_import(module: str, source: str) -> None:
    assert len(complaints(module, f"import os\n{source}\n")) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("core.extractor", "def f():\n    import keras\n    import tensorflow as tf"),
        ("core.extractor", "class A:\n    def f(self):\n        from keras import ops"),
        ("core.engine", "from core import gallery, offline, weights"),
        (
            "core.jobs",
            "from core.engine import ImageSearchEngine\nfrom core.sample import draw_gallery",
        ),
        ("core.config", "from core.errors import ConfigurationError"),
        (
            "core.ui.main",
            "import streamlit\nfrom core.ui.query import ask\nfrom core.jobs import Jobs",
        ),
        ("pages.search", "import streamlit\nfrom core.ui.query import ask"),
        ("app", "import streamlit\nfrom core.ui.routes import ROUTES"),
    ],
)
def test_the_check_lets_a_good_import_pass(module: str, source: str) -> None:
    assert complaints(module, source) == []


def run_python(code: str, folder: Path) -> str:
    """Output of a new Python in an empty folder; whatever it writes to stderr fails the test."""
    search = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(search)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_importing_does_no_work(tmp_path: Path) -> None:
    modules = [module_of(file) for file in FILES]
    headless = [name for name in modules if part_of(name) not in {*SCREEN_PARTS, "core.__main__"}]
    assert "core.cli" in headless
    code = f"""
import importlib, sys, threading
for name in {headless}:
    importlib.import_module(name)
heavy = {sorted(SCREEN | NETWORK | {"pandas", "requests"})}
print([name for name in heavy if name in sys.modules], threading.active_count())
"""
    assert run_python(code, tmp_path) == "[] 1\n"
    assert list(tmp_path.iterdir()) == []
