"""The witnesses of described triples: each one itself, and why its subject is described.

A resource is described because the query names it or a solution binds it; a blank node, because a described
triple leads to it. Knows DESCRIBE; how a solution is followed is `tracing`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import BlankNode

from amcc_kg.receipts.witnesses import Witness, gap, smallest
from amcc_kg.sparql.scope import projectable
from amcc_kg.sparql.tree import is_variable

if TYPE_CHECKING:
    from pyoxigraph import Triple

    from amcc_kg.graph.answers import Term
    from amcc_kg.receipts.tracer import Tracer


def described(tracer: Tracer, triples: tuple[Triple, ...], answer: tuple[Triple, ...]) -> list[Witness]:
    """Return a witness for some triples of an answer."""
    reasons = _reasons(tracer, triples, answer)
    return [_itself(tracer, triple) | reasons[triple.subject] for triple in triples]


def _itself(tracer: Tracer, triple: Triple) -> Witness:
    quads = tracer.asked.quads(triple.subject, triple.predicate, triple.object, None)
    if not quads:
        return gap(f"the described triple {triple} was not found again")
    return Witness(frozenset(quads[:1]))


def _reasons(tracer: Tracer, triples: tuple[Triple, ...], answer: tuple[Triple, ...]) -> dict[Term, Witness]:
    """Return why each subject of some triples is described."""
    leading: dict[Term, list[Triple]] = {}
    for triple in answer:
        if isinstance(triple.object, BlankNode):
            leading.setdefault(triple.object, []).append(triple)
    wanted: list[Term] = list(dict.fromkeys(triple.subject for triple in triples))
    for node in wanted:  # grows as triples are found that lead to what is in it
        wanted += [t.subject for t in leading.get(node, ()) if t.subject not in wanted]
    found = _named(tracer, wanted)
    waiting = [node for node in wanted if found[node].gaps]
    reached = True
    while reached:  # one step further from what the query names each time
        reached = False
        for node in [node for node in waiting if found[node].gaps]:
            ways = [_itself(tracer, t) | found[t.subject] for t in leading.get(node, ())]
            found[node] = smallest([found[node], *ways], tracer.weight)
            reached = reached or not found[node].gaps
    return found


def _named(tracer: Tracer, nodes: list[Term]) -> dict[Term, Witness]:
    """Return why the query itself describes nodes, with a gap for those that it does not."""
    select, rows = tracer.query.select._replace(distinct="", order="", slice=""), [(n,) for n in nodes]
    found: dict[Term, list[Witness]] = {node: [] for node in nodes}
    for text in tracer.query.described:
        if not is_variable(text):
            if tracer.asked.constant(text) in found:
                reason = tracer.solution() or gap("no solution of the pattern was found again")
                found[tracer.asked.constant(text)].append(reason)
        elif text in projectable(select):
            traced = tracer.select(select._replace(projection=((text, None),)), (text,), rows)
            for node in nodes:
                found[node].append(traced[(node,)])
    unknown = gap("it was not found again why this resource is described")
    return {node: smallest(ways, tracer.weight) if ways else unknown for node, ways in found.items()}
