"""What an IRI is answered for with: the description of a thing, or an ontology as it was written.

A description goes both ways, with the names of neighbours and the passages it rests on. An ontology is a
document: https://www.w3.org/TR/owl2-syntax/#Ontology_Documents. So its IRI, and that of its version, answer
programs with every triple of the file whose header bears it and with no other. The shapes are such files too,
but stand beside the graph and not in it. Which IRI a path may mean is known in `paths`, how all this is
written in `serialization` and, for people, in the pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from pyoxigraph import CanonicalizationAlgorithm, Dataset, NamedNode, Quad, RdfFormat, Triple, parse

from amcc_kg.repository.files import FileKind, header
from amcc_kg.serving.resources import statements
from amcc_kg.serving.resources.statements import Evidence, Statements, said
from amcc_kg.serving.workers.tasks import Loaded, once
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import PlacedError


@dataclass(frozen=True, slots=True)
class Description:
    """What a graph holds about a thing."""

    iri: str  # the thing
    own: Evidence  # statements about it; for a hash document, also about its terms
    incoming: Evidence  # statements that lead to it
    held: Evidence  # what the named graph of that name holds, if it is one
    passages: tuple[str, ...]  # the passages that any of these stand in, sorted
    names: tuple[Triple, ...]  # statements that say what neighbours are called

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
    more = [t for passage in description.passages for t in found.about(NamedNode(passage))]
    about = [("rdf:type", prefixes.full("foaf:Document")), ("foaf:primaryTopic", description.iri)]
    if found.occurs(prefixes.DATASET):
        about.append(("void:inDataset", prefixes.DATASET))
    about += [("dcterms:source", passage) for passage in description.passages]
    own = [said(NamedNode(document), name, NamedNode(iri)) for name, iri in about]
    return [*description.names, *more, *own]


def _names(found: Statements, shown: Evidence, passages: set[str]) -> tuple[Triple, ...]:
    """Return what the nodes of statements and the things that passages are about are called."""
    neighbours = {node.value for t in shown for node in (t.subject, t.object) if isinstance(node, NamedNode)}
    about = (t for passage in passages for t in found.about(NamedNode(passage)))
    neighbours |= {t.object.value for t in about if isinstance(t.object, NamedNode)}
    return tuple(filter(None, map(found.label_triple, sorted(neighbours))))


@dataclass(frozen=True, slots=True)
class Ontologies:
    """The ontologies that are served."""

    whole: Mapping[str, Evidence]  # what each says, by its IRI and by that of its version
    shapes: Statements  # what the shapes say

    def in_shapes(self, iri: str) -> bool:
        """Tell whether the shapes say something of an IRI, and not only with it."""
        is_own = self.shapes.is_subject(iri) or bool(self.shapes.hashed(iri))
        return is_own or (iri in self.whole and self.shapes.occurs(iri))


@once
def ontologies(loaded: Loaded) -> Ontologies:
    """Return the ontologies of a loaded graph; plain files have none, for it is not kept which said what.

    Raises `PlacedError` for shapes that do not parse.
    """
    known = loaded.knowledge.repository.graph_files if loaded.knowledge else ()
    graphs = sorted({file.graph for file in known if file.kind is FileKind.ONTOLOGY})
    shapes = [_parsed(path, content) for path, content in loaded.shapes.items()]
    files: list[Iterable[Triple]] = [statements.of(loaded).within(graph) for graph in graphs]
    files += [[quad.triple for quad in quads] for quads in shapes]
    whole: dict[str, Evidence] = {}
    for triples in files:
        evidence: Evidence = dict.fromkeys(sorted(triples, key=str), ())
        names = (node.value for node in header(evidence, NamedNode) if node is not None)
        whole |= dict.fromkeys(names, evidence)
    return Ontologies(whole, Statements(chain.from_iterable(shapes)))


def _parsed(path: Path, content: bytes) -> list[Quad]:
    """Return the statements of a file, its blank nodes named alike each time and unlike those of others."""
    try:
        read = Dataset(parse(content, RdfFormat.TURTLE, base_iri=path.as_uri()))
    except SyntaxError as error:
        reason = " ".join(error.msg.partition(": ")[2].split()) or error.msg
        raise PlacedError(path, error.lineno or 1, error.offset, reason) from error
    read.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(read, key=str)
