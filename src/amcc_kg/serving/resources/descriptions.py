"""What is said of a thing: both ways, with the names of its neighbours and the passages it rests on.

Knows what belongs to a description and at which URL each format of it is; which IRI a path may mean is known
in `paths`, how a description is written in `serialization` and, for people, in the pages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pyoxigraph import NamedNode, Triple

from amcc_kg.serving.resources.statements import Evidence, Statements, said
from amcc_kg.terms import prefixes


@dataclass(frozen=True, slots=True)
class Description:
    """What a graph holds about a thing.

    Attributes:
        iri: the thing.
        own: statements about it; for a hash document, also about its terms.
        incoming: statements that lead to it.
        held: what the named graph of that name holds, if it is one.
        passages: the passages that any of these stand in, sorted.
        names: statements that say what neighbours are called.
    """

    iri: str
    own: Evidence
    incoming: Evidence
    held: Evidence
    passages: tuple[str, ...]
    names: tuple[Triple, ...]

    @property
    def all(self) -> Evidence:
        """Every statement of the description that is not a neighbour's name."""
        return {**self.held, **self.incoming, **self.own}


def collect(found: Statements, iri: str) -> Description:
    """Return the description of an IRI that occurs in the graph."""
    own = found.about(NamedNode(iri))
    for term in found.hashed(iri):
        own |= found.about(NamedNode(term))
    incoming, held = found.leading_to(iri), found.within(iri)
    every = {**held, **incoming, **own}
    passages = {name for names in every.values() for name in names if found.is_passage(name)}
    if found.is_passage(iri):
        passages.add(iri)
    names = _names(found, every, passages - {iri})
    return Description(iri, own, incoming, held, tuple(sorted(passages)), names)


def of_statement(found: Statements, iri: str) -> Description | None:
    """Return the description of a statement of the graph that an IRI names, as `rdf:Statement`."""
    triple = found.named(iri)
    if triple is None:
        return None
    this, passages = NamedNode(iri), list(filter(found.is_passage, found.holding(triple)))
    own: Evidence = {said(this, "rdf:type", NamedNode(prefixes.full("rdf:Statement"))): ()}
    parts = zip(("subject", "predicate", "object"), triple, strict=True)
    own |= {said(this, f"rdf:{part}", node): () for part, node in parts}
    own |= {said(this, "prov:wasDerivedFrom", NamedNode(passage)): () for passage in passages}
    return Description(iri, own, {}, {}, tuple(passages), _names(found, own, set(passages)))


def joined(first: Description, second: Description) -> Description:
    """Return two descriptions of an IRI as one."""
    own, incoming = first.own | second.own, first.incoming | second.incoming
    return replace(first, own=own, incoming=incoming, held=first.held | second.held)


def surroundings(found: Statements, description: Description, document: str) -> list[Triple]:
    """Return what is said of neighbours and passages, and of the description itself."""
    more = list(description.names)
    for passage in description.passages:
        more += found.about(NamedNode(passage))
    about = [("rdf:type", prefixes.full("foaf:Document")), ("foaf:primaryTopic", description.iri)]
    if found.occurs(prefixes.DATASET):
        about.append(("void:inDataset", prefixes.DATASET))
    about += [("dcterms:source", passage) for passage in description.passages]
    return more + [said(NamedNode(document), name, NamedNode(iri)) for name, iri in about]


def _names(found: Statements, shown: Evidence, passages: set[str]) -> tuple[Triple, ...]:
    """Return what the nodes of statements and the things that passages are about are called."""
    neighbours = {node.value for t in shown for node in (t.subject, t.object) if isinstance(node, NamedNode)}
    for passage in passages:
        about = found.about(NamedNode(passage))
        neighbours |= {t.object.value for t in about if isinstance(t.object, NamedNode)}
    return tuple(filter(None, map(found.label_triple, sorted(neighbours))))
