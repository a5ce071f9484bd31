"""Sizes of files in words."""


def size_in_words(size: float) -> str:
    """A number of bytes for a person, such as ``740 bytes``, ``28.1 kB`` or ``1.2 GB``."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"
