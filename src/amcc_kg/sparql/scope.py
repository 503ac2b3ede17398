"""Which variables a pattern binds: maybe, for sure, or only when it is traced.

Knows SPARQL 1.1's rules of scope (§18.2.1); no graph and no solutions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg.sparql.tokens import variables
from amcc_kg.sparql.tree import (
    Bind,
    Element,
    Graph,
    Group,
    Optional,
    Select,
    Service,
    SubSelect,
    Triples,
    Union,
    Values,
    is_variable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def visible(element: Element) -> frozenset[str]:
    """Return the variables that solutions of a pattern may bind: in-scope variables, SPARQL 1.1 §18.2.1."""
    match element:
        case Triples():
            return _variables(element)
        case Group():
            return frozenset().union(*map(visible, element.elements))
        case Union():
            return frozenset().union(*map(visible, element.branches))
        case Optional():
            return visible(element.group)
        case Graph() | Service():
            return visible(element.group) | ({element.name} if is_variable(element.name) else frozenset())
        case Bind():
            return frozenset({element.variable})
        case Values():
            return frozenset(element.variables)
        case SubSelect():
            return frozenset(element.select.columns)
        case _:
            return frozenset()


def certain(element: Element) -> frozenset[str]:
    """Return variables that every solution of a pattern binds; maybe not all of them."""
    match element:
        case Triples():
            return _variables(element)
        case Group():
            return frozenset().union(*map(certain, element.elements))
        case Union():
            return frozenset.intersection(*map(certain, element.branches))
        case Graph() | Service(silent=False):
            return certain(element.group) | ({element.name} if is_variable(element.name) else frozenset())
        case Values():
            return element.certain
        case SubSelect(select, _):
            if select.is_grouped:
                inside = certain(select.where)
                sure = {key.variable for key in select.keys if key.expression is None} & inside
            else:
                sure = set(certain(select.where))
            return frozenset(name for name, given in select.projection if given is None) & sure
        case _:
            return frozenset()


def projectable(select: Select) -> frozenset[str]:
    """Return the variables that a query's pattern leaves to its columns: of a grouped query, the keys."""
    inside = frozenset(key.variable for key in select.keys) if select.is_grouped else visible(select.where)
    return inside | (visible(select.values) if select.values else frozenset())


def marks(element: Element) -> frozenset[str]:
    """Return the marks that a traced pattern binds; those inside a subquery or a negation stay there."""
    match element:
        case Group():
            return frozenset().union(*map(marks, element.elements))
        case Union():
            return frozenset({element.mark}).union(*map(marks, element.branches))
        case Optional():
            return marks(element.group) | {element.mark}
        case Graph():
            return marks(element.group)
        case SubSelect():
            return frozenset(inner_row(element)) - frozenset(element.select.columns)
        case _:
            return frozenset()


def subselects(element: Element, graph: str | None = None) -> Iterator[tuple[SubSelect, str | None]]:
    """Yield the subqueries of a pattern, each with the name of the graph that it is asked of."""
    match element:
        case SubSelect():
            yield element, graph
        case Group():
            for part in element.elements:
                yield from subselects(part, graph)
        case Union():
            for branch in element.branches:
                yield from subselects(branch, graph)
        case Optional():
            yield from subselects(element.group, graph)
        case Graph():
            yield from subselects(element.group, element.name)


def _variables(block: Triples) -> frozenset[str]:
    found: set[str] = set()
    for term in (term for pattern in block.patterns for term in pattern):
        if is_variable(term):
            found.add(str(term))
        elif isinstance(term, str) and term.startswith("<<("):
            found.update(variables(term))
    return frozenset(found)


def inner_row(element: SubSelect) -> tuple[str, ...]:
    """Return the variables that show a subquery's row in a marked solution."""
    sure = certain(element)
    pairs = zip(element.select.columns, element.copies, strict=True)
    return tuple(name if name in sure else copy for name, copy in pairs)
