"""Where the triples of a witness come from: the passages and files that state them, or inference.

Knows the store and what in it is inferred; nothing of queries, of proofs or of how a passage is cited.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store, Triple

from amcc_kg.graph.receipt import Leaf
from amcc_kg.repository import citations
from amcc_kg.terms import prefixes

_INFERRED = NamedNode(prefixes.INFERRED_GRAPH)


class Origins:
    """The named graphs of a store as what its triples come from."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._passages: dict[str, bool] = {}

    def weight(self, quad: Quad) -> int:
        """Return 0 for what is asserted and 1 for what is inferred: the nearer to words, the better."""
        if quad.graph_name != DefaultGraph():
            return int(quad.graph_name == _INFERRED)
        return int(Quad(quad.subject, quad.predicate, quad.object, _INFERRED) in self._store)

    def is_asserted(self, triple: Triple) -> bool:
        """Tell whether somebody wrote a triple of the graph; it may stand in no named graph at all."""
        quad = Quad(triple.subject, triple.predicate, triple.object)
        return quad in self._store and not self.weight(quad)

    def parted(self, quads: Iterable[Quad]) -> tuple[list[Quad], list[Triple]]:
        """Return which of some quads are asserted, and the triples of the others, in a fixed order."""
        asserted: list[Quad] = []
        inferred: set[Triple] = set()
        for quad in quads:
            if self.weight(quad):
                inferred.add(quad.triple)
            else:
                asserted.append(quad)
        return asserted, sorted(inferred, key=str)

    def leaves(self, asserted: Iterable[Quad], proved: Iterable[Triple]) -> tuple[Leaf, ...]:
        """Return the triples of quads and proofs with what states them, in a fixed order.

        A quad that was matched in a named graph is stated there; any other triple wherever it is.
        """
        stated: dict[Triple, set[str]] = {}
        for quad in asserted:
            name = quad.graph_name
            graphs = {name.value} if isinstance(name, NamedNode) else self._graphs(quad.triple)
            stated.setdefault(quad.triple, set()).update(graphs)
        for triple in proved:
            stated.setdefault(triple, set()).update(self._graphs(triple))
        return tuple(self._leaf(triple, stated[triple]) for triple in sorted(stated, key=str))

    def _graphs(self, triple: Triple) -> set[str]:
        quads = self._store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        names = (quad.graph_name for quad in quads)
        return {name.value for name in names if isinstance(name, NamedNode) and name != _INFERRED}

    def _leaf(self, triple: Triple, graphs: set[str]) -> Leaf:
        for graph in graphs:
            if graph not in self._passages:
                self._passages[graph] = citations.is_passage(self._store, graph)
        passages = sorted(graph for graph in graphs if self._passages[graph])
        return Leaf(triple, tuple(passages), tuple(sorted(graphs.difference(passages))))
