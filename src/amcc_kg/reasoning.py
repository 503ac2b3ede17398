"""The closure: what follows from the asserted triples by the rules of OWL 2 RL, and whether they agree.

Knows the reasoner and what in its output is noise. Knows nothing of files, passages or queries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg import terms
from amcc_kg.errors import InconsistentError

if TYPE_CHECKING:
    from rdflib import Dataset, Graph
    from rdflib.graph import _TripleType
    from rdflib.term import Node

# Triples in these vocabularies are about the ontology, or true of everything: no answer needs them.
_META = (terms.RDF, terms.RDFS, terms.OWL, terms.XSD)
_ABOUT_INDIVIDUALS = tuple(f"{terms.RDFS}{name}" for name in ("label", "comment", "seeAlso"))
_ERROR_CLASS = "http://www.daml.org/2002/03/agents/agent-ont#ErrorMessage"
_ERROR_TEXT = "http://www.daml.org/2002/03/agents/agent-ont#error"


def merge(dataset: Dataset) -> Graph:
    """Return one graph that holds the triples of all graphs of the dataset."""
    from rdflib import Graph

    merged = Graph()
    for subject, predicate, object_, _graph in dataset.quads():
        merged.add((subject, predicate, object_))
    return merged


def close(dataset: Dataset) -> set[_TripleType]:
    """Return the triples about individuals that follow from the dataset and are not asserted in it.

    Left out are triples that RDF does not allow (literal subjects), that are axiomatic or reflexive, and
    that concern classes and properties rather than individuals. Raises `InconsistentError` if the triples
    contradict one another.
    """
    import owlrl
    from rdflib import OWL, RDF

    merged = merge(dataset)
    closed = merge(dataset)
    owlrl.DeductiveClosure(
        owlrl.OWLRL_Semantics, rdfs_closure=False, axiomatic_triples=False, datatype_axioms=False
    ).expand(closed)
    _refuse_contradiction(closed)
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, OWL.Ontology)
    schema = {term for kind in kinds for term in closed.subjects(RDF.type, kind)}
    return {
        triple
        for triple in closed
        if triple not in merged and triple[0] not in schema and not _is_noise(*triple)
    }


def _is_noise(subject: Node, predicate: Node, object_: Node) -> bool:
    """Tell whether a triple is no RDF, cannot be cited, or is true of everything."""
    from rdflib import OWL, RDF, BNode, URIRef

    if not isinstance(subject, URIRef) or isinstance(object_, BNode) or str(subject).startswith(_META):
        return True
    if predicate == OWL.sameAs:
        return subject == object_
    if predicate == RDF.type:
        return str(object_).startswith(_META)
    return str(predicate).startswith(_META) and str(predicate) not in _ABOUT_INDIVIDUALS


def _refuse_contradiction(closed: Graph) -> None:
    """Raise what the reasoner only notes down: it adds an error node and carries on."""
    from rdflib import RDF, URIRef

    messages = sorted(
        " ".join(str(message).split())
        for node in closed.subjects(RDF.type, URIRef(_ERROR_CLASS))
        for message in closed.objects(node, URIRef(_ERROR_TEXT))
    )
    if messages:
        more = f" (and {len(messages) - 1} more)" if len(messages) > 1 else ""
        raise InconsistentError(f"the graph contradicts its ontology: {messages[0]}{more}")
