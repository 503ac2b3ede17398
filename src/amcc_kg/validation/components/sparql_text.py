"""Reading the text of a constraint's query: enough of SPARQL to run it for all focus nodes at once.

A constraint's query is written for one focus node, which stands for `$this` everywhere in it (SHACL section
5.3, pre-binding). It means the same for all of them at once if every group that speaks of a pre-bound
variable binds it first. This module finds the groups, the triple patterns and the predicates. What it does
not know for certain to mean the same (a LIMIT, an aggregate that is not grouped by `$this`, a function that
engines differ on) raises `Unreadable`, and so does what constraints may not hold (MINUS, VALUES, SERVICE).
"""

from __future__ import annotations

from amcc_kg.validation.components.patterns import Pattern
from amcc_kg.validation.components.sparql_query import THIS, Query, Token, TriplePattern
from amcc_kg.validation.components.sparql_triples import TripleReader
from amcc_kg.validation.shapes.shapes_graph import Unreadable

_TEXT_FUNCTIONS = (
    "STR LANG LANGMATCHES SUBSTR STRLEN UCASE LCASE STRSTARTS STRENDS CONTAINS STRBEFORE STRAFTER CONCAT"
)
_OTHER_FUNCTIONS = (
    "REGEX DATATYPE BOUND COALESCE IF SAMETERM ISIRI ISURI ISBLANK ISLITERAL ISNUMERIC YEAR MONTH DAY COUNT"
)
_FUNCTIONS = {*_TEXT_FUNCTIONS.split(" "), *_OTHER_FUNCTIONS.split(" ")}
_AGGREGATES = {"COUNT"}
_WORDS = {"IN", "NOT", "TRUE", "FALSE", "DISTINCT", "AS"}
# What Python's and Rust's regular expressions read differently, or one of them not at all.
_RISKY_REGEX = Pattern(r"\(\?|\\[1-9AZzGQEpPXRKhHvVNuUx]|[*+?}][+]|&&|--|~~|\[\[|\[:")


def read(tokens: list[Token], prefixes: dict[str, str], bound: set[str]) -> Query:
    """Return the query; `bound` are its pre-bound variables, as `?name`. Raises `Unreadable`."""
    query = Query(tokens, dict(prefixes))
    _Parser(query, bound).query()
    return query


class _Parser(TripleReader):
    """The same for groups, expressions and the query as a whole."""

    def __init__(self, query: Query, bound: set[str]) -> None:
        super().__init__(query)
        self.bound = bound

    # ---- the query ----

    def query(self) -> None:
        while self.peek().upper == "PREFIX":
            self.at += 1
            prefix, iri = self.take(), self.take()
            if iri.kind != "iri" or not prefix.text.endswith(":"):
                raise Unreadable("a query with a PREFIX of an unusual form")
            self.q.prefixes[prefix.text[:-1]] = iri.text[1:-1]
        start = self.at
        self.q.form = self.peek().upper
        if self.q.form == "SELECT":
            self.q.projected = self.select(top=True)
        elif self.q.form == "ASK":
            self.at += 1
            if self.peek().upper == "WHERE":
                self.at += 1
            self.q.body = self.at
            self.group(top=True)
        if self.at != self.end or not self.q.form:
            raise Unreadable(f"a query with {self.peek().text!r}")
        if self.q.zero:
            self.anchored()
        del self.q.tokens[:start]
        self._shift(start)

    def anchored(self) -> None:
        """Check that a path of no steps starts or ends at a node that something else leads to."""
        ends = [end for p in self.q.patterns for end in {p.subject, p.object}]
        for p in self.q.patterns:
            loose = [end[0] == "?" and end != THIS and ends.count(end) == 1 for end in (p.subject, p.object)]
            if not p.simple and all(loose):
                raise Unreadable("a path that may have no steps, between two nodes that nothing else names")
        if self.q.everything or any((p.predicate or "")[:1] == "?" for p in self.q.patterns):
            raise Unreadable("a path that may have no steps, beside any predicate")

    def _shift(self, by: int) -> None:
        q = self.q
        q.body -= by
        q.groups = [(start - by, end - by) for start, end in q.groups]
        q.patterns = [
            TriplePattern(p.subject, p.predicate, p.simple, p.object, p.start - by, p.end - by, p.top)
            for p in q.patterns
        ]

    def select(self, top: bool) -> list[str]:
        self.take("SELECT")
        if self.peek().upper == "DISTINCT":
            self.at += 1
        projected: list[str] = []
        aggregated = False
        while self.peek().text != "{" and self.peek().upper != "WHERE":
            if self.peek().kind == "variable":
                projected.append(self.take().text)
            elif self.peek().text == "(":
                start = self.at
                self.brackets()
                inside = self.q.tokens[start : self.at]
                aggregated |= any(token.upper in _AGGREGATES for token in inside)
                projected.append(inside[-2].text)
                self.rebinding(inside[-2].text, inside[-3])
            else:
                raise Unreadable("SELECT * in a constraint")
        if self.peek().upper == "WHERE":
            self.at += 1
        if top:
            self.q.body = self.at
        self.group(top=top)
        grouped = self.modifiers()
        if (aggregated or grouped) and THIS not in grouped:
            raise Unreadable("an aggregate that is not grouped by $this")
        if not top and not self.bound.intersection(projected) >= self.bound - {
            "?shapesGraph",
            "?currentShape",
        }:
            raise Unreadable("a nested SELECT that does not return the pre-bound variables")
        return projected

    def modifiers(self) -> set[str]:
        grouped: set[str] = set()
        if self.peek().upper == "GROUP":
            self.at += 1
            self.take("BY")
            while self.peek().kind == "variable":
                grouped.add(self.take().text)
        if self.peek().upper == "HAVING":
            self.at += 1
            self.brackets()
        return grouped

    def rebinding(self, variable: str, before: Token) -> None:
        if before.upper != "AS" or variable in self.bound:
            raise Unreadable("a query that binds a pre-bound variable anew")

    # ---- groups ----

    def group(self, top: bool = False, asked: bool = False) -> None:
        """Read `{ … }`; `asked` tells that it is an EXISTS's, which knows what is bound around it."""
        start = self.at
        self.take("{")
        place = len(self.q.groups)
        self.q.groups.append((start, start))
        if self.peek().upper == "SELECT":
            asked = True  # the group around a nested SELECT binds nothing itself
            self.select(top=False)
        else:
            while self.peek().text != "}":
                self.element(top)
        self.take("}")
        self.q.groups[place] = (start, start if asked else self.at)

    def element(self, top: bool) -> None:
        word = self.peek().upper
        if self.peek().text == "{":
            self.group()
            while self.peek().upper == "UNION":
                self.at += 1
                self.group()
        elif word == "OPTIONAL":
            self.at += 1
            self.group()
        elif word == "GRAPH":
            self.at += 1
            if self.take().text != "?shapesGraph":
                raise Unreadable("a GRAPH other than $shapesGraph")
            # What is asked of the shapes graph is not asked of the data.
            count, named, everything = len(self.q.patterns), set(self.q.predicates), self.q.everything
            self.group()
            del self.q.patterns[count:]
            self.q.predicates, self.q.everything = named, everything
        elif word == "FILTER":
            self.at += 1
            self.constraint()
        elif word == "BIND":
            self.at += 1
            self.brackets()
            self.rebinding(self.q.tokens[self.at - 2].text, self.q.tokens[self.at - 3])
        elif self.peek().text == ".":
            self.at += 1
        elif word and word not in ("A", "TRUE", "FALSE"):
            raise Unreadable(f"{word} in a constraint")
        else:
            self.triples(top)

    def constraint(self) -> None:
        if self.peek().text == "(":
            self.brackets()
        elif self.peek().upper in ("EXISTS", "NOT"):
            self.exists()
        else:
            self.call()

    def exists(self) -> None:
        if self.peek().upper == "NOT":
            self.at += 1
        self.take("EXISTS")
        self.group(asked=True)

    def call(self) -> None:
        name = self.take()
        if name.upper not in _FUNCTIONS or self.peek().text != "(":
            raise Unreadable(f"{name.text} in a constraint")
        if name.upper == "REGEX":
            self.regex()
        self.brackets()

    def regex(self) -> None:
        depth, at, commas = 0, self.at, []
        while at < self.end:
            depth += {"(": 1, ")": -1}.get(self.q.tokens[at].text, 0)
            if depth == 0:
                break
            if depth == 1 and self.q.tokens[at].text == ",":
                commas.append(at)
            at += 1
        pattern = self.q.tokens[commas[0] + 1] if commas else Token("end", "")
        if pattern.kind != "string" or _RISKY_REGEX.compiled.search(pattern.text):
            raise Unreadable("a regular expression that engines may differ on")

    def brackets(self) -> None:
        """Read an expression in brackets."""
        self.take("(")
        while self.peek().text != ")":
            token = self.peek()
            if token.text == "(":
                self.brackets()
            elif token.upper == "EXISTS" or (token.upper == "NOT" and self.peek(1).upper == "EXISTS"):
                self.exists()
            elif token.kind == "word" and token.upper not in _WORDS:
                self.call()
            elif token.kind in ("iri", "name"):
                self.expand(token)
                self.at += 1
                if self.peek().text == "(":
                    raise Unreadable("a cast or a function of its own")
            elif token.kind == "blank" or token.text in ("{", "}", "[", "]"):
                raise Unreadable(f"{token.text} in an expression")
            else:
                self.take()
        self.take(")")
