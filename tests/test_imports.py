"""The arrows of the design: who may import whom, and that importing does no work."""

from __future__ import annotations

import ast
import graphlib
import importlib
import inspect
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted([ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "core").rglob("*.py")])

# Bottom up: a part imports what stands in a line above its own.
LAYERS = (
    {"core.errors"},
    {"core.types"},
    {"core.config", "core.atomic", "core.file_names", "core.program", "core.sizes"},
    {"core.downloads", "core.documents"},
    {"core.images"},
    {"core.model"},
    {"core.feature_store"},
    {"core.indexing", "core.search", "core.media", "core.datasets", "core.trash"},
    {
        *("core.evaluation", "core.explanation", "core.explore", "core.duplicates"),
        *("core.activations", "core.detail"),
    },
    {"core.export", "core.protocols"},
    {"core.engine"},
    {"core.access"},
    {"core.jobs"},
    {"core.cli"},
    {"core.__main__"},
    {
        *("core.ui.text", "core.ui.state", "core.ui.components", "core.ui.style", "core.ui.saving"),
        *("core.ui.resources", "core.ui.listener"),
    },
    {"core.ui.sharing"},
    {"core.ui.question"},
    {"core.ui.library"},
    {"core.ui.results"},
    {"core.ui.quality", "core.ui.explore", "core.ui.duplicates", "core.ui.how_it_works"},
    {"core.ui.main"},
    {"pages"},
    {"app"},
)
LAYER = {part: number for number, layer in enumerate(LAYERS) for part in layer}
GROUND = {part for layer in LAYERS[:4] for part in layer}
# Tighter than the layers.
FORBIDDEN = {"core.ui": {"core.cli"}}
ALLOWED = {
    "app": {"core.ui", "core.access"},
    "pages": {"core.ui", "core.engine", *GROUND},
    "core.__main__": {"core.cli"},
    "core.datasets": {"core.images", *GROUND},
    "core.access": {"core.feature_store", *GROUND},
}
# Above the engine, these rooms give values and functions of values. The engine calls the rest.
ABOVE_THE_ENGINE = ("core.jobs", "core.cli", "core.ui", "pages", "app")
THROUGH_THE_ENGINE = {
    part
    for part in set().union(*LAYERS[4:10])
    if part not in ("core.images", "core.media", "core.datasets")
}
OF_VALUES = {
    "core.activations": {
        *("as_file", "exciting_among", "exciting_images", "feature_bars", "filter_picture"),
        *("has_channels", "labelled_sheet", "layers", "number_names", "part_bars", "png"),
        *("side_by_side", "tiled"),
    },
    "core.detail": {"finds_parts"},
    "core.duplicates": {"folder_of", "proposed"},
    "core.evaluation": {
        *("can_learn", "measures_chart", "measures_json", "measures_table", "qrel_lines"),
        *("representation_of", "run_lines"),
    },
    "core.explanation": {"heat_levels", "heat_overlay"},
    "core.explore": {"central_first", "place_query"},
    "core.model": {"choose_precision", "keras_cache", "vgg16_extractors"},
    "core.protocols": {"protocol_lines", "protocols_json"},
    "core.search": {"ranking_of"},
}
SCREEN_PARTS = (["app"], ["pages"], ["core", "ui"])
SCREEN = {"streamlit": SCREEN_PARTS, "starlette": (*SCREEN_PARTS, ["core", "access"])}
NETWORK = {"keras", "tensorflow"}
NETWORK_MODULE = "core.model.vgg16"
# Only their modules import these packages, and only in a function.
IMPORTERS: dict[str, str | tuple[str, ...]] = {
    **dict.fromkeys(NETWORK, NETWORK_MODULE),
    **dict.fromkeys(("pymilvus", "grpc"), "core.search.milvus.connection"),
    **dict.fromkeys(("distributed", "dask"), "core.indexing.dask_workers"),
    "openTSNE": "core.explore.embedding",
    "sklearn": "core.explore.groups",
    "cv2": tuple(
        f"core.duplicates.{file}" for file in ("local_features", "verification", "appearance")
    ),
    "send2trash": "core.trash.system_trash",
}


def importers_of(package: str) -> tuple[str, ...]:
    modules = IMPORTERS[package]
    return (modules,) if isinstance(modules, str) else modules


@dataclass(frozen=True)
class Import:
    """One import.

    Attributes:
        module: The module that is imported, or imported from.
        name: What is imported from it; empty for the module itself.
        lazy: Whether that happens only when a function is called.
        relative: Whether the module is named by its place.
    """

    module: str
    name: str
    lazy: bool
    relative: bool = False


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> str:
    """The room, or the file of the ground, that a module belongs to; ``pages`` or ``app``."""
    names = module.split(".")
    if names[0] != "core":
        return names[0]
    return ".".join(names[: 3 if names[:2] == ["core", "ui"] else 2])


ROOMS = {
    module_of(file)
    for folder in (ROOT / "core", ROOT / "core" / "ui")
    for file in folder.glob("*/__init__.py")
} - {"core.ui"}


PACKAGES = {module_of(file) for file in FILES if file.name == "__init__.py"}
# Scripts, which have no place in a package; the wheel has them with its own name.
SCRIPTS = {"core.__main__", "core.ui.main"}


def source_of(module: str, node: ast.ImportFrom) -> str:
    """The absolute name of the module that a statement imports from."""
    names = module.split(".")
    above = node.level - (module in PACKAGES) if node.level else len(names)
    return ".".join([*names[: len(names) - above], *filter(None, [node.module])])


@cache
def imports_of(module: str, source: str) -> set[Import]:
    found = set()

    def look(node: ast.AST, lazy: bool) -> None:
        if isinstance(node, ast.Import):
            found.update(Import(alias.name, "", lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package, relative = source_of(module, node), node.level > 0
            for alias in node.names:
                # These packages hold no names, and a room takes only modules from its own folder.
                own = package in ROOMS and part_of(module) == package
                if package in ("core", "core.ui", "pages") or own:
                    found.add(Import(f"{package}.{alias.name}", "", lazy, relative))
                else:
                    found.add(Import(package, alias.name, lazy, relative))
        inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            look(child, inside)

    look(ast.parse(source, module), False)
    return found


def complaints(module: str, source: str) -> list[str]:
    """What in a module breaks a rule."""
    part, found = part_of(module), []
    for item in sorted(imports_of(module, source), key=lambda item: (item.module, item.name)):
        package, other = item.module.split(".")[0], part_of(item.module)
        by_name = package == "core" and not item.relative
        if package in SCREEN and part.split(".")[:2] not in SCREEN[package]:
            found.append(f"{module} imports {item.module}: only {SCREEN[package]} may")
        elif package in IMPORTERS and module not in importers_of(package):
            found.append(f"{module} imports {item.module}: only {IMPORTERS[package]} may")
        elif package in IMPORTERS and not item.lazy:
            found.append(f"{module} imports {item.module} at its import: only a function may")
        elif package not in ("core", "pages", "app"):
            continue
        elif module == part == other:
            # A door and its room.
            if by_name:
                found.append(f"{module} imports {item.module}: it may have another name")
        elif not may_import(part, other):
            found.append(f"{module} imports {item.module}: against the arrows")
        elif other in ROOMS and part != other and item.module != other:
            found.append(f"{module} imports {item.module}: not through the door of {other}")
        elif other in ROOMS and part != other and item.name not in names_at(other):
            found.append(f"{module} imports {item.name}: the door of {other} does not name it")
        elif passes_the_engine(part, other, item.name):
            found.append(f"{module} imports {item.name} of {other}: only the engine calls it")
        elif by_name and module.startswith("core.") and module not in SCRIPTS:
            found.append(f"{module} imports {item.module}: it may have another name")
    return found


def passes_the_engine(part: str, other: str, name: str) -> bool:
    """Whether a part above the engine takes an action from a room below it."""
    if other not in THROUGH_THE_ENGINE or not any(is_in(part, one) for one in ABOVE_THE_ENGINE):
        return False
    action = inspect.isfunction(getattr(importlib.import_module(other), name))
    return action and name not in OF_VALUES.get(other, ())


def may_import(part: str, other: str) -> bool:
    if part == other:
        return part != "pages"
    if part in ALLOWED and not any(is_in(other, allowed) for allowed in ALLOWED[part]):
        return False
    if any(
        is_in(part, above) and any(is_in(other, below) for below in forbidden)
        for above, forbidden in FORBIDDEN.items()
    ):
        return False
    return LAYER[other] < LAYER[part]


def is_in(part: str, package: str) -> bool:
    return part == package or part.startswith(f"{package}.")


@cache
def names_at(room: str) -> frozenset[str]:
    """What the door of a room names."""
    return frozenset(importlib.import_module(room).__all__)


def test_every_part_has_its_layer() -> None:
    parts = {part_of(module_of(file)) for file in FILES} - {"core", "core.ui"}
    assert parts == LAYER.keys()


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_a_module_imports_only_what_the_arrows_allow(file: Path) -> None:
    assert complaints(module_of(file), file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_door_says_what_the_room_is_for_and_names_what_others_use(room: str) -> None:
    door = importlib.import_module(room)
    assert door.__doc__ and len(door.__doc__.split()) >= 8
    users = [
        file
        for folder in ("core", "pages", "tests", "benchmarks")
        for file in (ROOT / folder).rglob("*.py")
        if part_of(module_of(file)) != room
    ]
    used = {
        item.name
        for file in [*users, ROOT / "app.py"]
        for item in imports_of(module_of(file), file.read_text(encoding="utf-8"))
        if item.module == room
    }
    assert names_at(room) - used == set()


@pytest.mark.parametrize(
    "package",
    ["keras", "distributed", "pymilvus", "grpc", "openTSNE", "sklearn", "cv2", "send2trash"],
)
def test_a_package_is_imported_where_the_rule_says(package: str) -> None:
    for module in importers_of(package):
        source = ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
        found = imports_of(module, source)
        assert any(item.lazy and item.module.split(".")[0] == package for item in found)


def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = {module_of(file): file for file in FILES}
    graph = {}
    for module, file in modules.items():
        names = {item.module for item in imports_of(module, file.read_text(encoding="utf-8"))}
        graph[module] = {name for name in names & modules.keys() if name != module}
    order = list(graphlib.TopologicalSorter(graph).static_order())
    assert len(order) == len(modules)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("core.engine", "import streamlit as st"),
        ("core.engine", "def f():\n    from starlette.routing import Route"),
        ("core.feature_store.store", "from streamlit.runtime import get_instance"),
        ("core.jobs.indexing", "import tensorflow as tf"),
        ("core.jobs.indexing", "def f():\n    import keras"),
        ("core.ui.resources", "async def f():\n    from keras.applications import VGG16"),
        ("core.model.weights", "def f():\n    import keras"),
        ("core.indexing.parts", "def f():\n    import distributed"),
        ("core.jobs.indexing", "def f():\n    from dask.distributed import Client"),
        ("core.indexing.dask_workers", "import distributed"),
        (NETWORK_MODULE, "import keras"),
        (NETWORK_MODULE, "try:\n    from keras.applications import VGG16\nexcept ImportError: 0"),
        (NETWORK_MODULE, "class A:\n    import tensorflow"),
        (NETWORK_MODULE, "if True:\n    import os, keras.saving"),
        ("core.search.milvus.index", "def f():\n    import pymilvus"),
        ("core.search.milvus.connection", "import grpc"),
        ("core.indexing.update", "from core.engine import ImageSearchEngine"),
        ("core.indexing.update", "from core import jobs"),
        ("core.indexing.update", "import core.ui.main"),
        ("core.indexing.update", "from core.search import ExactIndex"),
        ("core.media.table", "from core.engine import ImageSearchEngine"),
        ("core.engine", "def f():\n    from core.jobs import Jobs"),
        ("core.engine", "from core.cli import main"),
        ("core.jobs.indexing", "from core.cli import main"),
        ("core.cli", "from core.ui.text import plain"),
        ("core.datasets.flowers102", "from pages import search"),
        ("core.ui.main", "import app"),
        ("core.ui.main", "from pages.search import title"),
        ("core.ui.main", "from core.cli import main"),
        ("core.ui.sharing.routes", "from core.ui.question import Question"),
        ("core.access.gate", "import streamlit as st"),
        ("core.access.access", "from core.engine import ImageSearchEngine"),
        ("core.access.access", "from core.search import SearchOptions"),
        ("core.engine", "from core.access import Access"),
        ("core.errors", "from core.types import Match"),
        ("core.types", "from core.config import Settings"),
        ("core.config", "from core.model import DESCRIPTORS"),
        ("core.types", "from core.atomic import atomic_write"),
        ("pages.search", "from core.feature_store import IndexSnapshot"),
        ("pages.search", "from pages import index"),
        ("app", "from core.engine import ImageSearchEngine"),
        ("core.engine", "from .. import jobs"),
        ("core.engine", "from ..ui import main"),
        ("core.engine", "from core.indexing import scan"),
        ("core.engine", "from core.engine.engine import ImageSearchEngine"),
        ("core.search.exact", "from core.search.ranking import rank"),
        ("core.engine", "from core.search.exact import ExactIndex"),
        ("core.engine", "import core.model.weights"),
        ("core.engine", "from core.model import open_checked"),
        ("pages.search", "from core.ui.results.grid import result_grid"),
        ("core.detail.update", "from core.engine import ImageSearchEngine"),
        ("core.jobs.indexing", "from core.detail import update_details"),
        ("core.cli.search", "from core.search import search"),
        ("core.ui.results.answer", "from core.detail import find_part"),
    ],
)
def test_the_check_finds_a_forbidden_import(module: str, source: str) -> None:
    assert len(complaints(module, f"import os\n{source}\n")) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (NETWORK_MODULE, "def f():\n    import keras\n    import tensorflow as tf"),
        (NETWORK_MODULE, "class A:\n    def f(self):\n        from keras import ops"),
        (NETWORK_MODULE, "from .pooling import l2_normalise"),
        ("core.search.milvus.connection", "def f():\n    from pymilvus import MilvusClient"),
        ("core.engine", "from ..indexing import scan"),
        ("core.engine.engine", "from ..indexing import scan"),
        ("core.jobs.indexing", "from ..engine import ImageSearchEngine"),
        ("core.config", "from .errors import ConfigurationError"),
        ("core.ui.main", "import streamlit\nfrom core.ui import resources"),
        ("pages.search", "import streamlit\nfrom core.ui.results import result_grid"),
        ("app", "import streamlit\nfrom core.ui.sharing import ROUTES"),
        ("core.access.gate", "from starlette.types import ASGIApp"),
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
    headless = [
        name
        for name in modules
        if name.split(".")[:2] not in SCREEN["starlette"]
        and name.split(".")[0] not in ("app", "pages")
        and name != "core.__main__"
    ]
    assert "core.cli" in headless
    code = f"""
import importlib, sys, threading
for name in {headless}:
    importlib.import_module(name)
heavy = {sorted(SCREEN | IMPORTERS.keys() | {"pandas", "requests"})}
print([name for name in heavy if name in sys.modules], threading.active_count())
"""
    assert run_python(code, tmp_path) == "[] 1\n"
    assert list(tmp_path.iterdir()) == []


def test_access_brings_no_streamlit(tmp_path: Path) -> None:
    code = "import sys, core.access; print('streamlit' in sys.modules)"
    assert run_python(code, tmp_path) == "False\n"
