"""Which known name is spelt most like another, in a time that does not grow with how many are known.

Knows texts only. Of a few names, each is compared. Of many, those that begin or end most like the one that is
looked for: whatever the slip, what stands before it or behind it is the same.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FEW = 512
"""Of so many names, each is compared."""

_BESIDE = 24


class Names:
    """Names to look among; the same name is found in whatever order they are given."""

    __slots__ = ("_backward", "_cutoff", "_forward", "_found")

    def __init__(self, names: Iterable[str], cutoff: float) -> None:
        """Take names; `cutoff`, from 0 to 1, is how much of two texts has to agree at least."""
        self._forward = sorted(set(names))
        self._backward: list[str] | None = None
        self._cutoff = cutoff
        self._found: dict[str, str | None] = {}

    def nearest(self, name: str) -> str | None:
        """Return the name that is spelt most like another, None if none is near enough."""
        if name not in self._found:
            self._found[name] = self._search(name)
        return self._found[name]

    def _search(self, name: str) -> str | None:
        from difflib import SequenceMatcher

        matcher = SequenceMatcher(b=name)
        best, found = self._cutoff, None
        for other in self._candidates(name):
            # Two texts agree in no more than the shorter one has.
            if 2 * min(len(name), len(other)) < best * (len(name) + len(other)):
                continue
            matcher.set_seq1(other)
            if matcher.quick_ratio() >= best and (ratio := matcher.ratio()) >= best:
                # Of equally near ones the last in the alphabet, as in `difflib.get_close_matches`.
                best, found = ratio, other
        return found

    def _candidates(self, name: str) -> Sequence[str]:
        if len(self._forward) <= FEW:
            return self._forward
        if self._backward is None:
            self._backward = sorted(other[::-1] for other in self._forward)
        begin, end = _beside(self._forward, name), _beside(self._backward, name[::-1])
        return sorted({*begin, *(other[::-1] for other in end)})


def _beside(ordered: Sequence[str], name: str) -> Sequence[str]:
    """Return the names on either side of where a name would stand: those that begin most like it."""
    at = bisect_left(ordered, name)
    return ordered[max(0, at - _BESIDE) : at + _BESIDE]
