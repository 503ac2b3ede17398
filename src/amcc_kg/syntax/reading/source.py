"""A file that was read: its statements as columns of numbers, and where each term of each stands.

The parsers write into a `Source`; what comes behind them asks it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property

from amcc_kg.syntax.reading import grammar
from amcc_kg.syntax.reading.problems import Problem, Wrong
from amcc_kg.terms.errors import PlacedError
from amcc_kg.terms.lines import LineIndex, Span

DEFAULT_GRAPH = 0xFFFFFFFF
"""What stands for the default graph in a column of graphs: no term has this number."""

MAX_PROBLEMS = 1000
"""After so many mistakes a text is not what it is taken for, and the rest goes unread."""


class Terms:
    """Terms as numbers, the same for all files read into one table: `keys` by number, `ids` by key."""

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


class Source:
    """The statements of one text, a row for each in the order of the text, repeated ones included.

    Attributes:
        name: the file's name, as it was given.
        text: what was read, without a byte order mark.
        syntax: one of the values of `SYNTAXES`.
        terms: the table of the terms, which other sources may share.
        s, p, o: the numbers of subject, predicate and object of each row.
        s_at, p_at, o_at: the offsets of their first characters; what a list implies stands at its item, what
            an annotation or a reified triple implies at its opening sign or at the name of its reifier.
        prefixes: the namespace of each prefix at the end of the text.
        base: the base at the end of the text; the empty string leaves relative IRIs as they are.
        lines: the lines of the text.
        remarks: what the rules of its syntax leave out of the rows, in the form of mistakes.
        ends: where terms end of which the text does not tell it, by where they begin.
    """

    def __init__(self, name: str, text: str, syntax: str, terms: Terms, base: str) -> None:
        self.name, self.text, self.syntax, self.terms, self.base = name, text, syntax, terms, base
        self.prefixes: dict[str, str] = {}
        self.lines = LineIndex(text)
        self.ends: dict[int, int] = {}
        # Language tags that stand elsewhere than at their literals, as written: by what they are in lower
        # case, and where that is spelt in several ways, by the offset of the literal.
        self._tags: dict[str, str] = {}
        self._tags_at: dict[int, str] = {}
        offset = "I" if len(text) < 1 << 32 else "Q"
        self.s, self.p, self.o = array("I"), array("I"), array("I")
        self.s_at, self.p_at, self.o_at = array(offset), array(offset), array(offset)
        self._graphs: list[tuple[int, int]] = []
        self._problems: list[Problem] = []
        self.remarks: list[Problem] = []

    def add(self, s: int, s_at: int, p: int, p_at: int, o: int, o_at: int) -> None:
        """Write a row."""
        self.s.append(s)
        self.p.append(p)
        self.o.append(o)
        self.s_at.append(s_at)
        self.p_at.append(p_at)
        self.o_at.append(o_at)

    def truncate(self, length: int) -> None:
        """Take back the rows from a number on."""
        for column in (self.s, self.p, self.o, self.s_at, self.p_at, self.o_at):
            del column[length:]

    def enter(self, graph: int) -> None:
        """Let the rows from here on stand in a graph."""
        self._graphs.append((len(self.s), graph))

    def report(self, wrong: Wrong) -> None:
        """Write down a mistake, and behind the last that is taken, that it is."""
        span = self.lines.span(wrong.start, wrong.end)
        self._problems.append(Problem(span, wrong.message, wrong.hint))
        if len(self._problems) == MAX_PROBLEMS:
            self._problems.append(Problem(span, f"these are {MAX_PROBLEMS} mistakes; the rest is not read"))

    def spell(self, tag: str, at: int) -> None:
        """Keep how the language tag of the literal at an offset is written, somewhere else in the text."""
        if self._tags.setdefault(tag.lower(), tag) != tag:
            self._tags_at[at] = tag

    def remark(self, at: int, message: str) -> None:
        """Note that what stands at an offset is in no row, as the rules of the syntax have it."""
        self.remarks.append(Problem(self.mark_span(at), message))

    @property
    def full(self) -> bool:
        """Tell whether there are more mistakes than anyone wants to read."""
        return len(self._problems) > MAX_PROBLEMS

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """The syntax errors, in the order of the text."""
        return tuple(sorted(self._problems, key=lambda problem: problem.span.start))

    @cached_property
    def g(self) -> array[int] | None:
        """The number of the graph of each row or `DEFAULT_GRAPH`; None for Turtle and N-Triples."""
        if self.syntax in ("turtle", "nt", "xml"):
            return None
        column, graph = array("I"), DEFAULT_GRAPH
        for start, following in [*self._graphs, (len(self.s), DEFAULT_GRAPH)]:
            column.extend(array("I", (graph,)) * (start - len(column)))
            graph = following
        return column

    def __len__(self) -> int:
        return len(self.s)

    def rows(
        self, s: int | None = None, p: int | None = None, o: int | None = None, limit: int | None = None
    ) -> list[int]:
        """Return the rows with these terms, in the order of the text; one of `s` and `o` is given.

        The first question sorts the rows once (0.3 s for a million), the next ones cost what they find. With
        `limit`, only so many of the rows with that subject, or else that object, are looked at.
        """
        if s is not None:
            found = _equal(self._by_subject, self.s, s, limit)
            return [r for r in found if (p is None or self.p[r] == p) and (o is None or self.o[r] == o)]
        if o is None:
            raise ValueError("rows are found by subject or by object")
        return [r for r in _equal(self._by_object, self.o, o, limit) if p is None or self.p[r] == p]

    def find(self, s: str | None = None, p: str | None = None, o: str | None = None) -> list[int]:
        """Return the rows with terms of these keys, in the order of the text; one of `s` and `o` is given."""
        numbers = [None if key is None else self.terms.ids.get(key, -1) for key in (s, p, o)]
        return [] if -1 in numbers else self.rows(*numbers)

    def graph(self, row: int) -> str | None:
        """Return the key of the graph that a row stands in, None for the default graph."""
        number = DEFAULT_GRAPH if self.g is None else self.g[row]
        return None if number == DEFAULT_GRAPH else self.terms.keys[number]

    def term_span(self, at: int) -> Span:
        """Return the whole of the term that begins at an offset; a bracket up to the closing one."""
        return self.lines.span(at, self.end(at))

    def mark_span(self, at: int) -> Span:
        """Return the term that begins at an offset, but of a bracket only the opening sign."""
        if self.syntax == "xml":
            from amcc_kg.syntax.reading import xml_tags  # what no Turtle needs is not imported for it

            return self.lines.span(at, self.ends.get(at) or xml_tags.mark_end(self.text, at))
        if self.syntax == "json-ld":
            return self.lines.span(at, at + 1 if self.text[at] in "[{" else self.end(at))
        opening = grammar.opening(self.text, at)
        return self.lines.span(at, opening.end() if opening else self.end(at))

    def triples(self) -> Iterator[tuple[str, str, str]]:
        """Yield the keys of each row's terms."""
        names = self.terms.keys
        for s, p, o in zip(self.s, self.p, self.o, strict=True):
            yield names[s], names[p], names[o]

    def written(self, at: int) -> str:
        """Return the text of the term that begins at an offset."""
        return self.text[at : self.end(at)]

    def spelt(self, number: int, at: int) -> str:
        """Return the key of a term that begins at an offset, its language tag as it is written there."""
        key = self.terms.keys[number]
        if key[0] != '"' or key[-1] in '">':
            return key
        start = key.rindex("@") + 1
        return key[:start] + self.tag(key[start:], at, self.end(at))

    def tag(self, tag: str, start: int, end: int) -> str:
        """Return a language tag, given in lower case, as it is written of the literal between two offsets."""
        written = self._tags_at.get(start) or self._tags.get(tag) or self.text[end - len(tag) : end]
        return written if written.lower() == tag else tag

    @property
    def respelt(self) -> bool:
        """Whether a language tag that stands elsewhere than at its literal is not in lower case."""
        return any(tag != lower for lower, tag in self._tags.items())

    def checked(self) -> Source:
        """Return the source itself; raises `PlacedError` for its first syntax error."""
        for span, message, hint in self.problems:
            raise PlacedError(self.name, span.line, span.column, f"{message}; {hint}" if hint else message)
        return self

    @cached_property
    def _by_subject(self) -> array[int]:
        return _order(self.s)

    @cached_property
    def _by_object(self) -> array[int]:
        return _order(self.o)

    @cached_property
    def _brackets(self) -> dict[int, int]:
        """For each opening bracket, where what it opens ends."""
        ends: dict[int, int] = {}
        opened: list[int] = []
        if self.syntax == "json-ld":
            from amcc_kg.syntax.reading import json_text

            pieces, opening, closing = json_text.pieces, {"[", "{"}, {"]", "}"}
        else:
            pieces = grammar.pieces().finditer
            opening, closing = {"[", "(", "{|", "<<", "<<("}, {"]", ")", "|}", ">>", ")>>"}
        for match in pieces(self.text):
            sign = match[1]
            if sign in opening:
                opened.append(match.start(1))
            elif sign in closing and opened:
                ends[opened.pop()] = match.end(1)
        return ends

    def end(self, at: int) -> int:
        """Return where the term that begins at an offset ends."""
        text = self.text
        if self.syntax == "xml":
            from amcc_kg.syntax.reading import xml_tags

            return self.ends.get(at) or xml_tags.end(text, at)
        if self.syntax == "json-ld":
            from amcc_kg.syntax.reading import json_text

            return self._brackets.get(at, at + 1) if text[at] in "[{" else json_text.end(text, at)
        if opening := grammar.opening(text, at):
            return self._brackets.get(at, opening.end())
        if self.syntax in ("nt", "nquads"):
            match = grammar.line_resource(text, at) or grammar.line_literal(text, at)
        elif match := grammar.string(text, at):
            if tag := grammar.language(text, match.end()):
                return tag.end()
            sign = grammar.datatype(text, match.end())
            match = (sign and grammar.named(text, sign.end())) or match
        else:
            match = grammar.plain_object(text, at) or grammar.verb(text, at)
        return match.end() if match else at + 1


def _order(column: array[int]) -> array[int]:
    """Return the rows sorted by what a column holds, equal ones in the order of the text."""
    return array("I", sorted(range(len(column)), key=column.__getitem__))


def _equal(order: array[int], column: array[int], value: int, limit: int | None) -> array[int]:
    """Return the rows whose column holds a value, the first `limit` of them."""
    start = bisect_left(order, value, key=column.__getitem__)
    end = bisect_right(order, value, lo=start, key=column.__getitem__)
    return order[start : end if limit is None else min(end, start + limit)]
