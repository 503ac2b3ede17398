"""A constraint's query as data: its words, its triple patterns, the predicates that it names.

Knows how words are told apart; what they mean together is for `sparql_text`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from amcc_kg.validation.components.patterns import Pattern
from amcc_kg.validation.shapes.shapes_graph import Unreadable

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
