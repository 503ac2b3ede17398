"""The one index of the lines of a text, for every language: from offsets to lines and columns."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

_LINE_END = re.compile(r"\r\n?|\n")


class Span(NamedTuple):
    """A stretch of text: offsets from 0, lines and columns from 1, all in characters, not bytes."""

    start: int
    end: int  # of the first character after it, as `end_line` and `end_column` are
    line: int
    column: int
    end_line: int
    end_column: int


class LineIndex:
    """The lines of a text, which end with LF, CR LF or CR; found when first asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def starts(self) -> array[int]:
        """The offset of each line's first character."""
        starts = array("Q", (0,))
        starts.extend(found.end() for found in _LINE_END.finditer(self._text))
        return starts

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column, both from 1, of the character at an offset."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def start(self, offset: int) -> int:
        """Return the offset where the line of a character begins."""
        return self.starts[bisect_right(self.starts, offset) - 1]

    def span(self, start: int, end: int) -> Span:
        """Return the stretch between two offsets."""
        return Span(start, end, *self.place(start), *self.place(end))

    def line(self, number: int) -> str:
        """Return the text of a line, counted from 1, without its end."""
        starts = self.starts
        end = starts[number] if number < len(starts) else len(self._text)
        return self._text[starts[number - 1] : end].rstrip("\r\n")
