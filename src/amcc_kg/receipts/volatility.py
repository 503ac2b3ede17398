"""Columns whose values are new each time they are computed: RAND, UUID, STRUUID, BNODE, NOW.

A row with such a column cannot be found again by it. Knows query shapes only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg.sparql import printer, text
from amcc_kg.sparql.tree import Bind, Element, Expression, Graph, Group, Optional, Select, SubSelect, Union

if TYPE_CHECKING:
    from collections.abc import Iterator

_FUNCTIONS = ("RAND", "UUID", "STRUUID", "BNODE", "NOW")


def volatile(pattern: Group) -> frozenset[str]:
    """Return the variables of a pattern that are computed anew each time, or from such."""
    computed = list(_computed(pattern))
    found: set[str] = set()
    for _ in computed:  # one more variable a round, at the least
        for expression, name in computed:
            words = _words(expression)
            if words & found or words & set(_FUNCTIONS):
                found.add(name)
    return frozenset(found)


def _computed(element: Element) -> Iterator[tuple[Expression, str]]:
    match element:
        case Bind():
            yield element.expression, element.variable
        case Group():
            for part in element.elements:
                yield from _computed(part)
        case Union():
            for branch in element.branches:
                yield from _computed(branch)
        case Optional() | Graph():
            yield from _computed(element.group)
        case SubSelect():
            yield from _of_select(element.select)


def _of_select(select: Select) -> Iterator[tuple[Expression, str]]:
    yield from _computed(select.where)
    for name, expression in select.projection:
        if expression is not None:
            yield expression, name
    for key in select.keys:
        if key.expression is not None:
            yield key.expression, key.variable


def _words(expression: Expression) -> set[str]:
    """Return the variables, as `?x`, and words, in upper case, of an expression."""
    found = set()
    for token in text.tokens(printer.expression(expression)):
        if token.kind == "variable":
            found.add(f"?{token.text[1:]}")
        elif token.kind == "word":
            found.add(token.text.upper())
    return found
