"""``python -m core share``: serve the app on the local network, for people with a key."""

import importlib
import os
import socket
from contextlib import suppress
from pathlib import Path

import click

from ..config import PICTURES, THUMBNAILS, Settings
from ..engine import ImageSearchEngine
from ..errors import ConfigurationError

APP = Path(__file__).parents[2] / "app.py"
EVERYWHERE = "0.0.0.0"


@click.command()
@click.option(
    "--gallery",
    metavar="NAME",
    envvar="LOOKALIKE_GALLERY",
    show_envvar=True,
    show_default="the one that was indexed last",
    help="Visitors search this gallery.",
)
@click.option("--thumbnails", is_flag=True, help="Visitors see thumbnails, never the files.")
@click.option(
    "--follow-links",
    is_flag=True,
    help="Visitors also see files outside of the gallery's folder that links in it lead to.",
)
@click.option(
    "--port", metavar="N", type=click.IntRange(1, 65_535), default=8501, help="Port to listen on."
)
@click.option(
    "--address",
    metavar="A",
    default=EVERYWHERE,
    help=f"Address of the interface to listen on; {EVERYWHERE} is all of them.",
)
@click.pass_obj
def share(
    settings: Settings,
    *,
    gallery: str | None,
    thumbnails: bool,
    follow_links: bool,
    port: int,
    address: str,
) -> None:
    """Share the app on the network with people who have a key."""
    if gallery:
        _require_gallery(settings, gallery)
        os.environ["LOOKALIKE_GALLERY"] = gallery
    if follow_links:
        os.environ["LOOKALIKE_SHARE_LINKS"] = "on"
    _require_free(address, port)
    chosen = THUMBNAILS if thumbnails or settings.share == THUMBNAILS else PICTURES
    os.environ["LOOKALIKE_SHARE"] = chosen
    # The server would believe what a tunnel from this computer says of where requests come from.
    os.environ["FORWARDED_ALLOW_IPS"] = ""
    # The welcome shows an address without a key.
    flags = [f"--server.address={address}", f"--server.port={port}"]
    flags.append("--logger.hideWelcomeMessage=true")
    # Only this command needs Streamlit: the others work without it.
    streamlit = importlib.import_module("streamlit.web.cli")
    with suppress(click.Abort):
        streamlit.main(["run", str(APP), *flags], prog_name="streamlit", standalone_mode=False)
    # It ends by a signal. Whether it raises an error then depends on how far its start was.
    raise KeyboardInterrupt


def _require_gallery(settings: Settings, gallery: str) -> None:
    engine = ImageSearchEngine(settings)
    # Before the first one, the owner may make it while sharing.
    if engine.galleries():
        engine.library_of(gallery)


def _require_free(address: str, port: int) -> None:
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            # Without it the port of a server that has just ended counts as taken.
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        raise ConfigurationError(
            "Expected an address of this computer and a port that is free. "
            f"Received: --address {address} --port {port} ({error.strerror}). Choose others."
        ) from error
