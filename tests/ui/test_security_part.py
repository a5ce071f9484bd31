"""Only the owner prepares the search for parts, whatever a visitor sends."""

from __future__ import annotations

from pathlib import Path

from core.config import Settings
from core.engine import ImageSearchEngine
from core.types import UNTRAINED
from tests.fakes import fake_extractor, save_picture
from tests.served import served
from tests.ui.security import FORGED, SHARE, environment, trigger

NOT_YET = "Parts cannot be searched for in this gallery yet. Its owner can prepare that."


def test_a_visitor_who_forges_the_button_prepares_nothing(tmp_path: Path) -> None:
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    for seed in range(3):
        save_picture(tmp_path / "holidays" / f"p{seed}.jpg", seed)
    settings = Settings(features=tmp_path / "features", weights=UNTRAINED)
    engine = ImageSearchEngine(settings, make_extractor=fake_extractor)
    engine.index(tmp_path / "holidays")
    asked = f"image={engine.require_snapshot().images[0].id}&find=part"
    variables = environment(tmp_path) | {"LOOKALIKE_DESCRIPTOR": "", "LOOKALIKE_WEIGHTS": UNTRAINED}
    with (
        served(tmp_path, *SHARE, environment=variables) as server,
        server.browser(server.owner_key) as owner,
    ):
        run = owner.run(query=asked)
        assert "Describing the parts of 3 pictures" in run.texts
        press = trigger(run.buttons["Prepare"])
        for options in ({}, {"session": owner.session}):
            with server.browser(server.visitor_key, headers=FORGED, **options) as visitor:
                for widgets in ([], [press]):
                    run = visitor.run(query=asked, widgets=widgets)
                    assert NOT_YET in run.texts
                    assert "Prepare" not in run.buttons
                    assert run.polls == {}
        assert list(tmp_path.glob("features/*/details")) == []
        # The same message of the owner starts the job.
        with server.browser(server.owner_key) as owner:
            owner.run(query=asked)
            assert owner.run(query=asked, widgets=[press]).polls != {}
