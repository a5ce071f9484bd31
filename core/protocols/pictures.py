"""The pictures of a library by the names that the files of a data set give them."""

from collections.abc import Sequence

from ..errors import LibraryError


class Pictures:
    """The pictures of a library, found by names with or without folders and extension.

    Args:
        paths: Relative to the library, with ``/``.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)
        self._named: dict[str, list[str]] = {}
        for path in self.paths:
            for name in dict.fromkeys((_last(path), _bare(_last(path)))):
                self._named.setdefault(name, []).append(path)

    def find(self, name: str) -> str | None:
        """The path of a picture; ``None`` where there is none of this name.

        Raises:
            LibraryError: There are several.
        """
        paths = self._named.get(_last(name), [])
        if len(paths) > 1:
            ends = [path for path in paths if _ends_with(path, name)]
            if len(ends) != 1:
                raise LibraryError(
                    f"Expected one picture of the name {name!r} in the index. Received: "
                    f"{paths[0]!r} and {paths[1]!r}. Keep each picture of the data set once."
                )
            return ends[0]
        return paths[0] if paths else None

    def __getitem__(self, name: str) -> str:
        """The path of a picture; ``LibraryError`` where there is none."""
        if path := self.find(name):
            return path
        raise LibraryError(
            f"Expected the picture {name!r} of the data set in the index. Received: "
            f"{len(self.paths):,} pictures without it. Index the folder with all its pictures."
        )


def _ends_with(path: str, name: str) -> bool:
    return any(f"/{one}".endswith(f"/{name}") for one in (path, path.removesuffix(_suffix(path))))


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _suffix(path: str) -> str:
    name = _last(path)
    return name[name.rindex(".") :] if "." in name else ""


def _bare(name: str) -> str:
    return name.removesuffix(_suffix(name))
