"""One file that is published, described as DCAT-AP has it: what it is, where it is, whether it came whole.

Knows formats and their names elsewhere; nothing of what is in a file but what it is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from rdflib import DCAT, DCTERMS, RDF, VOID, XSD, Literal, Namespace, URIRef
from rdflib.term import Node

from amcc_kg.syntax.writing.ntriples import Triple
from amcc_kg.terms import prefixes

DOWNLOADS = f"{prefixes.BASE}downloads/"
SPDX = Namespace("http://spdx.org/rdf/terms#")
_ENCODING = URIRef(f"{prefixes.PREFIXES['schema']}encodingFormat")
_FORMATS = Namespace("http://www.w3.org/ns/formats/")
_FILE_TYPES = Namespace("http://publications.europa.eu/resource/authority/file-type/")
_TR = "https://www.w3.org/TR/"


@dataclass(frozen=True, slots=True)
class Format:
    """A syntax: its name, its media type, the W3C's and the EU's names of it, and what defines it."""

    name: str
    media: str
    w3c: str
    eu: str
    defined: str


FORMATS = {
    "ttl": Format("Turtle", "text/turtle", "Turtle", "RDF_TURTLE", f"{_TR}turtle/"),
    "nt": Format("N-Triples", "application/n-triples", "N-Triples", "RDF_N_TRIPLES", f"{_TR}n-triples/"),
    "jsonld": Format("JSON-LD", "application/ld+json", "JSON-LD", "JSON_LD", f"{_TR}json-ld11/"),
    "trig": Format("TriG", "application/trig", "TriG", "RDF_TRIG", f"{_TR}trig/"),
    "nq": Format("N-Quads", "application/n-quads", "N-Quads", "RDF_N_QUADS", f"{_TR}n-quads/"),
    "rdf": Format("RDF/XML", "application/rdf+xml", "RDF_XML", "RDF_XML", f"{_TR}rdf-syntax-grammar/"),
}
_RDF12 = Format("RDF 1.2 Turtle", "text/turtle; version=1.2", "Turtle", "RDF_TURTLE", f"{_TR}rdf12-turtle/")


@dataclass(frozen=True, slots=True)
class File:
    """A file of a dataset.

    Attributes:
        name: its name below the folder of downloads.
        content: its bytes.
        holds: what is in it, the first part of a sentence.
        is_rdf12: whether only readers of RDF 1.2 can read it; then it is no dump of the dataset, because
            whoever takes the first dump that there is takes it for what everybody can read.
    """

    name: str
    content: bytes
    holds: str
    is_rdf12: bool = False

    def describe(self, dataset: URIRef, shared: Iterable[tuple[Node, Node]]) -> set[Triple]:
        """Return what is to be said of the file; `shared` is what its dataset says for all its files."""
        node, url = URIRef(f"{prefixes.DATASET}#{self.name}"), URIRef(f"{DOWNLOADS}{self.name}")
        checksum = URIRef(f"{node}-sha256")
        syntax = _RDF12 if self.is_rdf12 else FORMATS[self.name.rpartition(".")[2]]
        media = syntax.media.partition(";")[0]
        digest = sha256(self.content).hexdigest()
        triples: set[Triple] = {
            (dataset, DCAT.distribution, node),
            (node, RDF.type, DCAT.Distribution),
            (node, DCTERMS.title, Literal(self.name)),
            (node, DCTERMS.description, Literal(f"{self.holds}, as {syntax.name}.", lang="en")),
            (node, DCAT.accessURL, url),
            (node, DCAT.downloadURL, url),
            (node, DCAT.mediaType, URIRef(f"https://www.iana.org/assignments/media-types/{media}")),
            (node, _ENCODING, Literal(syntax.media)),
            (node, DCTERMS["format"], _FILE_TYPES[syntax.eu]),
            (node, DCTERMS.conformsTo, URIRef(syntax.defined)),
            (node, DCAT.byteSize, Literal(str(len(self.content)), datatype=XSD.nonNegativeInteger)),
            (node, SPDX.checksum, checksum),
            (checksum, RDF.type, SPDX.Checksum),
            (checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256),
            (SPDX.checksumAlgorithm_sha256, RDF.type, SPDX.ChecksumAlgorithm),
            (checksum, SPDX.checksumValue, Literal(digest, datatype=XSD.hexBinary, normalize=False)),
        }
        triples |= {(node, predicate, value) for predicate, value in shared}
        if not self.is_rdf12:
            triples |= {(dataset, VOID.dataDump, url), (dataset, VOID.feature, _FORMATS[syntax.w3c])}
        return triples
