"""The witnesses of an answer, by the form of its query: rows, yes or no, constructed or described triples.

Knows how a template's triples go back to solutions. How a solution is followed is `tracing`'s.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode

from amcc_kg.receipts import printing
from amcc_kg.receipts.algebra import is_variable
from amcc_kg.receipts.scope import visible
from amcc_kg.receipts.tracing import MOST
from amcc_kg.receipts.witnesses import Witness, gap, smallest
from amcc_kg.results import ASK, SELECT

if TYPE_CHECKING:
    from pyoxigraph import Triple

    from amcc_kg.receipts.tracing import Tracer
    from amcc_kg.results import Result, Term

    Parts = tuple[Term | None, ...]

_ROWS = 50  # solutions that give the same constructed triple and are compared


def witnesses(tracer: Tracer, result: Result, start: int, stop: int) -> list[Witness]:
    """Return a witness for each row or triple of an answer from `start` to `stop`, one for a yes or no."""
    if result.kind == ASK:
        where = tracer.query.select.where
        held = tracer.solution() if result.boolean else tracer.absent(where, {}, None)
        return [held or gap("no solution was found again when the answer was traced")]
    if result.kind == SELECT:
        rows = result.solutions[start:stop]
        found = tracer.rows(result.columns, rows)
        return [found[row] for row in rows]
    triples = result.triples[start:stop]
    if tracer.query.form == "DESCRIBE":
        return [_described(tracer, triple) for triple in triples]
    return _constructed(tracer, triples)


def _described(tracer: Tracer, triple: Triple) -> Witness:
    quads = tracer.asked.quads(triple.subject, triple.predicate, triple.object, None)
    if not quads:
        return gap(f"the described triple {triple} was not found again")
    return Witness(frozenset(quads[:1]))


def _constructed(tracer: Tracer, triples: tuple[Triple, ...]) -> list[Witness]:
    """Find the solutions whose template gives each triple; a blank node of the template fits any."""
    query, select = tracer.query, tracer.query.select
    known = visible(select.where)
    names: dict[str, None] = {}
    for pattern in query.template:
        for term in (pattern.subject, pattern.predicate, pattern.object):
            if isinstance(term, str) and is_variable(term) and term in known:
                names[term] = None
    columns = tuple(names)
    opened = type(select)(
        tuple((name, None) for name in columns),
        select.where,
        order=select.order,
        slice=select.slice,
        values=select.values,
    )
    text = printing.select(opened, tracer.asked.dataset)
    found: dict[Triple, dict[tuple[Term | None, ...], None]] = {triple: {} for triple in triples}
    by_shape: dict[Parts, list[Triple]] = {}
    for triple in triples:
        for shape in _shapes(triple):
            by_shape.setdefault(shape, []).append(triple)
    for row in islice(tracer.asked.rows(text, columns), MOST):
        values = dict(zip(columns, row, strict=True))
        row = row if columns else ()
        for pattern in query.template:
            parts = (pattern.subject, pattern.predicate, pattern.object)
            shape = tuple(
                (values.get(t) if is_variable(t) else tracer.asked.constant(t))
                if isinstance(t, str)
                else None
                for t in parts
            )
            for triple in by_shape.get(shape, ()):
                if len(found[triple]) < _ROWS:
                    found[triple][row] = None
    rows = dict.fromkeys(row for some in found.values() for row in some)
    traced = tracer.select(opened, columns, rows)
    return [
        smallest((traced[row] for row in some), tracer.weight)
        if some
        else gap("no solution was found again that gives this triple")
        for some in found.values()
    ]


def _shapes(triple: Triple) -> list[Parts]:
    """Return the triple as templates may give it: blank nodes as they are, or made anew (None)."""
    shapes: list[Parts] = [(triple.subject, triple.predicate, triple.object)]
    if isinstance(triple.subject, BlankNode):
        shapes += [(None, p, o) for _, p, o in shapes]
    if isinstance(triple.object, BlankNode):
        shapes += [(s, p, None) for s, p, _ in shapes]
    return shapes
