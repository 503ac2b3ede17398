"""What a parser writes: a row for each statement, the numbers of its terms and where each was written."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from amcc_kg.syntax.reading.problems import Problem

if TYPE_CHECKING:
    from amcc_kg.syntax.reading.problems import Wrong
    from amcc_kg.terms.lines import LineIndex

DEFAULT_GRAPH = 0xFFFFFFFF
"""What stands for the default graph in a column of graphs: no term has this number."""

MAX_PROBLEMS = 1000
"""After so many mistakes a text is not what it is taken for, and the rest goes unread."""


class Columns:
    """The rows read so far, as parallel arrays, and the mistakes.

    Attributes:
        s, p, o: the numbers of the terms.
        s_at, p_at, o_at: the offsets of their first characters.
        problems: the mistakes, in the order of their finding.
        lines: the lines of the text.
    """

    __slots__ = ("_graphs", "lines", "o", "o_at", "p", "p_at", "problems", "s", "s_at")

    def __init__(self, lines: LineIndex, size: int) -> None:
        offset = "I" if size < 1 << 32 else "Q"
        self.s, self.p, self.o = array("I"), array("I"), array("I")
        self.s_at, self.p_at, self.o_at = array(offset), array(offset), array(offset)
        self.problems: list[Problem] = []
        self._graphs: list[tuple[int, int]] = []
        self.lines = lines

    def add(self, s: int, s_at: int, p: int, p_at: int, o: int, o_at: int) -> None:
        """Write a row."""
        self.s.append(s)
        self.p.append(p)
        self.o.append(o)
        self.s_at.append(s_at)
        self.p_at.append(p_at)
        self.o_at.append(o_at)

    def enter(self, graph: int) -> None:
        """Let the rows from here on stand in a graph."""
        self._graphs.append((len(self.s), graph))

    def graphs(self) -> array[int]:
        """Return the graph of each row."""
        column = array("I")
        graph = DEFAULT_GRAPH
        for start, following in [*self._graphs, (len(self.s), DEFAULT_GRAPH)]:
            column.extend(array("I", (graph,)) * (start - len(column)))
            graph = following
        return column

    def report(self, wrong: Wrong) -> None:
        """Write down a mistake, and behind the last that is taken, that it is."""
        span = self.lines.span(wrong.start, wrong.end)
        self.problems.append(Problem(span, wrong.message, wrong.hint))
        if len(self.problems) == MAX_PROBLEMS:
            self.problems.append(Problem(span, f"these are {MAX_PROBLEMS} mistakes; the rest is not read"))

    @property
    def full(self) -> bool:
        """Tell whether there are more mistakes than anyone wants to read."""
        return len(self.problems) > MAX_PROBLEMS
