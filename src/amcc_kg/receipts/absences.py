"""What a row needs to be absent, as a pattern in SPARQL with the row's terms in it.

A pattern is written with whole IRIs, so that it can be asked on its own. Knows no graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg import sparql
from amcc_kg.receipts import printing

if TYPE_CHECKING:
    from amcc_kg.receipts.algebra import Group
    from amcc_kg.receipts.asked import Asked, Solution
    from amcc_kg.results import Term


def instantiated(asked: Asked, pattern: Group, solution: Solution, graph: Term | None) -> str:
    """Return a pattern with the terms of a solution in the place of its variables."""

    def spell(text: str) -> str:
        if not text.startswith("?"):
            return str(asked.constant(text)) if asked.knows(text) else text
        term = asked.term(text, solution)
        if term is None:
            return f"_:{text[2:]}" if text.startswith(asked.own) else text
        return str(term)

    body = " ".join(printing.body(pattern, spell=spell).split())
    return body if graph is None else f"GRAPH {graph} {{ {body} }}"


def mentioned(pattern: Group) -> set[str]:
    """Return the variables that occur anywhere in a pattern, in its filters and subqueries too."""
    tokens = sparql.tokens(printing.group(pattern))
    return {f"?{token.text[1:]}" for token in tokens if token.kind == "variable"}
