"""Who is next: a short queue in which no client can crowd out the others.

Clients take turns. The last free worker is never given to a client whose other query has been running for a
while. Knows clients' names and the clock it is given; nothing of workers or queries.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
_LONG = 0.5


class Queue(Generic[T]):
    """What waits, by client, and how much of each client's runs."""

    def __init__(self, most: int, share: int, clock: Callable[[], float]) -> None:
        """Allow `most` waiting entries, and of one client `share` waiting and running ones."""
        self._most = most
        self._share = share
        self._clock = clock
        self._waiting: dict[str, deque[T]] = {}
        self._started: dict[str, list[float]] = {}
        self.length = 0

    def has_room(self) -> bool:
        """Tell whether one more may wait."""
        return self.length < self._most

    def may_add(self, client: str) -> bool:
        """Tell whether a client has some of its share left."""
        return len(self._waiting.get(client, ())) + len(self._started.get(client, ())) < self._share

    def add(self, client: str, entry: T) -> None:
        """Let an entry wait at the end of its client's line; a new client goes last in turn."""
        self._waiting.setdefault(client, deque()).append(entry)
        self.length += 1

    def remove(self, client: str, entry: T) -> None:
        """Forget an entry that has waited too long."""
        line = self._waiting.get(client)
        if line and entry in line:
            line.remove(entry)
            self.length -= 1
            if not line:
                del self._waiting[client]

    def take(self, free: int) -> tuple[str, T] | None:
        """Return the next entry to run with its client, None if none may; `free` workers are idle."""
        for client, line in self._waiting.items():
            if free == 1 and self._is_slow(client):
                continue
            entry = line.popleft()
            self.length -= 1
            # To the end of the turn, by leaving the dictionary and coming back.
            del self._waiting[client]
            if line:
                self._waiting[client] = line
            return client, entry
        return None

    def started(self, client: str) -> float:
        """Note that an entry of a client runs; the time returned is what `finished` wants."""
        now = self._clock()
        self._started.setdefault(client, []).append(now)
        return now

    def finished(self, client: str, started: float) -> None:
        """Note that an entry of a client, started then, has ended."""
        times = self._started[client]
        times.remove(started)
        if not times:
            del self._started[client]

    def is_running(self, client: str) -> bool:
        """Tell whether an entry of a client runs."""
        return client in self._started

    def _is_slow(self, client: str) -> bool:
        times = self._started.get(client)
        return times is not None and self._clock() - min(times) > _LONG
