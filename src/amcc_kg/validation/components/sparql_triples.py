"""Reading triple patterns and property paths in the words of a query, and noting them in the query."""

from __future__ import annotations

from amcc_kg.validation.components.sparql_query import Query, Token, TriplePattern
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.shapes_graph import Unreadable

_GROUP_WORDS = {"FILTER", "OPTIONAL", "BIND", "GRAPH", "UNION", "MINUS", "VALUES", "SERVICE"}
"""What may follow a triple pattern without a full stop."""


class TripleReader:
    """A recursive descent over the tokens of a query.

    Attributes:
        q: the query, which is filled in.
        at: which token is next.
        end: how many there are.
    """

    def __init__(self, query: Query) -> None:
        """Begin at the first word of a query."""
        self.q = query
        self.at = 0
        self.end = len(query.tokens)

    # ---- tokens ----

    def peek(self, ahead: int = 0) -> Token:
        """Return a token without taking it; one of the kind `end` behind the last."""
        at = self.at + ahead
        return self.q.tokens[at] if at < self.end else Token("end", "")

    def take(self, text: str | None = None) -> Token:
        """Take the next token, which has to be `text` if that is given; raises `Unreadable`."""
        token = self.peek()
        if token.kind == "end" or (text is not None and token.text.upper() != text):
            raise Unreadable(f"a query with {token.text!r} where {text or 'more'} is expected")
        self.at += 1
        return token

    def expand(self, token: Token) -> str:
        """Return the key of an IRI, however it is written."""
        if token.kind == "iri":
            return token.text
        if token.text == "a":
            return names.TYPE
        prefix, _, local = token.text.partition(":")
        if token.kind != "name" or prefix not in self.q.prefixes:
            raise Unreadable(f"a query with {token.text!r}, which is no known name")
        return f"<{self.q.prefixes[prefix]}{local.replace(chr(92), '')}>"

    # ---- triples ----

    def triples(self, top: bool) -> None:
        """Read a subject and what is asked of it; `top` tells that it stands in the outermost group."""
        start = self.at
        subject = self.node(top)
        if self.peek().text not in (".", "}", "{") and not self._ends():
            self.verbs(subject, start, top)

    def _ends(self) -> bool:
        return self.peek().upper in _GROUP_WORDS

    def verbs(self, subject: str, start: int, top: bool) -> None:
        """Read predicates and objects; `start` is where the first pattern begins."""
        while True:
            count = self.at
            if self.peek().kind == "variable":
                predicate: str | None = self.take().text
                simple = True
                if predicate == "?PATH":
                    raise Unreadable("$PATH without a path")
            else:
                named = self.path()
                simple = self.at == count + 1
                predicate = named.pop() if simple else None
                self.q.predicates.update(named, [predicate] if predicate else [])
            self.objects(subject, predicate, simple, start, top)
            while self.peek().text == ";":
                self.at += 1
            if self.q.tokens[self.at - 1].text != ";" or self.peek().text in (".", "}", "]") or self._ends():
                return
            start = self.at

    def objects(self, subject: str, predicate: str | None, simple: bool, start: int, top: bool) -> None:
        """Read the objects of one predicate, and note a triple pattern for each."""
        while True:
            value = self.node(top)
            self.q.patterns.append(TriplePattern(subject, predicate, simple, value, start, self.at, top))
            if self.peek().text != ",":
                return
            self.at += 1

    def node(self, top: bool) -> str:
        """Read a subject or an object; return it as patterns have it."""
        token = self.take()
        if token.text == "[":
            label = f"[{self.at}"
            if self.peek().text != "]":
                self.verbs(label, self.at, top)
            self.take("]")
            return label
        if token.kind in ("iri", "name"):
            return self.expand(token)
        if token.kind == "string":
            if self.peek().text == "^^":
                self.at += 1
                self.expand(self.take())
            elif self.peek().kind == "language":
                self.at += 1
            return token.text
        if token.text in ("-", "+") and self.peek().kind == "number":
            return self.take().text
        if token.kind in ("variable", "blank", "number") or token.upper in ("TRUE", "FALSE"):
            return token.text
        raise Unreadable(f"{token.text!r} in a triple pattern")

    def path(self) -> list[str]:
        """Read a path; return the keys of its predicates."""
        found = self.path_sequence()
        while self.peek().text == "|":
            self.at += 1
            found += self.path_sequence()
        return found

    def path_sequence(self) -> list[str]:
        """Read the steps of a path that follow one another; return the keys of their predicates."""
        found = self.path_step()
        while self.peek().text == "/":
            self.at += 1
            found += self.path_step()
        return found

    def path_step(self) -> list[str]:
        """Read one step of a path, with its sign; return the keys of its predicates."""
        if self.peek().text == "^":
            self.at += 1
        if self.peek().text == "!":
            self.q.everything = True
            self.at += 1
        if self.peek().text == "(":
            self.at += 1
            found = self.path()
            self.take(")")
        else:
            found = [self.expand(self.take())]
        if self.peek().text in ("*", "+", "?"):
            self.q.zero |= self.take().text != "+"
        return found
