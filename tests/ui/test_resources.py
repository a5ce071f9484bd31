"""What all sessions share, and the settings of the server."""

from __future__ import annotations

import tomllib
from pathlib import Path

from core.model import find_weights
from core.ui import resources
from tests.ui.pages import PAGES


def test_caches_hold_one_model_and_one_engine(indexed: Path) -> None:
    assert resources.engine() is resources.engine()
    kernels = find_weights("random", base_url="")
    first = resources.network(kernels, "block5_pool", 224, "auto")
    assert resources.network(kernels, "block5_pool", 224, "auto") is first


def test_settings_are_those_of_the_product() -> None:
    content = (PAGES.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    settings = tomllib.loads(content)
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["runner"]["postScriptGC"] is False
    assert {"light", "dark"} <= set(settings["theme"])
