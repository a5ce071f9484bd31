"""Ticks of duplicates: what is ticked by default, the versions, and that galleries share none."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.ui.conftest import SECONDS


def page() -> None:
    from pathlib import Path

    import streamlit as st

    from core.duplicates import SAME, DuplicateImage, DuplicateSet
    from core.types import ImageRecord
    from core.ui.duplicates.set_list import forget_ticks, tick_versions, ticked

    def image(path: str, **kind: bool) -> DuplicateImage:
        record = ImageRecord(path, 1, 0, path * 8, 1, 1, None)
        return DuplicateImage(record, kind.pop("keep", False), "why", **kind)

    images = (
        image("kept", keep=True),
        image("copy", ticked=True),
        image("version", version=True),
        image("link", movable=False),
    )
    # The same paths in two galleries, as in a gallery and its backup.
    sets, gallery, backup = [DuplicateSet(SAME, images)], Path("/gallery"), Path("/backup")
    st.button("Tick", on_click=tick_versions, args=(sets, gallery))
    st.button("Forget", on_click=forget_ticks)
    for library in (gallery, backup):
        st.text(" ".join(one.image for one in ticked(sets, library)))


def shown(app: AppTest) -> list[str]:
    assert not app.exception
    return [element.value for element in app.text]


def test_versions_are_ticked_in_one_gallery_only(features: Path) -> None:
    app = AppTest.from_function(page, default_timeout=SECONDS).run()
    assert shown(app) == ["copy", "copy"]
    tick, forget = app.button
    tick.click().run()
    assert shown(app) == ["copy version", "copy"]
    forget.click().run()
    assert shown(app) == ["copy", "copy"]
