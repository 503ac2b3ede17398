"""The witnesses of an answer by the form of its query: rows, yes or no, constructed or described triples.

    CONSTRUCT   the witness of a solution that gives the triple
    DESCRIBE    the triple itself, and a solution that binds its resource; a blank node the triple that leads
                to it
    SELECT      the witness of each row; without rows, the absence of what first leaves nothing over
    ASK         a witness of one solution, or an absence; if there are solutions and the slice cuts them all
                off, that is said

How a solution is followed is the tracer's.
"""

from __future__ import annotations

from itertools import islice, product

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from amcc_kg.graph.answers import ASK, SELECT, Result, Term
from amcc_kg.receipts.emptiness import asks_graph, culprits
from amcc_kg.receipts.probe import Row, Solution, bindings
from amcc_kg.receipts.tracer import MOST, Tracer
from amcc_kg.receipts.witness import Witness, gap, joined, smallest
from amcc_kg.sparql import printer, reader, tree
from amcc_kg.sparql.tree import Group, Select, SubSelect, TriplePattern, is_variable, projectable

_ROWS = 50  # solutions that give the same constructed triple and are compared
_ANY = NamedNode("urn:any")


def matched(text: str) -> frozenset[str]:
    """Return the columns that a query finds in the graph, without `?`; none where it cannot be read."""
    try:
        return frozenset(name[1:] for name in tree.matched(reader.read(text).select))
    except reader.UnreadableError:
        return frozenset()


def witnesses(tracer: Tracer, result: Result, start: int, stop: int) -> list[Witness]:
    """Return a witness for each row or triple from `start` to `stop`; one for a yes or no or no rows."""
    if result.kind == ASK:
        if not result.boolean:
            return [_refused(tracer)]
        return [tracer.solution() or gap("no solution was found again when the answer was traced")]
    if result.kind == SELECT:
        if start < stop and not result.solutions:
            return [_emptied(tracer)]
        rows = result.solutions[start:stop]
        columns = tuple(f"?{name}" for name in result.columns)
        found = tracer.select(tracer.query.select, columns, rows)
        return [found[row] for row in rows]
    triples = result.triples[start:stop]
    if tracer.query.form == "DESCRIBE":
        return _described(tracer, triples, result.triples)
    return _constructed(tracer, triples)


def alternatives(tracer: Tracer, result: Result, index: int) -> list[Witness]:
    """Return every smallest witness of a row as far as they are shown; the one of what is no row."""
    if result.kind != SELECT or not result.solutions:
        return witnesses(tracer, result, index, index + 1)
    columns = tuple(f"?{name}" for name in result.columns)
    return tracer.every(tracer.query.select, columns, result.solutions[index])


def _refused(tracer: Tracer) -> Witness:
    """Return why a question is answered with no: no solution of its pattern, or none in its slice."""
    select = tracer.query.select._replace(order=(), slice="")
    if tracer.query.select.slice and tracer.solution() is not None:
        cut = " ".join(tracer.query.select.slice.split())
        return Witness(remarks=frozenset({f"the query's {cut} cuts off every solution of its pattern"}))
    if select.is_grouped or select.having:
        return tracer.absent(Group((SubSelect(select, ()),)), {}, None)
    where = select.where if select.values is None else Group((select.values, select.where))
    if not asks_graph(where):
        return _emptied(tracer)
    return tracer.absent(where, {}, None)


def _emptied(tracer: Tracer) -> Witness:
    """Return why a query has no rows: what first leaves nothing over is absent, or the slice cuts it off."""
    found = list(culprits(tracer.probe, tracer.query))
    absent = [tracer.absent(culprit.claim, {}, None) for culprit in found if culprit.claim is not None]
    said = frozenset(culprit.reason for culprit in found if culprit.claim is None)
    return joined(absent) | Witness(remarks=said) if found else gap("it was not found why there are no rows")


def _constructed(tracer: Tracer, triples: tuple[Triple, ...]) -> list[Witness]:
    """Return the smallest witness of a solution that gives each triple."""
    select, known = tracer.query.select, projectable(tracer.query.select)
    written = [term for pattern in tracer.query.template for term in pattern]
    columns = tuple(dict.fromkeys(term for term in written if isinstance(term, str) and term in known))
    opened = select._replace(projection=tuple((name, None) for name in columns), distinct="")
    found = _giving(tracer, opened, columns, triples)
    if (select.order or select.slice) and not all(found.values()):
        # Cut elsewhere: but what gives the triple gives it wherever it stands.
        opened = opened._replace(order=(), slice="")
        found = _giving(tracer, opened, columns, triples)
    traced = tracer.select(opened, columns, [row for some in found.values() for row in some])
    unknown = "no solution was found again that gives this triple"
    return [smallest((traced[row] for row in some), tracer.weight, unknown) for some in found.values()]


def _giving(
    tracer: Tracer, opened: Select, columns: tuple[str, ...], triples: tuple[Triple, ...]
) -> dict[Triple, dict[Row, None]]:
    """Return the rows that give each triple; a blank node of the template fits any."""
    found: dict[Triple, dict[Row, None]] = {triple: {} for triple in triples}
    by_shape: dict[Row, list[Triple]] = {}
    for triple, shape in zip(triples, _as_read(triples), strict=True):
        # A blank node is of the graph, or made anew, which is None in a shape.
        subjects = (shape[0], None) if isinstance(shape[0], BlankNode) else shape[:1]
        objects = (shape[2], None) if isinstance(shape[2], BlankNode) else shape[2:]
        for subject, object_ in product(subjects, objects):
            by_shape.setdefault((subject, shape[1], object_), []).append(triple)
    text = printer.select(opened, tracer.probe.dataset)
    for row in islice(tracer.probe.rows(text, columns), MOST):
        bound = bindings(columns, row)
        for pattern in tracer.query.template:
            for triple in by_shape.get(_given(tracer, pattern, bound) or (), ()):
                if len(found[triple]) < _ROWS:
                    found[triple][row] = None
    return found


def _given(tracer: Tracer, pattern: TriplePattern, bound: Solution) -> Row | None:
    """Return what a template gives in a solution, None for a new blank node; nothing for an unbound term."""
    shape: list[Term | None] = []
    for text in pattern:
        assert isinstance(text, str)  # a template has no paths
        term = tracer.probe.term(text, bound)
        if term is None and not text.startswith(tracer.query.own):
            return None
        shape.append(term)
    return tuple(shape)


def _as_read(triples: tuple[Triple, ...]) -> list[Row]:
    """Return triples as the engine reads them: a template's `2.50`, given as written, is `2.5` to it."""
    read: dict[Term, Term] = {}
    for literal in {triple.object for triple in triples if isinstance(triple.object, Literal)}:
        store = Store()
        store.add(Quad(_ANY, _ANY, literal))
        read[literal] = next(iter(store)).object
    return [(t.subject, t.predicate, read.get(t.object, t.object)) for t in triples]


def _described(tracer: Tracer, triples: tuple[Triple, ...], answer: tuple[Triple, ...]) -> list[Witness]:
    """Return a witness for some triples of an answer: each one itself, and why its subject is described."""
    leading: dict[Term, list[Triple]] = {}
    for triple in answer:
        if isinstance(triple.object, BlankNode):
            leading.setdefault(triple.object, []).append(triple)
    wanted: list[Term] = list(dict.fromkeys(triple.subject for triple in triples))
    for node in wanted:  # grows as triples are found that lead to what is in it
        wanted += [t.subject for t in leading.get(node, ()) if t.subject not in wanted]
    found = _asked_for(tracer, wanted)
    waiting = [node for node in wanted if found[node].gaps]
    reached = True
    while reached:  # one step further from what the query names each time
        reached = False
        for node in [node for node in waiting if found[node].gaps]:
            ways = [_itself(tracer, t) | found[t.subject] for t in leading.get(node, ())]
            found[node] = smallest([found[node], *ways], tracer.weight)
            reached = reached or not found[node].gaps
    return [_itself(tracer, triple) | found[triple.subject] for triple in triples]


def _itself(tracer: Tracer, triple: Triple) -> Witness:
    quads = tracer.probe.quads(triple.subject, triple.predicate, triple.object, None)
    if not quads:
        return gap(f"the described triple {triple} was not found again")
    return Witness(frozenset(quads[:1]))


def _asked_for(tracer: Tracer, nodes: list[Term]) -> dict[Term, Witness]:
    """Return why the query itself describes nodes, with a gap for those that it does not."""
    select, rows = tracer.query.select._replace(distinct="", order=(), slice=""), [(n,) for n in nodes]
    found: dict[Term, list[Witness]] = {node: [] for node in nodes}
    for text in tracer.query.described:
        if not is_variable(text):
            if tracer.probe.constants[text] in found:
                reason = tracer.solution() or gap("no solution of the pattern was found again")
                found[tracer.probe.constants[text]].append(reason)
        elif text in projectable(select):
            traced = tracer.select(select._replace(projection=((text, None),)), (text,), rows)
            for node in nodes:
                found[node].append(traced[(node,)])
    unknown = "it was not found again why this resource is described"
    return {node: smallest(ways, tracer.weight, unknown) for node, ways in found.items()}
