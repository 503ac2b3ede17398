"""The witnesses of constructed triples: the solutions that a template gives them for.

Knows how a triple goes back to solutions. How a solution is followed is `tracing`'s.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from amcc_kg.receipts.tracer import MOST
from amcc_kg.receipts.witnesses import Witness, gap, smallest
from amcc_kg.sparql import printer
from amcc_kg.sparql.scope import projectable
from amcc_kg.sparql.tree import Select, TriplePattern

if TYPE_CHECKING:
    from amcc_kg.graph.answers import Term
    from amcc_kg.receipts.probe import Solution
    from amcc_kg.receipts.tracer import Tracer

    Parts = tuple[Term | None, ...]
    Row = tuple[Term | None, ...]

_ROWS = 50  # solutions that give the same constructed triple and are compared
_ANY = NamedNode("urn:any")


def constructed(tracer: Tracer, triples: tuple[Triple, ...]) -> list[Witness]:
    """Return the smallest witness of a solution that gives each triple."""
    select, known = tracer.query.select, projectable(tracer.query.select)
    written = [term for p in tracer.query.template for term in (p.subject, p.predicate, p.object)]
    columns = tuple(dict.fromkeys(term for term in written if isinstance(term, str) and term in known))
    opened = select._replace(projection=tuple((name, None) for name in columns), distinct="")
    found = _rows(tracer, opened, columns, triples)
    if (select.order or select.slice) and not all(found.values()):
        # Cut elsewhere: but what gives the triple gives it wherever it stands.
        opened = opened._replace(order="", slice="")
        found = _rows(tracer, opened, columns, triples)
    rows = dict.fromkeys(row for some in found.values() for row in some)
    traced = tracer.select(opened, columns, rows)
    return [
        smallest((traced[row] for row in some), tracer.weight)
        if some
        else gap("no solution was found again that gives this triple")
        for some in found.values()
    ]


def _rows(
    tracer: Tracer, opened: Select, columns: tuple[str, ...], triples: tuple[Triple, ...]
) -> dict[Triple, dict[Row, None]]:
    """Return the rows that give each triple; a blank node of the template fits any."""
    found: dict[Triple, dict[Row, None]] = {triple: {} for triple in triples}
    by_shape: dict[Parts, list[Triple]] = {}
    for triple, read in zip(triples, _as_read(triples), strict=True):
        for shape in _shapes(read):
            by_shape.setdefault(shape, []).append(triple)
    text = printer.select(opened, tracer.asked.dataset)
    for row in islice(tracer.asked.rows(text, columns), MOST):
        bound = {name: term for name, term in zip(columns, row, strict=True) if term is not None}
        for pattern in tracer.query.template:
            for triple in by_shape.get(_given(tracer, pattern, bound) or (), ()):
                if len(found[triple]) < _ROWS:
                    found[triple][row] = None
    return found


def _given(tracer: Tracer, pattern: TriplePattern, bound: Solution) -> Parts | None:
    """Return what a template gives in a solution, None for a new blank node; nothing for an unbound term."""
    shape: list[Term | None] = []
    for text in (pattern.subject, pattern.predicate, pattern.object):
        assert isinstance(text, str)  # a template has no paths
        term = tracer.asked.term(text, bound)
        if term is None and not text.startswith(tracer.query.own):
            return None
        shape.append(term)
    return tuple(shape)


def _as_read(triples: tuple[Triple, ...]) -> list[Triple]:
    """Return the triples with their literals as the engine reads them.

    It gives a template's `2.50` as it is written, and takes it for `2.5` everywhere else.
    """
    read: dict[Term, Term] = {}
    for literal in {triple.object for triple in triples if isinstance(triple.object, Literal)}:
        store = Store()
        store.add(Quad(_ANY, _ANY, literal))
        read[literal] = next(iter(store)).object
    return [Triple(t.subject, t.predicate, read.get(t.object, t.object)) for t in triples]


def _shapes(triple: Triple) -> list[Parts]:
    """Return the triple as templates may give it: blank nodes as they are, or made anew (None)."""
    shapes: list[Parts] = [(triple.subject, triple.predicate, triple.object)]
    if isinstance(triple.subject, BlankNode):
        shapes += [(None, p, o) for _, p, o in shapes]
    if isinstance(triple.object, BlankNode):
        shapes += [(s, p, None) for s, p, _ in shapes]
    return shapes
