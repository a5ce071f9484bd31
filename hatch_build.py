"""How the wheel is made: all of it is below one name, ``lookalike``.

In a checkout, the scripts import ``core``; in the wheel they import ``lookalike.core``.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

EXTRAS = ("large", "cluster")
# By their places in the package, the files whose imports are absolute, besides the pages.
SCRIPTS = {
    "__init__.py": "lookalike.py",
    "app.py": "app.py",
    "core/__main__.py": "core/__main__.py",
    "core/ui/main.py": "core/ui/main.py",
}
_IMPORT = re.compile(r"^from core\b", re.MULTILINE)


class Requirements(MetadataHookInterface):
    """Takes the dependencies and extras from the files of requirements."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Add them to the metadata of the project."""
        root = Path(self.root)
        metadata["dependencies"] = requirements(root / "requirements.txt")
        metadata["optional-dependencies"] = {
            extra: requirements(root / f"requirements-{extra}.txt") for extra in EXTRAS
        }


class Scripts(BuildHookInterface[Any]):
    """Puts the scripts into the wheel, with the imports that they need there."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Write them into a temporary folder and have them included."""
        root, self._written = Path(self.root), Path(tempfile.mkdtemp(prefix="lookalike-"))
        pages = {f"pages/{page.name}": f"pages/{page.name}" for page in root.glob("pages/*.py")}
        for place, source in {**SCRIPTS, **pages}.items():
            target = self._written / place
            target.parent.mkdir(parents=True, exist_ok=True)
            text = (root / source).read_text(encoding="utf-8")
            target.write_text(_IMPORT.sub("from lookalike.core", text), encoding="utf-8")
            build_data["force_include"][str(target)] = place

    def finalize(self, *_: Any) -> None:
        """Delete the temporary folder."""
        shutil.rmtree(self._written)


def requirements(path: Path) -> list[str]:
    """The requirements in a file, without comments, and without those of other files."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = (line.partition("#")[0].strip() for line in lines)
    return [line for line in found if line and not line.startswith("-")]
