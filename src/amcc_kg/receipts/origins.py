"""Where the triples of a witness come from: the graphs that state them, or a proof.

Speaks in records that a pipe can carry, and opens no file: it may run where none can be opened.
Knows the store and what in it is inferred; nothing of queries, and nothing of how a passage is cited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyoxigraph import DefaultGraph, NamedNode, Quad

from amcc_kg.repository import passage_graphs
from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyoxigraph import Store, Triple

    from amcc_kg.receipts.witness import Witness

_INFERRED = NamedNode(prefixes.INFERRED_GRAPH)


class Grounds:
    """The named graphs of a store as the ground that triples stand on."""

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

    def record(self, witness: Witness) -> dict[str, Any]:
        """Return a witness as a record: leaves with their graphs, inferred triples and all in words."""
        stated: dict[Triple, set[str]] = {}
        inferred: set[str] = set()
        for quad in witness.quads:
            triple = quad.triple
            if self.weight(quad):
                inferred.add(str(triple))
            elif isinstance(quad.graph_name, NamedNode):
                stated.setdefault(triple, set()).add(quad.graph_name.value)
            else:
                stated.setdefault(triple, set()).update(self._graphs(triple))
        leaves = {str(triple): self._leaf(graphs) for triple, graphs in stated.items()}
        return {
            "leaves": leaves,
            "inferred": sorted(inferred),
            "absences": sorted(witness.absences),
            "gaps": sorted(witness.gaps),
            "remarks": sorted(witness.remarks),
        }

    def proved(self, triples: dict[str, Triple], prove: Callable[[Triple], Any]) -> dict[str, Any]:
        """Return for each inferred triple the leaves of its proof, as `record` has them; None without one."""
        found: dict[str, Any] = {}
        for line, triple in triples.items():
            proof = prove(triple)
            found[line] = proof and self.leaves(proof.leaves)
        return found

    def leaves(self, triples: Iterable[Triple]) -> dict[str, list[list[str]]]:
        """Return asserted triples, as the engine writes them, with the passages and files that state them."""
        return {str(triple): self._leaf(set(self._graphs(triple))) for triple in triples}

    def _graphs(self, triple: Triple) -> list[str]:
        quads = self._store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        names = (quad.graph_name for quad in quads)
        return [name.value for name in names if isinstance(name, NamedNode) and name != _INFERRED]

    def _leaf(self, graphs: set[str]) -> list[list[str]]:
        """Return the passages and the other graphs among some."""
        for graph in graphs:
            if graph not in self._passages:
                self._passages[graph] = passage_graphs.is_passage(self._store, graph)
        passages = sorted(graph for graph in graphs if self._passages[graph])
        return [passages, sorted(graphs.difference(passages))]
