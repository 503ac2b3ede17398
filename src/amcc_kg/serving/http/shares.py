"""What one client may hold of what all share: open connections, and bodies that are being read.

Knows counts and whose they are; nothing of what is held.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from amcc_kg.serving.http.request_parser import RefusedError

if TYPE_CHECKING:
    from amcc_kg.serving.config import Limits

# Of the memory for bodies, one client may hold so many parts in a hundred.
_PART = 25


class Shares:
    """Counts, for all clients and for each; the client `""` stands for many and is in no one's way.

    Attributes:
        bodies: bytes of bodies in memory.
    """

    __slots__ = ("_bodies", "_connections", "_limits", "bodies")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._connections: Counter[str] = Counter()
        self._bodies: Counter[str] = Counter()
        self.bodies = 0

    def arrive(self, client: str) -> None:
        """Count a connection; raises `RefusedError` if it is one too many, which counts all the same."""
        self._connections[client] += 1
        most = self._limits.client_connections
        if client and self._connections[client] > most:
            raise RefusedError(429, f"more than {most} connections of yours are open; close some")

    def is_flooding(self, client: str) -> bool:
        """Tell whether a client goes on to open connections although it was told that it has too many."""
        return bool(client) and self._connections[client] > 2 * self._limits.client_connections

    def leave(self, client: str) -> None:
        """Forget a connection."""
        _less(self._connections, client, 1)

    def hold(self, client: str, size: int) -> None:
        """Count bytes of a body; raises `RefusedError`, and does not count them, if they are too many."""
        if self.bodies + size > self._limits.bodies:
            raise RefusedError(503, "too many requests with a body are being read; try again")
        if client and self._bodies[client] + size > self._limits.bodies * _PART // 100:
            raise RefusedError(429, "too many requests of yours with a body are being read; let them end")
        self._bodies[client] += size
        self.bodies += size

    def release(self, client: str, size: int) -> None:
        """Forget bytes of a body."""
        if size:
            _less(self._bodies, client, size)
            self.bodies -= size


def _less(counts: Counter[str], client: str, size: int) -> None:
    counts[client] -= size
    if not counts[client]:
        # Whoever has nothing takes no place.
        del counts[client]
