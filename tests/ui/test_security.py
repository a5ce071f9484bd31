"""A visitor of the running server who wants more."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from core.config import Settings
from core.engine import ImageSearchEngine
from core.explore import draw_map
from tests.fakes import save_picture
from tests.served import ROOT, Browser, Run, Served, search, served
from tests.ui.security import (
    FORGED,
    SHARE,
    UNKNOWN,
    component_event,
    environment,
    expect_refused,
    furnish,
    generation,
    thumbnails,
    trigger,
)


def test_a_visitor_searches(shared: Served, folder: Path) -> None:
    with shared.browser(shared.visitor_key) as browser:
        run = search(shared, browser, shared.visitor_key, "p3.jpg", folder / "holidays" / "p3.jpg")
        assert "6 closest of 6 images" in run.received.decode("utf-8", "replace")
        assert run.of_kind("alert") == []


def test_a_visitor_sees_no_path_of_this_computer(shared: Served, folder: Path) -> None:
    known = (str(folder).encode(), str(ROOT).encode(), str(Path.home()).encode())
    identity = next(iter(thumbnails(folder)))
    for key, sees in ((shared.owner_key, True), (shared.visitor_key, False)):
        received = b""
        with shared.browser(key, headers=FORGED) as browser:
            for page in (
                *("", "explore", "index", "duplicates", "quality", "share"),
                *("how_it_works", "no/such", "search"),
            ):
                received += browser.run(page).received
            received += browser.run(query=f"image={identity}").received
            received += browser.run(query=f"image={UNKNOWN}").received
        assert [path for path in known if path in received] == (list(known[:2]) if sees else [])


def test_a_visitor_gets_no_page_of_the_owner(shared: Served) -> None:
    with shared.browser(shared.owner_key) as owner:
        assert {"Update", "Rebuild index"} <= set(owner.run("index").buttons)
        assert shared.visitor_key in owner.run("share").received.decode("utf-8", "replace")
    with shared.browser(shared.visitor_key, headers=FORGED) as visitor:
        for page in ("index", "duplicates", "quality", "share"):
            run = visitor.run(page)
            expect_refused(run)
            assert shared.owner_key.encode() not in run.received
            assert shared.visitor_key.encode() not in run.received


def test_a_visitor_sees_how_it_works_and_finds_no_action_of_the_owner(shared: Served) -> None:
    with shared.browser(shared.visitor_key, headers=FORGED) as visitor:
        run = visitor.run("how_it_works")
        assert "What the network gets" in run.texts
        assert run.buttons == {}
        assert {item.label for item in run.of_kind("checkbox")} == {"Mirror"}


def owner_actions(run: Run) -> dict[str, tuple[str, str, object]]:
    """Every action of the Index page, as the message of a browser that asks for it."""
    actions: dict[str, tuple[str, str, object]] = {
        label: trigger(identity) for label, identity in run.buttons.items()
    }
    for toggle in run.of_kind("checkbox"):
        actions[toggle.label] = (toggle.id, "bool_value", True)
    return actions


@pytest.mark.parametrize("takes_over", [False, True], ids=["own session", "session of the owner"])
def test_a_visitor_who_forges_what_the_owner_presses_starts_nothing(
    takes_over: bool, shared: Served, folder: Path
) -> None:
    before = generation(folder)
    with shared.browser(shared.owner_key) as owner:
        actions = owner_actions(owner.run("index"))
        session = owner.session
    assert len(actions) >= 4
    for action in actions.values():
        options = {"session": session} if takes_over else {}
        with shared.browser(shared.visitor_key, headers=FORGED, **options) as visitor:
            for page in ("index", "", "share"):
                run = visitor.run(page, widgets=[action])
                expect_refused(run)
    with shared.browser(shared.owner_key) as owner:
        run = owner.run("index")
        assert not any(item.disabled for item in run.of_kind("button"))
        assert not any(item.value for item in run.of_kind("checkbox"))
    assert generation(folder) == before


def test_the_same_message_of_the_owner_does_it(tmp_path: Path) -> None:
    furnish(tmp_path)
    before = generation(tmp_path)
    with (
        served(tmp_path, *SHARE, environment=environment(tmp_path)) as server,
        server.browser(server.owner_key) as owner,
    ):
        actions = owner_actions(owner.run("index"))
        toggle = next(action for action in actions.values() if action[1] == "bool_value")
        assert owner.run("index", widgets=[toggle]).of_kind("checkbox")[0].value
        owner.run("index", widgets=[actions["Rebuild index"]])
        while generation(tmp_path) == before:
            assert "error" not in owner.run("index").texts.lower()


def test_a_visitor_orders_matches_by_neighbourhood_and_changes_nothing_by_it(
    shared: Served, folder: Path
) -> None:
    before = generation(folder)
    identity = next(iter(thumbnails(folder)))
    with shared.browser(shared.visitor_key) as visitor:
        for ranking, told in (("neighbourhood", True), ("distance", False), ("../x", False)):
            run = visitor.run(query=f"image={identity}&ranking={ranking}")
            assert run.of_kind("alert") == []
            assert ("In the order of the neighbourhood" in run.texts) == told
    assert generation(folder) == before


def test_a_visitor_who_forges_another_fit_changes_nothing(tmp_path: Path) -> None:
    furnish(tmp_path)
    with (
        served(tmp_path, *SHARE, environment=environment(tmp_path)) as server,
        server.browser(server.owner_key) as owner,
    ):
        fits = owner.run("index").of_kind("radio")[0]
        chosen = (fits.id, "string_value", "None")
        use = trigger(owner.run("index", widgets=[chosen]).buttons["Use: None"])
        for options in ({}, {"session": owner.session}):
            with server.browser(server.visitor_key, headers=FORGED, **options) as visitor:
                for page in ("index", "quality", ""):
                    expect_refused(visitor.run(page, widgets=[chosen]))
                    expect_refused(visitor.run(page, widgets=[chosen, use]))
        assert generation(tmp_path) == 1
        # The same messages of the owner do it.
        with server.browser(server.owner_key) as owner:
            owner.run("index", widgets=[chosen])
            owner.run("index", widgets=[chosen, use])
            while generation(tmp_path) == 1:
                assert "error" not in owner.run("index").texts.lower()


def test_a_visitor_who_forges_drawing_the_map_starts_nothing(tmp_path: Path) -> None:
    furnish(tmp_path)
    known = (str(tmp_path).encode(), str(ROOT).encode(), str(Path.home()).encode())

    def maps() -> list[Path]:
        return [path for path in tmp_path.rglob("*.npz") if "map" in path.name]

    with (
        served(tmp_path, *SHARE, environment=environment(tmp_path)) as server,
        server.browser(server.owner_key) as owner,
    ):
        draw = trigger(owner.run("explore").buttons["Draw the map"])
        for options in ({}, {"session": owner.session}):
            with server.browser(server.visitor_key, headers=FORGED, **options) as visitor:
                run = visitor.run("explore", widgets=[draw])
                assert run.buttons == {}
                assert run.polls == {}
                assert "There is no map of this gallery yet" in run.texts
        assert maps() == []
        # The same message of the owner does it, and then the visitor sees the map.
        with server.browser(server.owner_key) as owner:
            owner.run("explore", widgets=[draw])
            while not maps():
                assert "error" not in owner.run("explore").texts.lower()
        with server.browser(server.visitor_key, headers=FORGED) as visitor:
            for view in ("", "view=groups", "view=odd", "view=misfiled"):
                run = visitor.run("explore", query=view)
                assert "no map" not in run.texts
                assert "Draw the map" not in run.buttons
                assert "Rename" not in run.buttons
                assert [path for path in known if path in run.received] == []


def test_a_visitor_who_forges_remembering_writes_no_label(shared: Served, folder: Path) -> None:
    question = f"image={(identity := next(iter(thumbnails(folder))))}&right={identity}"
    with shared.browser(shared.owner_key) as owner:
        action = trigger(owner.run(query=question).buttons["Remember"])
        session = owner.session
    for options in ({}, {"session": session}):
        with shared.browser(shared.visitor_key, headers=FORGED, **options) as visitor:
            run = visitor.run(query=question, widgets=[action])
            assert "Remember" not in run.buttons
            assert "1 right" in run.texts
    assert not (folder / "features" / "labels").exists()
    with shared.browser(shared.owner_key) as owner:
        assert "Remembered as" in owner.run(query=question, widgets=[action]).texts
    assert len(list((folder / "features" / "labels").iterdir())) == 1


def test_a_visitor_who_forges_another_name_renames_no_group(tmp_path: Path) -> None:
    library = furnish(tmp_path)
    for number in range(40):
        colour = (200, 50, 60) if number % 2 else (50, 60, 200)
        save_picture(library / f"{number % 2}" / f"{number}.png", number, colour)
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(library)
    group = draw_map(engine.require_snapshot()).groups[0]
    opened = f"open={group.representative}"
    labels = tmp_path / "features" / "labels"
    with served(tmp_path, *SHARE, environment=environment(tmp_path)) as server:
        with server.browser(server.owner_key) as owner:
            run = owner.run("explore", query=opened)
            assert group.name in run.texts
            (name,) = (one for one in run.of_kind("text_input") if "Name" in one.label)
            renaming = [(name.id, "string_value", "Mine"), trigger(run.buttons["Save"])]
            session = owner.session
        for options in ({}, {"session": session}):
            with server.browser(server.visitor_key, headers=FORGED, **options) as visitor:
                run = visitor.run("explore", query=opened, widgets=renaming)
                assert group.name in run.texts
                assert not {"Rename", "Save"} & set(run.buttons)
                assert str(tmp_path).encode() not in run.received
        assert not labels.exists()
        with server.browser(server.owner_key) as owner:
            assert "Mine" in owner.run("explore", query=opened, widgets=renaming).texts
        assert len(list(labels.iterdir())) == 1


def test_a_visitor_who_forges_what_is_done_with_duplicates_does_nothing(tmp_path: Path) -> None:
    library = furnish(tmp_path)
    shutil.copy(library / "p0.jpg", library / "p0 copy.jpg")
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(library)
    made = tmp_path / "features" / "duplicates"

    def files() -> set[str]:
        return {path.name for path in library.iterdir()}

    before = files()
    with served(tmp_path, *SHARE, environment=environment(tmp_path)) as server:

        def wait_for(label: str, owner: Browser) -> tuple[str, str, object]:
            while label not in (run := owner.run("duplicates")).buttons:
                assert "error" not in run.texts.lower()
            return trigger(run.buttons[label])

        def forge(session: str, *actions: list[tuple[str, str, object]], dialog: str = "") -> None:
            for options in ({}, {"session": session}):
                with server.browser(server.visitor_key, headers=FORGED, **options) as visitor:
                    for page in ("duplicates", ""):
                        for action in actions:
                            visitor.ask_for_run(page, widgets=action, fragment=dialog)
                            expect_refused(visitor.run(page, widgets=action))

        with server.browser(server.owner_key) as owner:
            find = wait_for("Find duplicates", owner)
            forge(owner.session, [find])
        assert not made.exists()
        with server.browser(server.owner_key) as owner:
            owner.run("duplicates")
            owner.run("duplicates", widgets=[find])
            move = wait_for("Move 1 picture to the trash", owner)
            (shown,) = owner.run("duplicates").of_kind("bidi_component")
            (found,) = engine.duplicates.sets(engine.require_snapshot()) or ()
            dismiss = component_event(shown.id, "dismissed", found.key)
            untick = component_event(shown.id, "ticked", {"sets": {found.key: []}, "turn": 1})
            opened = owner.run("duplicates", widgets=[move])
            confirm = trigger(opened.buttons["Move them"])
            forge(owner.session, [move], [confirm], dismiss, untick, dialog=opened.fragment)
        assert files() == before
        assert list(made.rglob("*dismissed*")) == []
        # The same messages of the owner do it.
        with server.browser(server.owner_key) as owner:
            owner.run("duplicates")
            assert "Move 0 pictures to the trash" in owner.run("duplicates", widgets=untick).buttons
        with server.browser(server.owner_key) as owner:
            owner.run("duplicates")
            dialog = owner.run("duplicates", widgets=[move]).fragment
            owner.run("duplicates", widgets=[confirm], fragment=dialog)
            undo = wait_for("Undo", owner)
            assert files() == before - {"p0 copy.jpg"}
            forge(owner.session, [undo])
        assert files() == before - {"p0 copy.jpg"}
        with server.browser(server.owner_key) as owner:
            owner.run("duplicates")
            owner.run("duplicates", widgets=[undo])
            wait_for("Move 1 picture to the trash", owner)
            assert files() == before
            assert "No duplicates were found" in owner.run("duplicates", widgets=dismiss).texts
        assert len(list(made.rglob("*dismissed*"))) == 1


def test_a_visitor_of_an_empty_app_copies_no_sample(fresh: Served, tmp_path: Path) -> None:
    with fresh.browser(fresh.owner_key) as owner:
        buttons, session = owner.run().buttons, owner.session
    assert {"Index this folder", "Try the sample gallery", "Get the photographs"} <= set(buttons)
    for options in ({}, {"session": session}):
        with fresh.browser(fresh.visitor_key, headers=FORGED, **options) as visitor:
            for identity in buttons.values():
                expect_refused(visitor.run(widgets=[trigger(identity)]))
    assert not (tmp_path / "sample").exists()
    assert not (tmp_path / "features").exists()


def test_a_visitor_cannot_end_the_watching_by_the_switch_or_by_emptying_the_caches(
    tmp_path: Path,
) -> None:
    furnish(tmp_path)
    wish = BackMsg(clear_cache=True)

    def watching(owner: Browser, *widgets: tuple[str, str, object]) -> bool:
        return bool(owner.run("index", widgets=widgets).of_kind("checkbox")[0].value)

    with served(tmp_path, *SHARE, environment=environment(tmp_path)) as server:
        with server.browser(server.owner_key) as owner:
            switch = owner.run("index").of_kind("checkbox")[0].id
            on, off = ((switch, "bool_value", value) for value in (True, False))
            assert watching(owner, on)
            session = owner.session
        for options in ({}, {"session": session}):
            with server.browser(server.visitor_key, headers=FORGED, **options) as visitor:
                expect_refused(visitor.run("index", widgets=[off]))
                visitor.send(wish)
                visitor.run()
        # The same messages of the owner end it: they are what they seem to be.
        with server.browser(server.owner_key) as owner:
            assert watching(owner)
            assert not watching(owner, off)
            assert watching(owner, on)
            owner.send(wish)
            assert not watching(owner)
