"""What all connections share: how many are open and whose, what they hold, and answers known byte for byte.

Knows counts, clients and bytes; nothing of sockets or of what is asked.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from amcc_kg.serving.config import Config
from amcc_kg.serving.http import addresses
from amcc_kg.serving.http.cache import Cache
from amcc_kg.serving.http.messages import refused
from amcc_kg.serving.http.records import Log

_LARGE = 64 << 10
# Connections beyond the limit whose clients are still told so.
_SPARE = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """What a request that is known byte for byte is answered with, and what is logged."""

    status: int
    rest: bytes  # from the date on
    fragment: bytes
    client: str  # that the request itself names, empty if it names none


class Connections:
    """Counts, for all clients and for each; the client `""` stands for many and is in no one's way."""

    def __init__(self, config: Config, log: Log) -> None:
        self.config = config
        self.log = log
        self.count = 0  # connections that are open
        self.unsent = 0  # bytes of answers that clients have asked for and not taken
        self.bodies = 0  # bytes of request bodies in memory
        self.is_draining = False  # whether the server is to end, and each connection with its next answer
        # The headers that all answers of this second have, as a list and as bytes.
        self.dated: tuple[list[tuple[bytes, bytes]], bytes] = [], b""
        self._counts: Counter[str] = Counter()
        self._bodies: Counter[str] = Counter()
        quarter = config.limits.cache // 4
        # Answers by the bytes of their requests, which mean something else from trusted peers.
        self.known: dict[bool, Cache[bytes, Hit]] = {trusted: Cache(quarter) for trusted in (False, True)}

    def forget(self) -> None:
        """Forget the answers that are known byte for byte."""
        for cache in self.known.values():
            cache.clear()

    def trusts(self, peer: str) -> bool:
        """Tell whether a peer's forwarded headers are believed."""
        return addresses.is_within(peer, self.config.trusted)

    def arrive(self, client: str) -> None:
        """Count a connection; raises `RefusedError` if it is one too many, which counts all the same."""
        self.count += 1
        self._counts[client] += 1
        limits = self.config.limits
        if client and self._counts[client] > limits.client_connections:
            reason = f"more than {limits.client_connections} connections of yours are open; close some"
            raise refused(429, reason)
        if self.count > limits.connections:
            raise refused(503, "too many connections")

    def is_flooded(self, client: str) -> bool:
        """Tell whether there are so many connections too many that not even a reason can be given."""
        limits = self.config.limits
        own = client != "" and self._counts[client] > 2 * limits.client_connections
        return own or self.count > limits.connections + _SPARE

    def leave(self, client: str) -> None:
        """Forget a connection."""
        self.count -= 1
        _less(self._counts, client, 1)

    def hold(self, client: str, size: int) -> None:
        """Count bytes of a body; raises `RefusedError`, and does not count them, if they are too many."""
        most = self.config.limits.bodies
        if self.bodies + size > most:
            raise refused(503, "too many requests with a body are being read; try again")
        if client and self._bodies[client] + size > most // 4:
            raise refused(429, "too many requests of yours with a body are being read; let them end")
        self._bodies[client] += size
        self.bodies += size

    def release(self, client: str, size: int) -> None:
        """Forget bytes of a body."""
        if size:
            _less(self._bodies, client, size)
            self.bodies -= size

    def may_send(self, size: int) -> bool:
        """Tell whether an answer may be sent although others wait to be taken; a small one always may."""
        return size <= _LARGE or self.unsent + size <= self.config.limits.unsent

    def reused(self, hit: Hit, peer: str) -> None:
        """Count and log a request of a peer that was answered without being parsed."""
        self.log.metrics.reused += 1
        self.log.metrics.requests[hit.status] += 1
        self.log.request(hit.fragment, hit.client or peer, 0.0)


def _less(counts: Counter[str], client: str, size: int) -> None:
    counts[client] -= size
    if not counts[client]:
        # Whoever has nothing takes no place.
        del counts[client]
