"""What the endpoint says of itself when asked in SPARQL: its saved queries, its prefixes, what it holds.

Editors and assistants look for these three by queries of their own, and in the service description
(https://github.com/sib-swiss/sparql-editor). The graph is about other things, though, and whoever counts its
triples, its classes or its graphs must not find a server's account of itself among them. So a query is asked
of the graph with the description in it, as a named graph and in the default graph, if it names a term of the
vocabularies that the description is written in, or the description itself; every other query is asked of
the graph alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse

from amcc_kg.graph.cache import Compiled
from amcc_kg.publishing import partitions
from amcc_kg.serving.answers import examples, query_task
from amcc_kg.serving.resources import own_terms, statements
from amcc_kg.serving.workers.tasks import Loaded, Reply
from amcc_kg.syntax.writing.short_names import Names
from amcc_kg.terms import prefixes

ENDPOINT = f"{prefixes.BASE}sparql"
_VOID, _DCTERMS = prefixes.PREFIXES["void"], prefixes.PREFIXES["dcterms"]
_A = NamedNode(f"{prefixes.RDF}type")
_TITLE = "Everything that is stated or inferred, merged: the default graph of the endpoint"


def prepare(loaded: Loaded) -> None:
    """Work out the description; after the saved queries are answerable. Plain files have none."""
    triples: list[Triple] = []
    held: list[Triple] = []
    if loaded.knowledge is not None:
        held = _held(loaded.knowledge.compiled)
        triples = sorted({*held, *examples.all_of(loaded, NamedNode(ENDPOINT))}, key=str)
    loaded.prepared["held"] = held
    graph = NamedNode(prefixes.DESCRIPTION_GRAPH)
    quads = [Quad(t.subject, t.predicate, t.object, graph) for t in triples]
    quads += [quad for triple in triples if (quad := Quad(*triple)) not in loaded.store]
    loaded.prepared["description"] = quads
    # For who looks the two graphs up that nothing but the description speaks of.
    loaded.prepared["own statements"] = statements.Statements(quads[: len(triples)])


def contents(loaded: Loaded) -> list[Triple]:
    """Return what the default graph of a repository holds, as VoID has it, and the prefixes for it."""
    held: list[Triple] = loaded.prepared["held"]
    return held


def _held(compiled: Compiled) -> list[Triple]:
    # As written, not as the engine holds it: it takes "01" and "1" for one literal.
    found = parse(compiled.asserted + compiled.inferred, RdfFormat.N_TRIPLES, lenient=True)
    spelt = [(str(quad.subject), str(quad.predicate), str(quad.object)) for quad in found]
    lines = partitions.statistics(own_terms.DEFAULT_GRAPH, spelt) + partitions.partitions(
        own_terms.DEFAULT_GRAPH, spelt
    )
    names = Names(prefixes.PREFIXES)
    for term in sorted({term for triple in spelt for term in triple if term.startswith("<")}):
        names.shorten(term[1:-1])
    this = NamedNode(own_terms.DEFAULT_GRAPH)
    return [
        *examples.prefixes(names.used),
        *(quad.triple for quad in parse("\n".join([*lines, ""]).encode(), RdfFormat.N_TRIPLES)),
        Triple(this, _A, NamedNode(f"{_VOID}Dataset")),
        Triple(this, _A, NamedNode(f"{own_terms.SD}Graph")),
        Triple(this, NamedNode(f"{_DCTERMS}title"), Literal(_TITLE, language="en")),
        Triple(this, NamedNode(f"{_VOID}sparqlEndpoint"), NamedNode(ENDPOINT)),
    ]


def answer(loaded: Loaded, call: dict[str, Any]) -> Reply:
    """Answer a query as `querying.answer` does, with the description in the graph if it asks for that."""
    quads: Iterable[Quad] = loaded.prepared["description"]
    if not quads or not own_terms.asked(call["query"], (*call["default"], *call["named"])):
        return query_task.answer(loaded, call)
    # A worker does one thing at a time, so nobody else sees the graph meanwhile.
    loaded.store.extend(quads)
    try:
        return query_task.answer(loaded, call)
    finally:
        for quad in quads:
            loaded.store.remove(quad)
