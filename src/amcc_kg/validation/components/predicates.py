"""Constraints on properties: queries that ask of every triple of a focus node no more than what its
predicate is.

Such a query (`$this ?path ?value . FILTER (… ?path …)`) need not be run on the triples. It is run on the
predicates that occur, a handful, and each predicate found stands for all its triples.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from amcc_kg.sparql.tree import Group, Triples
from amcc_kg.validation.components import sparql, store
from amcc_kg.validation.components.sparql import THIS, Query, TriplePattern
from amcc_kg.validation.engine.data import Data


def applies(query: Query) -> bool:
    """Tell whether a query is of that kind."""
    return _pattern(query) is not None


def rows(query: Query, data: Data, foci: AbstractSet[int]) -> Iterator[dict[str, int]] | None:
    """Return the solutions of a query of that kind, None if it is of another."""
    pattern = _pattern(query)
    if pattern is None or pattern.predicate is None:
        return None
    return _rows(query, pattern, pattern.predicate, data, foci)


def _rows(
    query: Query, pattern: TriplePattern, predicate: str, data: Data, foci: AbstractSet[int]
) -> Iterator[dict[str, int]]:
    value, wanted = pattern.object[1:], query.projected
    for found in _predicates(query, pattern, predicate, data):
        column = data.column(found)
        for focus in [*(column.one.keys() & foci), *(column.more.keys() & foci)]:
            row = {"this": focus}
            if predicate in wanted:
                row[predicate[1:]] = found
            if pattern.object not in wanted:
                yield row
                continue
            for number in column.of(focus):
                yield row | {value: number}


def _pattern(query: Query) -> TriplePattern | None:
    loose = [p for p in query.patterns if p.predicate is not None and p.predicate[0] == "?"]
    if len(loose) != 1 or query.everything or query.form != "SELECT":
        return None
    (pattern,) = loose
    alone = pattern.subject == THIS and pattern.object[0] == "?"
    once = query.inside.count(THIS) == 1 and query.inside.count(pattern.object) == 1
    # Where ?path is not returned, two predicates may give the same solution; that is left to the store.
    returned = set(query.projected) <= {THIS, pattern.predicate, pattern.object}
    return (
        pattern
        if alone and once and pattern.top and returned and pattern.predicate in query.projected
        else None
    )


def _predicates(query: Query, pattern: TriplePattern, predicate: str, data: Data) -> set[int]:
    elements = [
        Triples(tuple(p for p in element.patterns if p.predicate != predicate))
        if isinstance(element, Triples)
        else element
        for element in query.select.where.elements
    ]
    where = Group(tuple(element for element in elements if element != Triples(())))
    select = query.select._replace(projection=((predicate, None),), distinct="DISTINCT", where=where)
    smaller = sparql.of(query.form, select, query.prologue, {predicate}, query.own)
    name = predicate[1:]
    occurring = [(number,) for number in data.predicates]
    found = store.run(smaller, data, [(name, occurring)], None, always=name)
    return {row[name] for row in found if name in row}
