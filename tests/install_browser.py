"""Get a Chromium for the browser tests: one that is there, Playwright's, or the system's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SYSTEM_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 600


def find_browser() -> str | None:
    """Path of a Chromium that Playwright can drive, or ``None``."""
    for name in SYSTEM_BROWSERS:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def install_browser() -> str | None:
    """Install a Chromium if there is none; ``None`` where that is not possible."""
    if found := find_browser():
        return found
    _try([sys.executable, "-m", "playwright", "install", "chromium"])
    if (found := find_browser()) or not shutil.which("apt-get") or os.geteuid() != 0:
        return found
    _try(["apt-get", "update"])
    _try(["apt-get", "install", "--yes", "--no-install-recommends", "chromium"])
    return find_browser()


def _try(command: list[str]) -> None:
    try:
        subprocess.run(command, check=False, timeout=SECONDS, stdout=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        print(f"{' '.join(command)} took longer than {SECONDS} s", file=sys.stderr)


if __name__ == "__main__":
    browser = install_browser()
    print(f"browser for the tests: {browser or 'none, their tests will be skipped'}")
