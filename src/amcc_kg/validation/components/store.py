"""Running a constraint's query for all focus nodes at once, on a store that holds what the query names.

The store's default graph has the triples of the predicates in the query; a graph of its own says which nodes
are the focus nodes. The store rewrites some literals (`"01"` becomes `"1"`), so those go in as opaque tokens
where the query only passes them on, and where it looks at them the query is left to the reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, islice

from amcc_kg.sparql.tree import Graph, Group, TriplePattern, Triples
from amcc_kg.terms import keys as term_keys
from amcc_kg.validation.components import doubts
from amcc_kg.validation.components.sparql import Query
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph, Unreadable

RUN = "<urn:amcc:run>"
SHAPES = "<urn:amcc:shapes>"
_KEPT = "urn:amcc:kept"
_AT_ONCE = 50_000


def run(
    query: Query,
    data: Data,
    bound: Sequence[tuple[str, Iterable[tuple[int, ...]]]],
    shapes: ShapesGraph | None,
    always: str = "this",
    only: AbstractSet[int] | None = None,
) -> Iterator[dict[str, int]]:
    """Yield each distinct solution of a query: the number of a term by the name of a variable, unbound ones
    left out.

    `bound` gives pre-bound variables and what they are bound to: names joined by a blank, and tuples of
    numbers; `always` is the one that is bound even where the query does not speak of it; `only`, if given,
    are the subjects that the query looks at. Raises `Unreadable` where the store would not answer as the
    reference does.
    """
    lines = [_lines(query, data, only)]
    inserted: list[tuple[list[str], Graph]] = []
    for names, rows in bound:
        variables = names.split()
        inserted.append((variables, _binding(variables)))
        lines.append(_bound_lines(query, data, variables, rows))
    if shapes is not None and "?shapesGraph" in query.spoken:
        data.terms.intern(SHAPES)
        inserted.append((["shapesGraph"], _binding(["shapesGraph"])))
        lines.append(_shapes_lines(shapes))

    def binding(spoken: set[str], top: bool) -> Iterator[Graph]:
        for variables, graph in inserted:
            if any(f"?{name}" in spoken for name in variables) or (top and always in variables):
                yield graph

    yield from _solutions(chain.from_iterable(lines), query.text(binding), data)


def _solutions(quads: Iterable[str], text: str, data: Data) -> Iterator[dict[str, int]]:
    """Yield each distinct solution of a query in SPARQL on lines of N-Quads."""
    import pyoxigraph

    store = pyoxigraph.Store()
    quads = iter(quads)
    # Some at a time, so that the text of all of them is never in memory at once. Parsed and then added, not
    # loaded: loading gives blank nodes other labels.
    while lines := list(islice(quads, _AT_ONCE)):
        store.bulk_extend(pyoxigraph.parse("\n".join(lines), pyoxigraph.RdfFormat.N_QUADS, lenient=True))
    try:
        found = store.query(text)
    except (SyntaxError, ValueError, OSError) as error:
        raise Unreadable(f"a query that the store refuses: {error}") from error
    assert not isinstance(found, pyoxigraph.QueryBoolean | pyoxigraph.QueryTriples)
    columns = [variable.value for variable in found.variables]
    seen: set[tuple[int | None, ...]] = set()
    for solution in found:
        row = tuple(_number(solution[name], data) for name in columns)
        if row not in seen:
            seen.add(row)
            yield {name: value for name, value in zip(columns, row, strict=True) if value is not None}


def _lines(query: Query, data: Data, only: AbstractSet[int] | None) -> Iterator[str]:
    """Yield the triples that the query can match, as N-Quads; of the subjects `only` if they are given."""
    keys = data.terms.keys
    anything = query.everything or any(
        p.predicate is not None and p.predicate[0] == "?" for p in query.patterns
    )
    if anything:
        predicates: Iterable[int] = list(data.predicates)
    else:
        predicates = [n for key in query.predicates if (n := data.terms.ids.get(key)) is not None]
    for predicate in predicates:
        key = keys[predicate]
        opaque = doubts.opaque(query, key)
        for subject, value in data.column(predicate).pairs():
            if only is not None and subject not in only:
                continue
            text = keys[value]
            if text[0] == '"' and doubts.rewritten(text):
                if not opaque:
                    raise Unreadable("a literal that the store would rewrite")
                text = f'"{value}"^^<{_KEPT}>'
            yield f"{keys[subject]} {key} {text} ."


def _bound_lines(
    query: Query, data: Data, variables: Sequence[str], rows: Iterable[tuple[int, ...]]
) -> Iterator[str]:
    """Yield what pre-bound variables are bound to, as N-Quads."""
    for count, row in enumerate(rows):
        subject = RUN if len(variables) == 1 else f"<urn:amcc:row:{count}>"
        for name, number in zip(variables, row, strict=True):
            key = data.terms.keys[number]
            if doubts.rewritten(key):
                raise Unreadable("a value that the store would rewrite")
            yield f"{subject} <urn:amcc:{name}> {key} {RUN} ."
            if query.zero:
                yield f"{RUN} {RUN} {key} ."


def _shapes_lines(shapes: ShapesGraph) -> Iterator[str]:
    """Yield the shapes graph and its name, as N-Quads."""
    yield f"{RUN} <urn:amcc:shapesGraph> {SHAPES} {RUN} ."
    for triple in shapes.triples():
        yield " ".join(map(shapes.key, triple)) + f" {SHAPES} ."


def _binding(variables: list[str]) -> Graph:
    row = RUN if len(variables) == 1 else "?amccrow"
    patterns = [TriplePattern(row, f"<urn:amcc:{name}>", f"?{name}") for name in variables]
    return Graph(RUN, Group((Triples(tuple(patterns)),)))


def _number(term: object, data: Data) -> int | None:
    import pyoxigraph

    if term is None:
        return None
    if isinstance(term, pyoxigraph.NamedNode):
        key = term_keys.iri(term.value)
    elif isinstance(term, pyoxigraph.BlankNode):
        key = term_keys.blank(term.value)
    elif isinstance(term, pyoxigraph.Literal):
        if term.datatype.value == _KEPT:
            return int(term.value)
        key = term_keys.literal(term.value, term.language, term.datatype.value)
    else:
        raise Unreadable("a query that returns a triple")
    return data.terms.intern(key)
