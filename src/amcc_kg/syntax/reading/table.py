"""Terms as numbers, the same for all files that are read into one table."""

from __future__ import annotations


class Terms:
    """The terms met so far.

    Attributes:
        keys: the key of each term, at the term's number.
        ids: the number of each key.
    """

    __slots__ = ("ids", "keys")

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.ids: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def intern(self, key: str) -> int:
        """Return the number of a term, a new one if it was not met before."""
        number = self.ids.get(key)
        if number is None:
            number = self.ids[key] = len(self.keys)
            self.keys.append(key)
        return number
