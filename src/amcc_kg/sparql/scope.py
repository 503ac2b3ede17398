"""Which variables a pattern binds: maybe, for sure, or only when it is traced.

Knows SPARQL 1.1's rules of scope (§18.2.1); no graph and no solutions.
"""

from __future__ import annotations

from collections.abc import Iterator

from amcc_kg.sparql import tree
from amcc_kg.sparql.tokens import variables


def visible(element: tree.Element) -> frozenset[str]:
    """Return the variables that solutions of a pattern may bind: in-scope variables, SPARQL 1.1 §18.2.1."""
    match element:
        case tree.Triples():
            return _variables(element)
        case tree.Graph() | tree.Service():
            return visible(element.group).union(filter(tree.is_variable, [element.name]))
        case tree.Bind():
            return frozenset({element.variable})
        case tree.Values():
            return frozenset(element.variables)
        case tree.SubSelect():
            return frozenset(element.select.columns)
        case tree.Minus():
            return frozenset()
    return frozenset().union(*map(visible, tree.parts(element)))


def certain(element: tree.Element) -> frozenset[str]:
    """Return variables that every solution of a pattern binds; maybe not all of them."""
    match element:
        case tree.Triples():
            return _variables(element)
        case tree.Group():
            return frozenset().union(*map(certain, element.elements))
        case tree.Union():
            return frozenset.intersection(*map(certain, element.branches))
        case tree.Graph() | tree.Service(silent=False):
            return certain(element.group).union(filter(tree.is_variable, [element.name]))
        case tree.Values():
            return element.certain
        case tree.SubSelect(select, _):
            sure = certain(select.where)
            if select.is_grouped:
                sure &= {key.variable for key in select.keys if key.expression is None}
            return sure & {name for name, given in select.projection if given is None}
        case _:
            return frozenset()


def projectable(select: tree.Select) -> frozenset[str]:
    """Return the variables that a query's pattern leaves to its columns: of a grouped query, the keys."""
    inside = frozenset(key.variable for key in select.keys) if select.is_grouped else visible(select.where)
    return inside | (visible(select.values) if select.values else frozenset())


def marks(element: tree.Element) -> frozenset[str]:
    """Return the marks that a traced pattern binds; those inside a subquery or a negation stay there."""
    found: set[str] = set()
    for part in tree.within(element):
        match part:
            case tree.Union() | tree.Optional():
                found.add(part.mark)
            case tree.SubSelect():
                found.update(set(inner_row(part)).difference(part.select.columns))
    return frozenset(found)


def subselects(
    element: tree.Element, graph: str | None = None
) -> Iterator[tuple[tree.SubSelect, str | None]]:
    """Yield the subqueries of a pattern, each with the name of the graph that it is asked of."""
    if isinstance(element, tree.SubSelect):
        yield element, graph
    elif not isinstance(element, tree.Minus):
        for part in tree.parts(element):
            yield from subselects(part, element.name if isinstance(element, tree.Graph) else graph)


def _variables(block: tree.Triples) -> frozenset[str]:
    found: set[str] = set()
    for term in (term for pattern in block.patterns for term in pattern):
        if tree.is_variable(term):
            found.add(str(term))
        elif isinstance(term, str) and term.startswith("<<("):
            found.update(variables(term))
    return frozenset(found)


def inner_row(element: tree.SubSelect) -> tuple[str, ...]:
    """Return the variables that show a subquery's row in a marked solution."""
    sure = certain(element)
    pairs = zip(element.select.columns, element.copies, strict=True)
    return tuple(name if name in sure else copy for name, copy in pairs)
