"""What stands at the head of a query's text: its declarations, and the word that says which form it has.

Parameters are bound there, too, at the head of the pattern, where an engine does not take them as terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from amcc_kg.sparql.tokens import Token, spelled, tokens
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError

if TYPE_CHECKING:
    # The server itself has no engine.
    from pyoxigraph import BlankNode, Literal, NamedNode

Term: TypeAlias = "NamedNode | BlankNode | Literal"
Bound: TypeAlias = "Term | tuple[Term, ...]"  # what a parameter is: a value, or each of several

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
DECLARATIONS = ("PREFIX", "BASE", "VERSION")
# One too many, from a string or a comment say, does no harm.
_PREFIXED = re.compile(r"(?<![\w.:-])([A-Za-z][\w-]*):")
_DECLARED = re.compile(r"(?i:\bprefix)\s+([A-Za-z][\w-]*):")


class Head(NamedTuple):
    """The declarations of a text, as far as they are well formed.

    `prefixes` maps to IRIs as written, `lines` are the declarations, `version` is the last one declared,
    `end` the offset behind them, `size` how many tokens they are, `first` the token behind them.
    """

    prefixes: dict[str, str]
    lines: tuple[str, ...]
    version: str
    end: int
    size: int
    first: Token | None


def head(found: Iterable[Token]) -> Head:
    """Return the head of a text from its tokens, of which no more are taken than needed."""
    rest = iter(found)
    prefixes: dict[str, str] = {}
    lines: list[str] = []
    version, end, size = "", 0, 0
    first = next(rest, None)
    while first and first.kind == "word" and first.text.upper() in DECLARATIONS:
        line = [first, *_operands(first.text.upper(), rest)]
        if line[-1].kind != ("string" if first.text.upper() == "VERSION" else "iri"):
            break
        if len(line) == 3:
            prefixes[line[1].text[:-1]] = line[2].text[1:-1]
        elif line[1].kind == "string":
            version = line[1].text[1:-1]
        lines.append(spelled(line))
        end, size, first = line[-1].end, size + len(line), next(rest, None)
    return Head(prefixes, tuple(lines), version, end, size, first)


def _operands(word: str, rest: Iterator[Token]) -> Iterator[Token]:
    """Yield what a declaration is made of, up to what cannot be part of it."""
    token = next(rest, None)
    if word == "PREFIX":
        if token is None or token.kind != "name" or token.text.find(":") != len(token.text) - 1:
            return
        yield token
        token = next(rest, None)
    if token and not (word == "VERSION" and token.text.startswith(('"""', "'''"))):
        yield token


def form(text: str) -> str | None:
    """Return `SELECT`, `ASK`, `CONSTRUCT` or `DESCRIBE`, None for what is no query."""
    first = head(tokens(text)).first
    # The engine lets words run into each other.
    return next((name for name in FORMS if first and first.text.upper().startswith(name)), None)


def declarations(text: str) -> str:
    """Return the declarations that a text lacks of prefixes that the graph publishes, to be put before it.

    They are on one line. What a text declares itself comes after them, and so counts.
    """
    lacking = {*_PREFIXED.findall(text)}.intersection(prefixes.PREFIXES).difference(_DECLARED.findall(text))
    return "".join(f"PREFIX {name}: <{prefixes.PREFIXES[name]}> " for name in sorted(lacking))


def declared_prefixes(text: str) -> dict[str, str]:
    """Return the prefixes that a query text declares, with their IRIs as written."""
    return head(tokens(text)).prefixes


def lines(bound: Bound) -> str:
    """Return the lines of VALUES for what a parameter is, each value once."""
    return " ".join(map(str, dict.fromkeys(bound if isinstance(bound, tuple) else (bound,))))


def with_values(text: str, bindings: Mapping[str, Bound]) -> str:
    """Return the query with its parameters bound by a VALUES clause at the head of its outermost pattern.

    The clause is written by the engine from terms, never from what a user typed. Raises `InputError` where
    there is no pattern to put it into.
    """
    if not bindings:
        return text
    found = list(tokens(text))
    first = head(found).first
    wanted, depth = 2 if first and first.text.upper() == "CONSTRUCT" else 1, 0
    for token in found:
        if token.text in ("{", "("):
            wanted -= token.text == "{" and depth == 0
            if wanted == 0:
                clause = " ".join(f"VALUES ?{name} {{ {lines(bound)} }}" for name, bound in bindings.items())
                return f"{text[: token.end]} {clause} {text[token.end :]}"
            depth += 1
        elif token.text in ("}", ")"):
            depth -= 1
    raise InputError("this query has no WHERE pattern that a parameter could be bound in")
