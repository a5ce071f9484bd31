"""What the owner shares, and where."""

from dataclasses import dataclass

from ..config import NOTHING


@dataclass(frozen=True, kw_only=True)
class Share:
    """What the owner shares, and where.

    Attributes:
        what: One of ``config.SHARES``.
        links: Whether visitors also see files that links in the gallery lead to, outside of its
            folder.
        address: Address of the server for visitors, such as ``https://pictures.example``; ``None``
            is that of its network.
        port: Port of the server.
        upload_limit: Bytes of the largest file that the server takes.
    """

    what: str = NOTHING
    links: bool = False
    address: str | None = None
    port: int
    upload_limit: int

    @property
    def on(self) -> bool:
        """Whether anything is shared, so that the server asks everybody for a key."""
        return self.what != NOTHING

    @property
    def cookie(self) -> str:
        """Name of the cookie that holds the key."""
        # Browsers send a cookie to all ports of a computer.
        return f"lookalike-{self.port}"
