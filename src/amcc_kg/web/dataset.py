"""The description of the dataset, VoID and DCAT, completed with where this server has what it describes.

It is made with the downloads and comes as a document; the IRIs that it mints lie below that of the dataset,
and are answered for from here. Knows nothing of how the document is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse

from amcc_kg import terms
from amcc_kg.web import negotiation, statements, writing
from amcc_kg.web.tasks import Reply

if TYPE_CHECKING:
    from amcc_kg.web.tasks import Loaded

IRI = f"{terms.BASE}dataset"
_DOWNLOADS = f"{terms.BASE}downloads/"
_VOID, _DCAT = (terms.PREFIXES[prefix] for prefix in ("void", "dcat"))


def void(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Answer with a description of the dataset and where this server has it.

    `call` holds `turtle`, the description as it is published, `format` and `base`.
    """
    offer = next(offer for offer in negotiation.OFFERS["graph"] if offer.name == call["format"])
    found = completed(call["turtle"], call["base"])
    return Reply(200, writing.write({}, found, offer.name), offer.media)


def indexed(turtle: str, base: str) -> statements.Statements:
    """Return the description, completed, for looking up."""
    return statements.Statements(Quad(*triple) for triple in completed(turtle, base))


def completed(turtle: str, base: str) -> list[Triple]:
    """Return a description with the URLs of the files, the endpoint and the pages below a server's URL."""
    found = [quad.triple for quad in parse(turtle.encode(), RdfFormat.TURTLE)]
    dataset, endpoint = NamedNode(IRI), NamedNode(f"{base}sparql")
    service = NamedNode(f"{base}sparql#service")
    files = [
        Triple(triple.subject, triple.predicate, NamedNode(base + triple.object.value[len(terms.BASE) :]))
        for triple in found
        if isinstance(triple.object, NamedNode) and triple.object.value.startswith(_DOWNLOADS)
    ]
    return [
        *found,
        *files,
        Triple(dataset, NamedNode(f"{_VOID}sparqlEndpoint"), endpoint),
        Triple(dataset, NamedNode(f"{_DCAT}landingPage"), NamedNode(base)),
        Triple(service, NamedNode(statements.TYPE), NamedNode(f"{_DCAT}DataService")),
        Triple(service, NamedNode(f"{_DCAT}endpointURL"), endpoint),
        Triple(service, NamedNode(f"{_DCAT}endpointDescription"), NamedNode(f"{base}openapi.json")),
        Triple(service, NamedNode(f"{_DCAT}servesDataset"), dataset),
    ]
