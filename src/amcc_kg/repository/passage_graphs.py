"""Which named graph is a passage. Knows the class of passages, and nothing of documents or citations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, NamedNode, Quad

from amcc_kg.terms import prefixes

if TYPE_CHECKING:
    from pyoxigraph import Store

_TYPE = NamedNode(f"{prefixes.RDF}type")
_PASSAGE = NamedNode(f"{prefixes.ONTOLOGY}Passage")


def is_passage(store: Store, iri: str) -> bool:
    """Tell whether an IRI is that of a passage: a sentence that is divided between voices is none."""
    return Quad(NamedNode(iri), _TYPE, _PASSAGE, DefaultGraph()) in store
