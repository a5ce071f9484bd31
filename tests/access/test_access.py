"""Keys, roles, and what each of them allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.access import Access, Role, Share
from core.config import NOTHING, PICTURES, THUMBNAILS, Settings
from core.engine import ImageSearchEngine
from core.feature_store import IndexSnapshot
from tests.access.sharing import cookies, sharing
from tests.fakes import save_picture


def test_keys_are_long_differ_and_are_not_printed() -> None:
    access, other = sharing(), sharing()
    assert len({access.owner, access.visitor, other.owner, other.visitor}) == 4
    assert min(len(access.owner), len(access.visitor)) >= 32
    assert access.owner not in repr(access)
    assert access.visitor not in repr(access)


def test_a_key_has_one_role_and_nothing_else_has_any() -> None:
    access = sharing()
    assert access.role_of_key(access.owner) is Role.OWNER
    assert access.role_of_key(access.visitor) is Role.VISITOR
    for wrong in ("", "x", access.owner[:-1], access.visitor + "x", "ключ", "\x00", "é" * 32):
        assert access.role_of_key(wrong) is None


def test_a_key_counts_in_the_cookie_of_this_port_only() -> None:
    access = sharing(port=8501)
    assert access.role_of({"lookalike-8501": access.owner}) is Role.OWNER
    for others in ({}, {"lookalike-8502": access.owner}, {"lookalike": access.owner}):
        assert access.role_of(others) is None


def test_without_a_share_whoever_asks_is_the_owner() -> None:
    access = sharing(NOTHING)
    assert access.role_of({}) is Role.OWNER
    assert access.sees_full_pictures({})
    assert access.gallery_for({}) is None


def test_the_shared_gallery_stays_the_one_that_was_there_first() -> None:
    current: list[str | None] = [None, "photos", "library"]
    access = Access(lambda: Share(what=PICTURES, port=1, upload_limit=1), lambda: current.pop(0))
    assert access.gallery() is None
    assert [access.gallery() for _ in range(3)] == ["photos"] * 3
    assert access.gallery_for(cookies(access, access.visitor)) == "photos"
    assert access.gallery_for(cookies(access, access.owner)) is None


@pytest.mark.parametrize(("what", "full"), [(PICTURES, True), (THUMBNAILS, False)])
def test_visitors_see_full_pictures_where_these_are_shared(what: str, full: bool) -> None:
    access = sharing(what)
    assert access.sees_full_pictures(cookies(access, access.owner))
    assert access.sees_full_pictures(cookies(access, access.visitor)) == full
    assert not access.sees_full_pictures(cookies(access, "wrong"))


@pytest.fixture
def snapshot(tmp_path: Path) -> IndexSnapshot:
    """A gallery with a link out of it."""
    save_picture(tmp_path / "library" / "own.png", 1)
    save_picture(tmp_path / "elsewhere" / "private.png", 2)
    (tmp_path / "library" / "link.png").symlink_to(tmp_path / "elsewhere" / "private.png")
    engine = ImageSearchEngine(Settings(features=tmp_path / "features", descriptor="hsv"))
    engine.index(tmp_path / "library")
    return engine.require_snapshot()


@pytest.mark.parametrize(
    ("links", "who", "seen"),
    [
        (False, "owner", {"own.png", "link.png"}),
        (False, "visitor", {"own.png"}),
        (True, "visitor", {"own.png", "link.png"}),
        (True, "nobody", set()),
    ],
)
def test_what_links_lead_out_to_is_for_the_owner_unless_it_is_shared(
    links: bool, who: str, seen: set[str], snapshot: IndexSnapshot
) -> None:
    access = sharing(links=links)
    key = {"owner": access.owner, "visitor": access.visitor}.get(who, "")
    sender = cookies(access, key)
    assert {image.path for image in snapshot.images} == {"own.png", "link.png"}
    assert seen == {
        image.path for image in snapshot.images if access.may_see(snapshot, image.id, sender)
    }
