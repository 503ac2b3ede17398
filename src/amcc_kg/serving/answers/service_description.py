"""What the endpoint says of itself: https://www.w3.org/TR/sparql11-service-description/, and in SPARQL.

Editors and assistants look for saved queries, prefixes and partitions by queries of their own, and in the
service description (https://github.com/sib-swiss/sparql-editor). The graph is about other things, though, and
whoever counts its triples, its classes or its graphs must not find a server's account of itself among them.
So a query is asked of the graph with the description in it, as a named graph and in the default graph, if it
names a term of the vocabularies that the description is written in, or the description itself; every other
query is asked of the graph alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple, parse

from amcc_kg.graph.cache import Compiled
from amcc_kg.publishing import partitions
from amcc_kg.serving.answers import examples, sparql_query
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import Answer
from amcc_kg.serving.resources import endpoint_terms, serialization
from amcc_kg.serving.resources.statements import Statements
from amcc_kg.serving.workers.tasks import Loaded
from amcc_kg.terms import prefixes
from amcc_kg.terms.version import __version__

ENDPOINT = f"{prefixes.BASE}sparql"
_FORMATS = "http://www.w3.org/ns/formats/"
_PREFIXES = prefixes.PREFIXES | {"formats": _FORMATS, "sd": endpoint_terms.SD}
# Whether the default graph is the union of the others takes a look at each statement.
_MOST_COMPARED = 200_000
_SERVICE = f"""
<#service> a sd:Service ;
    rdfs:label "amcc-kg {__version__}" ;
    sd:endpoint <> ;
    sd:supportedLanguage sd:SPARQL11Query ;
    sd:defaultEntailmentRegime <http://www.w3.org/ns/entailment/Simple> ;
    sd:resultFormat formats:SPARQL_Results_JSON , formats:SPARQL_Results_XML , formats:SPARQL_Results_CSV ,
        formats:SPARQL_Results_TSV , formats:Turtle , formats:N-Triples , formats:JSON-LD ,
        formats:RDF_XML , formats:TriG , formats:N-Quads ;
    sd:defaultDataset <#dataset> .
<#dataset> a sd:Dataset .
"""
_COMMENT = (
    "A query that names a term of SHACL, of VoID or of the service description vocabulary, or the graph "
    f"<{prefixes.DESCRIPTION_GRAPH}>, is asked of the default dataset with that graph in it, also in the "
    "default graph. It holds the saved queries as examples, the prefixes, and the partitions. Every other "
    "query is asked without it."
)
# That the graph which describes the endpoint is no part of the default dataset, but there.
_AVAILABLE = f"""
<#service> sd:availableGraphs <#available> ; rdfs:comment "{_COMMENT}"@en .
<#available> a sd:GraphCollection .
"""
_MERGED = f"""
<{endpoint_terms.DEFAULT_GRAPH}> a void:Dataset , sd:Graph ;
    dcterms:title "Everything that is stated or inferred, merged: the default graph of the endpoint"@en ;
    void:sparqlEndpoint <{ENDPOINT}> .
"""


@dataclass(frozen=True, slots=True)
class Account:
    """What the endpoint says of itself; nothing where plain files are served.

    Attributes:
        held: what the default graph holds, as VoID has it, and the prefixes for it.
        quads: all of it, in its graph and in the default graph.
        statements: all of it, for who looks the graphs up that nothing but the description speaks of.
    """

    held: list[Triple]
    quads: list[Quad]
    statements: Statements


def of(loaded: Loaded) -> Account:
    """Return what the endpoint says of itself; worked out once, when first asked for.

    It takes longer than all else that tasks need, and few ask for it.
    """
    if "account" not in loaded.prepared:
        held: list[Triple] = []
        triples: list[Triple] = []
        if loaded.knowledge is not None:
            held = _held(loaded.knowledge.compiled)
            triples = sorted({*held, *examples.all_of(loaded, NamedNode(ENDPOINT))}, key=str)
        graph = NamedNode(prefixes.DESCRIPTION_GRAPH)
        own = [Quad(t.subject, t.predicate, t.object, graph) for t in triples]
        merged = [quad for triple in triples if (quad := Quad(*triple)) not in loaded.store]
        loaded.prepared["account"] = Account(held, own + merged, Statements(own))
    found: Account = loaded.prepared["account"]
    return found


def answer(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer a query as `sparql_query.answer` does, with the description in the graph if it asks for that."""
    quads = of(loaded).quads
    if not quads or not endpoint_terms.asked(call["query"], (*call["default"], *call["named"])):
        return sparql_query.answer(loaded, call)
    # A worker does one thing at a time, so nobody else sees the graph meanwhile.
    loaded.store.extend(quads)
    try:
        return sparql_query.answer(loaded, call)
    finally:
        for quad in quads:
            loaded.store.remove(quad)


def describe(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Write the description of the endpoint at `call["endpoint"]`."""
    offer = negotiation.named("description", call["format"])
    triples = list(_triples(loaded, call["endpoint"]))
    body = sparql_query.write_graph(triples, offer.name, {"sd": endpoint_terms.SD, "formats": _FORMATS})
    return Answer(200, body, offer.media)


def _triples(loaded: Loaded, endpoint: str) -> Iterator[Triple]:
    store, is_own = loaded.store, loaded.knowledge is not None
    default = endpoint_terms.DEFAULT_GRAPH if is_own else f"{endpoint}#default"
    parts = [_SERVICE, f"<#dataset> sd:defaultGraph <{default}> . <{default}> a sd:Graph .\n"]
    if _is_union(store):
        parts.append("<#service> sd:feature sd:UnionDefaultGraph .\n")
    if is_own:
        description = NamedNode(prefixes.DESCRIPTION_GRAPH)
        count = len({quad.triple for quad in of(loaded).quads})
        parts += [_AVAILABLE, _named("available", "description", description, count)]
        yield from of(loaded).held
        yield from examples.all_of(loaded, NamedNode(endpoint))
    else:
        parts.append(f"<{default}> void:triples {_size(store, None)} .\n")
    for number, name in enumerate(sorted(store.named_graphs(), key=str)):
        if isinstance(name, NamedNode):
            parts.append(_named("dataset", str(number), name, _size(store, name)))
    yield from serialization.read("".join(parts), endpoint, _PREFIXES)


def _named(holder: str, suffix: str, name: NamedNode, count: int) -> str:
    """Say in Turtle that a dataset, or a collection, has a graph of a name, and how large that is."""
    return (
        f"<#{holder}> sd:namedGraph <#named-{suffix}> .\n"
        f"<#named-{suffix}> a sd:NamedGraph ; sd:name {name} ; sd:graph <#graph-{suffix}> .\n"
        f"<#graph-{suffix}> a sd:Graph ; void:triples {count} .\n"
    )


def _held(compiled: Compiled) -> list[Triple]:
    """Return what the default graph of a repository holds, as VoID has it, and the prefixes for it."""
    # As written, not as the engine holds it: it takes "01" and "1" for one literal.
    found = parse(compiled.asserted + compiled.inferred, RdfFormat.N_TRIPLES, lenient=True)
    spelt = [(str(quad.subject), str(quad.predicate), str(quad.object)) for quad in found]
    this = endpoint_terms.DEFAULT_GRAPH
    lines = partitions.statistics(this, spelt) + partitions.partitions(this, spelt)
    names = prefixes.ShortNames(prefixes.PREFIXES)
    for term in sorted({term for triple in spelt for term in triple if term.startswith("<")}):
        names.shorten(term[1:-1])
    described = serialization.read("\n".join([_MERGED, *lines, ""]), ENDPOINT, _PREFIXES)
    return [*examples.prefixes(names.used), *described]


def _is_union(store: Store) -> bool:
    """Tell whether the default graph is known to hold what the named graphs hold together, and no more."""
    if len(store) > _MOST_COMPARED:
        return False
    default = {quad.triple for quad in store.quads_for_pattern(None, None, None, DefaultGraph())}
    named = {quad.triple for quad in store if not isinstance(quad.graph_name, DefaultGraph)}
    return bool(named) and default == named


def _size(store: Store, graph: NamedNode | None) -> int:
    return sum(1 for _ in store.quads_for_pattern(None, None, None, graph or DefaultGraph()))
