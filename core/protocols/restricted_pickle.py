"""Pickles of strings, numbers, lists, dicts and arrays of numbers, and of nothing else."""

import io
import pickle
import pickletools
import re
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from ..errors import LookalikeError
from .files import unusable

_MOST_BYTES = 16 << 20
_NUMBERS = re.compile(r"[iuf][1248]")


def read_pickle(path: Path) -> Any:
    """The content of a pickle, with arrays of numbers as flat lists.

    A pickle may call what it names. This one may name only what NumPy's arrays of numbers need,
    and what stands for that here runs no code of NumPy's either.

    Raises:
        LibraryError: The file cannot be read, is damaged, or names anything else.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise unusable(path, f"more than {_MOST_BYTES:,} bytes")
        _check_memo(content)
        return _Restricted(io.BytesIO(content), encoding="latin1").load()
    except LookalikeError:
        raise
    # A made-up pickle fails in any way.
    except Exception as error:
        raise unusable(path, str(error) or type(error).__name__) from error


def _check_memo(content: bytes) -> None:
    """The reader makes room up to the highest number, which a few bytes may say."""
    for opcode, argument, _ in pickletools.genops(content):
        if opcode.name in ("PUT", "LONG_BINPUT") and int(argument or 0) > len(content):
            raise pickle.UnpicklingError("it numbers more objects than it has")


class _Dtype:
    """Stands for ``numpy.dtype``."""

    def __init__(self, name: str = "", *_: Any) -> None:
        if not _NUMBERS.fullmatch(name):
            raise pickle.UnpicklingError(f"it has an array of {name!r}, not of numbers")
        self._name, self._order = name, "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._order = ">" if state[1] == ">" else "<"

    def numbers(self, raw: bytes | str) -> list[Any]:
        content = raw.encode("latin1") if isinstance(raw, str) else raw
        numbers: list[Any] = np.frombuffer(content, self._order + self._name).tolist()
        return numbers


class _Array(list[Any]):
    """Stands for ``numpy.ndarray``."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        *_, dtype, _, raw = state
        self[:] = dtype.numbers(raw)


def _reconstruct(*_: Any) -> _Array:
    return _Array()


def _scalar(dtype: _Dtype, raw: bytes | str) -> Any:
    (number,) = dtype.numbers(raw)
    return number


def _from_buffer(raw: bytes, dtype: _Dtype, *_: Any) -> list[Any]:
    return dtype.numbers(raw)


def _empty() -> bytes:
    return b""


def _encode(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"it encodes as {encoding!r}")
    return text.encode("latin1")


_ALLOWED = MappingProxyType(
    {
        ("numpy", "ndarray"): _Array,
        ("numpy", "dtype"): _Dtype,
        # Protocols 0 to 2 have no bytes: text is encoded, and none are made.
        ("_codecs", "encode"): _encode,
        ("__builtin__", "bytes"): _empty,
        **{
            (f"numpy.{core}.{module}", name): stand_in
            for core in ("core", "_core")
            for module, name, stand_in in (
                ("multiarray", "_reconstruct", _reconstruct),
                ("multiarray", "scalar", _scalar),
                ("numeric", "_frombuffer", _from_buffer),
            )
        },
    }
)


class _Restricted(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"it names {module}.{name}, which ground truth does not need"
            ) from None
