"""What a person should know before files of a library are moved to the trash."""

import os
import plistlib
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from .names import printable
from .sidecars import folder_names

# As long as a page may wait: catalogues and marks lie near the top.
_DEPTH = 2
_FOLDERS = 500
_CATALOGUES = {
    ".lrcat": "Lightroom",
    "digikam4.db": "digiKam",
    ".cocatalog": "Capture One",
    ".cocatalogdb": "Capture One",
    ".cosessiondb": "Capture One",
    ".immich": "Immich",
    ".ocdata": "a Nextcloud server",
    ".ncdata": "a Nextcloud server",
}
# By the name of an entry in a folder, and by the name of a folder itself.
_MARKS = {
    ".dropbox": "Dropbox",
    ".dropbox.cache": "Dropbox",
    ".stfolder": "Syncthing",
    ".nextcloudsync.log": "Nextcloud",
    ".owncloudsync.log": "ownCloud",
    ".tmp.drivedownload": "Google Drive",
}
_SYNCED = {
    "dropbox": "Dropbox",
    "onedrive": "OneDrive",
    "icloud drive": "iCloud",
    "iclouddrive": "iCloud",
    "mobile documents": "iCloud",
    "com~apple~clouddocs": "iCloud",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "nextcloud": "Nextcloud",
}


def warnings_for(library: Path) -> tuple[str, ...]:
    """Sentences for a person: catalogues, synchronised folders, and what the trash means here.

    It looks at the folders above the library and two levels below it.
    """
    catalogues: dict[str, Path] = {}
    services: dict[str, Path] = {}
    for folder in (*library.parents, *_near(library)):
        names = [name.lower() for name in folder_names(folder)]
        for ending, program in _CATALOGUES.items():
            if any(name.endswith(ending) for name in names):
                catalogues.setdefault(program, folder)
        if service := _service(folder, names):
            services.setdefault(service, folder)
    return (
        *(
            f"{printable(folder)} has a catalogue of {program}: it will miss the pictures that are "
            "moved. Remove them in that program instead."
            for program, folder in catalogues.items()
        ),
        *(
            f"{printable(folder)} is synchronised by {service}: a picture that is moved away here "
            "is deleted on all other devices, too."
            for service, folder in services.items()
        ),
        *_about_the_trash(),
    )


def _near(library: Path) -> Iterator[Path]:
    level, left = [library], _FOLDERS
    for _ in range(_DEPTH + 1):
        level = level[:left]
        left -= len(level)
        yield from level
        level = [inner for folder in level for inner in _subfolders(folder)]


def _subfolders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(one.path) for one in entries if one.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _service(folder: Path, names: Iterable[str]) -> str | None:
    name = folder.name.lower()
    # Such as "OneDrive - Company" and "GoogleDrive-name@example.org".
    for beginning, program in _SYNCED.items():
        rest = name.removeprefix(beginning)
        if rest != name and not rest[:1].isalnum():
            return program
    for entry in names:
        if entry in _MARKS:
            return _MARKS[entry]
        if entry.startswith((".sync_", "._sync_")) and entry.endswith(".db"):
            return "Nextcloud"
    return None


def _about_the_trash() -> Iterator[str]:
    if _in_container():
        yield (
            "Lookalike runs in a container: its trash is deleted with the container. Move the "
            "pictures into a folder of your own instead."
        )
    elif hasattr(os, "geteuid") and os.geteuid() == 0:
        yield "Lookalike runs as root: the pictures go to the trash of root, which you may not see."
    if days := _days_in_trash():
        yield f"This system deletes what has been in the trash for {days} days."


def _in_container() -> bool:
    return any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))


def _days_in_trash() -> int | None:
    """After how many days the system empties the trash, where it says so."""
    with suppress(Exception):  # A setting of another program may have any form.
        if sys.platform == "darwin":
            settings = Path("~/Library/Preferences/com.apple.finder.plist").expanduser()
            return 30 if plistlib.loads(settings.read_bytes())["FXRemoveOldTrashItems"] else None
        if sys.platform == "win32":
            return _storage_sense()
        return _gnome() or _kde()
    return None


def _gnome() -> int | None:
    if shutil.which("gsettings") is None:
        return None

    def value(key: str) -> str:
        command = ["gsettings", "get", "org.gnome.desktop.privacy", key]
        done = subprocess.run(command, capture_output=True, text=True, timeout=2, check=False)
        return done.stdout.strip()

    if value("remove-old-trash-files") != "true":
        return None
    return int(value("old-files-age").rpartition(" ")[2])


def _kde() -> int | None:
    folder = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    path = Path(folder).expanduser() / "ktrashrc"
    if not path.exists():
        return None
    lines = path.read_text(errors="replace").splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    return int(values.get("Days", "7")) if values.get("UseTimeLimit") == "true" else None


def _storage_sense() -> int | None:
    import winreg

    policy = r"Software\Microsoft\Windows\CurrentVersion\StorageSense\Parameters\StoragePolicy"
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, policy) as key:  # type: ignore[attr-defined]
        on, days = (winreg.QueryValueEx(key, name)[0] for name in ("01", "256"))  # type: ignore[attr-defined]
    return int(days) if on and days else None
