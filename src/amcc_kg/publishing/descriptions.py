"""The description of what is published: VoID for its contents, DCAT-AP 3 for its files.

Dates, licence, agents and themes come from what the graph says of itself, never from the clock; what the
terms of DCAT-AP lead to, and how syntaxes are called, from `vocabulary.ttl`. The texts of the two standards:
https://www.w3.org/TR/void/, https://semiceu.github.io/DCAT-AP/releases/3.0.0/.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import chain
from pathlib import Path

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, OWL, PROV, RDF, RDFS, SKOS, VOID, XSD
from rdflib.term import Node

from amcc_kg.publishing import ontologies, partitions
from amcc_kg.publishing.partitions import Spelt
from amcc_kg.syntax import rdflib_bridge, reading
from amcc_kg.syntax.writing import ntriples, turtle
from amcc_kg.syntax.writing.ntriples import Triple
from amcc_kg.terms import keys, prefixes

DATASET = prefixes.DATASET
CATALOG = URIRef(f"{DATASET}#catalog")
ONTOLOGY = URIRef("http://publications.europa.eu/resource/authority/dataset-type/ONTOLOGY")
_THEMES = URIRef("http://publications.europa.eu/resource/authority/data-theme")
_AVAILABILITY = URIRef(prefixes.full("dcatap:availability"))
_VERSION = URIRef(prefixes.full("dcat:version"))
_ENCODING = URIRef(prefixes.full("schema:encodingFormat"))
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_SPDX, _VCARD = Namespace(prefixes.PREFIXES["spdx"]), Namespace(prefixes.PREFIXES["vcard"])
_DATED = (DCTERMS.created, DCTERMS.issued, DCTERMS.modified)
# What the parts share with the whole where they say nothing of their own: all values, the first or the last.
_SHARED = {
    **dict.fromkeys((DCTERMS.license, DCTERMS.publisher), slice(1)),
    **dict.fromkeys((*_DATED, OWL.versionInfo), slice(-1, None)),
    **dict.fromkeys((DCTERMS.creator, DCTERMS.language), slice(None)),
    **dict.fromkeys((DCAT.contactPoint, DCAT.keyword, DCAT.theme), slice(None)),
}
_TEXTS = (*_DATED, OWL.versionInfo, DCAT.keyword)
_OF_THE_CATALOG = (DCTERMS.license, DCTERMS.publisher, DCTERMS.language, DCTERMS.spatial, *_DATED[1:])
_DATES = (XSD.date, XSD.gYearMonth, XSD.gYear)
_DATE = re.compile(r"\d{4}(-\d\d)?(-\d\d)?")


@dataclass(frozen=True, slots=True)
class File:
    """A file of a dataset."""

    name: str  # below the folder of downloads
    content: bytes
    holds: str  # what is in it, the first part of a sentence
    # Whether only readers of RDF 1.2 can read it; then it is no dump of the dataset, because whoever takes
    # the first dump that there is takes it for what everybody can read.
    is_rdf12: bool = False

    @property
    def said(self) -> str:
        """What is in it, in which syntax, and whom that is for, as a sentence."""
        return f"{self.holds}, as {self._called}; {_vocabulary().value(self._syntax, RDFS.comment)}."

    @property
    def _called(self) -> str:
        return str(_vocabulary().value(self._syntax, RDFS.label))

    @property
    def _syntax(self) -> Node:
        suffix = "rdf12" if self.is_rdf12 else self.name.rpartition(".")[2]
        (found,) = _vocabulary().subjects(DCTERMS.identifier, Literal(suffix))
        return found

    def describe(self, dataset: URIRef, title: str, shared: Iterable[tuple[Node, Node]]) -> set[Triple]:
        """Return what is to be said of the file; `shared` is what its dataset says for all its files.

        `title` is that of the dataset.
        """
        known, syntax = _vocabulary(), self._syntax
        media = str(known.value(syntax, _ENCODING))
        node, url = URIRef(f"{DATASET}#{self.name}"), URIRef(f"{prefixes.BASE}downloads/{self.name}")
        checksum, digest = URIRef(f"{node}-sha256"), sha256(self.content).hexdigest()
        triples: set[Triple] = {
            (dataset, DCAT.distribution, node),
            (node, DCTERMS.title, Literal(f"{title}, as {self._called}", lang="en")),
            (node, DCTERMS.description, Literal(self.said, lang="en")),
            (node, DCAT.accessURL, url),
            (node, DCAT.downloadURL, url),
            (node, DCAT.mediaType, URIRef(_MEDIA_TYPES + media.partition(";")[0])),
            (node, DCTERMS.conformsTo, syntax),
            (node, DCAT.byteSize, Literal(str(len(self.content)), datatype=XSD.nonNegativeInteger)),
            (node, _SPDX.checksum, checksum),
            (checksum, _SPDX.algorithm, _SPDX.checksumAlgorithm_sha256),
            (checksum, _SPDX.checksumValue, Literal(digest, datatype=XSD.hexBinary, normalize=False)),
        }
        formats = ((p, o) for p in (_ENCODING, DCTERMS["format"]) for o in known.objects(syntax, p))
        triples |= {(node, predicate, value) for predicate, value in chain(formats, shared)}
        triples |= {(dataset, VOID.feature, name) for name in known.objects(syntax, VOID.feature)}
        return triples if self.is_rdf12 else triples | {(dataset, VOID.dataDump, url)}


@dataclass(frozen=True, slots=True)
class Part:
    """A dataset to describe."""

    name: str  # its place below the whole dataset's IRI; empty for the whole
    triples: Collection[Triple]  # what it holds
    files: tuple[File, ...]  # its downloads
    # What describes it where its own IRI is not described: an ontology, with title and dates.
    about: URIRef | None = None
    made_of: tuple[URIRef, ...] = ()  # also what it is called after where nothing else gives it a title
    title: str = ""  # what it is called where neither it nor `about` has a title
    # A sentence that is true of it, for where neither has one; `{title}` stands for the title.
    description: str = "What the graph holds."
    is_vocabulary: bool = False  # whether it defines terms, and states nothing of the world

    @property
    def iri(self) -> URIRef:
        """The IRI of the dataset."""
        return URIRef(f"{DATASET}/{self.name}" if self.name else DATASET)


def describe(whole: Part, parts: Collection[Part]) -> bytes:
    """Return the description of a dataset, its parts, their files and a catalogue of them as Turtle.

    The triples of the whole also hold what the graph says of itself.
    """
    known = Graph()
    known += chain.from_iterable(part.triples for part in (whole, *parts))
    held, ontology, spelt = frozenset(whole.triples), ontologies.main(whole.triples), _spelt(whole.triples)
    triples = _parsed(partitions.partitions(DATASET, spelt) + partitions.links(DATASET, spelt))
    if ontology is not None:
        triples.add((whole.iri, VOID.vocabulary, ontology))
    sources = {source for part in parts for source in part.made_of} - {whole.iri}
    triples |= {(whole.iri, PROV.wasDerivedFrom, source) for source in sources}
    planned = {(_AVAILABILITY, value) for value in _values(known, whole.iri, _AVAILABILITY)}
    for part in (whole, *parts):
        own = _metadata(part, whole, known, ontology)
        shared = planned | {(p, o) for _, p, o in own if p == DCTERMS.license}
        triples |= own | {(part.iri, RDF.type, kind) for kind in (VOID.Dataset, DCAT.Dataset)}
        triples |= _parsed(partitions.statistics(str(part.iri), _spelt(part.triples)))
        title = min(str(o) for _, p, o in own if p == DCTERMS.title)
        for file in part.files:
            triples |= file.describe(part.iri, title, shared)
        if part is not whole and held.issuperset(part.triples):
            triples |= {(whole.iri, VOID.subset, part.iri), (whole.iri, DCTERMS.hasPart, part.iri)}
    triples |= _catalog(whole, parts, triples)
    return turtle.serialize(triples | _referred_to(triples, known), prefixes.PREFIXES)


def titles(description: str) -> list[str]:
    """Return what a description calls the whole dataset, sorted."""
    source = reading.parse(description)
    found = source.find(keys.iri(DATASET), keys.iri(str(DCTERMS.title)))
    return sorted(keys.value(source.terms.keys[source.o[row]]) for row in found)


def _values(known: Graph, subject: Node | None, predicate: Node) -> list[Node]:
    return [] if subject is None else sorted(known.objects(subject, predicate), key=ntriples.order)


def _metadata(part: Part, whole: Part, known: Graph, ontology: URIRef | None) -> set[Triple]:
    this = part.iri
    own = tuple(node for node in (this, part.about) if node is not None)
    title = _title(part, own, known, ontology if part is whole else None)
    triples: set[Triple] = {(this, DCTERMS.identifier, Literal(str(this))), (this, DCTERMS.title, title)}
    texts = next((found for node in own if (found := _values(known, node, DCTERMS.description))), [])
    default = Literal(part.description.replace("{title}", str(title)), lang="en")
    triples |= {(this, DCTERMS.description, text) for text in texts or [default]}
    for predicate, kept in _SHARED.items():
        values = _first(known, (*own, whole.iri, ontology), predicate)[kept]
        triples |= {(this, predicate, value) for value in values}
    # How to cite it and which places it is about holds for a dataset and not for its parts. What is said of
    # the whole holds for what is made of the whole; a document is cited otherwise.
    wholes = [node for node in part.made_of if str(node) == DATASET]
    sayers = (DCTERMS.bibliographicCitation, (*own, *wholes)), (DCTERMS.spatial, (*own, *part.made_of))
    triples |= {(this, p, o) for p, nodes in sayers for node in nodes for o in _values(known, node, p)}
    # Where nothing tells of a change, there was none since it was issued.
    if not any(p == DCTERMS.modified for _, p, _ in triples):
        triples |= {(this, DCTERMS.modified, date) for _, p, date in triples if p == DCTERMS.issued}
    if part.is_vocabulary:
        triples.add((this, DCTERMS.type, ONTOLOGY))
    else:
        triples |= _period(part)
    triples |= {(this, PROV.wasDerivedFrom, source) for source in part.made_of}
    triples |= {(this, _VERSION, value) for _, p, value in triples if p == OWL.versionInfo}
    if part is whole:
        triples.add((this, DCAT.landingPage, URIRef(prefixes.BASE)))
    return triples


def _title(part: Part, own: Iterable[Node], known: Graph, ontology: URIRef | None) -> Node:
    def called(nodes: Iterable[Node | None]) -> list[Node]:
        return [name for n in nodes for p in (DCTERMS.title, RDFS.label) for name in _values(known, n, p)]

    given = [Literal(text, lang="en") for text in (part.title, part.name or "dataset") if text]
    return [*called(own), *given[:-1], *called((*part.made_of, ontology)), given[-1]][0]


def _first(known: Graph, subjects: Iterable[Node | None], predicate: URIRef) -> Sequence[Node]:
    """Return the values of the first subject that has any of the kind that the predicate takes."""
    kind = Literal if predicate in _TEXTS else URIRef
    found = ([o for o in _values(known, s, predicate) if isinstance(o, kind)] for s in subjects)
    return next(filter(None, found), [])


def _period(part: Part) -> set[Triple]:
    """Return the time that a dataset's dates lie in, but for those of the files themselves."""
    found = [
        o
        for _, p, o in part.triples
        if isinstance(o, Literal) and o.datatype in _DATES and p not in _DATED and _DATE.fullmatch(o)
    ]
    if not found:
        return set()
    # A year begins with its first day and ends with its last.
    first = min(found, key=lambda date: (f"{date}-01-01"[:10], date))
    last = max(found, key=lambda date: (f"{date}{'-12-31'[len(date) - 4 :]}", date))
    period = URIRef(f"{part.iri}#period")
    return {
        (part.iri, DCTERMS.temporal, period),
        (period, DCAT.startDate, first),
        (period, DCAT.endDate, last),
    }


def _catalog(whole: Part, parts: Collection[Part], said: set[Triple]) -> set[Triple]:
    """Return the catalogue that harvesters ask for, of all the datasets."""
    title = next((str(o) for s, p, o in said if s == whole.iri and p == DCTERMS.title), "")
    triples: set[Triple] = {(CATALOG, p, o) for s, p, o in said if s == whole.iri and p in _OF_THE_CATALOG}
    text = "The whole graph, the parts of it, its evidence and the shapes that it conforms to, each as files."
    triples |= {
        (CATALOG, RDF.type, DCAT.Catalog),
        (CATALOG, DCTERMS.title, Literal(f"{title}: the datasets", lang="en")),
        (CATALOG, DCTERMS.description, Literal(text, lang="en")),
        (CATALOG, FOAF.homepage, URIRef(prefixes.BASE)),
        (CATALOG, DCAT.themeTaxonomy, _THEMES),
        (_THEMES, DCTERMS.title, Literal("Data theme", lang="en")),
    }
    return triples | {(CATALOG, DCAT.dataset, part.iri) for part in (whole, *parts)}


def _referred_to(said: set[Triple], known: Graph) -> set[Triple]:
    """Return of what kind the things are that a description refers to, and what the graph says of agents."""
    vocabulary = _vocabulary()
    kinds = dict(vocabulary.subject_objects(RDFS.range))
    licences = dict(vocabulary.subject_objects(DCTERMS.type))
    triples: set[Triple] = set()
    for _, p, o in said:
        if p not in kinds or not isinstance(o, URIRef):
            continue
        triples.add((o, RDF.type, kinds[p]))
        asked = {kind for start, kind in licences.items() if o.startswith(str(start))}
        for kind in asked:
            triples |= {(o, DCTERMS.type, kind), (kind, RDF.type, SKOS.Concept)}
        for thing in (o, *asked):
            triples |= {(thing, SKOS.prefLabel, label) for label in vocabulary.objects(thing, SKOS.prefLabel)}
        if kinds[p] in (FOAF.Agent, _VCARD.Kind):
            triples |= set(known.triples((o, None, None)))
        if kinds[p] == _VCARD.Kind:
            # Where nothing else is said, whoever answers for a graph is reached where it is published.
            triples |= {(o, _VCARD.fn, name) for name in _values(known, o, FOAF.name)}
            triples.add((o, _VCARD.hasURL, URIRef(prefixes.BASE)))
    return triples


@cache
def _vocabulary() -> Graph:
    vocabulary = Graph()
    rdflib_bridge.add(vocabulary, rdflib_bridge.load(Path(__file__).parent / "vocabulary.ttl"))
    return vocabulary


def _spelt(triples: Iterable[Triple]) -> list[Spelt]:
    return [(ntriples.term(s), ntriples.term(p), ntriples.term(o)) for s, p, o in triples]


def _parsed(lines: Iterable[str]) -> set[Triple]:
    return set(Graph().parse(data="\n".join([*lines, ""]), format="nt"))
