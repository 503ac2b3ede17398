"""Regular expressions that are compiled when first used: a run uses few of them, and they take time."""

from __future__ import annotations

import re


class Pattern:
    """A regular expression, compiled when first used."""

    __slots__ = ("_compiled", "_flags", "_source")

    def __init__(self, source: str, flags: int = 0) -> None:
        self._source = source
        self._flags = flags
        self._compiled: re.Pattern[str] | None = None

    @property
    def compiled(self) -> re.Pattern[str]:
        """The expression, compiled."""
        if self._compiled is None:
            self._compiled = re.compile(self._source, self._flags)
        return self._compiled

    def fullmatch(self, text: str) -> bool:
        """Tell whether all of a text matches."""
        return (self._compiled or self.compiled).fullmatch(text) is not None
