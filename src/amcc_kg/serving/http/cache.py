"""Encoded answers in memory: exact, bounded in bytes, the longest unused leave first.

Knows keys, values and sizes; nothing of HTTP.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Cache(Generic[K, V]):
    """A dictionary that forgets."""

    def __init__(self, most: int) -> None:
        """Hold at most so many bytes; nothing larger than a quarter of it is taken in."""
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._most = most
        self.size = 0

    def get(self, key: K) -> V | None:
        """Return what was put there, None if it is not here or no longer."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep a value that takes so many bytes, key included."""
        if size > self._most // 4:
            return
        _, replaced = self._entries.pop(key, (None, 0))
        self._entries[key] = (value, size)
        self.size += size - replaced
        while self.size > self._most:
            _, (_, freed) = self._entries.popitem(last=False)
            self.size -= freed

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self.size = 0

    def __len__(self) -> int:
        return len(self._entries)
