"""Which named graph is a passage. Knows the class of passages, and nothing of documents or citations."""

from __future__ import annotations

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from amcc_kg.terms import prefixes

_TYPE = NamedNode(f"{prefixes.RDF}type")
_PASSAGE = NamedNode(f"{prefixes.ONTOLOGY}Passage")


def is_passage(store: Store, iri: str) -> bool:
    """Tell whether an IRI is that of a passage: a sentence that is divided between voices is none."""
    return Quad(NamedNode(iri), _TYPE, _PASSAGE, DefaultGraph()) in store
