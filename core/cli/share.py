"""``python -m core share``: serve the app on the local network, for people with a key."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

import click

from core.config import PICTURES, THUMBNAILS

APP = Path(__file__).parents[2] / "app.py"
EVERYWHERE = "0.0.0.0"
PORT = 8501


@click.command()
@click.option("--thumbnails", is_flag=True, help="Visitors see thumbnails, never the files.")
@click.option(
    "--port", metavar="N", type=click.IntRange(1, 65_535), default=PORT, help="Port to listen on."
)
@click.option(
    "--address",
    metavar="A",
    default=EVERYWHERE,
    help=f"Address of the interface to listen on; {EVERYWHERE} is all of them.",
)
def share(*, thumbnails: bool, port: int, address: str) -> None:
    """Share the app on the network with people who have a key."""
    os.environ["LOOKALIKE_SHARE"] = THUMBNAILS if thumbnails else PICTURES
    # The server would believe what a tunnel from this computer says of where requests come from.
    os.environ["FORWARDED_ALLOW_IPS"] = ""
    options = {
        "server.address": address,
        "server.port": port,
        # It shows an address without a key.
        "logger.hideWelcomeMessage": "true",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    sys.argv = ["streamlit", "run", str(APP), *flags]
    # Started by its name, as from a shell: this part imports no Streamlit.
    runpy.run_module("streamlit", run_name="__main__")
