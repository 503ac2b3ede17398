"""Whether the queries in a shapes graph are SPARQL, and where not (SHACL sections 5.2 and 5.3).

The engine's complaint is told, because it has the place; the grammar decides whether there is one.
"""

from __future__ import annotations

from collections.abc import Iterator

from amcc_kg.sparql import reader
from amcc_kg.sparql.syntax_errors import NOT_SPARQL, syntax_error_of
from amcc_kg.terms import keys
from amcc_kg.validation.components import constraints
from amcc_kg.validation.engine.evaluation import Shapes
from amcc_kg.validation.shapes.shapes_graph import Flaw, ShapesGraph, Unreadable
from amcc_kg.validation.shapes.vocabulary import sh

_SELECT = sh("select")


def flaws(shapes: Shapes, everything: bool = False) -> Iterator[Flaw]:
    """Yield the queries of `sh:sparql` that are none.

    Of the shapes that the default engine does not read, which is what a query that is none leads to; with
    `everything`, of all of them.
    """
    graph = shapes.graph
    for shape in shapes:
        if shape.deactivated or not (everything or shape.unread):
            continue
        for node in graph.objects(shape.number, sh("sparql")):
            for text in graph.objects(node, _SELECT):
                reason = _fault(graph, node, text)
                if reason:
                    yield Flaw(shape.number, node, _SELECT, text, reason)


def _fault(graph: ShapesGraph, node: int, text: int) -> str:
    """Return what is wrong with a query, the empty string if nothing is."""
    query = keys.value(graph.key(text))
    try:
        prefixes = constraints.prefixes(graph, node)
    except Unreadable as unreadable:
        return str(unreadable)
    head = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in prefixes.items())
    # $PATH stands for a path of the shape (section 5.3.2); any path of the same width will do.
    whole = head + constraints.with_path(query, "<p:p>")
    # A query is not evaluated here, and one that calls another service would be.
    error = None if "service" in query.lower() else syntax_error_of(whole, "")
    if error is None or _is_query(whole):
        return ""
    line = error.line - len(prefixes)
    reason = error.reason.partition("; the line is: ")[0]
    place = f"line {line}" if error.column is None else f"line {line}, column {error.column}"
    if reason == NOT_SPARQL:
        return f"a value of sh:select that is no SPARQL query from its {place} on"
    return f"a value of sh:select that is no SPARQL query: {reason}, in its {place}"


def _is_query(text: str) -> bool:
    try:
        reader.read(text)
    except reader.UnreadableError:
        return False
    return True
