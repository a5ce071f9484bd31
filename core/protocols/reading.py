"""The protocols by the names that a user gives."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType

from ..errors import ConfigurationError
from .buildings import read_oxford5k, read_paris6k
from .flowers import read_flowers
from .gpr1200 import read_gpr1200
from .metric_learning import read_cub, read_products
from .numbered import read_holidays, read_ukbench
from .pictures import Pictures
from .protocol import Protocol
from .revisited import read_roxford5k, read_rparis6k
from .table import read_table

_Reader = Callable[[Path, Pictures], tuple[Protocol, ...]]
_READERS: MappingProxyType[str, _Reader] = MappingProxyType(
    {
        "oxford5k": read_oxford5k,
        "paris6k": read_paris6k,
        "roxford5k": read_roxford5k,
        "rparis6k": read_rparis6k,
        "holidays": read_holidays,
        "ukbench": read_ukbench,
        "gpr1200": read_gpr1200,
        "sop": read_products,
        "cub": read_cub,
        "flowers": read_flowers,
    }
)
PROTOCOLS = tuple(_READERS)
_TABLE = ".csv"


def check_name(name: str) -> None:
    """Raise ``ConfigurationError`` unless there is such a protocol; see ``read_protocols``."""
    if name not in _READERS and not name.endswith(_TABLE):
        raise ConfigurationError(
            f"Expected a protocol of {', '.join(PROTOCOLS)}, or a CSV file. Received: {name!r}"
        )


def read_protocols(name: str, folder: Path, paths: Sequence[str]) -> tuple[Protocol, ...]:
    """What a data set asks; the revisited ones have three setups, the others one.

    Args:
        name: One of ``PROTOCOLS``, or the path of a CSV file, see ``read_table``.
        folder: Where the data set was unpacked, which is the library.
        paths: Its indexed pictures, relative to it, with ``/``; at least one.

    Raises:
        ConfigurationError: There is no such protocol, or the CSV file cannot be used.
        LibraryError: The folder lacks something of the data set.
    """
    check_name(name)
    pictures = Pictures(paths)
    if reader := _READERS.get(name):
        return reader(folder, pictures)
    return read_table(Path(name), pictures)
