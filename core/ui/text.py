"""Names of files and galleries: shown as they are, whatever is in them."""

import re

# Each markup of Markdown and Streamlit starts with one of these: links, pictures, emphasis, code,
# headings, tables, formulas, icons.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#|$~!&]|:(?! )")
_LIST_ITEM = re.compile(r"^(\s*\d+(?=\.)|\s*(?=[-+=]))")


def text(name: str) -> str:
    """A name that can be sent to a browser; Linux allows names that are not valid UTF-8."""
    return name.encode("utf-8", "replace").decode()


def pictures(count: int) -> str:
    """A number of pictures in words."""
    return f"{count:,} picture{'' if count == 1 else 's'}"


def plain(words: str) -> str:
    """Markdown that shows a text as it is, in one line: a name, or a message that may hold one."""
    line = " ".join(text(words).splitlines())
    # Else a name that begins with "1." or "-" would be an item of a list.
    return _LIST_ITEM.sub(r"\1\\", _MARKUP.sub(r"\\\g<0>", line))


def code(words: str) -> str:
    """Markdown that shows a text as it is, in the letters of code."""
    line = " ".join(text(words).splitlines())
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    return f"{fence} {line} {fence}" if "`" in line else f"`{line}`"
