"""owlrl as a second opinion on the closure: another program, from the same table of W3C's.

Puts right where owlrl 7.6 leaves that table by mistake, as the corrections of `differences.toml` say, and
leaves out what the rules there leave out on purpose. Knows nothing of this package's own rules.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import owlrl
from rdflib import OWL, RDF, RDFS, Graph, Literal, URIRef

from amcc_kg.terms import keys

_WITHIN = {
    RDFS.subClassOf: RDFS.subClassOf,
    OWL.equivalentClass: RDFS.subClassOf,
    RDFS.subPropertyOf: RDFS.subPropertyOf,
    OWL.equivalentProperty: RDFS.subPropertyOf,
}
_ERROR_CLASS = URIRef("http://www.daml.org/2002/03/agents/agent-ont#ErrorMessage")
_ERROR_TEXT = URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")


class Semantics(owlrl.OWLRL_Semantics):  # type: ignore[misc] # owlrl has no types
    """owlrl's rules, those of them put right that `differences.toml` lists as corrections."""

    def store_triple(self, t: tuple[Any, Any, Any]) -> None:
        """Note what follows, unless it is no RDF."""
        if not isinstance(t[0], Literal):
            super().store_triple(t)

    def _one_time_rules_datatypes(self) -> None:
        """Leave values to the shapes."""

    def _properties(self, triple: tuple[Any, Any, Any], cycle_num: int) -> None:
        subject, predicate, object_ = triple
        if predicate == OWL.hasKey:
            self._key(subject, self._list(object_))
            return
        super()._properties(triple, cycle_num)
        if predicate == RDF.type and object_ == OWL.AllDisjointProperties:
            for head in self.graph.objects(subject, OWL.members):
                for one, other in combinations(self._list(head), 2):
                    for x, y in self.graph.subject_objects(one):
                        if (x, other, y) in self.graph:
                            self.add_error(f"Disjoint properties {one} and {other} on {x} and {y}")

    def _equality(self, triple: tuple[Any, Any, Any], cycle_num: int) -> None:
        super()._equality(triple, cycle_num)
        subject, predicate, object_ = triple
        if predicate == RDF.type and object_ == OWL.AllDifferent:
            for how in (OWL.members, OWL.distinctMembers):
                for head in self.graph.objects(subject, how):
                    for one, other in combinations(self._list(head), 2):
                        if one != other and (one, OWL.sameAs, other) in self.graph:
                            self.add_error(f"{one} and {other} are said to be the same and to differ")

    def _schema_vocabulary(self, triple: tuple[Any, Any, Any], cycle_num: int) -> None:
        super()._schema_vocabulary(triple, cycle_num)
        one, predicate, other = triple
        within = _WITHIN.get(predicate)
        if within and (one == other or (other, predicate, one) in self.graph):
            self.store_triple((one, within, one))

    def _key(self, class_: Any, properties: list[Any]) -> None:
        holders: dict[tuple[Any, ...], Any] = {}
        for x in self.graph.subjects(RDF.type, class_) if properties else ():
            for values in product(*(list(self.graph.objects(x, p)) for p in properties)):
                first = holders.setdefault(values, x)
                if first != x:
                    self.store_triple((first, OWL.sameAs, x))
                    self.store_triple((x, OWL.sameAs, first))


def close(graph: Graph) -> list[str]:
    """Add to a graph all that follows from it, noise too; return the contradictions, sorted."""
    closure = owlrl.DeductiveClosure(
        Semantics, rdfs_closure=False, axiomatic_triples=False, datatype_axioms=False
    )
    with keys.as_written():
        closure.expand(graph)
    return sorted(
        " ".join(str(message).split())
        for node in graph.subjects(RDF.type, _ERROR_CLASS)
        for message in graph.objects(node, _ERROR_TEXT)
    )
