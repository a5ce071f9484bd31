"""What a person is told before a removal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.trash import warnings, warnings_for
from core.trash.places import manager_of


@pytest.fixture(autouse=True)
def quiet_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system with nothing to say about its trash."""
    monkeypatch.setattr(warnings, "_about_the_trash", lambda: iter(()))


def test_an_ordinary_folder_gives_no_warning(tmp_path: Path) -> None:
    (tmp_path / "photos" / "2020").mkdir(parents=True)
    assert warnings_for(tmp_path / "photos") == ()
    assert warnings_for(tmp_path / "missing") == ()


@pytest.mark.parametrize(
    ("mark", "program"),
    [
        ("photos/My Catalog.lrcat", "Lightroom"),
        ("photos/a/b/digikam4.db", "digiKam"),
        ("Work.cocatalog", "Capture One"),
    ],
)
def test_a_catalogue_is_named(mark: str, program: str, tmp_path: Path) -> None:
    (tmp_path / mark).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / mark).touch()
    (warning,) = warnings_for(tmp_path / "photos")
    assert program in warning
    assert warning.isprintable()


@pytest.mark.parametrize(
    ("mark", "library", "service"),
    [
        (".stfolder/x", "photos", "Syncthing"),
        ("photos/.sync_1a2b.db", "photos", "Nextcloud"),
        ("Dropbox/photos/x", "Dropbox/photos", "Dropbox"),
        ("OneDrive - Company/x", "OneDrive - Company", "OneDrive"),
        ("GoogleDrive-a@example.org/My Drive/x", "GoogleDrive-a@example.org/My Drive", "Google"),
        ("Mobile Documents/x/y", "Mobile Documents/x", "iCloud"),
    ],
)
def test_a_synchronised_folder_deletes_everywhere(
    mark: str, library: str, service: str, tmp_path: Path
) -> None:
    (tmp_path / mark).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / mark).touch()
    (warning,) = warnings_for(tmp_path / library)
    assert service in warning
    assert "all other devices" in warning


def test_a_name_that_only_begins_like_a_service_is_none(tmp_path: Path) -> None:
    (tmp_path / "Dropboxes").mkdir()
    assert warnings_for(tmp_path / "Dropboxes") == ()


def test_what_the_trash_means_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(warnings, "_in_container", lambda: False)
    (tmp_path / "ktrashrc").write_text("[/home]\nDays=9\nUseTimeLimit=true\n")
    said = " ".join(warnings_for(tmp_path))
    assert "root" in said
    if os.name == "posix" and Path("/proc").exists():
        assert "9 days" in said
    monkeypatch.setattr(warnings, "_in_container", lambda: True)
    assert "container" in " ".join(warnings_for(tmp_path))
    (tmp_path / "ktrashrc").write_text("nonsense\nUseTimeLimit=true\nDays=x\n")
    assert "days" not in " ".join(warnings_for(tmp_path))


def test_gnome_says_when_it_empties_the_trash(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "gsettings"
    program.write_text(
        "#!/bin/sh\ncase $3 in remove-old-trash-files) echo true;; *) echo uint32 30;; esac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert warnings._gnome() == 30


def test_the_stores_of_programs_are_known() -> None:
    for path, program in {
        "/x/A.PHOTOSLIBRARY/originals/1.jpg": "Apple Photos",
        "/x/.local/share/shotwell/1.jpg": "Shotwell",
        "/x/.cache/darktable/1.jpg": "darktable",
        "/x/Google/Picasa2/db3/1.jpg": "Picasa",
    }.items():
        assert manager_of(Path(path)) == program
    for path in ("/x/photoslibrary/1.jpg", "/x/lrdata.jpg", "/x/share/1.jpg"):
        assert manager_of(Path(path)) is None
