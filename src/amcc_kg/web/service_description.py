"""In a worker: what the endpoint says of itself, https://www.w3.org/TR/sparql11-service-description/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import amcc_kg
from amcc_kg.web import negotiation

if TYPE_CHECKING:
    from pyoxigraph import Triple

    from amcc_kg.web.tasks import Loaded, Reply

SD = "http://www.w3.org/ns/sparql-service-description#"
_VOID = "http://rdfs.org/ns/void#"
_FORMATS = "http://www.w3.org/ns/formats/"
_WRITTEN = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "JSON-LD",
    "RDF_XML",
    "TriG",
    "N-Quads",
)


def describe(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Write the description of the endpoint at `call["endpoint"]`."""
    from amcc_kg.web.querying import write_graph
    from amcc_kg.web.tasks import Reply

    triples = _triples(loaded, call["endpoint"])
    offers = negotiation.OFFERS["description"]
    media = next(offer.media for offer in offers if offer.name == call["format"])
    return Reply(200, write_graph(triples, call["format"], {"sd": SD, "formats": _FORMATS}), media)


def _triples(loaded: Loaded, endpoint: str) -> list[Triple]:
    from pyoxigraph import Literal, NamedNode, Triple

    from amcc_kg import terms

    store = loaded.store
    a = NamedNode(f"{terms.RDF}type")
    integer = NamedNode(f"{terms.XSD}integer")
    service, dataset, default = (
        NamedNode(f"{endpoint}{part}") for part in ("#service", "#dataset", "#default")
    )

    def sd(name: str) -> NamedNode:
        return NamedNode(SD + name)

    def count(number: int) -> Literal:
        return Literal(str(number), datatype=integer)

    triples = [
        Triple(service, a, sd("Service")),
        Triple(service, NamedNode(f"{terms.RDFS}label"), Literal(f"amcc-kg {amcc_kg.__version__}")),
        Triple(service, sd("endpoint"), NamedNode(endpoint)),
        Triple(service, sd("supportedLanguage"), sd("SPARQL11Query")),
        Triple(service, sd("defaultEntailmentRegime"), NamedNode("http://www.w3.org/ns/entailment/Simple")),
        *(Triple(service, sd("resultFormat"), NamedNode(_FORMATS + name)) for name in _WRITTEN),
        Triple(service, sd("defaultDataset"), dataset),
        Triple(dataset, a, sd("Dataset")),
        Triple(dataset, sd("defaultGraph"), default),
        Triple(default, a, sd("Graph")),
        Triple(default, NamedNode(f"{_VOID}triples"), count(_size(loaded, None))),
    ]
    for number, name in enumerate(sorted(store.named_graphs(), key=str)):
        if isinstance(name, NamedNode):
            node, graph = (NamedNode(f"{endpoint}#{kind}-{number}") for kind in ("named", "graph"))
            triples += [
                Triple(dataset, sd("namedGraph"), node),
                Triple(node, a, sd("NamedGraph")),
                Triple(node, sd("name"), name),
                Triple(node, sd("graph"), graph),
                Triple(graph, a, sd("Graph")),
                Triple(graph, NamedNode(f"{_VOID}triples"), count(_size(loaded, name))),
            ]
    return triples


def _size(loaded: Loaded, graph: object) -> int:
    from pyoxigraph import DefaultGraph, NamedNode

    name = graph if isinstance(graph, NamedNode) else DefaultGraph()
    return sum(1 for _ in loaded.store.quads_for_pattern(None, None, None, name))
