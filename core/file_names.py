"""Names of files that are made of what a person named."""

import hashlib
import re


def safe_name(name: str) -> str:
    """Letters, digits, ``.``, ``-`` and ``_`` of a name, at most 60 bytes; ``_`` for the rest."""
    return re.sub(r"[^\w.-]+", "_", name).encode()[:60].decode(errors="ignore")


def distinct_name(name: str, key: bytes, digest_size: int) -> str:
    """A safe name for one of several things that may have the same name.

    Args:
        name: For a person.
        key: Tells the things apart.
        digest_size: Bytes of the hash of the key.
    """
    digest = hashlib.blake2b(key, digest_size=digest_size).hexdigest()
    return f"{safe_name(name)}-{digest}"
