"""What pages sent to their components, as files.

They are made anew by ``LOOKALIKE_RECORD=1 pytest tests/ui/test_recorded_components.py``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recorded"
# The component that is sent nothing.
NO_DATA = "paste"


def recording(name: str) -> dict[str, Any]:
    """What a page once sent to the component with this name; the caller may change it."""
    if name == NO_DATA:
        return {}
    data: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return data


def record(name: str, data: Any) -> None:
    """Keep it for the tests of the components."""
    text = json.dumps(data, indent=1, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
