"""In a worker: what the endpoint says of itself, https://www.w3.org/TR/sparql11-service-description/.

Where a repository is served, also its saved queries, prefixes and partitions, for who reads this in place of
asking for them in SPARQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store, Triple

from amcc_kg.serving.answers import examples, own_description
from amcc_kg.serving.answers.query_task import write_graph
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.resources import own_terms
from amcc_kg.serving.workers.tasks import Loaded, Reply
from amcc_kg.terms import prefixes
from amcc_kg.terms.version import __version__

SD = own_terms.SD
_VOID = prefixes.PREFIXES["void"]
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
# Whether the default graph is the union of the others takes a look at each statement.
_MOST_COMPARED = 200_000
_A = NamedNode(f"{prefixes.RDF}type")
_COMMENT = (
    "A query that names a term of SHACL, of VoID or of the service description vocabulary, or the graph "
    "<{graph}>, is asked of the default dataset with that graph in it, also in the default graph. It holds "
    "the saved queries as examples, the prefixes, and the partitions. Every other query is asked without it."
)


def describe(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Write the description of the endpoint at `call["endpoint"]`."""
    triples = list(_triples(loaded, call["endpoint"]))
    offers = negotiation.OFFERS["description"]
    media = next(offer.media for offer in offers if offer.name == call["format"])
    return Reply(200, write_graph(triples, call["format"], {"sd": SD, "formats": _FORMATS}), media)


def _triples(loaded: Loaded, endpoint: str) -> Iterator[Triple]:
    store = loaded.store
    is_own = loaded.knowledge is not None
    service, dataset = NamedNode(f"{endpoint}#service"), NamedNode(f"{endpoint}#dataset")
    default = NamedNode(own_terms.DEFAULT_GRAPH if is_own else f"{endpoint}#default")
    yield Triple(service, _A, _sd("Service"))
    yield Triple(service, NamedNode(f"{prefixes.RDFS}label"), Literal(f"amcc-kg {__version__}"))
    yield Triple(service, _sd("endpoint"), NamedNode(endpoint))
    yield Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query"))
    yield Triple(service, _sd("defaultEntailmentRegime"), NamedNode("http://www.w3.org/ns/entailment/Simple"))
    for syntax in _WRITTEN:
        yield Triple(service, _sd("resultFormat"), NamedNode(_FORMATS + syntax))
    if _is_union(store):
        yield Triple(service, _sd("feature"), _sd("UnionDefaultGraph"))
    yield Triple(service, _sd("defaultDataset"), dataset)
    yield Triple(dataset, _A, _sd("Dataset"))
    yield Triple(dataset, _sd("defaultGraph"), default)
    yield Triple(default, _A, _sd("Graph"))
    if is_own:
        yield from own_description.contents(loaded)
        yield from examples.all_of(loaded, NamedNode(endpoint))
        yield from _available(loaded, service, endpoint)
    else:
        yield _counted(default, _size(store, None))
    for number, name in enumerate(sorted(store.named_graphs(), key=str)):
        if isinstance(name, NamedNode):
            yield from _named(dataset, endpoint, str(number), name, _size(store, name))


def _available(loaded: Loaded, service: NamedNode, endpoint: str) -> Iterator[Triple]:
    """Say of the graph that describes the endpoint that it is no part of the default dataset, but there."""
    graphs, name = NamedNode(f"{endpoint}#available"), NamedNode(prefixes.DESCRIPTION_GRAPH)
    comment = Literal(_COMMENT.replace("{graph}", name.value), language="en")
    yield Triple(service, NamedNode(f"{prefixes.RDFS}comment"), comment)
    yield Triple(service, _sd("availableGraphs"), graphs)
    yield Triple(graphs, _A, _sd("GraphCollection"))
    held = {quad.triple for quad in loaded.prepared["description"]}
    yield from _named(graphs, endpoint, "description", name, len(held))


def _named(holder: NamedNode, endpoint: str, suffix: str, name: NamedNode, count: int) -> Iterator[Triple]:
    node, graph = (NamedNode(f"{endpoint}#{kind}-{suffix}") for kind in ("named", "graph"))
    yield Triple(holder, _sd("namedGraph"), node)
    yield Triple(node, _A, _sd("NamedGraph"))
    yield Triple(node, _sd("name"), name)
    yield Triple(node, _sd("graph"), graph)
    yield Triple(graph, _A, _sd("Graph"))
    yield _counted(graph, count)


def _is_union(store: Store) -> bool:
    """Tell whether the default graph is known to hold what the named graphs hold together, and no more."""
    if len(store) > _MOST_COMPARED:
        return False
    default: set[Triple] = set()
    named: set[Triple] = set()
    for quad in store:
        (default if isinstance(quad.graph_name, DefaultGraph) else named).add(quad.triple)
    return bool(named) and default == named


def _sd(name: str) -> NamedNode:
    return NamedNode(SD + name)


def _counted(graph: NamedNode, count: int) -> Triple:
    integer = NamedNode(f"{prefixes.XSD}integer")
    return Triple(graph, NamedNode(f"{_VOID}triples"), Literal(str(count), datatype=integer))


def _size(store: Store, graph: NamedNode | None) -> int:
    return sum(1 for _ in store.quads_for_pattern(None, None, None, graph or DefaultGraph()))
