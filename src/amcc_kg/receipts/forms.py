"""The witnesses of an answer, by the form of its query: rows, yes or no, constructed or described triples.

Knows why a question is answered with no. How a solution is followed is `tracing`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg.graph.answers import ASK, SELECT
from amcc_kg.receipts.descriptions import described
from amcc_kg.receipts.templates import constructed
from amcc_kg.receipts.witnesses import Witness, gap
from amcc_kg.sparql.tree import Group, SubSelect

if TYPE_CHECKING:
    from amcc_kg.graph.answers import Result
    from amcc_kg.receipts.tracer import Tracer


def witnesses(tracer: Tracer, result: Result, start: int, stop: int) -> list[Witness]:
    """Return a witness for each row or triple of an answer from `start` to `stop`, one for a yes or no."""
    if result.kind == ASK:
        if not result.boolean:
            return [_refused(tracer)]
        return [tracer.solution() or gap("no solution was found again when the answer was traced")]
    if result.kind == SELECT:
        rows = result.solutions[start:stop]
        found = tracer.rows(result.columns, rows)
        return [found[row] for row in rows]
    triples = result.triples[start:stop]
    if tracer.query.form == "DESCRIBE":
        return described(tracer, triples, result.triples)
    return constructed(tracer, triples)


def _refused(tracer: Tracer) -> Witness:
    """Return why a question is answered with no: no solution of its pattern, or none in its slice."""
    select = tracer.query.select._replace(order="", slice="")
    if tracer.query.select.slice and tracer.solution() is not None:
        cut = " ".join(tracer.query.select.slice.split())
        return Witness(remarks=frozenset({f"the query's {cut} cuts off every solution of its pattern"}))
    if select.is_grouped or select.having:
        return tracer.absent(Group((SubSelect(select, ()),)), {}, None)
    where = select.where if select.values is None else Group((select.values, select.where))
    return tracer.absent(where, {}, None)
