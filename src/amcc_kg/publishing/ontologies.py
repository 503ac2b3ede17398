"""The ontologies of a repository as documents: one file, one header, one IRI, in every syntax.

Knows headers (https://www.w3.org/TR/owl2-syntax/#Ontology_IRI_and_Version_IRI), what merging does to them,
and the XML catalog by which OWLAPI and so Protégé find the files behind imports. Knows nothing of terms.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rdflib import OWL, RDF, BNode, Graph, URIRef

from amcc_kg.repository.files import FileKind, Repository, header
from amcc_kg.syntax import rdflib_bridge
from amcc_kg.syntax.text_files import read_text
from amcc_kg.syntax.writing import jsonld, ntriples, rdfxml, turtle
from amcc_kg.syntax.writing.ntriples import Triple
from amcc_kg.terms import prefixes, xml_text
from amcc_kg.terms.errors import InputError

CATALOG = "catalog-v001.xml"
MAIN = URIRef(prefixes.ONTOLOGY.rstrip("#/"))
MERGED = "amcc-kg-ontology"
_TAKEN = frozenset(("void", "amcc-kg", MERGED))


@dataclass(frozen=True, slots=True)
class Document:
    """One ontology file."""

    name: str  # what its downloads are called, without suffix
    triples: frozenset[Triple]  # all that the file says
    iri: URIRef | None  # what its header names it; None without a header, or with several
    version: URIRef | None  # this version of it, None where the header states none, or several
    written: bytes | None = None  # as its authors wrote it, where that is published; else it is written anew


def documents(repository: Repository, graphs: Mapping[str, Collection[Triple]]) -> list[Document]:
    """Return the ontologies of a repository; `graphs` is what files say, by the graphs that they load as.

    Raises `InputError` for a file whose downloads would have the names of others.
    """
    names = sorted({file.graph for file in repository.graph_files if file.kind is FileKind.ONTOLOGY})
    stems = {name: name.rpartition("/")[2] for name in names}
    found = []
    for name, stem in stems.items():
        if stem in _TAKEN:
            reason = f"{', '.join(sorted(_TAKEN))} are the names of other downloads; call the file otherwise"
            raise InputError(f"ontology/{stem}.ttl: {reason}")
        triples = frozenset(graphs.get(name, ()))
        iri, version = header(triples, URIRef)
        # This project's own is known by the last word of its IRI, whatever its file is called.
        own = iri == MAIN and "ontology" not in stems.values()
        found.append(Document("ontology" if own else stem, triples, iri, version))
    return found


def shapes(repository: Repository) -> list[Document]:
    """Return the shapes of a repository; raises `InputError` or `PlacedError` for what cannot be read."""
    found = []
    for path in filter(Path.is_file, repository.shapes_files):
        graph = Graph()
        rdflib_bridge.add(graph, rdflib_bridge.load(path))
        triples = frozenset(ntriples.stable(map(ntriples.plain, graph), path.stem))
        # Published as they are written, comments included.
        found.append(Document(path.stem, triples, *header(triples, URIRef), read_text(path).encode()))
    return found


def main(triples: Collection[Triple]) -> URIRef | None:
    """Return the ontology that the triples describe: this project's, or else the first by name."""
    found = sorted(s for s, p, o in triples if p == RDF.type and o == OWL.Ontology and isinstance(s, URIRef))
    return MAIN if MAIN in found else next(iter(found), None)


def merged(triples: Collection[Triple]) -> frozenset[Triple]:
    """Return the triples of several ontologies, and whatever is with them, as one that stands alone.

    One header stays, this project's or else the first by name. It imports nothing that has been merged, and
    has no version IRI, for that leads to the ontology without the others. What other headers say is said of
    other files than this one, and is left to them.
    """
    ontologies = {s for s, p, o in triples if p == RDF.type and o == OWL.Ontology}
    kept = main(triples)
    dropped = {
        (s, p, o)
        for s, p, o in triples
        if s in ontologies and (s != kept or p == OWL.versionIRI or (p == OWL.imports and o in ontologies))
    }
    left = frozenset(triples) - dropped
    while dropped:
        # What only they led to goes with them.
        lost = {o for _, _, o in dropped if isinstance(o, BNode)} - {o for _, _, o in left}
        dropped = {triple for triple in left if triple[0] in lost}
        left -= dropped
    return left


def syntaxes(document: Document) -> dict[str, bytes]:
    """Return the downloads of an ontology by their names; raises `InputError` for what XML cannot say."""
    written = document.written or turtle.serialize(document.triples, prefixes.PREFIXES)
    return {
        f"{document.name}.ttl": written,
        f"{document.name}.rdf": rdfxml.serialize(document.triples, prefixes.PREFIXES),
        f"{document.name}.jsonld": jsonld.serialize(document.triples, prefixes.PREFIXES),
    }


def together(documents: Iterable[Document]) -> Document:
    """Return ontologies merged into one."""
    triples = merged({triple for document in documents for triple in document.triples})
    return Document(MERGED, triples, *header(triples, URIRef))


def catalog(documents: Iterable[Document]) -> bytes:
    """Return the OASIS XML catalog that leads from the IRIs of ontologies to the files beside it."""
    iris = ((iri, one) for one in documents for iri in (one.iri, one.version))
    names = {str(iri): f"{one.name}.ttl" for iri, one in iris if iri is not None}
    lines = [
        f"    <uri name={xml_text.attribute(iri)} uri={xml_text.attribute(name)}/>\n"
        for iri, name in sorted(names.items())
    ]
    namespace = "urn:oasis:names:tc:entity:xmlns:xml:catalog"
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<catalog prefer="public" xmlns="{namespace}">\n'
    return "".join((head, *lines, "</catalog>\n")).encode()
