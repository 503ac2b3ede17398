"""Columns whose values are new each time they are computed: RAND, UUID, STRUUID, BNODE, NOW.

A row with such a column cannot be found again by it. Knows query shapes only.
"""

from __future__ import annotations

from collections.abc import Iterator

from amcc_kg.sparql import printer, text
from amcc_kg.sparql.tree import Bind, Expression, Group, SubSelect, within

_FUNCTIONS = {"RAND", "UUID", "STRUUID", "BNODE", "NOW"}


def volatile(pattern: Group) -> frozenset[str]:
    """Return the variables of a pattern that are computed anew each time, or from such."""
    computed = [(_words(expression), name) for expression, name in _computed(pattern)]
    found: set[str] = set()
    for _ in computed:  # one more variable a round, at the least
        found |= {name for words, name in computed if words & found or words & _FUNCTIONS}
    return frozenset(found)


def _computed(pattern: Group) -> Iterator[tuple[Expression, str]]:
    for element in within(pattern):
        if isinstance(element, Bind):
            yield element.expression, element.variable
        elif isinstance(element, SubSelect):
            select = element.select
            yield from _computed(select.where)
            yield from ((given, name) for name, given in select.projection if given is not None)
            yield from ((key.expression, key.variable) for key in select.keys if key.expression is not None)


def _words(expression: Expression) -> set[str]:
    """Return the variables, as `?x`, and words, in upper case, of an expression."""
    tokens = text.tokens(printer.expression(expression))
    return {
        f"?{token.text[1:]}" if token.kind == "variable" else token.text.upper()
        for token in tokens
        if token.kind in ("variable", "word")
    }
