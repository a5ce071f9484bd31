"""Wrong keys, counted by the address that they come from."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

TRIES = 10
SECONDS = 60.0
ADDRESSES = 1024


class Tries:
    """A bounded count of the wrong tries of each address.

    Args:
        limit: Tries that an address has.
        seconds: After this it has them anew.
        addresses: How many are remembered; the ones that tried longest ago are forgotten first.
        clock: Seconds since some moment.
    """

    def __init__(
        self,
        *,
        limit: int = TRIES,
        seconds: float = SECONDS,
        addresses: int = ADDRESSES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._seconds = seconds
        self._addresses = addresses
        self._clock = clock
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._wrong)

    def wrong(self, address: str) -> None:
        """Count a wrong try."""
        count, since = self._of(address)
        self._wrong[address] = (count + 1, since)
        self._wrong.move_to_end(address)
        if len(self._wrong) > self._addresses:
            self._wrong.popitem(last=False)

    def used_up(self, address: str) -> bool:
        """Whether an address has no tries left for now."""
        return self._of(address)[0] >= self._limit

    def _of(self, address: str) -> tuple[int, float]:
        now = self._clock()
        count, since = self._wrong.get(address, (0, now))
        return (0, now) if now - since >= self._seconds else (count, since)
