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
_DCAT, _DCTERMS = prefixes.PREFIXES["dcat"], prefixes.PREFIXES["dcterms"]
# What a server adds to the description, relative to its URL.
_HERE = f"""
@prefix dcat: <{_DCAT}> .
@prefix dcterms: <{_DCTERMS}> .
<{IRI}> <{prefixes.PREFIXES["void"]}sparqlEndpoint> <sparql> ; dcat:landingPage <> .
<{IRI}#catalog> dcat:service <sparql#service> .
<> a <{prefixes.PREFIXES["foaf"]}Document> .
<sparql#service> a dcat:DataService ;
    dcat:endpointURL <sparql> ;
    dcat:endpointDescription <openapi.json> , <sparql> ;
    dcat:servesDataset <{IRI}> ;
    dcterms:conformsTo <https://www.w3.org/TR/sparql11-protocol/> .
<https://www.w3.org/TR/sparql11-protocol/> a dcterms:Standard .
"""
# What an endpoint has in common with the dataset that it serves.
_SHARED = (
    *(f"{_DCTERMS}{name}" for name in ("license", "publisher", "creator", "language")),
    *(f"{_DCAT}{name}" for name in ("contactPoint", "keyword", "theme")),
)


def void(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Answer with a description of the dataset and where this server has it.

    `call` holds `turtle`, the description as it is published, `format` and `base`.
    """
    offer = negotiation.named("graph", call["format"])
    return Reply(
        200, serialization.write({}, completed(call["turtle"], call["base"]), offer.name), offer.media
    )


def indexed(turtle: str, base: str) -> statements.Statements:
    """Return the description, completed, for looking up."""
    return statements.Statements(Quad(*triple) for triple in completed(turtle, base))


def completed(turtle: str, base: str) -> list[Triple]:
    """Return a description with the URLs of the files, the endpoint and the pages below a server's URL."""
    found = [quad.triple for quad in parse(turtle.encode(), RdfFormat.TURTLE)]
    here = [quad.triple for quad in parse(_HERE.encode(), RdfFormat.TURTLE, base_iri=base)]
    files = [
        Triple(triple.subject, triple.predicate, NamedNode(base + triple.object.value[len(prefixes.BASE) :]))
        for triple in found
        if isinstance(triple.object, NamedNode) and triple.object.value.startswith(_DOWNLOADS)
    ]
    return [*found, *files, *here, *_service(found, base)]


def _service(found: list[Triple], base: str) -> Iterator[Triple]:
    """Describe the endpoint by what the dataset that it serves is said to be."""
    this, dataset = NamedNode(f"{base}sparql#service"), NamedNode(IRI)
    for triple in found:
        if triple.subject == dataset and triple.predicate.value in _SHARED:
            yield Triple(this, triple.predicate, triple.object)
        if triple.subject == dataset and triple.predicate.value == f"{_DCTERMS}title":
            title = triple.object.value if isinstance(triple.object, Literal) else str(triple.object)
            yield Triple(this, triple.predicate, Literal(f"SPARQL endpoint of {title}", language="en"))
            text = f"A SPARQL 1.1 endpoint over {title}: read-only, what is inferred included."
            yield Triple(this, NamedNode(f"{_DCTERMS}description"), Literal(text, language="en"))
