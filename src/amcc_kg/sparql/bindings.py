"""Parameters bound in a query's text: by a VALUES clause, where an engine does not take them as terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from pyoxigraph import BlankNode, Literal, NamedNode

from amcc_kg.sparql.prologue import head
from amcc_kg.sparql.tokens import tokens
from amcc_kg.terms.errors import InputError

Term: TypeAlias = NamedNode | BlankNode | Literal


def with_values(text: str, bindings: Mapping[str, Term]) -> str:
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
                clause = " ".join(f"VALUES ?{name} {{ {term} }}" for name, term in bindings.items())
                return f"{text[: token.end]} {clause} {text[token.end :]}"
            depth += 1
        elif token.text in ("}", ")"):
            depth -= 1
    raise InputError("this query has no WHERE pattern that a parameter could be bound in")
