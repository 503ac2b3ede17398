"""The description of the dataset, VoID and DCAT, completed with where this server has what it describes.

It is made with the downloads and comes as a document; the IRIs that it mints lie below that of the dataset,
and are answered for from here. Knows nothing of how the document is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse

from amcc_kg.serving.http import negotiation
from amcc_kg.serving.resources import serialization, statements
from amcc_kg.serving.workers.tasks import Loaded, Reply
from amcc_kg.terms import prefixes

IRI = f"{prefixes.BASE}dataset"
_DOWNLOADS = f"{prefixes.BASE}downloads/"
_VOID, _DCAT, _DCTERMS, _FOAF = (prefixes.PREFIXES[prefix] for prefix in ("void", "dcat", "dcterms", "foaf"))
_PROTOCOL = "https://www.w3.org/TR/sparql11-protocol/"
# What an endpoint has in common with the dataset that it serves.
_SHARED = (
    *(f"{_DCTERMS}{name}" for name in ("license", "publisher", "creator", "language")),
    *(f"{_DCAT}{name}" for name in ("contactPoint", "keyword", "theme")),
)


def void(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Answer with a description of the dataset and where this server has it.

    `call` holds `turtle`, the description as it is published, `format` and `base`.
    """
    offer = next(offer for offer in negotiation.OFFERS["graph"] if offer.name == call["format"])
    found = completed(call["turtle"], call["base"])
    return Reply(200, serialization.write({}, found, offer.name), offer.media)


def indexed(turtle: str, base: str) -> statements.Statements:
    """Return the description, completed, for looking up."""
    return statements.Statements(Quad(*triple) for triple in completed(turtle, base))


def completed(turtle: str, base: str) -> list[Triple]:
    """Return a description with the URLs of the files, the endpoint and the pages below a server's URL."""
    found = [quad.triple for quad in parse(turtle.encode(), RdfFormat.TURTLE)]
    dataset, endpoint = NamedNode(IRI), NamedNode(f"{base}sparql")
    files = [
        Triple(triple.subject, triple.predicate, NamedNode(base + triple.object.value[len(prefixes.BASE) :]))
        for triple in found
        if isinstance(triple.object, NamedNode) and triple.object.value.startswith(_DOWNLOADS)
    ]
    return [
        *found,
        *files,
        Triple(dataset, NamedNode(f"{_VOID}sparqlEndpoint"), endpoint),
        Triple(dataset, NamedNode(f"{_DCAT}landingPage"), NamedNode(base)),
        Triple(NamedNode(base), NamedNode(statements.TYPE), NamedNode(f"{_FOAF}Document")),
        *_service(found, base),
    ]


def _service(found: list[Triple], base: str) -> Iterator[Triple]:
    """Describe the endpoint, by what the dataset that it serves is said to be."""
    this, dataset = NamedNode(f"{base}sparql#service"), NamedNode(IRI)
    yield Triple(this, NamedNode(statements.TYPE), NamedNode(f"{_DCAT}DataService"))
    yield Triple(this, NamedNode(f"{_DCAT}endpointURL"), NamedNode(f"{base}sparql"))
    for description in ("openapi.json", "sparql"):
        yield Triple(this, NamedNode(f"{_DCAT}endpointDescription"), NamedNode(f"{base}{description}"))
    yield Triple(this, NamedNode(f"{_DCAT}servesDataset"), dataset)
    yield Triple(this, NamedNode(f"{_DCTERMS}conformsTo"), NamedNode(_PROTOCOL))
    yield Triple(NamedNode(_PROTOCOL), NamedNode(statements.TYPE), NamedNode(f"{_DCTERMS}Standard"))
    yield Triple(NamedNode(f"{IRI}#catalog"), NamedNode(f"{_DCAT}service"), this)
    for triple in found:
        if triple.subject == dataset and triple.predicate.value in _SHARED:
            yield Triple(this, triple.predicate, triple.object)
        if triple.subject == dataset and triple.predicate.value == f"{_DCTERMS}title":
            yield Triple(
                this, triple.predicate, Literal(f"SPARQL endpoint of {_text(triple)}", language="en")
            )
            text = f"A SPARQL 1.1 endpoint over {_text(triple)}: read-only, what is inferred included."
            yield Triple(this, NamedNode(f"{_DCTERMS}description"), Literal(text, language="en"))


def _text(triple: Triple) -> str:
    return triple.object.value if isinstance(triple.object, Literal) else str(triple.object)
