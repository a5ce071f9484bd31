"""Share the app on the local network: ``python -m core.ui.sharing.share``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import streamlit as st
from streamlit.net_util import get_internal_ip

from core.config import PICTURES, THUMBNAILS, Settings
from core.errors import LookalikeError
from core.ui.resources import engine
from core.ui.sharing.access import access
from core.ui.sharing.visitor import sharing

APP = Path(__file__).parents[3] / "app.py"
EVERYWHERE = "0.0.0.0"
PORT = 8501


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the app on the local network, for who has the key, until Ctrl-C.

    Args:
        arguments: Of the command line; by default those of this process.

    Exits with 2 where a setting makes no sense.
    """
    options = _parser().parse_args(arguments)
    os.environ["LOOKALIKE_SHARE"] = THUMBNAILS if options.thumbnails else PICTURES
    # The server would believe what a tunnel from this computer says of where requests come from.
    os.environ["FORWARDED_ALLOW_IPS"] = ""
    try:
        Settings.from_environment()
    except LookalikeError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
    from streamlit.web import cli

    flags = {
        "server.address": options.address,
        "server.port": str(options.port),
        # It shows an address without a key.
        "logger.hideWelcomeMessage": "true",
    }
    cli.main(["run", str(APP), *(f"--{name}={value}" for name, value in flags.items())])


def visitors_address() -> str:
    """The address that lets in visitors, with their key."""
    return f"{_site()}/?key={access().visitor}"


def announce() -> None:
    """Print the addresses with their keys where the app is shared; the only place they go to."""
    if not sharing():
        return
    # From here on it is this gallery that visitors see; the pages tell what is wrong with it.
    with suppress(LookalikeError):
        access().gallery(engine())
    what = "thumbnails" if engine().settings.share == THUMBNAILS else "pictures"
    sys.stdout.write(
        f"\n  Lookalike is shared until you press Ctrl-C. Visitors search and see {what}.\n\n"
        f"  For you, on this computer:  http://127.0.0.1:{_port()}/?key={access().owner}\n"
        f"  For visitors:               {visitors_address()}\n\n"
    )
    sys.stdout.flush()


def _site() -> str:
    chosen = engine().settings.share_address
    return chosen or f"http://{get_internal_ip() or '127.0.0.1'}:{_port()}"


def _port() -> int:
    port: int = st.get_option("server.port")
    return port


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core.ui.sharing.share",
        description="Share the app on the local network with people who have a key.",
    )
    parser.add_argument(
        "--thumbnails", action="store_true", help="visitors see thumbnails, never the files"
    )
    parser.add_argument("--port", type=int, default=PORT, help=f"default {PORT}")
    parser.add_argument(
        "--address", default=EVERYWHERE, help="interface to listen on; all of them by default"
    )
    return parser


if __name__ == "__main__":
    main()
