"""The description of the dataset, VoID and DCAT, completed with where this server has what it describes.

It is made with the downloads and comes as a document; the IRIs that it mints lie below that of the dataset,
and are answered for from here. Knows nothing of how the document is made.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Quad, Triple

from amcc_kg.serving.resources import serialization, statements
from amcc_kg.terms import prefixes

_DOWNLOADS = f"{prefixes.BASE}downloads/"
# What a server adds to the description, relative to its URL.
_HERE = f"""
<{prefixes.DATASET}> void:sparqlEndpoint <sparql> ; dcat:landingPage <> .
<{prefixes.DATASET}#catalog> dcat:service <sparql#service> .
<> a foaf:Document .
<sparql#service> a dcat:DataService ;
    dcat:endpointURL <sparql> ;
    dcat:endpointDescription <openapi.json> , <sparql> ;
    dcat:servesDataset <{prefixes.DATASET}> ;
    dcterms:conformsTo <https://www.w3.org/TR/sparql11-protocol/> .
<https://www.w3.org/TR/sparql11-protocol/> a dcterms:Standard .
"""
# What an endpoint has in common with the dataset that it serves.
_SHARED = tuple(
    prefixes.full(name)
    for name in (
        *("dcterms:license", "dcterms:publisher", "dcterms:creator", "dcterms:language"),
        *("dcat:contactPoint", "dcat:keyword", "dcat:theme"),
    )
)


def indexed(turtle: str, base: str) -> statements.Statements:
    """Return the description, completed, for looking up."""
    return statements.Statements(Quad(*triple) for triple in completed(turtle, base))


def completed(turtle: str, base: str) -> list[Triple]:
    """Return a description with the URLs of the files, the endpoint and the pages below a server's URL."""
    found = serialization.read(turtle, base)
    files = [
        Triple(triple.subject, triple.predicate, NamedNode(base + triple.object.value[len(prefixes.BASE) :]))
        for triple in found
        if isinstance(triple.object, NamedNode) and triple.object.value.startswith(_DOWNLOADS)
    ]
    return [*found, *files, *serialization.read(_HERE, base), *_service(found, base)]


def _service(found: list[Triple], base: str) -> Iterator[Triple]:
    """Describe the endpoint by what the dataset that it serves is said to be."""
    this, title = NamedNode(f"{base}sparql#service"), prefixes.full("dcterms:title")
    for triple in found:
        if triple.subject != NamedNode(prefixes.DATASET):
            continue
        if triple.predicate.value in _SHARED:
            yield Triple(this, triple.predicate, triple.object)
        if triple.predicate.value == title and isinstance(triple.object, Literal):
            name = triple.object.value
            text = f"A SPARQL 1.1 endpoint over {name}: read-only, what is inferred included."
            yield Triple(this, triple.predicate, Literal(f"SPARQL endpoint of {name}", language="en"))
            yield statements.said(this, "dcterms:description", Literal(text, language="en"))
