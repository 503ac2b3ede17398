"""What the endpoint says of itself, of the saved queries and of the dataset that it serves.

As a service description (https://www.w3.org/TR/sparql11-service-description/), and in SPARQL: editors and
assistants look for saved queries, prefixes and partitions by queries of their own
(https://github.com/sib-swiss/sparql-editor). The graph is about other things, though, and whoever counts its
triples, its classes or its graphs must not find a server's account of itself among them. So a query is asked
of the graph with the description in it, as a named graph and in the default graph, if it names a term of the
vocabularies that the description is written in, or the description itself; every other query is asked of the
graph alone.

Saved queries are SHACL's SPARQL executables (https://www.w3.org/TR/shacl/#SPARQLExecutable) with the keys by
which example queries are found: a question, keywords, the endpoint, prefixes declared once. The description
of the dataset, VoID and DCAT, is made with the downloads; here it is completed with where this server has
what it describes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse

from amcc_kg.graph.answers import Result
from amcc_kg.graph.cache import Compiled
from amcc_kg.publishing import partitions
from amcc_kg.repository.saved_queries import Parameter, SavedQuery
from amcc_kg.serving.answers import saved_answers, sparql_query
from amcc_kg.serving.http import negotiation
from amcc_kg.serving.http.messages import Answer, refusal
from amcc_kg.serving.resources import serialization
from amcc_kg.serving.resources.statements import Statements, said
from amcc_kg.serving.workers.tasks import Loaded, once
from amcc_kg.sparql.checks import named_iris
from amcc_kg.sparql.prologue import declared_prefixes, form, with_values
from amcc_kg.terms import prefixes
from amcc_kg.terms.errors import InputError
from amcc_kg.terms.version import __version__

SD = "http://www.w3.org/ns/sparql-service-description#"
_OWN_PREFIXES = {"sd": SD, "formats": "http://www.w3.org/ns/formats/"}
# What is always the same, in parts; the prefixes that it leaves to its reader, and those of what is not.
_CONSTANT = (Path(__file__).parent / "endpoint.trig").read_text(encoding="utf-8")
_HEAD = f"@prefix kg: <{prefixes.BASE}> .\n@prefix graph: <{prefixes.PREFIXES['graph']}> .\n"
_VOID = f"@prefix sd: <{SD}> .\n@prefix void: <{prefixes.PREFIXES['void']}> .\n"
_ENDPOINT = f"{prefixes.BASE}sparql"
_DECLARED = f"{prefixes.BASE}queries#prefixes"
_DOWNLOADS = f"{prefixes.BASE}downloads/"
# What IRIs begin with that no statement of the graph has: SHACL's and VoID's with what others added to them,
# and the IRIs of the saved queries and of the description.
_SPACES = (
    *(prefixes.SH, prefixes.PREFIXES["void"], SD),
    *("http://ldf.fi/void-ext#", "https://purl.expasy.org/sparql-examples/ontology#"),
    *(prefixes.DESCRIPTION_GRAPH, prefixes.DEFAULT_GRAPH),
    *(prefixes.PREFIXES["query"], f"{prefixes.BASE}queries#"),
)
_IRIS = re.compile(r"<([^<>\s]*)>").findall
# Whether the default graph is the union of the others takes a look at each statement.
_MOST_COMPARED = 200_000
# What an endpoint has in common with the dataset that it serves.
_SHARED = frozenset(
    prefixes.full(name)
    for name in (
        *("dcterms:license", "dcterms:publisher", "dcterms:creator", "dcterms:language"),
        *("dcat:contactPoint", "dcat:keyword", "dcat:theme"),
    )
)
# The class of a query and the property that holds its text, by its form. SHACL knows no DESCRIBE.
_FORMS = {
    "SELECT": ("sh:SPARQLSelectExecutable", "sh:select"),
    "ASK": ("sh:SPARQLAskExecutable", "sh:ask"),
    "CONSTRUCT": ("sh:SPARQLConstructExecutable", "sh:construct"),
    "DESCRIBE": ("sh:SPARQLExecutable", "sh:select"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """What the endpoint says of itself; nothing where plain files are served."""

    held: list[Triple]  # what the default graph holds, as VoID has it, and the prefixes for it
    quads: list[Quad]  # all of it, in its graph and in the default graph
    statements: Statements  # all of it, for who looks up what nothing but the description speaks of


@once
def account(loaded: Loaded) -> Account:
    """Return what the endpoint says of itself: it takes longer than all else that tasks need."""
    held = _held(loaded.knowledge.compiled) if loaded.knowledge is not None else []
    triples = sorted({*held, *_queries(loaded, saved_answers.queries(loaded).values(), _ENDPOINT)}, key=str)
    graph = NamedNode(prefixes.DESCRIPTION_GRAPH)
    own = [Quad(t.subject, t.predicate, t.object, graph) for t in triples]
    merged = [quad for triple in triples if (quad := Quad(*triple)) not in loaded.store]
    return Account(held, own + merged, Statements(own))


def asked(text: str, graphs: Iterable[str] = ()) -> bool:
    """Tell whether a query, or the dataset that is given with it, names a term that only the account has.

    A best effort over tokens: a prefix that is declared and not used names nothing, for editors declare more
    than they need.
    """
    if prefixes.DESCRIPTION_GRAPH in graphs:
        return True
    # To tell words apart takes as long as many an answer: done only if an IRI is written that may begin such
    # a term, whole or as what a prefix stands for.
    if not any(iri.startswith(_SPACES) or any(s.startswith(iri) for s in _SPACES) for iri in _IRIS(text)):
        return False
    return any(iri.startswith(_SPACES) for iri in named_iris(text))


def answer(loaded: Loaded, call: dict[str, Any], show: Callable[[Result], Answer] | None = None) -> Answer:
    """Answer a query as `sparql_query.answer` does, with the description in the graph if it asks for that."""
    store = loaded.store if call["infer"] else sparql_query.asserted(loaded)
    quads = account(loaded).quads if asked(call["query"], (*call["default"], *call["named"])) else []
    # A worker does one thing at a time, so nobody else sees the graph meanwhile.
    store.extend(quads)
    try:
        return sparql_query.answer(loaded, call, store, show)
    finally:
        for quad in quads:
            store.remove(quad)


def describe(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Write the description of the endpoint; `call` holds `format` and `base`."""
    offer = negotiation.named("description", call["format"])
    body = sparql_query.write_graph(_service(loaded, call["base"]), offer.name, _OWN_PREFIXES)
    return Answer(200, body, offer.media)


def examples(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer with the saved queries as RDF; `call` holds `format`, `base` and `name` (None for all)."""
    found = saved_answers.queries(loaded)
    chosen = list(found.values()) if call["name"] is None else [found[call["name"]]]
    if not chosen:
        return refusal(404, "plain files are served here, and no saved queries with them")
    return _written(_queries(loaded, chosen, f"{call['base']}sparql"), call["format"])


def void(loaded: Loaded, call: dict[str, Any]) -> Answer:
    """Answer with the dataset's description, completed; `call` holds it as `turtle`, `format` and `base`."""
    return _written(completed(call["turtle"], call["base"]), call["format"])


def completed(turtle: str, base: str) -> list[Triple]:
    """Return a description with the URLs of the files, the endpoint and the pages below a server's URL."""
    found = _read(turtle, base)
    files = [
        Triple(triple.subject, triple.predicate, NamedNode(base + triple.object.value[len(prefixes.BASE) :]))
        for triple in found
        if isinstance(triple.object, NamedNode) and triple.object.value.startswith(_DOWNLOADS)
    ]
    about = [triple for triple in found if triple.subject == NamedNode(prefixes.DATASET)]
    return [*found, *files, *_part("dataset", base), *_data_service(about, base)]


def _data_service(dataset: list[Triple], base: str) -> Iterator[Triple]:
    """Describe the endpoint by what is said of the dataset that it serves."""
    this = NamedNode(f"{base}sparql#service")
    for triple in dataset:
        if triple.predicate.value in _SHARED:
            yield Triple(this, triple.predicate, triple.object)
        if triple.predicate.value == prefixes.full("dcterms:title") and isinstance(triple.object, Literal):
            name = triple.object.value
            text = f"A SPARQL 1.1 endpoint over {name}: read-only, what is inferred included."
            yield said(this, "dcterms:title", Literal(f"SPARQL endpoint of {name}", language="en"))
            yield said(this, "dcterms:description", Literal(text, language="en"))


def _written(triples: Iterable[Triple], format: str) -> Answer:
    offer = negotiation.named("graph", format)
    return Answer(200, serialization.write({}, triples, offer.name), offer.media)


def _read(turtle: str, base: str) -> list[Triple]:
    return [quad.triple for quad in parse(turtle, RdfFormat.TURTLE, base_iri=base)]


def _part(name: str, base: str) -> list[Triple]:
    """Return a part of what is always the same, below the URL of a server."""
    quads = parse(_HEAD + _CONSTANT, RdfFormat.TRIG, base_iri=base)
    return [quad.triple for quad in quads if quad.graph_name == NamedNode(f"urn:part:{name}")]


def _service(loaded: Loaded, base: str) -> Iterator[Triple]:
    store, is_own = loaded.store, loaded.knowledge is not None
    endpoint, this = f"{base}sparql", NamedNode(f"{base}sparql#service")
    yield from _part("service", base)
    yield said(this, "rdfs:label", Literal(f"amcc-kg {__version__}"))
    default = prefixes.DEFAULT_GRAPH if is_own else f"{endpoint}#default"
    parts = [_VOID, f"<#dataset> sd:defaultGraph <{default}> . <{default}> a sd:Graph .\n"]
    if _is_union(store):
        parts.append("<#service> sd:feature sd:UnionDefaultGraph .\n")
    if is_own:
        known, description = account(loaded), NamedNode(prefixes.DESCRIPTION_GRAPH)
        count = len({quad.triple for quad in known.quads})
        parts.append(_named("available", "description", description, count))
        yield from _part("available", base)
        yield from known.held
        yield from _queries(loaded, saved_answers.queries(loaded).values(), endpoint)
    else:
        parts.append(f"<{default}> void:triples {_size(store, None)} .\n")
    for number, name in enumerate(sorted(store.named_graphs(), key=str)):
        if isinstance(name, NamedNode):
            parts.append(_named("dataset", str(number), name, _size(store, name)))
    yield from _read("".join(parts), endpoint)


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
    this, names = prefixes.DEFAULT_GRAPH, prefixes.ShortNames(prefixes.PREFIXES)
    lines = partitions.statistics(this, spelt) + partitions.partitions(this, spelt)
    for term in sorted({term for triple in spelt for term in triple if term.startswith("<")}):
        names.shorten(term[1:-1])
    return [*_declarations(names.used), *_part("merged", prefixes.BASE), *_read("\n".join(lines), this)]


def _is_union(store: Store) -> bool:
    """Tell whether the default graph is known to hold what the named graphs hold together, and no more."""
    if len(store) > _MOST_COMPARED:
        return False
    default = {quad.triple for quad in store.quads_for_pattern(None, None, None, DefaultGraph())}
    named = {quad.triple for quad in store if not isinstance(quad.graph_name, DefaultGraph)}
    return bool(named) and default == named


def _size(store: Store, graph: NamedNode | None) -> int:
    return sum(1 for _ in store.quads_for_pattern(None, None, None, graph or DefaultGraph()))


def _queries(loaded: Loaded, queries: Iterable[SavedQuery], endpoint: str) -> set[Triple]:
    """Return saved queries as RDF, with the declarations of the prefixes that they refer to."""
    triples: set[Triple] = set()
    declared: dict[str, str] = {}
    for query in queries:
        triples |= {*_query(loaded, query, NamedNode(endpoint))}
        declared |= declared_prefixes(saved_answers.body_of(query))
    return triples | {*_declarations(declared)}


def _query(loaded: Loaded, query: SavedQuery, endpoint: NamedNode) -> Iterator[Triple]:
    this = NamedNode(f"{prefixes.BASE}query/{query.name}")
    kind, predicate = _FORMS[form(query.text) or "SELECT"]
    yield said(this, "rdf:type", "sh:SPARQLExecutable")
    yield said(this, "rdf:type", kind)
    yield said(this, "rdfs:label", Literal(query.title, language="en"))
    yield said(this, "rdfs:comment", Literal(query.question, language="en"))
    yield said(this, "sh:prefixes", NamedNode(_DECLARED))
    yield said(this, predicate, Literal(_runnable(loaded, query)))
    yield said(this, "schema:target", endpoint)
    yield from (said(this, "schema:keywords", Literal(tag)) for tag in query.tags)
    for parameter in query.parameters:
        yield from _parameter(loaded, this, parameter)


def _parameter(loaded: Loaded, query: NamedNode, parameter: Parameter) -> Iterator[Triple]:
    this = NamedNode(f"{query.value}#{parameter.name}")
    yield said(query, "sh:parameter", this)
    yield said(this, "rdf:type", "sh:Parameter")
    yield said(this, "sh:path", this)
    yield said(this, "sh:name", Literal(parameter.name))
    if parameter.description:
        yield said(this, "sh:description", Literal(parameter.description, language="en"))
    if parameter.type in ("integer", "decimal", "date", "boolean", "string"):
        yield said(this, "sh:datatype", f"xsd:{parameter.type}")
    else:
        yield said(this, "sh:nodeKind", "sh:IRI")
    for value in saved_answers.defaults(loaded, [parameter]).values():
        yield said(this, "sh:defaultValue", value)


def _runnable(loaded: Loaded, query: SavedQuery) -> str:
    """Return the query's text with its parameters' defaults put in, so that it answers as it stands."""
    text, defaults = saved_answers.body_of(query), saved_answers.defaults(loaded, query.parameters)
    with suppress(InputError):
        return with_values(text, defaults) if len(defaults) == len(query.parameters) else text
    return text


def _declarations(declared: Mapping[str, str]) -> Iterator[Triple]:
    for prefix, namespace in sorted(declared.items()):
        one = NamedNode(f"{prefixes.BASE}queries#prefix-{prefix or 'empty'}")
        yield said(NamedNode(_DECLARED), "sh:declare", one)
        yield said(one, "rdf:type", "sh:PrefixDeclaration")
        yield said(one, "sh:prefix", Literal(prefix))
        yield said(one, "sh:namespace", Literal(namespace, datatype=NamedNode(prefixes.full("xsd:anyURI"))))
