"""Triple patterns read from a query: property lists, blank nodes, collections, paths.

Blank nodes become variables of their own, so that a solution says which node each stood for.
"""

from __future__ import annotations

import re

from amcc_kg.sparql.cursor import Cursor
from amcc_kg.sparql.tree import Alternative, Inverse, Negated, Path, Repeat, Sequence, TriplePattern, Triples
from amcc_kg.terms import prefixes

_TYPE, _FIRST, _REST, _NIL = (f"<{prefixes.RDF}{name}>" for name in ("type", "first", "rest", "nil"))


class TriplesReader(Cursor):
    """Reads blocks of triple patterns; `labels` are the blank nodes met so far and their variables."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.labels: dict[str, str] = {}
        self.patterns: list[TriplePattern] = []

    def triples(self) -> Triples:
        """Read triple patterns up to what cannot be part of them."""
        outer, self.patterns = self.patterns, []
        while self.at < len(self.tokens):
            compound = self.peek() in ("[", "(") and self.peek(1) not in ("]", ")")
            subject = self.node()
            if not compound or self.starts_verb():
                self.properties(subject)
            if not (self.take(".") and self.starts_node()):
                break
        block, self.patterns = Triples(tuple(self.patterns)), outer
        return block

    def starts_node(self) -> bool:
        """Tell whether a subject can start here."""
        word, kind = self.peek(), self.kind()
        if kind == "word":
            return word in ("TRUE", "FALSE")
        return kind in ("iri", "name", "variable", "string") or bool(re.match(r"[\[(+\-\d]", word))

    def starts_verb(self) -> bool:
        """Tell whether a predicate or path can start here."""
        kind = self.kind()
        return kind in ("iri", "name", "variable") or self.peek() in ("A", "^", "!", "(")

    def properties(self, subject: str) -> None:
        """Read `predicate object, object; predicate object …` of a subject."""
        while True:
            path = self.variable() if self.kind() == "variable" else self.alternative()
            self.patterns.append(TriplePattern(subject, path, self.node()))
            while self.take(","):
                self.patterns.append(TriplePattern(subject, path, self.node()))
            if not self.take(";"):
                return
            while self.take(";"):
                pass
            if not self.starts_verb():
                return

    def node(self) -> str:
        """Read a subject or object; what is inside brackets becomes patterns."""
        if self.kind() == "variable":
            return self.variable()
        if self.take("["):
            blank = self.fresh()
            if not self.take("]"):
                self.properties(blank)
                self.expect("]")
            return blank
        if self.take("("):
            items = []
            while not self.take(")"):
                items.append(self.node())
            self.constants |= {_FIRST, _REST, _NIL}
            cells = [*(self.fresh() for _ in items), _NIL]
            for item, cell, rest in zip(items, cells, cells[1:], strict=False):
                self.patterns += [TriplePattern(cell, _FIRST, item), TriplePattern(cell, _REST, rest)]
            return cells[0]
        if self.kind() == "name" and self.peek().startswith("_:"):
            label = self.take()
            if label not in self.labels:
                self.labels[label] = self.fresh()
            return self.labels[label]
        return self.term()

    def alternative(self) -> Path:
        """Read a path: steps joined by `|`."""
        found = [self.sequence()]
        while self.take("|"):
            found.append(self.sequence())
        return found[0] if len(found) == 1 else Alternative(tuple(found))

    def sequence(self) -> Path:
        """Read steps joined by `/`."""
        found = [self.step()]
        while self.take("/"):
            found.append(self.step())
        return found[0] if len(found) == 1 else Sequence(tuple(found))

    def step(self) -> Path:
        """Read one step: `^`, brackets, `!`, and how often."""
        inverse = bool(self.take("^"))
        if self.take("("):
            path = self.alternative()
            self.expect(")")
        elif self.take("!"):
            path = self.negated()
        else:
            path = self.predicate()
        mark = self.take("?", "*", "+")
        path = Repeat(path, mark) if mark else path
        return Inverse(path) if inverse else path

    def negated(self) -> Negated:
        """Read what stands after `!`."""
        forwards: list[str] = []
        backwards: list[str] = []
        many = bool(self.take("("))
        while not (many and self.take(")")):
            (backwards if self.take("^") else forwards).append(self.predicate())
            if not many:
                break
            self.take("|")
        return Negated(
            tuple(forwards) if forwards or not backwards else None, tuple(backwards) if backwards else None
        )

    def predicate(self) -> str:
        """Read an IRI or `a`."""
        if self.kind() == "word" and self.tokens[self.at].text == "a":
            self.at += 1
            self.constants.add(_TYPE)
            return _TYPE
        return self.term()
