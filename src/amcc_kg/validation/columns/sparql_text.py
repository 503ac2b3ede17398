"""Reading the text of a constraint's query: enough of SPARQL to run it for all focus nodes at once.

A constraint's query is written for one focus node, which stands for `$this` everywhere in it (SHACL section
5.3, pre-binding). It means the same for all of them at once if every group that speaks of a pre-bound
variable binds it first. This module finds the groups, the triple patterns and the predicates. What it does
not know for certain to mean the same (a LIMIT, an aggregate that is not grouped by `$this`, a function that
engines differ on) raises `Unreadable`, and so does what constraints may not hold (MINUS, VALUES, SERVICE).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from amcc_kg.validation.columns import vocabulary as names
from amcc_kg.validation.columns.patterns import Pattern
from amcc_kg.validation.columns.shapes_graph import Unreadable

_TOKEN = Pattern(
    r"""(?P<skip>\s+|\#[^\n]*)
    |(?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
    |(?P<string>'{3}(?:(?:'|'')?(?:[^'\\]|\\.))*'{3}|\"{3}(?:(?:"|"")?(?:[^"\\]|\\.))*\"{3}
        |'(?:[^'\\\n\r]|\\.)*'|"(?:[^"\\\n\r]|\\.)*")
    |(?P<variable>[?$]\w+)
    |(?P<blank>_:\w[\w.-]*)
    |(?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    |(?P<name>(?:[^\W\d_](?:[\w.-]*[\w-])?)?:(?:(?:[\w:%-]|\\[-_~.!$&'()*+,;=/?\#@%])(?:(?:[\w.:%-]|\\[-_~.!$&'()*+,;=/?\#@%])*
        (?:[\w:%-]|\\[-_~.!$&'()*+,;=/?\#@%]))?)?)
    |(?P<number>[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<sign>\^\^|&&|\|\||!=|<=|>=|[{}()\[\].;,|/^*+?!=<>-])""",
    re.VERBOSE | re.DOTALL,
)
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
THIS = "?this"


class Token(NamedTuple):
    """A word of the query: its kind, and its text with `$` written `?` before variables."""

    kind: str
    text: str

    @property
    def upper(self) -> str:
        """The text in capitals if it is a keyword, else nothing that a keyword could be."""
        return self.text.upper() if self.kind == "word" else ""


class TriplePattern(NamedTuple):
    """A triple pattern: subject, the predicates its path names (None: any predicate), object; and where it
    stands.

    `simple` tells that the path is a lone predicate or variable, `start` and `end` count the tokens.
    """

    subject: str
    predicate: str | None
    simple: bool
    object: str
    start: int
    end: int
    top: bool


@dataclass(slots=True)
class Query:
    """A query in tokens.

    Attributes:
        tokens: its words.
        form: SELECT or ASK.
        projected: the variables it returns, as `?name`.
        body: where its outermost group starts, in tokens.
        patterns: its triple patterns.
        predicates: the keys of the predicates it names.
        everything: whether a path matches predicates that are not named, such as `!ex:p`.
        zero: whether a path may have no steps, and so matches every node of the graph with itself.
        groups: start and end of each group that is to bind its pre-bound variables.
        prefixes: what prefixes stand for.
    """

    tokens: list[Token]
    prefixes: dict[str, str]
    form: str = ""
    projected: list[str] = field(default_factory=list)
    body: int = 0
    patterns: list[TriplePattern] = field(default_factory=list)
    predicates: set[str] = field(default_factory=set)
    everything: bool = False
    zero: bool = False
    groups: list[tuple[int, int]] = field(default_factory=list)

    def variables(self, start: int = 0, end: int | None = None) -> list[str]:
        """Return the variables between two tokens, each as often as it occurs."""
        return [token.text for token in self.tokens[start:end] if token.kind == "variable"]


def tokenize(text: str) -> list[Token]:
    """Return the words of a query; raises `Unreadable` at a character that begins none."""
    found: list[Token] = []
    match = _TOKEN.compiled.match
    at = 0
    while at < len(text):
        word = match(text, at)
        if word is None:
            raise Unreadable(f"a query with {text[at : at + 10]!r}")
        kind = word.lastgroup or ""
        if kind != "skip":
            found.append(Token(kind, f"?{word[0][1:]}" if kind == "variable" else word[0]))
        at = word.end()
    return found


def read(tokens: list[Token], prefixes: dict[str, str], bound: set[str]) -> Query:
    """Return the query; `bound` are its pre-bound variables, as `?name`. Raises `Unreadable`."""
    query = Query(tokens, dict(prefixes))
    _Parser(query, bound).query()
    return query


class _Parser:
    """A recursive descent over the tokens that notes what `Query` holds."""

    def __init__(self, query: Query, bound: set[str]) -> None:
        self.q = query
        self.bound = bound
        self.at = 0
        self.end = len(query.tokens)

    # ---- tokens ----

    def peek(self, ahead: int = 0) -> Token:
        at = self.at + ahead
        return self.q.tokens[at] if at < self.end else Token("end", "")

    def take(self, text: str | None = None) -> Token:
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
            start = self.at
            self.brackets()
            self.rebinding(self.q.tokens[self.at - 2].text, self.q.tokens[self.at - 3])
            del start
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

    # ---- triples ----

    def triples(self, top: bool) -> None:
        start = self.at
        subject = self.node(top)
        if self.peek().text not in (".", "}", "{") and not self._ends():
            self.verbs(subject, start, top)

    def _ends(self) -> bool:
        return self.peek().upper in (
            "FILTER",
            "OPTIONAL",
            "BIND",
            "GRAPH",
            "UNION",
            "MINUS",
            "VALUES",
            "SERVICE",
        )

    def verbs(self, subject: str, start: int, top: bool) -> None:
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
        while True:
            value = self.node(top)
            self.q.patterns.append(TriplePattern(subject, predicate, simple, value, start, self.at, top))
            if self.peek().text != ",":
                return
            self.at += 1

    def node(self, top: bool) -> str:
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
        found = self.path_step()
        while self.peek().text == "/":
            self.at += 1
            found += self.path_step()
        return found

    def path_step(self) -> list[str]:
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
