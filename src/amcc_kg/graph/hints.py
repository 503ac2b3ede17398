"""Hints: what in a query is likely a slip, as values; and whether looking for one is worth it.

A query without slips has to be told from others by its tokens alone, in a fraction of what answering it
takes. What a slip is, and what was meant, is sought in `amcc_kg.diagnosis`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations, islice, pairwise
from typing import NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Store, Triple

from amcc_kg.sparql.prologue import head
from amcc_kg.sparql.tokens import Token, tokens
from amcc_kg.terms.look_alikes import alike, disguised
from amcc_kg.terms.spelling import is_slip

_MOST = 2000  # characters of a header field
# In place of a term that takes more than its token to tell: it occurs nowhere, so that it is looked into.
_UNKNOWN = NamedNode("urn:x-unknown:")

_MOST_COMPARED = 200  # variables of one query


class Hint(NamedTuple):
    """What is likely not meant as it stands at a place of a query; line and column count from 1.

    `nearest` is what may be meant, spelt as the query would, empty where nothing is near.
    """

    line: int
    column: int
    text: str
    nearest: str = ""

    @property
    def said(self) -> str:
        """The hint without its place."""
        return f"{self.text}; did you mean {self.nearest}?" if self.nearest else self.text

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.said}"


def header(hints: Iterable[Hint]) -> tuple[tuple[str, str], ...]:
    """Return hints as a header field, or none: ASCII, one line, `; ` between them and nowhere else.

    Of very many or very long ones as much as servers between here and a client let through.
    """
    lines = (" ".join(str(hint).replace(";", ",").split()) for hint in hints)
    text = "; ".join(lines).encode("ascii", "backslashreplace").decode()
    return (("Amcc-Hint", text if len(text) <= _MOST else f"{text[: _MOST - 3]}..."),) if text else ()


def is_doubtful(text: str, store: Store) -> bool:
    """Tell whether a query that the engine takes may have a slip; most that have none are told apart."""
    found = list(tokens(text))
    declared = head(found)
    rest = found[declared.size :]
    if not text.isascii() and any(token.kind != "string" and any(disguised(token.text)) for token in rest):
        return True
    if next(slips(Counter(variables(rest))), None):
        return True
    constants = {_constant(*context, declared.prefixes) for context in _contexts(rest)}
    return any(constant is not None and not occurs(store, constant) for constant in constants)


def variables(found: Iterable[Token]) -> list[str]:
    """Return the variables among tokens, written with `?`, each as often as it occurs."""
    return [f"?{token.text[1:]}" for token in found if token.kind == "variable"]


def slips(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of variables of which one may be the other with a typing error, or looks like it."""
    # Of more, comparing each with each would take longer than the query, and who has so many counts them.
    few = list(islice(names, _MOST_COMPARED + 1))
    pairs = combinations(few, 2) if len(few) <= _MOST_COMPARED else ()
    seen = {name: alike(name).casefold() for name in few}
    return ((a, b) for a, b in pairs if seen[a] == seen[b] or is_slip(a[1:], b[1:]))


def occurs(store: Store, term: NamedNode | BlankNode | Literal | Triple) -> bool:
    """Tell whether a term stands anywhere in the graph, as the name of a part of it too."""
    places = store.quads_for_pattern
    if isinstance(term, NamedNode):
        found = (places(term, None, None), places(None, term, None), places(None, None, term))
        return any(next(quads, None) for quads in found) or store.contains_named_graph(term)
    return next(places(None, None, term), None) is not None


def _contexts(found: list[Token]) -> Iterator[tuple[Token, Token, Token, bool]]:
    """Yield each token with those before and after it, and whether it is handed to a function."""
    none = Token("other", "", 0, 0)
    calls = [False]
    for (before, token), (_, after) in pairwise(pairwise([none, *found, none])):
        if token.text == "(" and token.kind == "other":
            is_list = before.kind == "word" and before.text.upper() in ("IN", "FILTER", "LANGMATCHES")
            calls.append(calls[-1] if before.kind == "other" else not is_list)
        elif token.text == ")" and len(calls) > 1:
            calls.pop()
        yield before, token, after, calls[-1]


def _constant(
    before: Token, token: Token, after: Token, is_argument: bool, prefixes: dict[str, str]
) -> NamedNode | Literal | None:
    """Return the term that a token holds against the graph, None for none."""
    if before.text == "^^" or after.text == "(":
        return None
    if token.kind == "iri":
        return _iri(token.text[1:-1])
    if token.kind == "name":
        prefix, _, local = token.text.partition(":")
        return _iri(prefixes[prefix] + local.replace("\\", "")) if prefix in prefixes else None
    compared = before.text in ("=", "!=") or after.text in ("=", "!=")
    if token.kind != "string" or (is_argument and not compared):
        return None
    if "\\" in token.text or after.kind == "tag" or after.text == "^^":
        return _UNKNOWN
    return Literal(token.text[3:-3] if token.text[:3] in ('"""', "'''") else token.text[1:-1])


def _iri(text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError:
        return _UNKNOWN
