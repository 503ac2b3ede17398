"""Targets that a query selects: `sh:SPARQLTarget` and `sh:SPARQLTargetType` of SHACL Advanced Features (3).

Knows a shapes graph and how to run a query; what a shape does with its focus nodes is not known here.
"""

from __future__ import annotations

from amcc_kg.terms.errors import InputError
from amcc_kg.validation.components import constraints, sparql
from amcc_kg.validation.components.sparql import THIS, Bound, Query
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.shapes_graph import IllFormed, ShapesGraph, Unreadable
from amcc_kg.validation.shapes.vocabulary import sh


class Selection:
    """What a query selects from the data, the parameters of a target type bound before."""

    def __init__(self, graph: ShapesGraph, query: Query, parameters: dict[str, int]) -> None:
        self._graph = graph
        self._query = query
        self._bound: list[Bound] = [(name, [(number,)]) for name, number in parameters.items()]

    def nodes(self, data: Data) -> set[int]:
        """Return the bindings of `?this`; raises `InputError` if the query cannot be run."""
        try:
            rows = sparql.run(self._query, data, self._bound, self._graph)
            return {row["this"] for row in rows if "this" in row}
        except Unreadable as error:
            raise InputError(f"the query of a sh:target cannot be run: {error}") from error


def read(graph: ShapesGraph, target: int) -> list[Selection]:
    """Return what a value of `sh:target` selects; none where a parameter that must be there is missing.

    Raises `IllFormed` where the query is none, and `LookupError` where the target is of neither kind.
    """
    kinds = set(graph.objects(target, names.TYPE))
    if graph.objects(target, sh("select")):
        return [Selection(graph, _query(graph, target, set()), {})]
    for kind in sorted(kinds.intersection(_instances(graph, "SPARQLTargetType")), key=graph.key):
        declared = constraints.parameters(graph, kind)
        given: dict[str, int] = {}
        for name, predicate in {**declared.mandatory, **declared.optional}.items():
            value = graph.value(target, predicate)
            if value is not None:
                given[name] = value
            elif name in declared.mandatory:
                return []
        return [Selection(graph, _query(graph, kind, {f"?{name}" for name in given}), given)]
    if kinds.intersection(graph.below(graph.number(sh("SPARQLTarget")))):
        raise IllFormed("a sh:SPARQLTarget without a sh:select", target)
    raise LookupError(target)


def _instances(graph: ShapesGraph, name: str) -> set[int]:
    kinds = graph.below(graph.number(sh(name)))
    return {node for kind in kinds for node in graph.subjects(names.TYPE, kind)}


def _query(graph: ShapesGraph, node: int, bound: set[str]) -> Query:
    text = graph.value(node, sh("select"))
    if text is None:
        raise IllFormed("a target without a sh:select", node)
    try:
        query = constraints.query_of(graph, node, text, None, bound)
    except IllFormed:
        raise
    except Unreadable as error:  # nobody else could be asked
        raise IllFormed(f"a target that cannot be run: {error}", node, sh("select"), text) from error
    if query.written.form != "SELECT" or THIS not in query.projected:
        raise IllFormed("a target's query that does not return ?this", node, sh("select"), text)
    return query
