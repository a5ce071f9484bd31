"""The names that a server answers to, and the pages that may ask it."""

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from .share import Share

THIS_COMPUTER = frozenset({"localhost", "127.0.0.1", "::1"})


def is_own_name(connection: HTTPConnection, share: Share) -> bool:
    """Whether a request names a host that is this server, not one that an attacker points at it."""
    asked = connection.headers.getlist("host")
    server = connection.scope.get("server")
    if len(asked) != 1 or server is None:
        return False
    names = set(THIS_COMPUTER)
    if share.on:
        own = socket.gethostname().lower()
        names |= {server[0], own, f"{own}.local"}
        if share.address:
            names.add(_host(share.address))
    elif not _is_loopback(server[0]):
        # Without a share others get nothing, whatever address the server listens on.
        return False
    # A name and a port, without characters that only other parts of an address have.
    return not set(asked[0]) & set("/?#@\\") and _host(f"//{asked[0]}") in names


def is_own_origin(headers: Headers) -> bool:
    """Whether a request was not sent by a page of another site."""
    origins = headers.getlist("origin")
    return all(origin.partition("://")[2].lower() == headers["host"].lower() for origin in origins)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
