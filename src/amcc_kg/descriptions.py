"""The description of what is published: VoID for its contents, DCAT for its files.

Dates, licence and authors come from the ontology's own description, never from the clock.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from rdflib import DCAT, DCTERMS, OWL, RDF, RDFS, VOID, XSD, Literal, Namespace, URIRef

from amcc_kg import terms
from amcc_kg.serializing import ntriples, turtle

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from rdflib.term import Node

    from amcc_kg.serializing.ntriples import Triple

DATASET = f"{terms.BASE}dataset"
DOWNLOADS = f"{terms.BASE}downloads/"
SPDX = Namespace("http://spdx.org/rdf/terms#")
_FORMATS = Namespace("http://www.w3.org/ns/formats/")
# Suffix → media type and the W3C's name of the format.
_MEDIA = {
    "ttl": ("text/turtle", "Turtle"),
    "nt": ("application/n-triples", "N-Triples"),
    "jsonld": ("application/ld+json", "JSON-LD"),
    "trig": ("application/trig", "TriG"),
    "nq": ("application/n-quads", "N-Quads"),
    "rdf": ("application/rdf+xml", "RDF_XML"),
}
_METADATA = (
    *(DCTERMS.title, DCTERMS.description, DCTERMS.license, DCTERMS.creator, DCTERMS.created),
    *(DCTERMS.issued, DCTERMS.modified, OWL.versionInfo),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A dataset to describe.

    Attributes:
        name: its place below the whole dataset's IRI; empty for the whole.
        triples: what it holds.
        about: the thing whose title, licence and dates it takes over where it has none of its own.
        files: the names of its downloads.
    """

    name: str
    triples: Collection[Triple]
    about: URIRef | None
    files: tuple[str, ...]

    @property
    def iri(self) -> URIRef:
        """The IRI of the dataset."""
        return URIRef(f"{DATASET}/{self.name}" if self.name else DATASET)


def describe(whole: Part, parts: Collection[Part], files: Mapping[str, bytes]) -> bytes:
    """Return the description of a dataset, its parts and their files as Turtle.

    Args:
        whole: the dataset; its triples also hold the metadata.
        parts: subsets of it.
        files: the contents of every file that is described, by name.
    """
    ontology = ontology_of(whole.triples)
    triples: set[Triple] = set()
    if ontology is not None:
        triples.add((whole.iri, VOID.vocabulary, ontology))
    triples.add((whole.iri, VOID.uriSpace, Literal(terms.BASE)))
    for part in (whole, *parts):
        triples |= {(part.iri, RDF.type, kind) for kind in (VOID.Dataset, DCAT.Dataset)}
        triples |= _metadata(part, (*whole.triples, *part.triples), ontology)
        triples |= _statistics(part)
        for name in part.files:
            triples |= _distribution(part.iri, name, files[name])
        if part is not whole:
            triples |= {(whole.iri, VOID.subset, part.iri), (whole.iri, DCTERMS.hasPart, part.iri)}
    return turtle.serialize(triples | _partitions(whole), terms.PREFIXES)


def ontology_of(triples: Collection[Triple]) -> URIRef | None:
    """Return the ontology that the triples describe: this project's, or else the first by name."""
    found = sorted(s for s, p, o in triples if p == RDF.type and o == OWL.Ontology and isinstance(s, URIRef))
    own = URIRef(terms.ONTOLOGY.rstrip("#/"))
    return own if own in found else next(iter(found), None)


def _metadata(part: Part, all_triples: Collection[Triple], ontology: URIRef | None) -> set[Triple]:
    wanted = (part.iri, part.about, ontology)
    known: dict[tuple[Node, Node], set[Node]] = {}
    for s, p, o in all_triples:
        if s in wanted:
            known.setdefault((s, p), set()).add(o)
    triples: set[Triple] = set()
    for predicate in _METADATA:
        for source in wanted:
            values = known.get((source, predicate), set()) if source is not None else set()
            if not values and predicate == DCTERMS.title and source is not None:
                values = known.get((source, RDFS.label), set())
            if values:
                triples |= {(part.iri, predicate, value) for value in values}
                break
    if part.about is not None and part.about != ontology:
        triples.add((part.iri, DCTERMS.source, part.about))
    return triples


def _statistics(part: Part) -> set[Triple]:
    subjects = {s for s, _, _ in part.triples}
    classes = {o for _, p, o in part.triples if p == RDF.type and isinstance(o, URIRef)}
    counts = {
        VOID.triples: len(part.triples),
        VOID.entities: sum(isinstance(s, URIRef) for s in subjects),
        VOID.classes: len(classes),
        VOID.properties: len({p for _, p, _ in part.triples}),
        VOID.distinctSubjects: len(subjects),
        VOID.distinctObjects: len({o for _, _, o in part.triples}),
    }
    return {(part.iri, predicate, _integer(count)) for predicate, count in counts.items()}


def _partitions(whole: Part) -> set[Triple]:
    typed = {(s, o) for s, p, o in whole.triples if p == RDF.type and isinstance(o, URIRef)}
    triples: set[Triple] = set()
    for class_, count in Counter(o for _, o in typed).items():
        node = URIRef(f"{DATASET}#class-{_slug(class_)}")
        triples |= {
            (whole.iri, VOID.classPartition, node),
            (node, VOID["class"], class_),
            (node, VOID.entities, _integer(count)),
        }
    for predicate, count in Counter(p for _, p, _ in whole.triples).items():
        node = URIRef(f"{DATASET}#property-{_slug(predicate)}")
        triples |= {
            (whole.iri, VOID.propertyPartition, node),
            (node, VOID.property, predicate),
            (node, VOID.triples, _integer(count)),
        }
    return triples


def _distribution(dataset: URIRef, name: str, content: bytes) -> set[Triple]:
    media, format_ = _MEDIA[name.rsplit(".", 1)[1]]
    node = URIRef(f"{DATASET}#{name}")
    checksum = URIRef(f"{node}-sha256")
    url = URIRef(f"{DOWNLOADS}{name}")
    digest = Literal(sha256(content).hexdigest(), datatype=XSD.hexBinary)
    return {
        (dataset, DCAT.distribution, node),
        (dataset, VOID.dataDump, url),
        (dataset, VOID.feature, _FORMATS[format_]),
        (node, RDF.type, DCAT.Distribution),
        (node, DCTERMS.title, Literal(name)),
        (node, DCAT.downloadURL, url),
        (node, DCAT.mediaType, URIRef(f"https://www.iana.org/assignments/media-types/{media}")),
        (node, DCAT.byteSize, Literal(str(len(content)), datatype=XSD.nonNegativeInteger)),
        (node, SPDX.checksum, checksum),
        (checksum, RDF.type, SPDX.Checksum),
        (checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256),
        (checksum, SPDX.checksumValue, digest),
    }


def _integer(number: int) -> Literal:
    return Literal(str(number), datatype=XSD.integer)


def _slug(node: Node) -> str:
    short = turtle.Names(terms.PREFIXES).shorten(str(node))
    return short.replace(":", "-") if short else sha256(ntriples.term(node).encode()).hexdigest()[:12]
