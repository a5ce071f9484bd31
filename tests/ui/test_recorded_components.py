"""What the pages send to their components still is what the tests of the components show them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import ImageOps
from streamlit.testing.v1 import AppTest

from core.engine import ImageSearchEngine
from core.ui import resources
from tests.components.recordings import NO_DATA, record, recording
from tests.fakes import picture, save_picture
from tests.ui.pages import open_page

COLOURS = {"blue": (50, 60, 200), "red": (200, 50, 60)}
COUNT = 20


@pytest.fixture
def engine(features: Path, tmp_path: Path) -> ImageSearchEngine:
    """The engine of the app, with a gallery in which one picture has two versions."""
    library = tmp_path / "library"
    for place, (name, colour) in enumerate(COLOURS.items()):
        for number in range(COUNT):
            path = library / name / f"{name}-{number:02}.jpg"
            save_picture(path, 1000 * place + number, colour, (320, 240))
    image = picture(2000, COLOURS["red"], (320, 240))
    image.save(library / "first.png")
    ImageOps.mirror(image).save(library / "red" / "mirrored.png")
    image.resize((160, 120)).save(library / "red" / "small.png")
    resources.engine().index(library)
    return resources.engine()


def sent(page: AppTest) -> dict[str, Any]:
    """What a page sent to its components, by their names."""
    protos = [item.proto for item in page.get("bidi_component")]  # type: ignore[attr-defined]
    return {
        proto.component_name.removeprefix("lookalike_"): json.loads(proto.json)
        for proto in protos
        if proto.json
    }


def shape(data: Any) -> Any:
    """The keys and the kinds of values; of a list that of the first."""
    if isinstance(data, dict):
        return {key: shape(value) for key, value in data.items()}
    if isinstance(data, list):
        return [shape(item) for item in data[:1]]
    return "number" if type(data) in (int, float) else type(data).__name__


def test_recordings_are_as_the_pages_send_them(engine: ImageSearchEngine) -> None:
    snapshot = engine.require_snapshot()
    engine.maps.draw(snapshot)
    engine.duplicates.find()
    first, second = (snapshot.record(f"red/red-0{number}.jpg").id for number in range(2))
    now = sent(open_page("search", image=first, box="0.1,0.2,0.6,0.7"))
    now["query_list"] = sent(open_page("search", image=[first, second]))["query_list"]
    now |= sent(open_page("explore", view="groups")) | sent(open_page("explore"))
    now |= sent(open_page("duplicates")) | sent(open_page("how_it_works", image=first))
    names = {path.stem for path in Path("core/ui").rglob("*.css")} - {"components", NO_DATA}
    assert names <= now.keys()
    for name in sorted(names):
        if os.environ.get("LOOKALIKE_RECORD"):
            record(name, now[name])
        assert shape(recording(name)) == shape(now[name]), name
